"""Bars of every interval equal the oracle's, over gaps, the turn of the trading day and both clock changes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from engines.events import Bar
from engines.flow.layout import INTERVALS
from engines.pipeline import Pipeline, PipelineSettings, run
from engines.view import ViewRequest
from feeds.instrument import Instrument
from feeds.records import UNDEFINED_TIME, Batch, Records, Schema
from tests.engines.real_data import ES, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, SECOND, TICK
from tests.market.strategies import NEAR_ROLL, streams
from tests.oracle import Oracle, read
from tests.oracle.bars import trading_day

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
GOLD = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
ALL_BARS = PipelineSettings(bars_logged=INTERVALS)
SLOW = 90 * SECOND
"""Pace at which a thousand events fill a day."""
MOMENTS = {
    "an afternoon": ("2024-01-02T14:30", 200_000_000),
    "the turn of the day": ("2024-01-02T22:59", 200_000_000),
    "three days": ("2024-01-02T14:30", 3 * SLOW),
    "an hour skipped": ("2024-03-09T20:00", SLOW),
    "an hour repeated": ("2024-11-02T20:00", SLOW),
}
FIELDS = (
    *("start", "volume", "buy", "sell", "none", "trades", "delta", "cvd", "gap", "complete"),
    *("low_delta", "high_delta", "ofi"),
)


def _nanoseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * SECOND


def _assert_same_bars(array: Records, instrument: Instrument, *, cut: int = 911) -> Oracle:
    pipeline = Pipeline(instrument, ALL_BARS)
    events = run(pipeline, (Batch(Schema.MBO, array[start : start + cut]) for start in range(0, len(array), cut)))
    oracle = read(array, instrument.instrument_id, instrument.tick, hours=True)
    for interval in INTERVALS:
        built = [event for event in events if isinstance(event, Bar) and event.interval == interval]
        expected = oracle.bars(interval)
        assert [_told(bar) for bar in built] == [_told_by_oracle(bar, instrument) for bar in expected]
        assert [bar.ts for bar in built] == [bar.end if bar.complete else oracle.clock.now for bar in expected]
    return oracle


def _told(bar: Bar) -> tuple[Any, ...]:
    return (*(getattr(bar, name) for name in FIELDS), bar.open, bar.high, bar.low, bar.close)


def _told_by_oracle(bar: Any, instrument: Instrument) -> tuple[Any, ...]:
    prices = (instrument.price(tick) for tick in (bar.open, bar.high, bar.low, bar.close))
    return (*(getattr(bar, name) for name in FIELDS), *prices)


@pytest.mark.parametrize("name", list(MOMENTS))
def test_bars_of_a_generated_session(name: str) -> None:
    moment, pace = MOMENTS[name]
    made = session(len(name), 1_500, start=_nanoseconds(moment), pace=pace)
    oracle = _assert_same_bars(made.array, GOLD)
    assert sum(bar.none for bar in oracle.bars("1m")) > 0
    assert any(bar.gap for bar in oracle.bars("1s"))


def test_the_days_of_the_clock_changes_were_among_them() -> None:
    for name, hours in (("an hour skipped", 23), ("an hour repeated", 25)):
        moment, pace = MOMENTS[name]
        oracle = read(session(len(name), 1_500, start=_nanoseconds(moment), pace=pace).array, FIRST_INSTRUMENT, TICK)
        assert hours in {(bar.end - bar.start) // (3_600 * SECOND) for bar in oracle.bars("session")}


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(streams(most_events=200, instruments=1))
def test_bars_of_any_session(made: Any) -> None:
    _assert_same_bars(made.array, GOLD, cut=37)


def test_bars_of_the_real_session(data: Path) -> None:
    oracle = _assert_same_bars(read_records(data, "esh4-20231225.mbo.dbn.zst"), ES)
    assert {interval: len(oracle.bars(interval)) for interval in INTERVALS} == {
        "1s": 988,
        "1m": 60,
        "5m": 12,
        "15m": 4,
        "1h": 1,
        "session": 1,
    }


def test_cumulative_delta_begins_anew_with_the_trading_day() -> None:
    made = session(3, 1_500, start=NEAR_ROLL - 60 * SECOND, pace=SECOND // 2)
    events = run(Pipeline(GOLD, ALL_BARS), [Batch(Schema.MBO, made.array)])
    days: dict[Any, list[Bar]] = {}
    for event in events:
        if isinstance(event, Bar) and event.interval == "1s":
            days.setdefault(trading_day(event.start), []).append(event)
    assert len(days) == 2
    for bars in days.values():
        assert [bar.cvd for bar in bars] == np.cumsum([bar.delta for bar in bars]).tolist()
        assert bars[0].gap == 0


def test_trades_before_the_first_credible_time_are_volume_but_no_bar() -> None:
    made = session(4, 400, opening="none")
    array = made.array.copy()
    array["ts_event"][:300] = UNDEFINED_TIME
    oracle = _assert_same_bars(array, GOLD)
    assert any(trade.ts is None for trade in oracle.tape.trades)
    pipeline = Pipeline(GOLD)
    run(pipeline, [Batch(Schema.MBO, array)])
    assert pipeline.summary().volume == oracle.tape.volume()


def test_volume_at_price_is_that_of_the_running_day() -> None:
    made = session(3, 1_500, start=NEAR_ROLL - 60 * SECOND, pace=SECOND // 2)
    pipeline = Pipeline(GOLD)
    run(pipeline, [Batch(Schema.MBO, made.array)])
    trades = read(made.array, FIRST_INSTRUMENT, TICK).tape.trades
    today = trading_day(trades[-1].ts or 0)
    expected: dict[int, list[int]] = {}
    for trade in trades:
        if trading_day(trade.ts or 0) == today:
            expected.setdefault(trade.tick, [0, 0, 0])[("B", "A", "").index(trade.side)] += trade.size
    rows = pipeline.view(ViewRequest(ladder_rows=4_000)).ladder
    at_price = {row.tick: [row.buy, row.sell, row.none] for row in rows if row.buy or row.sell or row.none}
    assert at_price == expected
    assert 0 < sum(map(sum, expected.values())) < sum(trade.size for trade in trades)
