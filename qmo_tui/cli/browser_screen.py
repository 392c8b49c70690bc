"""The read-only cockpit as the server starts it for one browser: `python -m qmo_tui.cli.browser_screen PORT`.

What it paints goes to the server through a pipe, by Textual's web driver, and keys come through another. It is no
command, since nobody else could read it.
"""

import asyncio
import logging
import os
import select
import sys
from typing import Final

from qmo_tui.cli.watch import look
from qmo_tui.crash_files import write_crash_file
from qmo_tui.errors import exit_code_of, lines_of, one_line
from qmo_tui.exit_codes import ExitCode
from qmo_tui.log import open_log, write_traceback
from qmo_tui.session.watched import watched
from qmo_tui.settings import Settings, load

_LOOK_SECONDS: Final = 0.5


def main(port: str) -> int:
    """Show what is served on a port until the browser leaves; return the exit code."""
    open_log()
    try:
        settings = load(flags={"server.port": int(port)}).settings
        open_log(settings.log.level)
        asyncio.run(_show(settings))
    except Exception as error:  # noqa: BLE001 - nobody reads what this process complains of: the log has to say it
        return _log(error)
    return ExitCode.DONE


def _log(error: Exception) -> int:
    """Write down why the screen has ended, and return the exit code."""
    code = exit_code_of(error)
    if code is None:
        write_traceback(error)
        write_crash_file(error, ["(screen of a browser)"])
        return ExitCode.UNEXPECTED
    for line in lines_of(error):
        logging.getLogger("qmo.server").warning("a screen of a browser has ended: %s", one_line(line))
    return code


async def _show(settings: Settings) -> None:
    async def show() -> None:
        await look(settings)

    await watched(show(), _end_with_server())


async def _end_with_server() -> None:
    """End at once when the server is gone: it may have been killed, and here nothing is to be saved."""
    poll = select.poll()
    poll.register(sys.stdin.fileno(), select.POLLHUP)
    while not any(happened & select.POLLHUP for _, happened in poll.poll(0)):  # noqa: ASYNC110 - nobody is told
        await asyncio.sleep(_LOOK_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
