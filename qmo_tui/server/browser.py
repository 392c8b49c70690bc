"""The cockpit in a browser: a page, the terminal in it (textual-serve's), and a screen of its own for each browser.

Everything is this server's own and carries its token; nothing comes from elsewhere. Of textual-serve only what runs in
the browser is taken: its own server starts programs through a shell with all of the environment, writes what they
complain of over the cockpit, and waits for ever for one that hangs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from qmo_tui.server.application import OPTIONS
from qmo_tui.server.browser_screen import BrowserScreen
from qmo_tui.server.problems import Refused
from qmo_tui.server.token import Token

_HERE: Final = Path(__file__).parent
_STATIC: Final = files("textual_serve") / "static"
_PARTS: Final = {
    "textual.js": Path(str(_STATIC / "js" / "textual.js")),
    "xterm.css": Path(str(_STATIC / "css" / "xterm.css")),
    "font.ttf": Path(str(_STATIC / "fonts" / "RobotoMono-VariableFont_wght.ttf")),
    "browser.js": _HERE / "browser.js",
}
_HEADERS: Final = {".ttf": {"Content-Type": "font/ttf"}}
"""What not every machine knows of a file by its name."""
_PAGE: Final = Template((_HERE / "browser.html").read_text(encoding="utf-8"))
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src data:; "
    "connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FONT_SIZES: Final = (6, 40)
_USUAL_FONT_SIZE: Final = 14
_SMALLEST: Final = (20, 5)
_LARGEST: Final = (500, 200)
_LARGEST_MESSAGE: Final = 65_536
_HEARTBEAT_SECONDS: Final = 15.0
_ROOM_SECONDS: Final = 2.0
"""A page that is loaded again waits so long for the place that it just left."""


class Browsers:
    """The routes of the page; each open one has a process behind it, as many as the settings allow."""

    def __init__(self, application: web.Application, token: Token) -> None:
        options = application[OPTIONS]
        self._token = token
        self._most = options.screens
        self._room = asyncio.Semaphore(options.screens)
        self._idle = options.idle_minutes * 60 or None
        self._open: set[web.WebSocketResponse] = set()
        application.router.add_get("/", self._page)
        application.router.add_get("/browser/screen", self._screen)
        application.router.add_get("/browser/{part}", self._part)
        application.on_shutdown.append(self._end)

    async def _page(self, request: web.Request) -> web.Response:
        # The terminal's script puts `?width=W&height=H` behind the address: the last parameter takes what it says.
        socket = f"ws://{request.host}/browser/screen?token={self._token.text}&size="
        page = _PAGE.substitute(
            token=escape(self._token.text), socket=escape(socket), font=_font_size(request.query.get("fontsize", ""))
        )
        policy = _POLICY.format(host=request.host)
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def _part(self, request: web.Request) -> web.FileResponse:
        part = _PARTS.get(request.match_info["part"])
        if part is None:
            raise web.HTTPNotFound
        return web.FileResponse(part, headers=_HEADERS.get(part.suffix))

    async def _screen(self, request: web.Request) -> web.WebSocketResponse:
        port, size = _port_of(request), _first_size(request)
        socket = web.WebSocketResponse(
            heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_LARGEST_MESSAGE, compress=False, timeout=1.0
        )
        async with self._place():
            await socket.prepare(request)
            self._open.add(socket)
            try:
                await self._show(socket, port, size)
            finally:
                self._open.discard(socket)
        return socket

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Hold one of the places for as long as the block lasts.

        Raises:
            Refused: All are taken.
        """
        try:
            async with asyncio.timeout(_ROOM_SECONDS):
                await self._room.acquire()
        except TimeoutError:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._most} browsers are open: close one, or allow more (setting server.screens)",
            ) from None
        try:
            yield
        finally:
            self._room.release()

    async def _show(self, socket: web.WebSocketResponse, port: int, size: tuple[int, int]) -> None:
        screen = await BrowserScreen.start(port, self._token, size)
        painting = asyncio.create_task(_paint(screen, socket))
        try:
            while await self._hear(socket, screen):
                pass
        finally:
            await screen.stop()
            painting.cancel()
            await asyncio.gather(painting, return_exceptions=True)

    async def _hear(self, socket: web.WebSocketResponse, screen: BrowserScreen) -> bool:
        """Do what the browser says next; return whether it may say more."""
        try:
            message = await socket.receive(self._idle)
        except TimeoutError:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"nobody touched this screen for long")
            return False
        if message.type is not WSMsgType.TEXT:
            return False
        try:
            await _obey(message.data, screen)
        except (msgspec.DecodeError, RecursionError):
            await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"no message of a terminal")
            return False
        return True

    async def _end(self, _: web.Application) -> None:
        """Tell every browser that this was the last picture."""
        for socket in tuple(self._open):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the serving program has ended")


async def _paint(screen: BrowserScreen, socket: web.WebSocketResponse) -> None:
    """Hand on what a screen paints; where it was quit, the browser hears so."""
    await screen.paint(socket.send_bytes)
    await socket.close()


async def _obey(message: str, screen: BrowserScreen) -> None:
    """Do what the terminal in the browser says.

    Raises:
        msgspec.DecodeError: It says nothing that a terminal does.
        RecursionError: It is nested without end.
    """
    match msgspec.json.decode(message):
        case ["stdin", str(text)]:
            await screen.type(text)
        case ["resize", {"width": int(width), "height": int(height)}]:
            await screen.resize(_within(width, height))
        case ["focus" | "blur" as word]:
            await screen.focus(has=word == "focus")
        case ["ping", str()]:
            pass
        case _:
            raise msgspec.ValidationError("unknown message")


def _first_size(request: web.Request) -> tuple[int, int]:
    """Return the columns and rows that the terminal's script puts behind the address (`size=?width=100&height=30`)."""
    width = request.query.get("size", "").removeprefix("?width=")
    height = request.query.get("height", "")
    if not all(number.isascii() and number.isdecimal() and len(number) < 6 for number in (width, height)):
        raise Refused(HTTPStatus.BAD_REQUEST, "no width and height: open the page at / instead")
    return _within(int(width), int(height))


def _within(width: int, height: int) -> tuple[int, int]:
    """Return columns and rows that a screen can be painted in."""
    bounds = zip((width, height), _SMALLEST, _LARGEST, strict=True)
    columns, rows = (min(most, max(least, wanted)) for wanted, least, most in bounds)
    return columns, rows


def _font_size(wanted: str) -> int:
    """Return the size of letters in pixels that an address asks for."""
    least, most = _FONT_SIZES
    return (
        min(most, max(least, int(wanted)))
        if wanted.isascii() and wanted.isdecimal() and len(wanted) < 5
        else _USUAL_FONT_SIZE
    )


def _port_of(request: web.Request) -> int:
    """Return the port that this server listens on, whatever the browser calls it."""
    if request.transport is None:
        raise ConnectionResetError("the browser has gone")
    port: int = request.transport.get_extra_info("sockname")[1]
    return port
