"""Flow windows equal an independent recomputation at every moment, and the bias follows its band."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from engines.book.layout import SECOND as SECOND_ROW
from engines.book.layout import TRADE, UNKNOWN_OFI
from engines.flow.settings import FlowSettings
from engines.flow.windows import FlowWindows
from engines.flow.windows_layout import WINDOW_SECONDS
from engines.pipeline import Pipeline
from engines.view import FlowWindow, ViewRequest
from feeds.instrument import Instrument
from feeds.records import Batch, Records, Schema
from tests.engines.real_data import ES, read_records
from tests.engines.side_by_side import event_ends
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, SECOND, START, TICK
from tests.market.strategies import NEAR_ROLL, streams
from tests.oracle import Oracle, flow_windows, rows
from tests.oracle.flow_windows import Window, usual

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
GOLD = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
LOOK = ViewRequest(flow=True)
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
MIDNIGHT = START - START % DAY
FOREVER = 10**30
"""A half-life in which nothing fades."""
NO_SECONDS = np.zeros(0, SECOND_ROW)
NO_TRADES = np.zeros(0, TRADE)


def _trades(places: Sequence[tuple[int, int, int]]) -> Any:
    """Return TRADE rows of (time after START in ns, lots, side: 0 buys, 1 sells, 2 nobody)."""
    made = np.zeros(len(places), TRADE)
    made["clock"], made["size"], made["side"] = np.array(places, np.int64).T
    made["clock"] += START
    return made


def _windows(**chosen: Any) -> FlowWindows:
    windows = FlowWindows(FlowSettings(**chosen))
    windows.begin_day(MIDNIGHT)
    return windows


# --- sums -----------------------------------------------------------------------------------------------------------


def test_a_trade_leaves_a_window_when_the_clock_has_moved_on_by_its_length() -> None:
    windows = _windows()
    windows.take(_trades([(0, 5, 0), (0, 2, 1), (0, 1, 2)]), NO_SECONDS)
    for length, window in zip(WINDOW_SECONDS, windows.look(START), strict=True):
        assert (window.seconds, window.buy, window.sell, window.none, window.delta) == (length, 5, 2, 1, 3)
    for number, length in enumerate(WINDOW_SECONDS):
        until = START + length * SECOND
        assert windows.look(until - 1)[number].delta == 3
        assert windows.look(until)[number].delta == 0


def test_order_flow_imbalance_of_a_window_is_that_of_the_seconds_that_ended_in_it() -> None:
    windows = _windows()
    assert windows.look(START)[0].ofi is None
    seconds = np.zeros(4, SECOND_ROW)
    seconds["end"] = START + SECOND * np.array([1, 2, 5, 12])
    seconds["ofi"] = [10, 4, 4, 30]
    windows.take(NO_TRADES, seconds)
    assert [window.ofi for window in windows.look(START + 12 * SECOND)] == [26, 30, 30]
    assert [window.ofi for window in windows.look(START + 15 * SECOND - 1)] == [26, 30, 30]
    assert windows.look(START + 22 * SECOND)[0].ofi == 0


def test_where_no_quotes_are_told_there_is_no_order_flow_imbalance() -> None:
    windows, seconds = _windows(), np.zeros(2, SECOND_ROW)
    seconds["end"], seconds["ofi"] = START + SECOND * np.array([1, 2]), UNKNOWN_OFI
    windows.take(NO_TRADES, seconds)
    assert [window.ofi for window in windows.look(START + 2 * SECOND)] == [None, None, None]


def test_more_moments_than_the_ring_first_holds_are_all_kept() -> None:
    windows = _windows()
    windows.take(_trades([(number * 1_000_000, 1, number % 2) for number in range(10_001)]), NO_SECONDS)
    window = windows.look(START + 10 * SECOND)[2]
    assert (window.buy, window.sell) == (5_001, 5_000)


def _assert_same(told: Sequence[FlowWindow], oracle: Oracle) -> None:
    clock = oracle.clock.now or 0
    for window in told:
        expected = flow_windows.window(oracle.tape.trades, oracle.touch.seconds, clock, window.seconds * SECOND)
        assert Window(window.buy, window.sell, window.none, window.ofi) == expected


def test_windows_of_the_real_session_are_recomputed_from_its_raw_records(data: Path) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    pipeline, oracle, position, random = Pipeline(ES), Oracle(ES.instrument_id, ES.tick, hours=True), 0, Random(1)
    ends = event_ends(array, ES.instrument_id)
    for end in [*sorted(random.sample(ends, 60)), len(array)]:
        pipeline.process(Batch(Schema.MBO, array[position:end]))
        oracle.feed(rows(array[position:end], position))
        position = end
        flow = pipeline.view(LOOK).flow
        assert flow is not None
        _assert_same(flow.windows, oracle)
    assert pipeline.view(LOOK).flow is not None


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(streams(most_events=120, instruments=1))
def test_windows_of_any_session_at_the_end_of_each_matching_event(made: Any) -> None:
    pipeline, oracle, position = Pipeline(GOLD), Oracle(FIRST_INSTRUMENT, TICK, hours=True), 0
    for end in event_ends(made.array, FIRST_INSTRUMENT):
        pipeline.process(Batch(Schema.MBO, made.array[position:end]))
        oracle.feed(rows(made.array[position:end]))
        position = end
        flow = pipeline.view(LOOK).flow
        if flow is not None:
            _assert_same(flow.windows, oracle)


# --- what is usual --------------------------------------------------------------------------------------------------


def test_what_is_usual_is_not_known_before_ten_windows_have_traded() -> None:
    windows = _windows(baseline_half_life=FOREVER)
    for number in range(11):
        windows.take(_trades([(number * 10 * SECOND, 3 + number, number % 2)]), NO_SECONDS)
        z = windows.look(START + number * 10 * SECOND)[0].z
        assert (z is None) == (number < 10)
    deltas = [(3 + number) * (-1) ** number for number in range(10)]
    assert z == pytest.approx((13 - np.mean(deltas)) / np.std(deltas))


@pytest.mark.parametrize("half_life", [MINUTE, 60 * MINUTE])
def test_what_is_usual_equals_the_plain_reading_over_days(half_life: int) -> None:
    pace = 700_000_000
    array = session(11, 1_200, start=NEAR_ROLL - 300 * SECOND, pace=pace).array
    array = np.concatenate([_later(array, day) for day in range(3)])
    pipeline, oracle = Pipeline(GOLD), Oracle(FIRST_INSTRUMENT, TICK, hours=True)
    windows = FlowWindows(FlowSettings(baseline_half_life=half_life))
    pipeline._order_flow._windows = windows
    position, known = 0, 0
    for end in event_ends(array, FIRST_INSTRUMENT)[300::200]:
        pipeline.process(Batch(Schema.MBO, array[position:end]))
        oracle.feed(rows(array[position:end], position))
        position = end
        known += _assert_same_usual(windows, oracle, half_life)
    assert known > 10


def _later(array: Records, days: int) -> Records:
    """Return the same records some days later: each day begins with a snapshot of its own."""
    later = array.copy()
    for name in ("ts_event", "ts_recv"):
        later[name] += np.uint64(days * DAY)
    return later


def _assert_same_usual(windows: FlowWindows, oracle: Oracle, half_life: int) -> int:
    trades = [trade for trade in oracle.tape.trades if trade.ts is not None]
    known = 0
    for number, length in enumerate(WINDOW_SECONDS):
        expected = usual(trades, trades[-1].ts or 0, length * SECOND, half_life) if trades else None
        row = windows._arrays.windows[number]
        if expected is None or expected[1] < 1e-6:
            assert float(row["deviation"]) < 1e-5
        else:
            assert (float(row["mean"]), float(row["deviation"])) == pytest.approx(expected, rel=1e-9, abs=1e-6)
            known += 1
    return known


# --- bias -----------------------------------------------------------------------------------------------------------


def _with_deviation_of_ten(**chosen: Any) -> FlowWindows:
    """Return windows whose ten-second delta is usually 0, give or take 10; the next window begins at 200 s."""
    windows = _windows(baseline_half_life=FOREVER, **chosen)
    windows.take(_trades([(number * 10 * SECOND, 10, number % 2) for number in range(20)]), NO_SECONDS)
    return windows


def test_a_bias_begins_beyond_the_band_and_lasts_until_well_within_it() -> None:
    windows = _with_deviation_of_ten(bias_enter=2.0, bias_leave=1.0)
    said = []
    for lots, side in ((19, 0), (1, 0), (9, 1), (1, 1), (1, 1), (9, 0), (50, 1)):
        windows.take(_trades([(205 * SECOND, lots, side)]), NO_SECONDS)
        window = windows.look(START + 205 * SECOND)[0]
        said.append((window.delta, window.bias))
    assert said == [(19, None), (20, "buy"), (11, "buy"), (10, "buy"), (9, None), (18, None), (-32, "sell")]


def test_a_bias_ends_as_the_trades_leave_the_window_however_often_it_is_looked_at() -> None:
    moments = [(205 * SECOND, 25, 0), (208 * SECOND, 20, 1), (209 * SECOND, 30, 1)]
    told = []
    for looks in ([214, 215, 216, 218, 219], [215, 219], [219]):
        windows = _with_deviation_of_ten()
        windows.take(_trades(moments), NO_SECONDS)
        for moment in looks:
            window = windows.look(START + moment * SECOND)[0]
        told.append((window.delta, window.bias, window.z))
    assert told[0] == told[1] == told[2]
    windows = _with_deviation_of_ten()
    windows.take(_trades(moments), NO_SECONDS)
    biases = {moment: windows.look(START + moment * SECOND)[0].bias for moment in (209, 214, 215, 218, 219)}
    assert biases == {209: "sell", 214: "sell", 215: "sell", 218: "sell", 219: None}


def test_without_knowing_what_is_usual_there_is_no_bias() -> None:
    windows = _windows()
    windows.take(_trades([(0, 10_000, 0)]), NO_SECONDS)
    assert {window.bias for window in windows.look(START)} == {None}
