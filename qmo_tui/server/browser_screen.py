"""The process behind one browser: a read-only cockpit that paints into a pipe and hears keys from another.

Textual's web driver does so. A packet is a letter (`D` for the terminal, `M` for what is said beside it), the
length of what follows in four bytes, and that.
"""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Self

import msgspec

from qmo_tui.server.token import TOKEN_VARIABLE, Token

_LOGGER: Final = logging.getLogger("qmo.server")
_PROGRAM: Final = "qmo_tui.cli.browser_screen"
_BEGINNING: Final = b"__GANGLION__\n"
_QUIT_SECONDS: Final = 1.0
_TERMINAL: Final = b"D"
_BESIDE: Final = b"M"
_KEPT: Final = frozenset({"COLORTERM", "HOME", "LANG", "NO_COLOR", "PATH", "PYTHONPATH", "TMPDIR", "TZ", "VIRTUAL_ENV"})
_KEPT_FAMILIES: Final = ("LC_", "QMO_", "XDG_")


class BrowserScreen:
    """A cockpit of its own for as long as a browser shows it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._quits = False

    @classmethod
    async def start(cls, port: int, token: Token, size: tuple[int, int]) -> Self:
        """Start it, with the columns and rows that it has at first, to look at what is served on a port."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # nothing is imported from the folder that the server was started in
            "-m",
            _PROGRAM,
            str(port),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_environment(os.environ, token, size),
        )
        _LOGGER.info("screen %d of a browser begins", process.pid)
        return cls(process)

    async def paint(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Hand on what it paints until it ends; it waits while `send` does."""
        painted = self._process.stdout
        if painted is None or await painted.readline() != _BEGINNING:
            return
        try:
            while True:
                kind = await painted.readexactly(1)
                content = await painted.readexactly(int.from_bytes(await painted.readexactly(4)))
                if kind == _TERMINAL:
                    await send(content)
        except asyncio.IncompleteReadError:
            self._quits = True
        except ConnectionError:
            return  # the browser has gone

    async def type(self, text: str) -> None:
        """Let it hear keys as a terminal sends them."""
        await self._say(_TERMINAL, text.encode())

    async def resize(self, size: tuple[int, int]) -> None:
        """Give it other columns and rows."""
        await self._tell({"type": "resize", "width": size[0], "height": size[1]})

    async def focus(self, *, has: bool) -> None:
        """Tell whether the browser's window has the keys."""
        await self._tell({"type": "focus" if has else "blur"})

    async def stop(self) -> None:
        """End it: nothing there is to be saved. One that is about to end by itself has a moment for it."""
        if not (self._quits and await self._has_ended()) and self._process.returncode is None:
            self._process.kill()
        code = await self._process.wait()
        _LOGGER.info("screen %d of a browser has ended (%d)", self._process.pid, code)

    async def _has_ended(self) -> bool:
        try:
            async with asyncio.timeout(_QUIT_SECONDS):
                await self._process.wait()
        except TimeoutError:
            return False
        return True

    async def _tell(self, what: Mapping[str, object]) -> None:
        await self._say(_BESIDE, msgspec.json.encode(what))

    async def _say(self, kind: bytes, content: bytes) -> None:
        heard = self._process.stdin
        if heard is None:
            return
        try:
            heard.write(kind + len(content).to_bytes(4) + content)
            await heard.drain()
        except ConnectionError:
            return  # it has ended, which `paint` tells


def _environment(inherited: Mapping[str, str], token: Token, size: tuple[int, int]) -> dict[str, str]:
    """Return what the process has to know; keys and other secrets of this one are not among it."""
    known = {name: value for name, value in inherited.items() if name in _KEPT or name.startswith(_KEPT_FAMILIES)}
    return known | {
        TOKEN_VARIABLE: token.text,
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "COLUMNS": str(size[0]),
        "ROWS": str(size[1]),
    }
