"""One client of the stream: a WebSocket that lines go out on, at the client's own pace, and nothing comes in."""

import asyncio
import logging
from collections.abc import Set
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web
from msgspec import Meta

from qmo_tui.server.problems import Refused
from qmo_tui.server.questions import asked_in_address
from qmo_tui.server.stream import EventStream, Heartbeat, Hello, Missing
from qmo_tui.setting_tables.server import Server

_LOGGER: Final = logging.getLogger("qmo.server")
_LARGEST_MESSAGE: Final = 4_096
"""Bytes of a message that a client sends; it has nothing to say."""
_LAST_WORDS_SECONDS: Final = 2.0
"""How long a client may take to hear why it is dropped, before its line is cut."""
_COME_BACK: Final = "come back with your last sequence as after="
_NO_MESSAGES: Final = "nothing can be sent here: this stream is only read"


class StreamQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of the stream is wanted.

    Attributes:
        after: Number of the last line that the client has: what is kept of the lines after it comes first. Without it
            come the lines from now on; 0 asks for everything that is kept.
        stream: Name of the stream that it had that line from, as `hello` told it.
        kinds: Kinds of line wanted, with commas between; without it all of them. What the stream says of itself
            (`hello`, `missing`, `restarted`, `heartbeat`, `ended`) comes in any case.
    """

    after: Annotated[int, Meta(ge=0)] | None = None
    stream: str | None = None
    kinds: Annotated[str, Meta(max_length=500)] | None = None


class TooSlow(Exception):  # noqa: N818 - it is said to the client, who can come back
    """A client that is dropped, with what it is told."""


class Following:
    """The clients of one stream."""

    def __init__(self, stream: EventStream, options: Server, known_kinds: Set[str]) -> None:
        self._stream = stream
        self._options = options
        self._known = known_kinds

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to follow the stream, until one side ends it.

        Raises:
            Refused: The request cannot be answered.
        """
        question = asked_in_address(request, StreamQuestion)
        kinds = self._wanted(question.kinds)
        if self._stream.clients >= self._options.streams:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{self._stream.clients} programs follow the stream already: end one, or raise server.streams",
                {"Retry-After": "5"},
            )
        socket = web.WebSocketResponse(
            compress=False, max_msg_size=_LARGEST_MESSAGE, timeout=_LAST_WORDS_SECONDS, autoclose=False
        )
        if not socket.can_prepare(request).ok:
            raise Refused(
                HTTPStatus.UPGRADE_REQUIRED,
                "the stream is a WebSocket: connect to it with ws:// and a WebSocket client",
                {"Upgrade": "websocket", "Connection": "Upgrade"},
            )
        self._stream.clients += 1
        try:
            await socket.prepare(request)
            await self._run(socket, question, kinds)
        finally:
            self._stream.clients -= 1
            if request.transport is not None:
                # It is closed once all is taken; for who takes nothing, that would be never.
                asyncio.get_running_loop().call_later(_LAST_WORDS_SECONDS, request.transport.abort)
        return socket

    def _wanted(self, kinds: str | None) -> frozenset[str] | None:
        if kinds is None:
            return None
        wanted = frozenset(kind.strip() for kind in kinds.split(",") if kind.strip())
        unknown = sorted(wanted - self._known)
        if unknown or not wanted:
            named = ", ".join(unknown) or "no kind at all"
            raise Refused(
                HTTPStatus.BAD_REQUEST, f"no line is of the kind {named}: there are {', '.join(sorted(self._known))}"
            )
        return wanted | {"restarted", "ended"}

    async def _run(self, socket: web.WebSocketResponse, question: StreamQuestion, kinds: Set[str] | None) -> None:
        """Send lines and listen for the end; whichever comes first ends both."""
        sending = asyncio.create_task(self._send(socket, question, kinds))
        listening = asyncio.create_task(_until_closed(socket))
        try:
            await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
            code, reason = _ending(sending, listening)
        finally:
            for task in (sending, listening):
                task.cancel()
            await asyncio.gather(sending, listening, return_exceptions=True)
        if code is WSCloseCode.TRY_AGAIN_LATER:
            self._stream.dropped += 1
            _LOGGER.info("a client of the stream was dropped: %s", reason)
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await socket.close(code=code, message=reason.encode())

    async def _send(self, socket: web.WebSocketResponse, question: StreamQuestion, kinds: Set[str] | None) -> None:
        """Send until the stream has ended.

        Raises:
            TooSlow: The client does not take what is sent.
            ConnectionError: It is gone.
        """
        stream = self._stream
        number, missing = stream.begin(question.after, question.stream)
        await self._put(socket, _line(stream.hello))
        if missing is not None:
            await self._put(socket, _line(missing))
        while not (stream.ended and number == stream.lines.next):
            if number < stream.lines.first:
                raise TooSlow(f"too slow: line {number} is kept no more; {_COME_BACK}")
            message, until = stream.message(number, kinds)
            if message:
                await self._put(socket, message)
            elif until == stream.lines.next:
                await self._wait_for_news(socket)
            await asyncio.sleep(0)
            number = until

    async def _wait_for_news(self, socket: web.WebSocketResponse) -> None:
        try:
            async with asyncio.timeout(self._options.heartbeat_seconds):
                await self._stream.news()
        except TimeoutError:
            await self._put(socket, _line(self._stream.heartbeat))

    async def _put(self, socket: web.WebSocketResponse, message: bytes) -> None:
        """Send one message.

        Raises:
            TooSlow: It was not taken in time.
        """
        try:
            async with asyncio.timeout(self._options.stall_seconds):
                await socket.send_frame(message, WSMsgType.TEXT)
        except TimeoutError:
            seconds = self._options.stall_seconds
            raise TooSlow(f"too slow: took nothing for {seconds:g} s; {_COME_BACK}") from None


def _line(word: Hello | Missing | Heartbeat) -> bytes:
    return msgspec.json.encode(word) + b"\n"


async def _until_closed(socket: web.WebSocketResponse) -> bool:
    """Return once the client has closed its end: True where it sent something instead."""
    message = await socket.receive()
    return message.type in {WSMsgType.TEXT, WSMsgType.BINARY}


def _ending(sending: "asyncio.Task[None]", listening: "asyncio.Task[bool]") -> tuple[WSCloseCode, str]:
    """Return with which code and reason to close."""
    if sending.done():
        error = sending.exception()
        if isinstance(error, TooSlow):
            return WSCloseCode.TRY_AGAIN_LATER, str(error)
        if error is not None and not isinstance(error, ConnectionError):
            raise error
        return WSCloseCode.GOING_AWAY, "the session has ended"
    return (WSCloseCode.POLICY_VIOLATION, _NO_MESSAGES) if listening.result() else (WSCloseCode.OK, "")
