"""When the mentor reads between the ends of bars, and at what price."""

from itertools import pairwise
from typing import Any, Final

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.book.layout import NEVER, TRADE
from engines.mentor.reading_times import ReadingTimes, TradedPrices
from tests.market.sessions import SECOND

QUARTER: Final = SECOND // 4


def trades(*told: tuple[int, int]) -> Any:
    """Return TRADE rows of clocks and ticks."""
    rows = np.zeros(len(told), TRADE)
    rows["clock"], rows["tick"] = [clock for clock, _ in told], [tick for _, tick in told]
    return rows


def traded(*told: tuple[int, int]) -> TradedPrices:
    prices = TradedPrices()
    prices.take(trades(*told))
    return prices


# --- when -------------------------------------------------------------------------------------------------------------


def test_before_the_first_bar_was_read_nothing_is_due() -> None:
    times = ReadingTimes()
    times.stir(5 * SECOND)
    assert times.due == times.watched(traded((6 * SECOND, 1))) == NEVER


def test_what_happens_is_read_within_a_quarter_of_a_second() -> None:
    times = ReadingTimes()
    times.note(0)
    times.stir(5 * SECOND)
    times.stir(5 * SECOND + QUARTER // 2)
    assert times.due == 5 * SECOND + QUARTER
    times.note(times.due)
    assert times.due == NEVER


def test_what_happens_soon_after_a_reading_waits_until_a_second_has_passed() -> None:
    times = ReadingTimes()
    times.note(5 * SECOND)
    times.stir(5 * SECOND + 1)
    assert times.due == 6 * SECOND


def test_what_happens_is_read_at_a_bars_end_where_that_comes_first() -> None:
    times = ReadingTimes()
    times.note(0)
    times.stir(60 * SECOND - 1)
    times.note(60 * SECOND)
    assert times.due == NEVER


def test_while_it_is_watched_every_second_that_trades_is_read() -> None:
    times = ReadingTimes()
    times.note(0)
    assert times.watched(traded((QUARTER, 1), (SECOND + 1, 2))) == SECOND
    assert times.watched(traded((7 * SECOND, 1))) == 7 * SECOND
    assert times.watched(TradedPrices()) == NEVER


def test_what_happens_is_not_put_off_by_watching() -> None:
    times = ReadingTimes()
    times.note(0)
    times.stir(2 * SECOND)
    assert times.watched(traded((7 * SECOND, 1))) == 2 * SECOND + QUARTER


# --- at what price ----------------------------------------------------------------------------------------------------


def test_the_price_is_that_of_the_last_trade_at_that_time() -> None:
    prices = traded((10, 100), (20, 101), (20, 102), (30, 103))
    assert prices.last(9) is None
    assert [prices.last(ts) for ts in (10, 19, 20, 29, 30, 99)] == [
        (10, 100),
        (10, 100),
        (20, 102),
        (20, 102),
        (30, 103),
        (30, 103),
    ]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 30), max_size=30), st.lists(st.integers(0, 30), max_size=5), st.integers(0, 40))
def test_how_trades_are_cut_and_what_was_forgotten_means_nothing(
    clocks: list[int], cuts: list[int], forgotten: int
) -> None:
    told = [(clock, place) for place, clock in enumerate(sorted(clocks))]
    whole, pieces = traded(*told), TradedPrices()
    bounds = sorted({0, len(told), *(cut for cut in cuts if cut < len(told))})
    for first, end in pairwise(bounds):
        pieces.take(trades(*told[first:end]))
    pieces.forget(forgotten)
    for ts in range(forgotten, 45):
        assert pieces.last(ts) == whole.last(ts)
        assert pieces.first_after(ts) == whole.first_after(ts)
