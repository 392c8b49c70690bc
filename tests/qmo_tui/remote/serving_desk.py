"""A desk that is served to screens of other processes, by the real server on a port of this machine."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from engines.view import MarketView, ViewRequest
from qmo_tui.remote.connection import Address
from qmo_tui.server.served import Served
from qmo_tui.server.serving import Serving
from qmo_tui.setting_tables.server import Server

TOKEN = "one-token-of-the-tests"
PATIENCE_SECONDS = 60


@asynccontextmanager
async def serving(
    desk: Served, port: int = 0, *, screens: int = 4, idle_minutes: float = 0, token: str = TOKEN
) -> AsyncIterator[Address]:
    """Serve a desk for as long as the block lasts."""
    options = Server(port=port, screens=screens, idle_minutes=idle_minutes, requests_per_second=1_000)
    with Serving(options, {"QMO_SERVE_TOKEN": token}) as server:
        await server.start(desk)
        try:
            yield Address(server.port, token)
        finally:
            await server.close("the test has ended")


async def until(is_so: Callable[[], bool]) -> None:
    """Let everything go on until something is so."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it never was so"
        await asyncio.sleep(0.005)


async def answered(view: Callable[[ViewRequest], MarketView | None], request: ViewRequest) -> MarketView:
    """Ask as a screen does, frame for frame, until the answer to this very request is there."""
    shown: list[MarketView] = []

    def is_there() -> bool:
        found = view(request)
        if found is not None and len(found.ladder) == request.ladder_rows:
            shown.append(found)
        return bool(shown)

    await until(is_there)
    return shown[0]
