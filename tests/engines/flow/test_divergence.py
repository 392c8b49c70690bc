"""Divergence of price and cumulative delta: golden bars, an independent reading, and what still stands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from engines.book.layout import TRADE
from engines.events import Bar
from engines.flow import divergence
from engines.flow.bars import Bars
from engines.flow.settings import FlowSettings
from engines.pipeline import Pipeline, PipelineSettings, run
from engines.view import ViewRequest
from feeds.instrument import Instrument
from feeds.records import Batch, Records, Schema
from tests.engines.real_data import ES, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, SECOND, START, TICK
from tests.market.strategies import NEAR_ROLL, streams
from tests.oracle import divergence as plain
from tests.oracle import read

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
GOLD = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
EASY = FlowSettings(divergence_bars=8, divergence_shortfall=0.0)
FIRST = START - START % (60 * SECOND)
PULLBACK = [(10, 1), (14, 9), (18, 9), (20, 9), (15, -12), (16, 3)]
"""Minutes as (price, delta): up to 20 on buying, then away from it."""


def _bars(minutes: Sequence[tuple[int, int]]) -> Bars:
    """Return closed minutes of one trade each: its price, and its lots bought (sold where negative)."""
    trades = np.zeros(len(minutes), TRADE)
    trades["tick"] = [tick for tick, _ in minutes]
    trades["size"] = [abs(delta) for _, delta in minutes]
    trades["side"] = [int(delta < 0) for _, delta in minutes]
    trades["clock"] = FIRST + 60 * SECOND * np.arange(len(minutes))
    bars = Bars()
    bars.begin_day(START - START % (86_400 * SECOND), NEAR_ROLL + SECOND)
    list(bars.take(trades))
    list(bars.close_until(FIRST + 60 * SECOND * len(minutes)))
    return bars


def _end(number: int) -> int:
    return FIRST + 60 * SECOND * (number + 1)


def test_a_new_high_without_a_high_of_delta_speaks_for_sellers() -> None:
    bars = _bars([*PULLBACK, (21, 1)])
    told = divergence.newest(bars, "1m", FlowSettings())
    assert told is not None
    assert (told.side, told.tick, told.ts, told.earlier_tick, told.earlier_ts) == ("sell", 21, _end(6), 20, _end(3))


def test_a_new_low_without_a_low_of_delta_speaks_for_buyers() -> None:
    bars = _bars([(100 - tick, -delta) for tick, delta in [*PULLBACK, (21, 1)]])
    told = divergence.newest(bars, "1m", FlowSettings())
    assert told is not None
    assert (told.side, told.tick, told.earlier_tick) == ("buy", 79, 80)


@pytest.mark.parametrize(
    "newest",
    [
        pytest.param((20, 1), id="the same price is no new high"),
        pytest.param((21, 30), id="delta makes a new high too"),
        pytest.param((21, 8), id="delta lacks less than a mean bar delta"),
    ],
)
def test_no_divergence(newest: tuple[int, int]) -> None:
    assert divergence.newest(_bars([*PULLBACK, newest]), "1m", FlowSettings()) is None


def test_price_that_did_not_go_away_first_makes_none() -> None:
    assert divergence.newest(_bars([*PULLBACK[:4], (21, -9), (22, -9)]), "1m", FlowSettings()) is None


def test_a_young_day_makes_none() -> None:
    assert divergence.newest(_bars([*PULLBACK[2:], (21, 1)]), "1m", EASY) is None
    assert divergence.newest(_bars([*PULLBACK[1:], (21, 1)]), "1m", EASY) is not None


def test_a_divergence_stands_until_a_later_bar_closes_beyond_it() -> None:
    stands = [*PULLBACK, (21, 1), (21, 1), (15, 1)]
    assert divergence.newest(_bars(stands), "1m", FlowSettings()) is not None
    assert divergence.newest(_bars([*stands, (22, 60)]), "1m", FlowSettings()) is None


def test_a_divergence_is_old_after_as_many_bars_as_it_was_measured_by() -> None:
    chosen = FlowSettings(divergence_bars=6)
    bars = [*PULLBACK, (21, 1)]
    assert divergence.newest(_bars(bars + 5 * [(15, 1)]), "1m", chosen) is not None
    assert divergence.newest(_bars(bars + 6 * [(15, 1)]), "1m", chosen) is None


# --- whole sessions -------------------------------------------------------------------------------------------------


def _assert_same(array: Records, instrument: Instrument, intervals: tuple[str, ...], chosen: FlowSettings) -> int:
    """Compare the log's divergences with the plain reading; return how many there were."""
    pipeline = Pipeline(instrument, PipelineSettings(bars_logged=intervals, flow=chosen))
    said = [event for event in run(pipeline, [Batch(Schema.MBO, array)]) if isinstance(event, Bar) and event.complete]
    oracle, count = read(array, instrument.instrument_id, instrument.tick), 0
    for interval in intervals:
        bars = [bar for bar in oracle.bars(interval) if bar.complete]
        told = [event for event in said if event.interval == interval]
        found = [
            plain.divergence(bars, number, chosen.divergence_bars, chosen.divergence_shortfall)
            for number in range(len(bars))
        ]
        assert [_told(event) for event in told] == [_expected(each, instrument) for each in found]
        count += sum(each is not None for each in found)
    return count


def _told(event: Bar) -> tuple[Any, ...] | None:
    told = event.divergence
    return None if told is None else (told.side, told.price, told.earlier, told.earlier_price)


def _expected(found: plain.Divergence | None, instrument: Instrument) -> tuple[Any, ...] | None:
    if found is None:
        return None
    prices = [bar.high if found.side == "sell" else bar.low for bar in (found.bar, found.earlier)]
    return found.side, instrument.price(prices[0]), found.earlier.end, instrument.price(prices[1])


def test_divergences_of_the_real_session(data: Path) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    assert _assert_same(array, ES, ("1s", "1m", "5m"), FlowSettings()) > 3


def test_divergences_of_a_generated_session_over_the_turn_of_the_day() -> None:
    made = [session(seed, 1_500, start=NEAR_ROLL - 300 * SECOND, pace=SECOND // 2).array for seed in range(6)]
    assert sum(_assert_same(array, GOLD, ("1s", "1m"), EASY) for array in made) > 3


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(streams(most_events=200, instruments=1))
def test_divergences_of_any_session(made: Any) -> None:
    _assert_same(made.array, GOLD, ("1s", "1m"), EASY)


def test_the_view_tells_the_newest_that_stands_of_its_interval() -> None:
    made = session(4, 1_500, start=NEAR_ROLL - 300 * SECOND, pace=SECOND // 2)
    pipeline = Pipeline(GOLD, PipelineSettings(bars_logged=("1s",), flow=EASY))
    shown = set()
    for start in range(0, len(made.array), 61):
        pipeline.process(Batch(Schema.MBO, made.array[start : start + 61]))
        flow = pipeline.view(ViewRequest(flow=True, interval="1s")).flow
        if flow is not None and flow.divergence is not None:
            shown.add(flow.divergence)
    logged = {
        (event.divergence.side, event.ts)
        for event in run(
            Pipeline(GOLD, PipelineSettings(bars_logged=("1s",), flow=EASY)), [Batch(Schema.MBO, made.array)]
        )
        if isinstance(event, Bar) and event.divergence is not None
    }
    assert shown
    assert {(told.side, told.ts) for told in shown} <= logged
