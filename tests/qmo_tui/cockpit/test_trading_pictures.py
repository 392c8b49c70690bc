"""A trade on the simulated market from prompt to lock, as the cockpit shows it: the pictures of docs/trading.md."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from textual._time import get_time
from textual.pilot import Pilot

from engines.trading_events import Decision, Position, Risk
from engines.view import ViewRequest
from feeds.replay import Step
from feeds.simulator.endless import EndlessMarket, EndlessReplay
from feeds.simulator.session import SimulationSettings
from qmo_tui.cockpit.app import CockpitApp
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.journal.reading import reading
from qmo_tui.paths import journal_file
from qmo_tui.session.replay import ReplaySession
from qmo_tui.settings import load
from tests.qmo_tui.cockpit.kept_pictures import assert_picture, picture_of
from tests.qmo_tui.cockpit.running import Seat, StillClock
from tests.qmo_tui.cockpit.scenes import SECOND

_SEED: Final = 3
_MOMENT: Final = 21 * 60 + 48
"""Seconds after the simulated session's start: two later stops above a high have been taken, and price is back."""
_EASILY_CONVINCED: Final = {
    "mentor.least_lean": 0.05,
    "mentor.arm": 0.1,
    "mentor.disarm": 0.05,
    "mentor.coverage": 0.3,
    "mentor.dwell_seconds": 0,
}
"""A simulated market means nothing by what it does: at the packaged thresholds it makes no prompt in hours."""


class DemoSeat(Seat):
    """A cockpit on the simulated market, which stands still unless it is stepped."""

    def __init__(self, app: CockpitApp, session: ReplaySession, pilot: Pilot[None], clock: StillClock) -> None:
        super().__init__(app, session, pilot, clock)  # type: ignore[arg-type]  # a real desk, not the scripted one
        self.session = session

    async def step(self, seconds: int = 1) -> None:
        """Play some seconds of market time."""
        transport = self.session.transport
        for _ in range(seconds):
            end = (transport.position or 0) + SECOND
            transport.step(Step.SECOND)
            while transport.seeking or (transport.position or 0) < end:  # noqa: ASYNC110
                await asyncio.sleep(0)  # the session's own turn, not a wait
        await self.frame()

    async def picture(self, name: str, size: tuple[int, int]) -> None:
        """Compare what is shown at a size with the kept picture, or keep it."""
        await self.pilot.resize_terminal(*size)
        for _ in range(3):
            await self.frame()
        assert_picture(name, picture_of(self.app))


@asynccontextmanager
async def demo(
    size: tuple[int, int], desk: Callable[[ReplaySession], Any] = lambda session: session, *, earlier: int = 0
) -> AsyncIterator[DemoSeat]:
    """Sit down at the simulated market of one seed, paused at one moment, or some seconds earlier.

    `desk` may show its session otherwise.
    """
    market = EndlessMarket(SimulationSettings(seed=_SEED))
    transport = EndlessReplay(market)
    transport.pause()
    transport.seek(market.settings.start + (_MOMENT - earlier) * SECOND)
    clock = StillClock()
    session = ReplaySession(market, load(flags=_EASILY_CONVINCED, environment={}).settings, transport, clock=clock)
    app = CockpitApp(desk(session), CockpitOptions(frames_per_second=1), clock)
    async with app.run_test(size=size) as pilot:
        playing = asyncio.create_task(session.run())
        while transport.seeking or not session.view(ViewRequest()).sequence:  # noqa: ASYNC110
            await asyncio.sleep(0)
        trader = DemoSeat(app, session, pilot, clock)
        await trader.press("c")
        for _ in range(3):
            await trader.frame()
        clock.now += 60
        yield trader
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def test_a_trade_from_prompt_to_lock_as_the_documentation_shows_it() -> None:
    async with demo((100, 30)) as trader:
        while "arms" not in trader.text("prompt"):
            await trader.step()
        await trader.picture("trading-prompt", (100, 30))
        await trader.press("s")
        await trader.picture("trading-armed", (80, 24))
        await trader.strike("y", get_time() + 5)
        while "flat" in trader.text("account"):
            await trader.step()
        await trader.picture("trading-position", (160, 50))
        await trader.press("f")
        await trader.step(2)
        await trader.picture("trading-locked", (100, 30))
    with reading(journal_file("demo")) as journal:
        lines = journal.events(journal.sessions("demo")[-1].id)
    assert [line.key for line in lines if isinstance(line, Decision) and line.key] == ["s", "y", "f"]
    assert [line.state for line in lines if isinstance(line, Position)][-1] == "closed"
    assert [line.state for line in lines if isinstance(line, Risk)][-1] == "locked"
