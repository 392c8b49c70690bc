"""How many connections may be open at once, whether or not they know the token.

Each takes a descriptor, and a program that has none left can write no journal.
"""

import asyncio
from typing import Final

from aiohttp import web

from qmo_tui.setting_tables.server import Server

_SPARE: Final = 64
"""Connections beside those that stay: requests, and whoever is just being refused."""


class Doorway:
    """Makes a connection of each that comes, and cuts those that are too many."""

    def __init__(self, runner: web.AppRunner, options: Server) -> None:
        self._runner = runner
        self._most = options.streams + 2 * options.screens + _SPARE

    def __call__(self) -> asyncio.Protocol:
        """Return what answers the next connection."""
        server = self._runner.server
        return _Full() if server is None or len(server.connections) >= self._most else server()


class _Full(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
