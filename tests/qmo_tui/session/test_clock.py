"""The session clock of a live session: it goes on while nothing comes, as in a halt or before the first record."""

from dataclasses import replace

from engines.pipeline import Pipeline
from engines.timing_view import SessionClock
from engines.view import MarketView, ViewRequest
from feeds.records import Batch, Provenance, Schema
from feeds.states import Following
from qmo_tui.session.clock import with_clock
from qmo_tui.session.live import LiveSession
from qmo_tui.settings import Settings
from tests.engines.flow.test_bars import GOLD
from tests.engines.timing.clocks import MINUTE, SECOND, new_york
from tests.engines.timing.test_session_ranges import LOOK, trades
from tests.qmo_tui.test_live_session import Line

LAST_TRADE = "2026-03-10 16:59:58"


def clock_of(view: MarketView) -> SessionClock:
    assert view.timing is not None
    assert view.timing.clock is not None
    return view.timing.clock


def traded(*found: tuple[str, int]) -> MarketView:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, trades(*found)))
    return pipeline.view(LOOK)


def test_a_market_that_went_silent_at_its_close_is_seen_to_be_closed() -> None:
    view = traded((LAST_TRADE, 100))
    assert clock_of(view).is_open
    later = with_clock(view, new_york("2026-03-10 17:20"))
    assert later.timing is not None
    assert later.timing.now == new_york("2026-03-10 17:20")
    clock = clock_of(later)
    assert (clock.is_open, clock.closing) == (False, new_york("2026-03-10 18:00"))
    assert clock.ranges == clock_of(view).ranges


def test_the_ranges_of_a_day_end_with_it() -> None:
    view = with_clock(traded((LAST_TRADE, 100)), new_york("2026-03-10 18:00"))
    assert (clock_of(view).is_open, clock_of(view).ranges) == (True, ())


def test_it_moves_by_whole_seconds() -> None:
    view = traded((LAST_TRADE, 100))
    moment = new_york("2026-03-10 17:20")
    assert with_clock(view, moment + SECOND - 1).timing == with_clock(view, moment).timing


async def test_a_session_without_a_record_has_a_clock() -> None:
    """On a Sunday morning the trader sees when the week begins."""
    session = LiveSession(Line([]), Settings(), wall_clock=lambda: new_york("2026-03-08 09:00"))
    await session.run()
    clock = clock_of(session.view(LOOK))
    assert (clock.is_open, clock.closing) == (False, new_york("2026-03-08 18:00"))
    assert session.view(ViewRequest()).timing is None


async def test_time_goes_on_from_the_newest_record_whatever_the_clocks_of_the_two_machines_say() -> None:
    begin = new_york("2030-01-01 12:00")
    wall = [begin]
    batch = Batch(Schema.MBO, trades((LAST_TRADE, 100)))
    session = LiveSession(
        Line([Following(GOLD, "GC.v.0"), replace(batch, provenance=Provenance.LIVE)]),
        Settings(),
        clock=lambda: (wall[0] - begin) / 1_000_000_000,
        wall_clock=lambda: wall[0],
    )
    await session.run()
    assert clock_of(session.view(LOOK)).is_open
    wall[0] += 5 * MINUTE
    view = session.view(LOOK)
    assert view.timing is not None
    assert view.timing.now == new_york("2026-03-10 17:04:58")
    assert not clock_of(view).is_open
