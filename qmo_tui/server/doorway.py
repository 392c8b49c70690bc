"""How many connections may be open at once, whether or not they know the token.

Each takes a descriptor, and a program that has none left can write no journal. Whoever has not shown the token soon
gives its place to others.
"""

import asyncio
from typing import Final

from aiohttp import web

from qmo_tui.server.application import KNOWN
from qmo_tui.setting_tables.server import Server

_SPARE: Final = 64
"""Connections beside those that stay: requests, and whoever is just being refused."""
STRANGER_SECONDS: Final = 10.0
"""How long a connection may last on which no request was let in."""


class Doorway:
    """Makes a connection of each that comes, and cuts those that are too many or stay strangers."""

    def __init__(self, runner: web.AppRunner, options: Server) -> None:
        self._runner = runner
        self._most = options.streams + 2 * options.screens + _SPARE

    def __call__(self) -> asyncio.Protocol:
        """Return what answers the next connection."""
        server = self._runner.server
        if server is None or len(server.connections) >= self._most:
            return _Full()
        protocol = server()
        asyncio.get_running_loop().call_later(STRANGER_SECONDS, self._cut_stranger, protocol)
        return protocol

    def _cut_stranger(self, protocol: web.RequestHandler) -> None:
        transport = protocol.transport
        if transport is not None and transport not in self._runner.app[KNOWN]:
            transport.abort()


class _Full(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
