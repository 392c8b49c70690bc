"""The states of the cockpit at four sizes, on a simulated market that stands still: pictures a change must answer to.

The market is simulated, but shown as a live line shows one, so that the pictures are those of a day's work; replays
have theirs in `test_pictures`.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec
import pytest
from textual._time import get_time

from engines.trading_view import TradingView
from engines.view import MarketView, ViewRequest
from feeds.records import Provenance
from feeds.states import FeedChange, FeedState
from qmo_tui.session.line import Line
from qmo_tui.session.replay import ReplaySession
from tests.qmo_tui.cockpit.kept_pictures import assert_picture, picture_of
from tests.qmo_tui.cockpit.scenes import SECOND
from tests.qmo_tui.cockpit.test_trading_pictures import DemoSeat, demo

SIZES: Final = ((80, 24), (100, 30), (120, 40), (160, 50))
STATES: Final = {
    "live": SIZES,
    "help": ((80, 24), (160, 50)),
    "zoom": ((100, 30), (120, 40)),
    "armed": SIZES,
    "position": SIZES,
    "stale": ((80, 24), (120, 40), (160, 50)),
    "locked": ((100, 30), (160, 50)),
}
_SOURCE: Final = "databento mbo"
_MOST_SECONDS: Final = 300
_EARLIER: Final = 60
_INTO_THE_MINUTE: Final = 14
"""What is told once a minute is as old as the first look in it, so the first minute that is shown begins in sight."""
_USUAL_SILENCE: Final = 0.18
_STALE_FROM: Final = 5.0
"""Seconds since the last record."""


class LiveDesk:
    """The desk of a session on a simulated market, shown as that of a live line which a test may let fall silent."""

    def __init__(self, session: ReplaySession) -> None:
        self._session = session
        self.transport = None
        self.source = _SOURCE
        self.silence = _USUAL_SILENCE

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    @property
    def line(self) -> Line:
        """The line as it stands: whole, or stale once it has been silent for five seconds."""
        now = (self._session.transport.position or 0) + round(self.silence * SECOND)
        begun = now - 1_300 * SECOND
        state, reason = FeedState.LIVE, "book snapshot of 8,725 orders received"
        changes: tuple[FeedChange, ...] = (FeedChange(state, _SOURCE, reason, begun),)
        if self.silence > _STALE_FROM:
            state, reason = FeedState.STALE, "no record for 5 s while the market trades"
            changes += (FeedChange(state, _SOURCE, reason, now - 3 * SECOND),)
        return Line(
            state, _SOURCE, reason, changes[-1].at, now - round(self.silence * SECOND), now, 0, "REC 18.2 MB", changes
        )

    def view(self, request: ViewRequest) -> MarketView:
        """Return the market as a live one, and the account as that of a live session."""
        view = self._session.view(request)
        return replace(view, provenance=Provenance.LIVE, trading=view.trading and self._paper(view.trading))

    def _paper(self, trading: TradingView) -> TradingView:
        risk = trading.risk and msgspec.structs.replace(trading.risk, account="paper")
        trouble = "the line is stale" if self.silence > _STALE_FROM else trading.trouble
        return msgspec.structs.replace(trading, risk=risk, trouble=trouble)


class Photographer:
    """Takes a picture of each state at its sizes."""

    def __init__(self, trader: DemoSeat) -> None:
        self._trader = trader
        self.pictures: dict[str, str] = {}

    async def take(self, state: str) -> None:
        """Take the pictures of what is shown now, once the answers to keys have faded."""
        self._trader.clock.now += 60
        for width, height in STATES[state]:
            await self._trader.pilot.resize_terminal(width, height)
            for _ in range(3):
                await self._trader.frame()
            self.pictures[f"{state}-{width}x{height}"] = picture_of(self._trader.app)


async def _a_day(photographer: Photographer, trader: DemoSeat, desk: LiveDesk) -> None:
    """Go from a quiet line through a trade to the lock."""
    await trader.step(_INTO_THE_MINUTE)
    await photographer.take("live")
    await trader.press("question_mark")
    await photographer.take("help")
    await trader.press("escape", "tab", "F")
    await photographer.take("zoom")
    await trader.press("F", "shift+tab")
    await _until(trader, lambda trading: bool(trading.prompts))
    await trader.press("s")
    await photographer.take("armed")
    await trader.strike("y", get_time() + 5)
    await _until(trader, lambda trading: trading.position is not None)
    await photographer.take("position")
    desk.silence = 8.0
    await photographer.take("stale")
    desk.silence = _USUAL_SILENCE
    await trader.press("f")
    await trader.step(2)
    await photographer.take("locked")


async def _until(trader: DemoSeat, what: Callable[[TradingView], bool]) -> None:
    """Step through the market until something is so."""
    for _ in range(_MOST_SECONDS):
        view = trader.app._framing.view
        if view is not None and view.trading is not None and what(view.trading):
            return
        await trader.step()
    raise AssertionError(f"it was not so within {_MOST_SECONDS} seconds of market")


async def _pictures() -> dict[str, str]:
    async with demo((160, 50), desk=LiveDesk, earlier=_EARLIER) as trader:
        photographer = Photographer(trader)
        desk = trader.app._desk
        assert isinstance(desk, LiveDesk)
        await _a_day(photographer, trader, desk)
    return photographer.pictures


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Play the day once, with user files of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QMO_HOME", str(tmp_path_factory.mktemp("home")))
        yield asyncio.run(_pictures())


@pytest.mark.parametrize(
    "name", [f"{state}-{width}x{height}" for state, sizes in STATES.items() for width, height in sizes]
)
def test_each_state_looks_at_each_size_as_it_did(pictures: dict[str, str], name: str) -> None:
    assert_picture(f"state-{name}", pictures[name])
