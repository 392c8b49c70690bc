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
from qmo_tui.errors import QmoError, one_line
from qmo_tui.log import open_log
from qmo_tui.session.watched import watched
from qmo_tui.settings import Settings, load

_LOOK_SECONDS: Final = 0.5


def main(port: str) -> int:
    """Show what is served on a port until the browser leaves; return the exit code."""
    try:
        settings = load(flags={"server.port": int(port)}).settings
        open_log(settings.log.level)
        asyncio.run(_show(settings))
    except QmoError as error:
        logging.getLogger("qmo.server").warning("a screen of a browser has ended: %s", one_line(str(error)))
        return error.exit_code
    return 0


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
