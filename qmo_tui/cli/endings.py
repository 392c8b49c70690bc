"""How signals end a command that has no screen."""

import asyncio
import signal

from qmo_tui.exit_codes import ExitCode


def code_of_signals() -> "asyncio.Future[int]":
    """Return what becomes the exit code once a signal ends the program; called in the running loop."""
    loop = asyncio.get_running_loop()
    code: asyncio.Future[int] = loop.create_future()

    def end(with_code: int) -> None:
        if not code.done():
            code.set_result(with_code)

    loop.add_signal_handler(signal.SIGINT, end, ExitCode.INTERRUPTED)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(ending, end, ExitCode.DONE)
    return code
