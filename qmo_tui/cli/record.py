"""`qmo record`: the live market to disk, without a screen, until interrupted."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from qmo_tui.cli.completions import offer_durations, offer_schemas, offer_symbols
from qmo_tui.errors import QmoError, one_line
from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from qmo_tui.session.recording import Progress, RecordingSession
    from qmo_tui.settings import Settings

_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_HEARTBEAT_SECONDS: Final = 5.0
_STATUS_SECONDS: Final = 0.5


def record(
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the recordings. [setting recording.folder]")
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="DURATION", autocompletion=offer_durations, help="End by itself after 90, 30s, 15m or 8h."
        ),
    ] = None,
    symbol: Annotated[
        str | None,
        typer.Option(
            metavar="S", autocompletion=offer_symbols, help="Contract, such as GC.v.0 or GCZ6. [setting feed.symbol]"
        ),
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(
            metavar="S", autocompletion=offer_schemas, help="Best schema: mbo, mbp-10 or mbp-1. [setting feed.schema]"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON line every five seconds, and one at the end.")] = False,
) -> int:
    """Record the live market to disk, without a screen, until interrupted."""
    from qmo_tui.settings import load

    seconds = _seconds_of(duration)
    flags = {"recording.folder": None if out is None else str(out), "feed.symbol": symbol, "feed.schema": schema}
    settings = load(flags=flags).settings
    if settings.feed.source != "databento":
        raise QmoError("only order flow is recorded: set feed.source to databento")
    return _record(settings, seconds, json=json)


def _seconds_of(duration: str | None) -> float | None:
    if duration is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", duration)
    if match is None or float(match[1]) == 0:
        raise QmoError(f"--for {duration}: give a time such as 90, 30s, 15m or 8h")
    return float(match[1]) * _UNITS[match[2]]


def _record(settings: "Settings", seconds: float | None, *, json: bool) -> int:
    import asyncio

    from qmo_tui.kept_recordings import recordings_of
    from qmo_tui.session.recording import RecordingSession, tidy
    from qmo_tui.session.sources import LiveFeed

    feed = LiveFeed(settings, record=True, tell=_tell)
    tidy(recordings_of(settings), _tell)

    async def run() -> int:
        session = RecordingSession(feed, tell=_tell)
        interrupted = _end_on_signals(session)
        telling = asyncio.create_task(_tell_progress(session, json=json))
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, session.stop)
        try:
            await session.run()
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            _last_words(session.progress, json=json)
        if interrupted.is_set():
            return ExitCode.INTERRUPTED
        _need_records(session.progress)
        return ExitCode.DONE

    return asyncio.run(run())


def _need_records(progress: "Progress") -> None:
    """Refuse to call it done where no market came, or none of it reached the disk.

    Raises:
        QmoError: What is missing, for whoever looks at the exit code alone.
    """
    if progress.received == 0:
        raise QmoError("nothing was received: see above for what the source said", ExitCode.CONNECTION)
    if progress.recorded == 0:
        raise QmoError("nothing was recorded: see above for what the disk said", ExitCode.USAGE)


def _end_on_signals(session: "RecordingSession") -> Any:
    """Let SIGINT, SIGTERM and a closed terminal end the recording cleanly; return what tells that SIGINT did."""
    import asyncio
    import signal

    interrupted = asyncio.Event()

    def interrupt() -> None:
        interrupted.set()
        session.stop()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, interrupt)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(ending, session.stop)
    return interrupted


async def _tell_progress(session: "RecordingSession", *, json: bool) -> None:
    import asyncio

    while True:
        await asyncio.sleep(_HEARTBEAT_SECONDS if json else _STATUS_SECONDS)
        if json:
            _print_json(session.progress, "recording")
        elif sys.stderr.isatty():
            print(f"\r\x1b[K{_in_words(session.progress)}", end="", file=sys.stderr, flush=True)  # noqa: T201


def _last_words(progress: "Progress", *, json: bool) -> None:
    if json:
        _print_json(progress, "ended")
    else:
        clear = "\r\x1b[K" if sys.stderr.isatty() else ""
        print(f"{clear}{_in_words(progress)}", file=sys.stderr)  # noqa: T201


def _print_json(progress: "Progress", kind: str) -> None:
    import msgspec

    told = {"kind": kind, **msgspec.to_builtins(progress, enc_hook=str)}
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()


def _in_words(progress: "Progress") -> str:
    lost = f", {progress.lost:,} lost" if progress.lost else ""
    breaks = f", interrupted {progress.interruptions}x" if progress.interruptions else ""
    recorder = f"; {progress.recorder}" if progress.recorder else ""
    return one_line(
        f"{progress.state.value.upper()} {progress.symbol or '--'}: {progress.received:,} records received, "
        f"{progress.recorded:,} on disk{lost}{breaks}{recorder}"
    )


def _tell(text: str) -> None:
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(f"{clear}qmo: {one_line(text)}", file=sys.stderr)  # noqa: T201 - what whoever started it must know
