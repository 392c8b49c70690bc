"""`qmo replay`: a recording in the cockpit, or through the engines without a screen."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qmo_tui.cli.arguments import Serve, ServePort, check_port, moment_of, speed_of
from qmo_tui.cli.completions import offer_recordings, offer_speeds
from qmo_tui.cli.plain import Plain, tell
from qmo_tui.errors import QmoError, one_line
from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from engines.events import Summary
    from feeds.recording import Recording
    from qmo_tui.settings import Settings

Span = tuple[int | None, int | None]
"""Moments (ns UTC) to play from and to, where they were given."""


def replay(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            autocompletion=offer_recordings,
            help="DBN files, plain or .zst, or the folder of a session.",
        ),
    ],
    *,
    speed: Annotated[
        str | None,
        typer.Option(
            metavar="X", autocompletion=offer_speeds, help="Times real time, such as 60, or max. [setting replay.speed]"
        ),
    ] = None,
    symbol: Annotated[
        str | None, typer.Option(metavar="S", help="Contract to follow; by default the one with most records.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="T",
            help="Begin there (ISO date and time, UTC or with offset); with --headless, log from there.",
        ),
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="T", help="Stop at this time.")] = None,
    memory: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Begin with the zones that this memory remembers; it is only read."),
    ] = None,
    plain: Plain = False,
    headless: Annotated[bool, typer.Option("--headless", help="No screen: full speed, then a summary.")] = False,
    events: Annotated[
        Path | None, typer.Option(metavar="PATH", help="With --headless: write the event log, JSON lines.")
    ] = None,
    batch: Annotated[
        int | None, typer.Option(metavar="N", help="With --headless: records at once. [setting replay.batch]")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="With --headless: print the summary as one JSON line.")] = False,
    serve: Serve = False,
    port: ServePort = None,
) -> int:
    """Open the cockpit on a recording, with transport keys; or run it without a screen."""
    from qmo_tui.cli.beginning import begin_replay
    from qmo_tui.cli.screen import need_terminal, show
    from qmo_tui.settings import load

    if headless:
        _check_without_screen(serve=serve, plain=plain)
    elif events is not None or batch is not None or json:
        raise QmoError("--events, --batch and --json go with --headless")
    check_port(port, serve=serve, plain=plain)
    loaded = load(flags={"replay.speed": speed_of(speed), "replay.batch": batch, "server.port": port})
    span = _span(since, until)
    recording = open_recording(files)
    _require_within(span, *recording.span)
    if headless:
        return _run_headless(recording, loaded.settings, symbol, events, span, memory=memory, json=json)
    begin = begin_replay(recording, loaded.settings, symbol=symbol, since=span[0], until=span[1], memory=memory)
    if plain:
        return tell(begin, loaded.settings)
    need_terminal("without one, use --plain or --headless")
    return show(begin, loaded.settings, serve=serve)


def _check_without_screen(*, serve: bool, plain: bool) -> None:
    if serve:
        raise QmoError("--serve goes with the cockpit: without a screen, use `qmo serve --replay FILE`")
    if plain:
        raise QmoError("--headless plays at once and says a summary, --plain tells line by line: give one of them")


def _span(since: str | None, until: str | None) -> Span:
    span = (moment_of(since, "--from"), moment_of(until, "--to"))
    if span[0] is not None and span[1] is not None and span[0] >= span[1]:
        raise QmoError(f"--from {since} is not before --to {until}")
    return span


def _require_within(span: Span, start: int, end: int | None) -> None:
    """Refuse a span in which nothing of a recording is, as far as its start and end are known."""
    since, until = span
    if since is not None and end is not None and since > end:
        raise QmoError(f"nothing is to be played: --from is after the end of the recording, {_written(end)}")
    if until is not None and until <= start:
        raise QmoError(f"nothing is to be played: --to is not after the start of the recording, {_written(start)}")


def _written(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"


def open_recording(files: list[Path]) -> "Recording":
    """Return the recording that files or folders hold.

    Raises:
        QmoError: One of them cannot be read.
    """
    from feeds.recording import Recording

    try:
        return Recording(files)
    except OSError as error:
        raise QmoError(f"{error.filename}: {error.strerror}", ExitCode.UNREADABLE) from error


def _run_headless(
    recording: "Recording",
    settings: "Settings",
    symbol: str | None,
    events: Path | None,
    span: Span,
    *,
    memory: Path | None,
    json: bool,
) -> int:
    from engines.events import encode
    from qmo_tui.cli.progress import reading_progress
    from qmo_tui.session.headless import run_headless

    with reading_progress(recording) as progress:
        try:
            summary = run_headless(
                recording,
                settings,
                symbol=symbol,
                events=events,
                since=span[0],
                until=span[1],
                memory=memory,
                progress=progress,
            )
        except OSError as error:
            raise QmoError(f"{error.filename or recording.source}: {error.strerror}", ExitCode.UNREADABLE) from error
    if span[1] is None:  # a header may leave its end open
        _require_within(span, 0, summary.ts or None)
    for note in summary.notes:
        print(f"qmo: {one_line(note)}", file=sys.stderr)  # noqa: T201 - what a script and a trader both need to know
    sys.stdout.write(encode(summary).decode() if json else summary_text(summary))
    return ExitCode.DONE


def summary_text(summary: "Summary") -> str:
    """Return a summary as aligned lines for people; what the data cannot tell is `--`."""
    import msgspec

    lines = []
    for name, value in msgspec.to_builtins(summary).items():
        if name in {"kind", "ts"} or value in ([], {}):
            continue
        lines.append(f"{name.replace('_', ' '):24}{_plain(value)}")
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    if value is None:
        return "--"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "; ".join(_plain(part) for part in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
