"""The server beside a session, from its start to its end, in the session's own loop."""

import logging
import socket
from typing import Final

from aiohttp import web

from qmo_tui.server.access_log import AccessLog
from qmo_tui.server.application import make_application
from qmo_tui.server.served import Served
from qmo_tui.server.stream import EventStream
from qmo_tui.server.token import Token
from qmo_tui.server.view_socket import ViewSocket
from qmo_tui.setting_tables.server import Server

_SHUTDOWN_SECONDS: Final = 2.0
"""How long open connections may take to end once the session has."""


class Serving:
    """A server that answers until it is closed."""

    def __init__(self, served: Served, stream: EventStream, token: Token, options: Server) -> None:
        self._stream = stream
        application = make_application(served, stream, token, options)
        ViewSocket(application)
        self._runner = web.AppRunner(
            application,
            access_log=logging.getLogger("qmo.server"),
            access_log_class=AccessLog,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )

    async def start(self, listening: socket.socket) -> None:
        """Answer what comes to a socket that listens; it is closed with the server."""
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def close(self, reason: str) -> None:
        """End the stream, telling its clients why, and all connections."""
        self._stream.end(reason)
        await self._runner.cleanup()
