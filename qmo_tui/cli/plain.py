"""How a command tells a session in lines of plain text instead of opening the cockpit."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from qmo_tui.cli.beginning import Begin
    from qmo_tui.settings import Settings

Plain = Annotated[
    bool,
    typer.Option(
        "--plain", help="No screen: one line of plain text for each thing that happens, for screen readers and logs."
    ),
]


def tell(begin: "Begin", settings: "Settings") -> int:
    """Begin a session and tell it line by line until it ends or somebody ends it; return the exit code.

    Raises:
        Exception: What ended the session, if an error did.
    """
    import asyncio

    from qmo_tui.cli.endings import code_of_signals
    from qmo_tui.plain.sentences import Sentences
    from qmo_tui.plain.teller import PlainLines
    from qmo_tui.session.event_log import EventLog

    cockpit = settings.cockpit
    least = max(cockpit.tape.big_print, cockpit.tape.minimum_size if cockpit.tape.minimum_size > 1 else 0)
    lines = PlainLines(_write, cockpit.time_zone, Sentences(cockpit.chart_interval, least), least)

    async def run() -> int:
        session = begin(EventLog(None, [lines]))
        code = code_of_signals()
        playing = asyncio.create_task(session.run())

        def has_ended() -> bool:
            playback = session.playback
            return playing.done() or code.done() or (playback is not None and playback.finished)

        try:
            await lines.tell(session, has_ended)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        lines.turn()
        if session.failure is not None:
            raise session.failure
        return code.result() if code.done() else ExitCode.DONE

    return asyncio.run(run())


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
