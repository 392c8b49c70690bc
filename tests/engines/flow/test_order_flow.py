"""Big prints by time of day, the touch, and what the order-flow reading leaves unknown."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.book.layout import TRADE
from engines.flow.print_sizes import EXACT, PrintSizes, smallest_in
from engines.flow.touch import microprice, queue_imbalance
from engines.pipeline import Pipeline
from engines.view import ViewRequest
from feeds.instrument import Instrument
from feeds.records import Batch, Schema
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, SECOND, START, TICK
from tests.oracle import read

GOLD = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
HALF_HOUR = 1_800 * SECOND
DAY = 86_400 * SECOND
MIDNIGHT = START - START % DAY


def _sizes() -> PrintSizes:
    sizes = PrintSizes()
    sizes.begin_day(MIDNIGHT)
    return sizes


def _prints(lots: Sequence[int], clock: int = START) -> Any:
    """Return TRADE rows, one an aggressor, the last of which only ends the print before it."""
    made = np.zeros(len(lots) + 1, TRADE)
    made["size"] = [*lots, 1]
    made["order_id"] = made["event"] = 1 + np.arange(len(made))
    made["clock"] = clock
    return made


# --- big prints -----------------------------------------------------------------------------------------------------


def test_a_big_print_is_of_a_size_that_one_in_a_hundred_reaches() -> None:
    sizes = _sizes()
    sizes.take(_prints([1] * 900 + [7] * 95 + [40] * 5))
    assert sizes.big_from(START, 0.01) == 8
    assert sizes.big_from(START, 0.2) == 2
    assert sizes.big_from(START, 0.001) == 41


def test_too_few_prints_tell_nothing() -> None:
    sizes = _sizes()
    sizes.take(_prints([5] * 199))
    assert sizes.big_from(START, 0.01) is None
    sizes.take(_prints([5]))
    assert sizes.big_from(START, 0.01) == 6


def test_the_trades_of_one_aggressor_in_one_event_are_one_print() -> None:
    alone, together = _prints([6] * 300), _prints([2] * 900)
    together["order_id"][:900] = together["event"][:900] = np.repeat(np.arange(300), 3) + 1
    told = []
    for trades in (alone, together):
        sizes = _sizes()
        sizes.take(trades)
        told.append(sizes.big_from(START, 0.01))
    assert told == [7, 7]


def test_trades_whose_aggressor_is_not_told_are_prints_by_themselves() -> None:
    trades = _prints([2] * 900)
    trades["order_id"] = 0
    trades["event"] = 1
    sizes = _sizes()
    sizes.take(trades)
    assert sizes.big_from(START, 0.01) == 3


def test_earlier_days_count_at_their_time_of_day() -> None:
    sizes = _sizes()
    sizes.take(_prints([2] * 300, MIDNIGHT + HALF_HOUR))
    sizes.take(_prints([60] * 300, MIDNIGHT + 5 * HALF_HOUR))
    sizes.begin_day(MIDNIGHT + DAY)
    assert sizes.big_from(MIDNIGHT + DAY + HALF_HOUR, 0.05) == 3
    assert sizes.big_from(MIDNIGHT + DAY + 6 * HALF_HOUR - 1, 0.05) == 61
    assert sizes.big_from(MIDNIGHT + DAY + 3 * HALF_HOUR, 0.05) is None
    sizes.take(_prints([9] * 300, MIDNIGHT + DAY + HALF_HOUR))
    assert sizes.big_from(MIDNIGHT + DAY + HALF_HOUR, 0.05) == 10
    assert sizes.big_from(MIDNIGHT + DAY + 5 * HALF_HOUR, 0.6) == 10  # half of the weight is today's


def test_lately_counts_more() -> None:
    sizes = _sizes()
    sizes.take(_prints([50] * 2_000 + [1] * 2_000 * 8))
    assert sizes.big_from(START, 0.01) == 2


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(1, 2**34))
def test_a_bin_of_sizes_is_at_most_a_sixteenth_wide(size: int) -> None:
    sizes = _sizes()
    sizes.take(_prints([1] * 300 + [min(size, 2**32 - 1)] * 30))
    above = sizes.big_from(START, 0.05)
    assert above is not None
    if size < EXACT:
        assert above == size + 1
    elif size < 2**31:
        assert size < above <= size + size // 16 + 1


def test_bins_are_in_order_of_size() -> None:
    edges = [smallest_in(number) for number in range(EXACT + 100)]
    assert edges == sorted(set(edges))
    assert edges[EXACT] == EXACT


def test_big_prints_of_a_generated_session() -> None:
    """Counted again from the tape: with few prints the fading hardly moves the share."""
    array = session(8, 3_000).array
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, array))
    flow = pipeline.view(ViewRequest(flow=True)).flow
    prints: Counter[tuple[int, int]] = Counter()
    for trade in read(array, FIRST_INSTRUMENT, TICK).tape.trades:
        prints[(trade.event, trade.order_id or -trade.index - 1)] += trade.size
    lots = list(prints.values())[:-1]
    assert flow is not None
    assert flow.big_print is not None
    reaching = Fraction(sum(size >= flow.big_print for size in lots), len(lots))
    below = Fraction(sum(size >= flow.big_print - 1 for size in lots), len(lots))
    assert reaching < Fraction(2, 100)
    assert below > Fraction(5, 1_000)


# --- the touch ------------------------------------------------------------------------------------------------------


def test_the_microprice_leans_away_from_the_larger_queue() -> None:
    assert microprice(100, 30, 101, 10) == pytest.approx(100.75)
    assert microprice(100, 10, 103, 30) == pytest.approx(100.75)
    assert microprice(100, 5, 101, 5) == pytest.approx(100.5)
    assert queue_imbalance(30, 10) == pytest.approx(0.75)


def test_the_reading_is_of_the_view_it_stands_in() -> None:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, session(6, 1_200).array))
    view = pipeline.view(ViewRequest(flow=True))
    assert view.flow is not None
    assert view.best_bid is not None
    assert view.best_ask is not None
    assert view.best_bid_size is not None
    assert view.best_ask_size is not None
    assert view.flow.cvd == view.delta
    bid, ask = view.best_bid_size, view.best_ask_size
    assert view.flow.queue_imbalance == pytest.approx(bid / (bid + ask))
    assert view.flow.microprice == pytest.approx((view.best_bid * ask + view.best_ask * bid) / (bid + ask))


def test_what_is_not_known_is_none() -> None:
    pipeline = Pipeline(GOLD)
    array = session(6, 20).array
    pipeline.process(Batch(Schema.MBO, array[:1]))
    flow = pipeline.view(ViewRequest(flow=True)).flow
    assert flow is not None
    assert (flow.queue_imbalance, flow.microprice, flow.divergence, flow.big_print) == (None, None, None, None)
    assert {(window.ofi, window.z, window.bias) for window in flow.windows} == {(None, None, None)}


def test_a_reading_is_made_only_where_it_is_asked_for_and_there_is_order_flow() -> None:
    assert Pipeline(GOLD).view(ViewRequest(flow=True, footprints=5, bars=5)).flow is None
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, session(6, 300).array))
    view = pipeline.view(ViewRequest(bars=5))
    assert view.flow is None
    assert view.footprints == ()
