"""`qmo serve`: a session without a screen, for other programs on this machine."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qmo_tui.cli.arguments import speed_of
from qmo_tui.cli.completions import offer_recordings, offer_speeds
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from qmo_tui.cli.beginning import Begin
    from qmo_tui.server.serving import Serving
    from qmo_tui.settings import Settings


def serve(
    *,
    port: Annotated[
        int | None, typer.Option(metavar="N", help="Port of this machine, 0 for any free one. [setting server.port]")
    ] = None,
    replay: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", autocompletion=offer_recordings, help="Serve a recording; once for each of its files."
        ),
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Serve the simulated gold market.")] = False,
    speed: Annotated[
        str | None,
        typer.Option(
            metavar="X", autocompletion=offer_speeds, help="Times real time, such as 60, or max. [setting replay.speed]"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Say where it listens as one JSON line.")] = False,
) -> int:
    """Serve the market, read-only, to programs on this machine that know the token, until interrupted."""
    from qmo_tui.server.serving import Serving
    from qmo_tui.settings import load

    if replay and demo:
        raise QmoError("--replay and --demo are two markets: give one of them")
    if speed is not None and not (replay or demo):
        raise QmoError("--speed goes with --replay or --demo: the present has its own")
    settings = load(flags={"replay.speed": speed_of(speed), "server.port": port}).settings
    begin = _beginning(settings, replay, demo=demo)
    with Serving(settings.server) as serving:
        return _run(begin, serving, json=json)


def _beginning(settings: "Settings", replay: list[Path] | None, *, demo: bool) -> "Begin":
    from qmo_tui.cli.beginning import begin_demo, begin_live, begin_replay
    from qmo_tui.cli.replay import open_recording

    if demo:
        return begin_demo(settings, seed=1, trades=False)
    if replay:
        return begin_replay(open_recording(replay), settings, trades=False)
    return begin_live(settings, trades=False)


def _run(begin: "Begin", serving: "Serving", *, json: bool) -> int:
    """Serve until the session fails or somebody ends it; return the exit code."""
    import asyncio

    from qmo_tui.cli.endings import code_of_signals
    from qmo_tui.session.event_log import EventLog

    async def run() -> int:
        session = begin(EventLog(None, [serving.stream]))
        code = code_of_signals()
        await serving.start(session)
        _tell_where(serving, json=json)
        playing = asyncio.create_task(session.run())
        endings: set[asyncio.Future[Any]] = {playing, code}
        try:
            await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            await serving.close("the session has ended" if session.error is None else session.error)
        if session.failure is not None:
            raise session.failure
        return code.result() if code.done() else ExitCode.DONE

    return asyncio.run(run())


def _tell_where(serving: "Serving", *, json: bool) -> None:
    import msgspec

    if json:
        told = {"kind": "serving", "url": serving.url, "port": serving.port, "token": serving.token.text}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        token = serving.token.text
        sys.stdout.write(f"serving on {serving.url}\ntoken {token}\nin a browser {serving.url}/?token={token}\n")
    sys.stdout.flush()
