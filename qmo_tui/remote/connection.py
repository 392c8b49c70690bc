"""The way to a serving process: one WebSocket on this machine, a question and its answer at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec
from aiohttp import WSMessage, WSMsgType

from engines.view import ViewRequest
from qmo_tui import __version__
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.session.glance import VIEW_PATH, Glance, encoded, glance_of

_LARGEST: Final = 32_000_000
"""Bytes of one answer; a whole screen with footprints takes 300,000."""
_PATIENCE_SECONDS: Final = 10.0
"""How long an answer may take before the connection counts as lost."""
_CLOSING_SECONDS: Final = 1.0


class ServingError(QmoError):
    """The serving process is not there, or does not let this screen look; the message says which."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.CONNECTION)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a process serves on this machine, and the token that it wants to hear."""

    port: int
    token: str = field(repr=False)


class Connection:
    """An open way to a serving process."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, port: int) -> None:
        self._socket = socket
        self._port = port

    async def ask(self, request: ViewRequest) -> Glance:
        """Return what the session shows of what is asked for.

        Raises:
            ServingError: No answer comes, or none that this version understands.
        """
        try:
            await self._socket.send_bytes(encoded(request))
            message = await self._socket.receive(_PATIENCE_SECONDS)
        except TimeoutError as error:
            raise ServingError(f"port {self._port} does not answer") from error
        except (aiohttp.ClientError, OSError) as error:
            raise ServingError(f"the connection to port {self._port} was lost") from error
        return self._read(message)

    def _read(self, message: WSMessage) -> Glance:
        if message.type is not WSMsgType.BINARY:
            said = f": {message.extra}" if message.type is WSMsgType.CLOSE and message.extra else ""
            raise ServingError(f"port {self._port} ended the connection{said}")
        try:
            glance = glance_of(message.data)
        except msgspec.DecodeError as error:
            raise ServingError(f"port {self._port} is served by another version; this is {__version__}") from error
        if glance.version != __version__:
            raise ServingError(
                f"port {self._port} is served by version {glance.version}, this is {__version__}: run the same one"
            )
        return glance


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[Connection]:
    """Connect for as long as the block lasts.

    Raises:
        ServingError: It cannot be done.
    """
    async with aiohttp.ClientSession() as client:
        socket = await _open(client, address)
        try:
            yield Connection(socket, address.port)
        finally:
            await socket.close()


async def _open(client: aiohttp.ClientSession, address: Address) -> aiohttp.ClientWebSocketResponse:
    port = address.port
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await client.ws_connect(
                f"http://127.0.0.1:{port}{VIEW_PATH}",
                headers={"Authorization": f"Bearer {address.token}"},
                max_msg_size=_LARGEST,
                timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSING_SECONDS),
            )
    except aiohttp.WSServerHandshakeError as error:
        raise ServingError(_refusal(error.status, port)) from error
    except TimeoutError as error:
        raise ServingError(f"port {port} does not answer") from error
    except (aiohttp.ClientError, OSError) as error:
        raise ServingError(
            f"nothing serves on port {port}: begin with `qmo serve`, or name its port with --port N"
        ) from error


def _refusal(status: int, port: int) -> str:
    """Return why a handshake was refused."""
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return (
                f"port {port} wants another token: set QMO_SERVE_TOKEN to the one that it told when it began to serve"
            )
        case HTTPStatus.SERVICE_UNAVAILABLE | HTTPStatus.TOO_MANY_REQUESTS:
            return f"port {port} serves as many screens as it may: close one"
        case _:
            return f"port {port} serves something else (status {status}): name the port of `qmo serve` with --port N"
