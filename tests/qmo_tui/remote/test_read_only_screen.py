"""The cockpit on what another process serves: all is seen, nothing can be pressed, and each key says why."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from engines.execution.commands import Arm, Confirm, ManualEntry
from qmo_tui.cockpit.app import CockpitApp
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.remote.session import RemoteSession, first_glance
from tests.qmo_tui.cockpit.exchange_desk import BID, ExchangeDesk
from tests.qmo_tui.cockpit.running import Seat, StillClock
from tests.qmo_tui.remote.serving_desk import serving, until

READ_ONLY = "read-only screen"


@asynccontextmanager
async def watching(desk: ExchangeDesk, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Seat]:
    """Sit at a second screen on a desk that is served."""
    async with serving(desk) as address:
        session, clock = RemoteSession(lambda: address, await first_glance(address)), StillClock()
        asking = asyncio.create_task(session.run())
        app = CockpitApp(session, CockpitOptions(frames_per_second=20), clock)
        async with app.run_test(size=size) as pilot:
            seated = Seat(app, desk, pilot, clock)
            await shows(seated, "ladder", "2000.0")
            yield seated
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def shows(watcher: Seat, pane: str, *texts: str) -> None:
    """Wait until a pane shows texts: pictures come from elsewhere."""
    await until(lambda: all(text in watcher.text(pane) for text in texts))


def with_armed_prompt() -> ExchangeDesk:
    """Return a desk at which somebody has armed a buy of two lots at the best bid."""
    desk = ExchangeDesk()
    desk.press(ManualEntry(key="B", side="buy", tick=BID, kind="limit"))
    desk.press(Arm(key="b", side="buy"))
    return desk


async def test_an_armed_prompt_is_seen_and_cannot_be_sent_or_disarmed() -> None:
    desk = with_armed_prompt()
    async with watching(desk) as watcher:
        await shows(watcher, "prompt", "ARMED", "BUY 2 GC limit 2000.0", READ_ONLY)
        assert "sends" not in watcher.text("prompt")
        pressed = len(desk.pressed)
        for key in ("y", "b", "n", "B", "f", "1"):
            await watcher.press(key)
            assert f"no orders: {READ_ONLY}" in watcher.text("notice"), key
            watcher.clock.now += 10
            await watcher.frame()
        await watcher.press("escape")
        watcher.app.on_app_blur()
        assert len(desk.pressed) == pressed
        await shows(watcher, "prompt", "ARMED")


async def test_escape_closes_the_help_and_the_ladder_scrolls_though_somebody_armed_a_prompt() -> None:
    async with watching(with_armed_prompt()) as watcher:
        await shows(watcher, "prompt", "ARMED")
        await watcher.press("question_mark")
        assert watcher.is_shown("help")
        await watcher.press("escape")
        assert not watcher.is_shown("help")
        highest = watcher.text("ladder").splitlines()[1]
        await watcher.press("up", "up", "up")
        await until(lambda: highest not in watcher.text("ladder").splitlines()[1])
        await shows(watcher, "ladder", highest.split()[0])
        assert "stays in place" not in watcher.text("notice")


@pytest.mark.parametrize("key", ["space", "left"])
async def test_keys_of_the_replay_say_where_it_is_played(key: str) -> None:
    desk = ExchangeDesk()
    async with watching(desk) as watcher:
        await watcher.press(key)
        assert READ_ONLY in watcher.text("notice")
        assert desk.script.told == []


async def test_a_position_is_seen_as_it_is_entered() -> None:
    desk = with_armed_prompt()
    async with watching(desk) as watcher:
        (prompt,) = desk.trading.view(desk).prompts
        desk.press(Confirm(key="y", prompt=prompt.id, seen=True))
        desk.beat()
        await shows(watcher, "account", "buy 2 GC")
        desk.exchange.market("A", 40)
        desk.feed()
        await shows(watcher, "account", "long 2 GC")
        await shows(watcher, "prompt", READ_ONLY)
        await watcher.press("q")
        assert watcher.app.return_code == 0


async def test_the_footer_names_no_key_that_does_nothing_here() -> None:
    async with watching(ExchangeDesk()) as watcher:
        footer = watcher.text("footer")
        assert "? help" in footer
        assert "i interval" in footer
        for word in ("flatten", "pause", "faster"):
            assert word not in footer
