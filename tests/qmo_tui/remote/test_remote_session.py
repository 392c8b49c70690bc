"""A screen in another process: it shows what is served, says at once when it is cut off, and comes back by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import msgspec
import pytest
from aiohttp import web

from engines.execution.commands import Arm
from engines.view import ViewRequest
from feeds.states import FeedState
from qmo_tui import __version__
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.remote.connection import Address, ServingError, connected
from qmo_tui.remote.session import SILENT_NS, RemoteSession, first_glance
from qmo_tui.session.glance import VIEW_PATH, encoded
from tests.qmo_tui.cockpit.scenes import ScriptedDesk
from tests.qmo_tui.cockpit.test_live_line import LIVE_LINE
from tests.qmo_tui.remote.serving_desk import TOKEN, answered, serving, until
from tests.qmo_tui.remote.test_glance import glance

REQUEST = ViewRequest(ladder_rows=20, prints=10, bars=10, zones=True)
SECOND = 1_000_000_000


class WallClock:
    def __init__(self) -> None:
        self.now = LIVE_LINE.now // SECOND * SECOND

    def __call__(self) -> int:
        return self.now


@asynccontextmanager
async def looking(address: Address, clock: WallClock | None = None) -> AsyncIterator[RemoteSession]:
    """Look at what is served, as a screen does while it is open."""
    clock = clock or WallClock()
    session = RemoteSession(lambda: address, await first_glance(address), clock)
    asking = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


async def test_it_shows_what_is_served_as_it_goes_on() -> None:
    desk = ScriptedDesk()
    async with serving(desk) as address, looking(address) as session:
        assert await answered(session.view, REQUEST) == desk.view(REQUEST)
        assert (session.source, session.notes, session.error) == (desk.source, desk.notes, desk.error)
        assert session.playback == desk.playback
        assert session.line is None
        before = desk.view(REQUEST)
        desk.script.second += 30
        await until(lambda: session.view(REQUEST) == desk.view(REQUEST))
        assert desk.view(REQUEST) != before


async def test_another_wish_has_no_answer_until_it_has_come() -> None:
    async with serving(ScriptedDesk()) as address, looking(address) as session:
        shown = await answered(session.view, REQUEST)
        above = ViewRequest(ladder_rows=20, ladder_top=shown.ladder[0].tick + 5)
        assert session.view(above) is None
        assert (await answered(session.view, above)).ladder[0].tick == shown.ladder[0].tick + 5


async def test_a_serving_process_that_ends_is_told_at_once_and_found_again() -> None:
    desk, clock = ScriptedDesk(), WallClock()
    token = ["first-token-of-them"]
    async with serving(desk, token=token[0]) as address:
        session = RemoteSession(lambda: Address(address.port, token[0]), await first_glance(address), clock)
        asking = asyncio.create_task(session.run())
        shown = await answered(session.view, REQUEST)
        clock.now += SECOND
    clock.now += 3 * SECOND
    await until(lambda: session.line is not None)
    assert session.line is not None
    assert session.line.state is FeedState.RECONNECTING
    assert session.line.silence == 4 * SECOND
    assert session.records_per_second == 0
    assert session.notes[0].startswith("OLD PICTURE: ")
    assert session.view(REQUEST) == shown
    clock.now += SECOND
    assert session.line.silence == 5 * SECOND
    token[0] = "another-start-another-token"
    async with serving(desk, address.port, token=token[0]):
        await until(lambda: session.line is None)
        assert session.notes == desk.notes
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def test_data_of_a_live_market_grows_older_whatever_comes() -> None:
    desk, clock = ScriptedDesk(), WallClock()
    desk.transport, desk.line = None, replace(LIVE_LINE, now=clock.now, heard=clock.now - SECOND)
    async with serving(desk) as address, looking(address, clock) as session:
        await answered(session.view, REQUEST)
        clock.now += 7 * SECOND
        assert session.line is not None
        assert session.line.state is FeedState.LIVE
        assert session.line.silence == 8 * SECOND


@asynccontextmanager
async def counterpart(answer: bytes | None) -> AsyncIterator[Address]:
    """Listen like a serving process that answers each question with the same, or with nothing at all."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            if answer is not None:
                await socket.send_bytes(answer)
        return socket

    application = web.Application()
    application.router.add_get(VIEW_PATH, handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield Address(runner.addresses[0][1], TOKEN)
    finally:
        await runner.cleanup()


async def test_one_that_answers_no_more_is_stale_after_two_seconds() -> None:
    clock = WallClock()
    async with counterpart(None) as address:
        session = RemoteSession(lambda: address, glance(ScriptedDesk().view(REQUEST)), clock)
        asking = asyncio.create_task(session.run())
        session.view(REQUEST)
        await until(lambda: session._asked is not None)
        clock.now += SILENT_NS - 1
        before = session.line
        clock.now += 1
        after = session.line
        assert before is None
        assert after is not None
        assert after.state is FeedState.STALE
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"\x01", f"served by another version; this is {__version__}"),
        (
            encoded(msgspec.structs.replace(glance(ScriptedDesk().view(REQUEST)), version="0.0.1")),
            f"served by version 0.0.1, this is {__version__}: run the same one",
        ),
    ],
    ids=["unreadable", "older"],
)
async def test_another_version_is_refused_with_both_named(answer: bytes, says: str) -> None:
    async with counterpart(answer) as address:
        with pytest.raises(ServingError, match=says):
            await first_glance(address)


async def test_why_nothing_can_be_seen_is_one_line_with_what_to_do() -> None:
    async with serving(ScriptedDesk(), screens=1) as address:
        with pytest.raises(ServingError, match="wants another token: set QMO_SERVE_TOKEN"):
            await first_glance(Address(address.port, "not-the-token-of-it"))
        async with connected(address):
            with pytest.raises(ServingError, match="serves as many screens as it may: close one"):
                await first_glance(address)
    with pytest.raises(QmoError, match="begin with `qmo serve`") as refused:
        await first_glance(address)
    assert refused.value.exit_code == ExitCode.CONNECTION


async def test_another_kind_of_market_is_never_shown_as_the_one_before() -> None:
    desk = ScriptedDesk()
    async with serving(desk) as address, looking(address) as session:
        shown = await answered(session.view, REQUEST)
        desk.transport, desk.line = None, LIVE_LINE
        await until(lambda: session.view(REQUEST) is not None and session.line is not None)
        assert session.line is not None
        assert "another market is served now" in session.line.reason
        assert session.view(REQUEST) == shown


async def test_nothing_is_pressed_from_here() -> None:
    desk = ScriptedDesk()
    async with serving(desk) as address, looking(address) as session:
        session.press(Arm(key="b", side="buy"))
        await answered(session.view, REQUEST)
        assert session.toggle_recording().startswith("read-only screen")
        assert session.read_only
        assert desk.pressed == []
        assert desk.script.told == []
