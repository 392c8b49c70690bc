"""The volume profile: its rules on small markets worked by hand, and equality with a recomputation from raw trades."""

from collections import Counter
from math import isclose, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.book.layout import REACH, TRADE, RecordArray
from engines.flow.bars import Bars
from engines.flow.profile import COMPOSITE_SESSIONS, EarlierSessions, SessionLots, look
from engines.flow.profile_kernel import find_nodes, point_of_control, value_area
from engines.flow.trade_records import trades_of
from engines.pipeline import Pipeline, run
from engines.view import (
    CompositeProfile,
    DevelopedProfile,
    NakedPoc,
    Profile,
    ProfileOf,
    SessionProfile,
    ViewRequest,
    VisibleProfile,
)
from feeds.records import ACTION_TRADE, OHLCV, Batch, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.session import Simulation, SimulationSettings
from tests.engines.flow.test_bars import GOLD, MOMENTS, _nanoseconds
from tests.engines.real_data import ES, read_records
from tests.engines.side_by_side import event_ends
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, SECOND
from tests.market.strategies import NEAR_ROLL, streams
from tests.oracle import Oracle, rows
from tests.oracle import profile as plain
from tests.oracle.bars import bounds

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
LOOK = ViewRequest(profile=True, bars=2_000, interval="1m")
MARKETS = st.lists(st.integers(0, 6), max_size=40).map(lambda inner: [1 + sum(inner) % 5, *inner, 1 + len(inner) % 4])
"""Lots at consecutive ticks, of which the first and the last have traded; small numbers, so that many are equal."""


def _lots(counts: list[int]) -> Any:
    return np.array([counts], np.int64)


def _control(counts: list[int]) -> int:
    return point_of_control(_lots(counts), 0, len(counts) - 1)


def _area(counts: list[int]) -> tuple[int, int]:
    return value_area(_lots(counts), 0, len(counts) - 1, _control(counts), sum(counts))


def _nodes(counts: list[int]) -> list[int]:
    found = np.zeros(len(counts), np.int64)
    nodes: list[int] = found[: find_nodes(_lots(counts), 0, len(counts) - 1, found)].tolist()
    return nodes


def _by_tick(counts: list[int]) -> dict[int, int]:
    return {tick: count for tick, count in enumerate(counts) if count}


# --- the rules, on lots at ticks 0, 1, 2, ... ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "control"),
    [
        pytest.param([4], 0, id="one price"),
        pytest.param([1, 9, 3], 1, id="most lots"),
        pytest.param([5, 5, 1, 1, 1], 1, id="of two equal ones the nearer to the middle"),
        pytest.param([1, 7, 7, 1], 1, id="of two equally near the lower"),
        pytest.param([5, 1, 5], 0, id="the ends are equally near"),
    ],
)
def test_point_of_control(counts: list[int], control: int) -> None:
    assert _control(counts) == control


@pytest.mark.parametrize(
    ("counts", "area"),
    [
        pytest.param([5], (0, 0), id="one row"),
        pytest.param([1, 7, 2], (1, 1), id="the point of control alone holds exactly 70 %"),
        pytest.param([1, 69, 30], (1, 2), id="one lot short of it"),
        pytest.param([10, 10, 40, 10, 10], (2, 4), id="equal pairs: above"),
        pytest.param([10, 11, 40, 10, 10], (0, 2), id="the larger pair, below"),
        pytest.param([1, 1, 50, 20, 5], (2, 4), id="both rows of a pair, though one would do"),
        pytest.param([1, 24, 50, 0, 26, 1], (2, 4), id="the pair counts, not its nearer row"),
        pytest.param([5, 5, 5, 5, 20], (2, 4), id="begun at the upper end"),
        pytest.param([20, 5, 5, 5, 5], (0, 2), id="begun at the lower end"),
        pytest.param([10, 10, 20, 15], (0, 2), id="a single row at the end against a pair"),
        pytest.param([2, 2, 20, 15], (2, 3), id="a single row at the end that holds more"),
        pytest.param([5, 0, 0, 20, 0, 0, 5], (3, 6), id="equal empty pairs: above"),
        pytest.param([30, 0, 0, 0, 40], (0, 4), id="nothing left above: down through empty rows"),
        pytest.param([5, 30, 5, 0, 0, 0, 5, 31, 5], (1, 8), id="two humps, the second reached through the gap"),
    ],
)
def test_value_area(counts: list[int], area: tuple[int, int]) -> None:
    assert _area(counts) == area


def test_the_value_area_is_not_what_one_row_at_a_time_gives() -> None:
    """One row at a time would take 6 and then 3 above; of pairs, 1 + 9 below are more than 6 + 3 above."""
    counts = [9, 1, 20, 6, 3]
    assert _area(counts) == (0, 2)


@pytest.mark.parametrize(
    ("counts", "nodes"),
    [
        pytest.param([3], [0], id="one price is one peak"),
        pytest.param([1, 5, 9, 5, 1], [2], id="one hump"),
        pytest.param([1, 9, 9, 1, 0, 0, 1, 8, 1], [1, 4, 7], id="two humps and the valley between them"),
        pytest.param([5, 9, 8, 9, 5], [2], id="smoothed, a dent of one tick is nothing"),
        pytest.param([1, 40, 1, 0, 0, 0, 0, 6, 0, 1], [1], id="a peak of too little prominence is none"),
        pytest.param([9, 9, 9, 0, 0, 0, 9, 9, 9], [1, 4, 7], id="equal peaks"),
    ],
)
def test_nodes(counts: list[int], nodes: list[int]) -> None:
    assert _nodes(counts) == nodes


@settings(max_examples=400, deadline=None, derandomize=True)
@given(MARKETS)
def test_any_market_equals_the_plain_reading(counts: list[int]) -> None:
    expected = plain.profile(_by_tick(counts))
    assert expected is not None
    assert _control(counts) == expected.poc
    assert _area(counts) == (expected.value_low, expected.value_high)
    assert _nodes(counts) == expected.nodes


# --- trade by trade -----------------------------------------------------------------------------------------------


def _trades(places: list[tuple[int, int]], clock: int = NEAR_ROLL) -> RecordArray:
    """Return TRADE rows of (tick, lots), a second apart, by buyers, sellers and nobody in turn."""
    made = np.zeros(len(places), TRADE)
    made["tick"], made["size"] = np.array(places, np.int64).T if places else (0, 0)
    made["clock"] = clock + SECOND * np.arange(len(places))
    made["side"] = np.arange(len(places)) % 3
    return made


def _day() -> Bars:
    bars = Bars()
    bars.begin_day(*bounds(NEAR_ROLL, "session"))
    return bars


def _take(bars: Bars, trades: RecordArray) -> None:
    for _ in bars.take(trades):
        pass


def _look(bars: Bars) -> Profile:
    return look(bars, EarlierSessions(), (), "1m")


def _assert_same(told: SessionProfile | None, expected: plain.Profile | None) -> None:
    if expected is None:
        assert told is None
        return
    assert told is not None
    assert (told.volume, told.low, told.high) == (expected.volume, expected.low, expected.high)
    assert (told.poc, told.value_low, told.value_high) == (expected.poc, expected.value_low, expected.value_high)
    assert told.vwap == float(expected.vwap)
    assert isclose(told.deviation, sqrt(expected.variance), rel_tol=1e-14, abs_tol=1e-150)
    assert (list(told.high_nodes), list(told.low_nodes)) == (expected.nodes[::2], expected.nodes[1::2])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 3)), max_size=60), st.sampled_from([0, 20_000, -7]))
def test_after_each_trade_the_profile_is_that_of_all_trades_so_far(places: list[tuple[int, int]], middle: int) -> None:
    """Few prices and few lots: most lots are often shared, and the middle moves while they are."""
    bars, lots = _day(), Counter[int]()
    for tick, size in places:
        _take(bars, _trades([(middle + tick, size)]))
        lots[middle + tick] += size
        _assert_same(_look(bars).session, plain.profile({tick: count for tick, count in lots.items() if count}))


def test_a_wider_range_moves_the_middle_and_so_chooses_another_of_equal_prices() -> None:
    bars = _day()
    _take(bars, _trades([(10, 5), (11, 5), (12, 1)]))
    assert int(bars.now["poc"]) == 11
    _take(bars, _trades([(0, 1)]))
    assert int(bars.now["poc"]) == 10


def test_lots_without_an_aggressor_are_volume_too() -> None:
    bars = _day()
    trades = _trades([(10, 5), (11, 7)])
    trades["side"] = [0, 2]
    _take(bars, trades)
    told = _look(bars).session
    assert told is not None
    assert (told.poc, told.volume) == (11, 12)


def test_sums_hold_the_largest_lots_at_the_farthest_prices() -> None:
    largest = 2**32 - 1
    places = [(0, largest), (REACH, largest), (-REACH, largest - 1), (REACH, largest)]
    bars, lots = _day(), Counter[int]()
    for tick, size in places:
        lots[tick] += size
    _take(bars, _trades(places))
    now = bars.now
    squares = (int(now["squares_high"]) << 18) + int(now["squares_low"])
    assert int(now["weighted"]) == sum(tick * size for tick, size in lots.items())
    assert squares == sum(tick * tick * size for tick, size in lots.items())


def test_a_price_beyond_reach_is_in_no_profile() -> None:
    bars = _day()
    _take(bars, _trades([(10, 5), (11 + REACH, 50), (11, 1)]))
    told = _look(bars).session
    assert told is not None
    assert (told.low, told.high, told.volume) == (10, 11, 6)


# --- whole sessions -----------------------------------------------------------------------------------------------


def _oracle_until(oracle: Oracle) -> plain.Profile | None:
    clock = oracle.clock.now
    if clock is None:
        return None
    return plain.profile(plain.lots_by_tick(plain.of_the_day(oracle.tape.trades, clock + 1)))


def _assert_developed(told: DevelopedProfile, start: int, expected: plain.Profile) -> None:
    assert told == DevelopedProfile(
        start, expected.poc, expected.value_low, expected.value_high, float(expected.vwap), told.deviation
    )
    assert told.deviation == pytest.approx(float(expected.variance) ** 0.5, rel=1e-12)


def _assert_same_path(profile: Profile, bars: tuple[Any, ...], interval: str, oracle: Oracle) -> None:
    assert len(profile.path) == len(bars)
    for bar, developed in zip(bars, profile.path, strict=True):
        _start, end = bounds(bar.start, interval)
        lots = plain.lots_by_tick(plain.of_the_day(oracle.tape.trades, end))
        expected = plain.profile(lots)
        assert expected is not None
        _assert_developed(developed, bar.start, expected)


@pytest.mark.parametrize("name", list(MOMENTS))
def test_profile_and_path_of_a_generated_session(name: str) -> None:
    moment, pace = MOMENTS[name]
    made = session(len(name), 700, start=_nanoseconds(moment), pace=pace)
    pipeline, oracle = Pipeline(GOLD), Oracle(FIRST_INSTRUMENT, GOLD.tick)
    pipeline.process(Batch(Schema.MBO, made.array))
    oracle.feed(rows(made.array))
    for interval in ("1m", "1h", "session"):
        view = pipeline.view(ViewRequest(profile=True, bars=40, interval=interval))
        assert view.profile is not None
        _assert_same(view.profile.session, _oracle_until(oracle))
        _assert_same_path(view.profile, view.bars, interval, oracle)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(streams(most_events=120))
def test_any_session_at_the_end_of_each_matching_event(made: Any) -> None:
    pipeline, oracle, position = Pipeline(GOLD), Oracle(FIRST_INSTRUMENT, GOLD.tick), 0
    for end in event_ends(made.array, FIRST_INSTRUMENT):
        pipeline.process(Batch(Schema.MBO, made.array[position:end]))
        oracle.feed(rows(made.array[position:end]))
        position = end
        profile = pipeline.view(LOOK).profile
        if profile is not None:
            _assert_same(profile.session, _oracle_until(oracle))


def test_the_real_session_is_recomputed_from_its_raw_records(data: Path) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    pipeline = Pipeline(ES)
    run(pipeline, [Batch(Schema.MBO, array)])
    view = pipeline.view(LOOK)
    told, path = view.profile.session if view.profile else None, view.profile.path if view.profile else ()
    trades = array[(array["action"] == ACTION_TRADE) & (array["instrument_id"] == ES.instrument_id)]
    _assert_same(told, plain.profile(_raw_lots(trades)))
    assert told is not None
    assert (told.volume, *map(ES.price_text, (told.poc, told.value_low, told.value_high))) == (
        9_892,
        "4810.00",
        "4807.50",
        "4811.00",
    )
    assert len(path) == len(view.bars) == 60
    for bar, developed in zip(view.bars, path, strict=True):
        expected = plain.profile(_raw_lots(trades[trades["ts_event"] < np.uint64(bar.start + 60 * SECOND)]))
        assert expected is not None
        _assert_developed(developed, bar.start, expected)


def _raw_lots(trades: Records, tick: int = ES.tick) -> Counter[int]:
    lots: Counter[int] = Counter()
    for price, size in zip(trades["price"].tolist(), trades["size"].tolist(), strict=True):
        lots[price // tick] += size
    return lots


def test_a_simulated_session_across_the_daily_halt_is_recomputed_from_its_raw_records() -> None:
    halfway = 1_791_237_600 * SECOND  # 2026-10-05 17:00 in Chicago, where a trading day ends
    simulation = Simulation(SimulationSettings(seed=3, start=halfway - 65 * 60 * SECOND))
    batches = list(simulation.batches(halfway + 3 * 60 * SECOND))
    pipeline = Pipeline(CONTRACT)
    for batch in batches:
        pipeline.process(batch)
    array = np.concatenate([batch.records for batch in batches if batch.schema is Schema.MBO])
    trades = array[array["action"] == ACTION_TRADE]
    is_today = trades["ts_event"] >= np.uint64(halfway)
    today, before = (_raw_lots(part, CONTRACT.tick) for part in (trades[is_today], trades[~is_today]))
    told = pipeline.view(LOOK).profile
    assert told is not None
    _assert_same(told.session, plain.profile(today))
    together = plain.profile(today + before)
    assert together is not None
    assert told.composite == CompositeProfile(
        2, together.volume, together.low, together.high, together.poc, together.value_low, together.value_high
    )
    control = plain.point_of_control(before)
    assert told.naked == (() if min(today) <= control <= max(today) else (NakedPoc(halfway, control),))


def test_trades_alone_tell_the_same_profile_as_orders(data: Path) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    profiles = []
    for schema, records in ((Schema.MBO, array), (Schema.TRADES, trades_of(array))):
        pipeline = Pipeline(ES)
        run(pipeline, [Batch(schema, records)])
        profile = pipeline.view(LOOK).profile
        assert profile is not None
        profiles.append((profile.session, profile.path[:-1]))
    assert profiles[0] == profiles[1]


def test_lots_beside_the_bars_are_those_of_the_ladder() -> None:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, session(3, 1_500).array))
    view = pipeline.view(ViewRequest(profile=True, bars=2_000, ladder_rows=4_000))
    profile = view.profile
    assert profile is not None
    beside = dict(enumerate(profile.lots, profile.lots_low))
    assert sum(beside.values()) == profile.session.volume if profile.session else False
    ladder = {row.tick: row.buy + row.sell + row.none for row in view.ladder}
    assert all(ladder[tick] == lots for tick, lots in beside.items())


# --- what is not known --------------------------------------------------------------------------------------------


def test_before_the_first_trade_of_the_day_there_is_no_profile() -> None:
    made = session(4, 60, opening="clear")
    first = int(np.flatnonzero(made.array["action"] == ACTION_TRADE)[0])
    pipeline = Pipeline(GOLD)
    assert pipeline.view(LOOK).profile is None
    pipeline.process(Batch(Schema.MBO, made.array[: max(1, first - 5)]))
    profile = pipeline.view(LOOK).profile
    assert profile is not None
    assert (profile.session, profile.composite, profile.naked, profile.path) == (None, None, (), ())


def test_finished_bars_have_no_profile_and_it_is_named_as_missing() -> None:
    bars = np.zeros(1, OHLCV)
    bars["instrument_id"], bars["ts_event"], bars["volume"] = FIRST_INSTRUMENT, NEAR_ROLL, 10
    for name in ("open", "high", "low", "close"):
        bars[name] = GOLD.tick * 20_000
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.OHLCV_1M, bars))
    view = pipeline.view(LOOK)
    assert view.profile is None
    assert any("profile" in text and "VWAP" in text for text in view.missing)


def test_it_is_built_only_when_asked_for() -> None:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, session(3, 300).array))
    assert pipeline.view(ViewRequest(bars=10)).profile is None


# --- of the bars shown --------------------------------------------------------------------------------------------


def _assert_visible(pipeline: Pipeline, oracle: Oracle, interval: str, count: int) -> None:
    told = pipeline.view(ViewRequest(profile=True, bars=count, interval=interval)).profile
    shown = oracle.bars(interval)[-count:]
    expected = plain.profile(plain.lots_by_tick(trade for bar in shown for trade in bar.members))
    assert told is not None
    assert expected is not None
    assert told.visible == VisibleProfile(
        len(shown),
        expected.volume,
        expected.low,
        expected.high,
        expected.poc,
        expected.value_low,
        expected.value_high,
    )


def test_the_profile_of_the_bars_shown_of_the_real_session(data: Path) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    pipeline, oracle = Pipeline(ES), Oracle(ES.instrument_id, ES.tick)
    pipeline.process(Batch(Schema.MBO, array))
    oracle.feed(rows(array))
    for interval, count in (("1s", 1), ("1s", 300), ("1m", 7), ("1m", 200), ("5m", 3), ("session", 1)):
        _assert_visible(pipeline, oracle, interval, count)


@pytest.mark.parametrize("name", list(MOMENTS))
def test_the_profile_of_the_bars_shown_of_a_generated_session(name: str) -> None:
    """Over the turn of a day too: what is shown counts, not the day."""
    moment, pace = MOMENTS[name]
    array = session(len(name), 700, start=_nanoseconds(moment), pace=pace).array
    pipeline, oracle = Pipeline(GOLD), Oracle(FIRST_INSTRUMENT, GOLD.tick)
    pipeline.process(Batch(Schema.MBO, array))
    oracle.feed(rows(array))
    for interval, count in (("1s", 30), ("1m", 2), ("1m", 60), ("1h", 40)):
        _assert_visible(pipeline, oracle, interval, count)


def test_lots_beside_the_bars_are_those_of_the_bars_of_the_newest_minutes_or_of_the_newest_days() -> None:
    moment, pace = MOMENTS["three days"]
    array = session(10, 1_500, start=_nanoseconds(moment), pace=pace).array
    pipeline, oracle = Pipeline(GOLD), Oracle(FIRST_INSTRUMENT, GOLD.tick)
    pipeline.process(Batch(Schema.MBO, array))
    oracle.feed(rows(array))
    days = sorted({bounds(trade.ts or 0, "session")[1] for trade in oracle.tape.trades})[-COMPOSITE_SESSIONS:]
    minutes = oracle.bars("1m")
    newest = [bar for bar in minutes if bar.start > minutes[-1].start - 30 * 60 * SECOND]
    expected: dict[ProfileOf, list[Any]] = {
        "visible": [trade for bar in oracle.bars("5m")[-40:] for trade in bar.members],
        "recent": [trade for bar in newest for trade in bar.members],
        "composite": [trade for trade in oracle.tape.trades if bounds(trade.ts or 0, "session")[1] in days],
    }
    for of, trades in expected.items():
        wish = ViewRequest(profile=True, profile_of=of, profile_minutes=30, bars=40, interval="5m")
        told = pipeline.view(wish)
        assert told.profile is not None
        low, high = min(bar.low for bar in told.bars), max(bar.high for bar in told.bars)
        beside = {tick: lots for tick, lots in enumerate(told.profile.lots, told.profile.lots_low) if lots}
        assert told.profile.of == of
        assert beside == {tick: lots for tick, lots in plain.lots_by_tick(trades).items() if low <= tick <= high}
        assert (told.profile.recent is None) == (of != "recent")


def test_where_nothing_is_shown_there_is_no_visible_profile() -> None:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, session(1, 300).array))
    told = pipeline.view(ViewRequest(profile=True)).profile
    assert told is not None
    assert told.visible is None


# --- nothing is written anew --------------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", ["1s", "1m", "session"])
def test_what_was_said_of_a_closed_bar_stays(interval: str) -> None:
    array = session(9, 1_200, start=NEAR_ROLL - 600 * SECOND, pace=SECOND).array
    pipeline, said = Pipeline(GOLD), dict[int, DevelopedProfile]()
    for start in range(0, len(array), 53):
        pipeline.process(Batch(Schema.MBO, array[start : start + 53]))
        view = pipeline.view(ViewRequest(profile=True, bars=2_000, interval=interval))
        path = view.profile.path if view.profile else ()
        now = {bar.start: row for bar, row in zip(view.bars, path, strict=True) if bar.complete}
        assert {start: now[start] for start in said} == said
        said = now
    assert said


# --- earlier days -------------------------------------------------------------------------------------------------


def _session(end: int, low: int, counts: list[int]) -> SessionLots:
    return SessionLots(end, low, _lots(counts), low + _control(counts))


def test_a_point_of_control_is_naked_until_a_later_day_trades_through_it() -> None:
    earlier = EarlierSessions()
    earlier.take(_session(1, 100, [1, 9, 1]))
    assert earlier.naked(None) == (NakedPoc(1, 101),)
    assert earlier.naked(_session(2, 110, [1, 1])) == (NakedPoc(1, 101),)
    assert earlier.naked(_session(2, 101, [5])) == ()
    assert earlier.naked(_session(2, 100, [5, 0, 5])) == ()  # past it from one side to the other
    earlier.take(_session(2, 110, [1, 7]))
    assert earlier.naked(None) == (NakedPoc(1, 101), NakedPoc(2, 111))
    earlier.take(_session(3, 95, [3, 0, 0, 0, 0, 0, 3]))  # 95 to 101
    assert earlier.naked(_session(4, 500, [1])) == (NakedPoc(2, 111), NakedPoc(3, 95))


def test_a_composite_needs_two_days_and_forgets_the_oldest_of_more_than_its_share() -> None:
    earlier = EarlierSessions()
    assert earlier.composite(_session(1, 100, [5])) is None
    earlier.take(_session(1, 90, [1_000]))
    for day in range(2, COMPOSITE_SESSIONS + 1):
        earlier.take(_session(day, 100 + day, [day, 9, day]))
    composite = earlier.composite(_session(99, 100, [2]))
    assert composite is not None
    lots: Counter[int] = Counter({100: 2})
    for day in range(2, COMPOSITE_SESSIONS + 1):
        lots.update({100 + day: day, 101 + day: 9, 102 + day: day})
    expected = plain.profile(lots)
    assert expected is not None
    assert (composite.sessions, composite.volume, composite.low, composite.high) == (
        COMPOSITE_SESSIONS,
        expected.volume,
        expected.low,
        expected.high,
    )
    assert (composite.poc, composite.value_low, composite.value_high) == (
        expected.poc,
        expected.value_low,
        expected.value_high,
    )


def test_days_of_a_stream_become_composite_and_naked_points_of_control() -> None:
    moment, pace = MOMENTS["three days"]
    made = session(10, 1_500, start=_nanoseconds(moment), pace=pace)
    pipeline, oracle = Pipeline(GOLD), Oracle(FIRST_INSTRUMENT, GOLD.tick)
    pipeline.process(Batch(Schema.MBO, made.array))
    oracle.feed(rows(made.array))
    days: dict[int, list[Any]] = {}
    for trade in oracle.tape.trades:
        days.setdefault(bounds(trade.ts or 0, "session")[1], []).append(trade)
    assert len(days) > 2
    profiles = {end: plain.profile(plain.lots_by_tick(trades)) for end, trades in days.items()}
    expected = []
    for end, profile in profiles.items():
        later = [other for other_end, other in profiles.items() if other_end > end and other is not None]
        if profile is not None and later and not any(day.low <= profile.poc <= day.high for day in later):
            expected.append(NakedPoc(end, profile.poc))
    told = pipeline.view(LOOK).profile
    assert told is not None
    assert list(told.naked) == expected
    newest = [trade for end in sorted(days)[-COMPOSITE_SESSIONS:] for trade in days[end]]
    together = plain.profile(plain.lots_by_tick(newest))
    assert together is not None
    assert told.composite is not None
    assert (told.composite.volume, told.composite.poc, told.composite.value_low, told.composite.value_high) == (
        together.volume,
        together.poc,
        together.value_low,
        together.value_high,
    )
