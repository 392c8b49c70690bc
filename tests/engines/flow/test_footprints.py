"""Footprints equal an independent recomputation; imbalances, stacks and unfinished auctions follow their rules."""

from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.book.layout import TRADE
from engines.events import Bar
from engines.flow.bars import Bars
from engines.flow.footprint_kernel import SHEET_ROWS, find_imbalances, find_stacks
from engines.flow.footprints import Footprints
from engines.flow.layout import CELLS, INTERVALS
from engines.flow.settings import FlowSettings
from engines.pipeline import Pipeline, PipelineSettings, run
from engines.view import BarRow, Footprint, ViewRequest
from feeds.instrument import Instrument
from feeds.records import Batch, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.session import Simulation, SimulationSettings
from tests.engines.real_data import ES, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, SECOND, START, TICK
from tests.market.strategies import NEAR_ROLL, streams
from tests.oracle import Oracle, read
from tests.oracle import footprints as plain

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
GOLD = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
EASY = FlowSettings(imbalance_ratio=2.0, imbalance_least=0.25, stacked=2)
"""Settings with which a small market has imbalances."""
SIDES = {"buy": "B", "sell": "A"}
HALFWAY = 1_791_237_600 * SECOND
"""2026-10-05 17:00 in Chicago, where a trading day ends."""


# --- the rules, on lots bought and sold at ticks 0, 1, 2, ... -------------------------------------------------------


def _judged(
    buy: Sequence[int], sell: Sequence[int], *, ratio: float = 3.0, least: float = 1.0, stacked: int = 3
) -> tuple[list[int], list[int], list[tuple[int, int, int]]]:
    """Return the ticks of buy imbalances, of sell imbalances, and the stacks."""
    sheet = np.zeros((SHEET_ROWS, len(buy) + 3), np.int64)
    sheet[:] = 77  # what an earlier bar left there must not matter
    sheet[0, : len(buy)], sheet[1, : len(sell)] = buy, sell
    find_imbalances(sheet, len(buy), ratio, least)
    stacks = np.zeros((64, 3), np.int64)
    found = find_stacks(sheet, len(buy), stacked, stacks)
    flags = [np.flatnonzero(sheet[row, : len(buy)] == 1).tolist() for row in (3, 4)]
    return flags[0], flags[1], [(side, low, high) for side, low, high in stacks[:found].tolist()]


@pytest.mark.parametrize(
    ("buy", "sell", "buying", "selling"),
    [
        pytest.param([0, 9], [3, 0], [1], [], id="buying against the sells a tick below"),
        pytest.param([3, 0], [0, 9], [], [], id="never against the sells a tick above"),
        pytest.param([0, 3], [9, 0], [], [0], id="selling against the buys a tick above"),
        pytest.param([0, 8], [3, 0], [], [], id="less than three times as much"),
        pytest.param([5, 5], [5, 5], [], [], id="balance"),
        pytest.param([9, 0], [0, 9], [], [], id="buying at the low and selling at the high have no counterpart"),
        pytest.param([9], [0], [], [], id="a bar of one price"),
        pytest.param([0, 4, 0], [0, 0, 0], [1], [], id="nothing sold below, inside the bar: any buying"),
        pytest.param([0, 0, 4, 0], [9, 0, 0, 0], [2], [0], id="over a gap each is weighed against nothing"),
        pytest.param([0, 9, 9], [3, 3, 0], [1, 2], [], id="two in a row"),
    ],
)
def test_a_side_is_weighed_along_the_diagonal(
    buy: list[int], sell: list[int], buying: list[int], selling: list[int]
) -> None:
    assert _judged(buy, sell)[:2] == (buying, selling)


@pytest.mark.parametrize(("least", "buying"), [(6.0, [1]), (6.5, []), (0.0, [1]), (inf, [])])
def test_the_difference_must_be_large_for_such_bars(least: float, buying: list[int]) -> None:
    assert _judged([0, 9], [3, 0], least=least)[0] == buying


def test_nothing_traded_is_no_imbalance_even_where_no_difference_is_asked() -> None:
    assert _judged([0, 0, 0], [0, 0, 0], ratio=1.0, least=0.0)[:2] == ([], [])


@pytest.mark.parametrize(
    ("buy", "stacks"),
    [
        pytest.param([0, 9, 9, 9, 0], [(0, 1, 3)], id="three in a row"),
        pytest.param([0, 9, 9, 0, 9], [], id="a price between"),
        pytest.param([0, 9, 9, 9, 0, 9, 9, 9, 9], [(0, 1, 3), (0, 5, 8)], id="two stacks, the second up to the high"),
    ],
)
def test_a_stack_is_enough_imbalances_a_tick_apart(buy: list[int], stacks: list[tuple[int, int, int]]) -> None:
    assert _judged(buy, [1] * len(buy))[2] == stacks


def test_stacks_of_both_sides_in_one_bar() -> None:
    buy, sell = [0, 0, 0, 1, 9, 9, 9], [9, 9, 9, 1, 1, 1, 0]
    assert _judged(buy, sell, stacked=3) == ([4, 5, 6], [0, 1, 2], [(0, 4, 6), (1, 0, 2)])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from([0, 0, 1, 2, 3, 9, 27]), st.sampled_from([0, 0, 1, 2, 3, 9, 27])), min_size=1),
    st.sampled_from([1.0, 1.5, 3.0]),
    st.sampled_from([0.0, 1.0, 6.0]),
    st.integers(1, 4),
)
def test_any_footprint_equals_the_plain_reading(
    lots: list[tuple[int, int]], ratio: float, least: float, stacked: int
) -> None:
    buy, sell = [bought for bought, _ in lots], [sold for _, sold in lots]
    found = plain.imbalances(dict(enumerate(buy)), dict(enumerate(sell)), 0, len(lots) - 1, ratio, least)
    buying, selling, stacks = _judged(buy, sell, ratio=ratio, least=least, stacked=stacked)
    assert {("B", tick) for tick in buying} | {("A", tick) for tick in selling} == found
    assert {("BA"[side], low, high) for side, low, high in stacks} == plain.stacks(found, stacked)


# --- bars of trades -------------------------------------------------------------------------------------------------


def _trades(places: Sequence[tuple[int, int, int]], start: int = START) -> Any:
    """Return TRADE rows of (tick, lots, side: 0 buys, 1 sells, 2 nobody), a millisecond apart."""
    made = np.zeros(len(places), TRADE)
    made["tick"], made["size"], made["side"] = np.array(places, np.int64).T
    made["clock"] = start + 1_000_000 * np.arange(len(places))
    return made


def _minute(places: Sequence[tuple[int, int, int]]) -> Footprint:
    """Return the footprint of one open minute."""
    bars = Bars()
    bars.begin_day(START - START % (86_400 * SECOND), NEAR_ROLL + SECOND)
    for _ in bars.take(_trades(places)):
        pytest.fail("a bar closed")
    ticks = [tick for tick, _, _ in places]
    bar = BarRow(START, ticks[0], max(ticks), min(ticks), ticks[-1], 0, 0, 0, 0, 0, 0, complete=False)
    (footprint,) = Footprints(bars, FlowSettings()).beside((bar,), "1m", 1)
    return footprint


@pytest.mark.parametrize(
    ("places", "high", "low"),
    [
        pytest.param([(10, 1, 0), (12, 1, 0)], False, False, id="buyers alone"),
        pytest.param([(10, 1, 1), (12, 1, 0), (12, 1, 1)], True, False, id="both sides at the high"),
        pytest.param([(10, 1, 1), (10, 1, 0), (12, 1, 0)], False, True, id="both sides at the low"),
        pytest.param([(10, 1, 1), (10, 1, 0)], True, True, id="one price, both sides"),
        pytest.param([(10, 1, 1), (10, 5, 2), (12, 1, 0), (12, 4, 2)], False, False, id="nobody is no side"),
    ],
)
def test_an_auction_is_unfinished_where_both_sides_traded_at_the_extreme(
    places: list[tuple[int, int, int]], high: bool, low: bool
) -> None:
    footprint = _minute(places)
    assert (footprint.unfinished_high, footprint.unfinished_low) == (high, low)


def test_every_tick_of_the_range_has_a_row_the_highest_first() -> None:
    footprint = _minute([(10, 4, 0), (13, 5, 1), (10, 2, 2), (13, 1, 0)])
    assert [(row.tick, row.buy, row.sell, row.none) for row in footprint.rows] == [
        (13, 1, 5, 0),
        (12, 0, 0, 0),
        (11, 0, 0, 0),
        (10, 4, 0, 2),
    ]


def test_what_is_usual_is_not_known_before_enough_prices_have_traded() -> None:
    """Nineteen prices in the first minute are too few for the second, twenty are enough."""
    for prices, known in ((19, False), (20, True)):
        bars = Bars(FlowSettings(imbalance_least=2.0))
        bars.begin_day(START - START % (86_400 * SECOND), NEAR_ROLL + SECOND)
        list(bars.take(_trades([(tick, 3, 0) for tick in range(prices)])))
        list(bars.take(_trades([(5, 1, 0)], START + 60 * SECOND)))
        sheet = np.zeros((SHEET_ROWS, 8), np.int64)
        assert bars.read_footprint("1m", 1, sheet) == (1, 3.0 if known else inf)  # 2.0 x 1.5 lots a side and price


# --- whole sessions -------------------------------------------------------------------------------------------------


def _assert_same(pipeline: Pipeline, oracle: Oracle, chosen: FlowSettings, intervals: Sequence[str]) -> int:
    """Compare every footprint that is kept; return how many imbalances there were."""
    count = 0
    for interval in intervals:
        view = pipeline.view(ViewRequest(interval=interval, bars=2_048, footprints=2_048))
        bars = oracle.bars(interval)
        least = plain.least_differences(bars, chosen.imbalance_least)
        assert [told.start for told in view.footprints] == [bar.start for bar in bars[-2_048:]]
        for told, bar, difference in zip(view.footprints, bars[-2_048:], least[-2_048:], strict=True):
            expected = plain.footprint(bar, chosen.imbalance_ratio, difference, chosen.stacked)
            assert _as_plain(told) == expected
            count += len(expected.imbalances)
    return count


def _as_plain(told: Footprint) -> plain.Footprint:
    ticks = [row.tick for row in told.rows]
    assert ticks == list(range(ticks[0], ticks[-1] - 1, -1))
    columns = {name: {row.tick: getattr(row, name) for row in told.rows} for name in ("buy", "sell", "none")}
    lots = {name: {tick: size for tick, size in column.items() if size} for name, column in columns.items()}
    buying = {("B", row.tick) for row in told.rows if row.buy_imbalance}
    selling = {("A", row.tick) for row in told.rows if row.sell_imbalance}
    return plain.Footprint(
        low=ticks[-1],
        high=ticks[0],
        **lots,
        imbalances=buying | selling,
        stacks={(SIDES[stack.side], stack.low, stack.high) for stack in told.stacks},
        unfinished_high=told.unfinished_high,
        unfinished_low=told.unfinished_low,
    )


def _after(array: Records, instrument: Instrument, chosen: FlowSettings, cut: int) -> Pipeline:
    pipeline = Pipeline(instrument, PipelineSettings(flow=chosen))
    for start in range(0, len(array), cut):
        pipeline.process(Batch(Schema.MBO, array[start : start + cut]))
    return pipeline


def test_footprints_of_the_real_session_are_recomputed_from_its_raw_records(data: Path) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    oracle = read(array, ES.instrument_id, ES.tick)
    for chosen in (FlowSettings(), EASY):
        assert _assert_same(_after(array, ES, chosen, 4_001), oracle, chosen, INTERVALS) > 100


def test_footprints_of_a_simulated_session_across_the_daily_halt() -> None:
    simulation = Simulation(SimulationSettings(seed=5, start=HALFWAY - 62 * 60 * SECOND))
    batches = list(simulation.batches(HALFWAY + 90 * SECOND))
    array = np.concatenate([batch.records for batch in batches if batch.schema is Schema.MBO])
    pipeline, oracle = _after(array, CONTRACT, EASY, 10_000), read(array, CONTRACT.instrument_id, CONTRACT.tick)
    assert _assert_same(pipeline, oracle, EASY, ["1s", "1m", "1h", "session"]) > 10


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(streams(most_events=150, instruments=1))
def test_footprints_of_any_session(made: Any) -> None:
    pipeline = _after(made.array, GOLD, EASY, 29)
    _assert_same(pipeline, read(made.array, FIRST_INSTRUMENT, TICK), EASY, ["1s", "1m"])


def test_the_log_tells_the_stacks_and_unfinished_auctions_of_each_bar() -> None:
    array = session(3, 1_500, pace=SECOND // 2).array
    chosen = PipelineSettings(bars_logged=("1m",), flow=EASY)
    pipeline = Pipeline(GOLD, chosen)
    told = [event for event in run(pipeline, [Batch(Schema.MBO, array)]) if isinstance(event, Bar)]
    shown = pipeline.view(ViewRequest(interval="1m", bars=2_048, footprints=2_048)).footprints
    assert any(footprint.stacks for footprint in shown)
    for bar, footprint in zip(told, shown, strict=True):
        assert (bar.unfinished_high, bar.unfinished_low) == (footprint.unfinished_high, footprint.unfinished_low)
        assert bar.stacks is not None
        assert [(stack.side, stack.low, stack.high) for stack in bar.stacks] == [
            (stack.side, GOLD.price(stack.low), GOLD.price(stack.high)) for stack in footprint.stacks
        ]


def test_bars_too_old_to_be_kept_by_price_have_no_footprint() -> None:
    """Each second trades at so many prices that the ring of cells holds the newest bars only."""
    width = 1_000
    bars = Bars()
    bars.begin_day(START - START % (86_400 * SECOND), NEAR_ROLL + SECOND)
    count = CELLS // width + 20
    for second in range(count):
        list(bars.take(_trades([(tick, 1, tick % 2) for tick in range(width)], START + second * SECOND)))
    kept, cells = bars.traded_in("1s", range(count))
    assert kept == CELLS // width + 1  # the open one included
    assert len(cells) == kept * width
    assert set(cells["tick"].tolist()) == set(range(width))


def test_footprints_that_nobody_asks_for_any_more_are_not_kept_ready_and_come_back_the_same() -> None:
    bars = Bars()
    bars.begin_day(START - START % (86_400 * SECOND), NEAR_ROLL + SECOND)
    for minute in range(150):
        for _ in bars.take(_trades([(10, 1 + minute, 1), (12, 1, 0)], START + minute * 60 * SECOND)):
            pass
    shown = [
        BarRow(int(row["start"]), 10, 12, 10, 12, 0, 0, 0, 0, 0, 0, complete=True) for row in bars.newest("1m", 149)[0]
    ]
    footprints = Footprints(bars, FlowSettings())
    all_of_them = footprints.beside(shown, "1m", 149)
    assert len(all_of_them) == footprints.ready == 149
    assert footprints.beside(shown, "1m", 12) == all_of_them[-12:]
    assert footprints.ready == 64
    assert footprints.beside(shown, "1m", 149) == all_of_them
