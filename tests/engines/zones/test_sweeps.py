"""Sweeps of liquidity pools: taken and given back, or broken and accepted."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.book.layout import KIND_MARKET, KIND_STOP, KIND_UNKNOWN, TRADE, TRADE_BUY, TRADE_SELL, RecordArray
from engines.events import Event, Sweep
from engines.flow.layout import BAR, INTERVAL_SECONDS, INTERVALS
from engines.timing.market_structure import MarketStructure, StructureSettings
from engines.timing.trading_day import trading_day
from engines.view import ZoneMark
from engines.zones.found import Found
from engines.zones.sweeps import Sweeps, SweepSettings
from feeds.instrument import Instrument
from tests.oracle.sweeps import PlainSweeps

GOLD: Final = Instrument("GCZ6", 1, 100_000_000, 100.0)
SECOND: Final = 1_000_000_000
START: Final = 1_791_201_600 * SECOND
"""2026-10-05 08:00 in New York."""
EAGER: Final = SweepSettings(reclaim=40 * SECOND, stop_burst=1.0, burst=1.0, least_score=0.4, most_beyond=1.0)
Row = tuple[float, int, int, int, int]
"""Seconds from the start, tick, lots, side, kind."""


def trades(rows: Sequence[Row]) -> RecordArray:
    array = np.zeros(len(rows), TRADE)
    for number, (seconds, tick, size, side, kind) in enumerate(rows):
        array[number]["index"] = 10 * number
        array[number]["event"] = number + 1
        array[number]["clock"] = START + round(seconds * SECOND)
        array[number]["tick"], array[number]["size"] = tick, size
        array[number]["side"], array[number]["kind"], array[number]["first"] = side, kind, True
        array[number]["order_id"] = 100 + number
    return array


def bars(array: RecordArray, *names: str) -> RecordArray:
    """Return the bars that trades make, closed by the newest trade's time, in the order of their ends."""
    rows = []
    for interval in map(INTERVALS.index, names):
        length = INTERVAL_SECONDS[interval] * SECOND
        for start in sorted({int(clock) // length * length for clock in array["clock"]}):
            inside = array["tick"][(array["clock"] >= start) & (array["clock"] < start + length)]
            if start + length <= array["clock"][-1]:
                row = np.zeros(1, BAR)
                row["interval"], row["start"], row["end"] = interval, start, start + length
                row["open"], row["close"] = inside[0], inside[-1]
                row["high"], row["low"] = inside.max(), inside.min()
                rows.append(row)
    rows.sort(key=lambda row: (int(row["end"][0]), int(row["interval"][0])))
    return np.concatenate(rows) if rows else np.zeros(0, BAR)


class Market:
    """One engine and everything it said."""

    def __init__(self, chosen: SweepSettings = EAGER) -> None:
        self.engine = Sweeps(GOLD, chosen, MarketStructure(GOLD, StructureSettings(intervals=("1m", "5m"))))
        self.engine.begin_day(trading_day(START))
        self.events: list[Event] = []

    def feed(self, array: RecordArray, cuts: Iterable[int] = ()) -> "Market":
        """Feed trades with their bars, in stretches that end at the given places."""
        closed = bars(array, "1m", "5m")
        begin = 0
        for end in [*sorted(cuts), len(array)]:
            newest = array["clock"][end - 1] if end else 0
            due = closed[closed["end"] <= newest] if end else closed[:0]
            self.events += self.engine.take(Found(trades=array[begin:end], bars=due))
            closed, begin = closed[len(due) :], end
        return self

    @property
    def sweeps(self) -> list[Sweep]:
        return [event for event in self.events if isinstance(event, Sweep)]

    def mark(self, zone_id: str) -> ZoneMark:
        (found,) = (mark for mark in self.engine.marks() if mark.id == zone_id)
        return found


def quiet(low: int = 26_500, high: int = 26_506, minutes: int = 6) -> list[Row]:
    """Minutes that each go from low to high and end in the middle."""
    rows: list[Row] = []
    middle = (low + high) // 2
    for minute in range(minutes):
        for second, tick in ((5, middle), (20, low), (40, high), (50, middle)):
            side = TRADE_BUY if tick >= middle else TRADE_SELL
            rows.append((60 * minute + second, tick, 2, side, KIND_MARKET))
    return rows


def run(at: float, ticks: Sequence[int], side: int, kind: int = KIND_STOP, size: int = 4) -> list[Row]:
    return [(at + 0.1 * place, tick, size, side, kind) for place, tick in enumerate(ticks)]


HIGH: Final = 26_506
LOW: Final = 26_500
UP: Final = range(HIGH + 1, HIGH + 4)
DOWN: Final = range(LOW - 1, LOW - 4, -1)


# --- signs ------------------------------------------------------------------------------------------------------------


def test_buy_stops_above_highs_that_are_given_back_speak_for_sellers() -> None:
    back: Row = (372.0, HIGH - 2, 3, TRADE_SELL, KIND_MARKET)
    market = Market().feed(trades([*quiet(), *run(370, UP, TRADE_BUY), back]))
    (sweep,) = market.sweeps
    assert (sweep.side, sweep.direction, sweep.state) == ("buy_side", "sell", "swept")
    assert (sweep.pool.price, sweep.extreme, sweep.penetration) == (2650.6, 2650.9, 3)
    assert sweep.evidence is not None
    assert (sweep.evidence.stops, sweep.evidence.stop_volume, sweep.evidence.delta_before) == (3, 12, 12)
    mark = market.mark(sweep.id)
    assert (mark.side, mark.low, mark.high, mark.live) == ("ask", HIGH, HIGH + 3, True)


def test_sell_stops_below_lows_that_are_given_back_speak_for_buyers() -> None:
    back: Row = (372.0, LOW + 2, 3, TRADE_BUY, KIND_MARKET)
    market = Market().feed(trades([*quiet(), *run(370, DOWN, TRADE_SELL), back]))
    (sweep,) = market.sweeps
    assert (sweep.side, sweep.direction, sweep.state) == ("sell_side", "buy", "swept")
    assert (sweep.pool.price, sweep.extreme, sweep.penetration) == (2650.0, 2649.7, 3)
    mark = market.mark(sweep.id)
    assert (mark.side, mark.low, mark.high) == ("bid", LOW - 3, LOW)


def test_pools_above_the_market_stand_on_the_ask_and_those_below_on_the_bid() -> None:
    marks = [mark for mark in Market().feed(trades(quiet())).engine.marks() if mark.kind == "pool"]
    assert {(mark.side, mark.low > 26_503) for mark in marks} == {("ask", True), ("bid", False)}
    assert len({(mark.side, mark.low) for mark in marks}) == len(marks)


# --- what is a sweep --------------------------------------------------------------------------------------------------


def test_a_sweep_is_said_with_the_trade_that_comes_back_and_opens_to_the_trades_beyond() -> None:
    rows = [*quiet(), *run(370, UP, TRADE_BUY), (372.0, HIGH - 1, 1, TRADE_SELL, KIND_MARKET)]
    market = Market().feed(trades(rows))
    (sweep,) = market.sweeps
    assert sweep.ts == START + 372 * SECOND
    opened = market.engine.opened(sweep.id)
    assert opened is not None
    beyond = range(len(rows) - 4, len(rows) - 1)
    assert [(one.index, one.what, one.tick) for one in opened.records] == [
        (10 * number, "stop", rows[number][1]) for number in beyond
    ]
    assert opened.count == 3


def test_a_trade_at_the_pool_is_not_beyond_it_and_not_back_inside() -> None:
    rows = [*quiet(), *run(370, [HIGH], TRADE_BUY), *run(371, UP, TRADE_BUY), (372.0, HIGH, 9, TRADE_SELL, KIND_MARKET)]
    assert not Market().feed(trades(rows)).sweeps


def test_a_return_without_a_burst_of_stops_is_not_said_and_the_pool_lives_on() -> None:
    probe = [*run(370, UP, TRADE_BUY, KIND_MARKET, 1), (371.0, HIGH - 1, 1, TRADE_SELL, KIND_MARKET)]
    market = Market().feed(trades([*quiet(), *probe]))
    assert not market.sweeps
    assert any(mark.low == HIGH for mark in market.engine.marks() if mark.kind == "pool")
    again = [*run(372, UP, TRADE_BUY), (373.0, HIGH - 1, 1, TRADE_SELL, KIND_MARKET)]
    assert len(Market().feed(trades([*quiet(), *probe, *again])).sweeps) == 1


def test_pools_crossed_by_one_run_are_one_sweep() -> None:
    rows = [*quiet(), *quiet(26_500, 26_504, 12)[24:], *run(730, range(26_505, 26_510), TRADE_BUY)]
    market = Market().feed(trades([*rows, (732.0, 26_503, 1, TRADE_SELL, KIND_MARKET)]))
    (sweep,) = market.sweeps
    assert sweep.evidence is not None
    named = {sweep.pool.price, *(pool.price for pool in sweep.evidence.others)}
    assert named == {2650.4, 2650.6}
    assert (sweep.low, sweep.high) == (2650.4, 2650.9)


def test_by_price_there_are_no_stops_and_a_burst_of_aggressors_tells() -> None:
    rows = [(*row[:4], KIND_UNKNOWN) for row in [*quiet(), *run(370, UP, TRADE_BUY, size=30)]]
    (sweep,) = Market().feed(trades([*rows, (372.0, HIGH - 1, 1, TRADE_SELL, KIND_UNKNOWN)])).sweeps
    assert sweep.evidence is not None
    assert (sweep.evidence.stops, sweep.evidence.stop_burst) == (None, None)
    assert sweep.evidence.burst > 10


def test_a_sweep_ends_when_a_minute_closes_beyond_its_extreme() -> None:
    rows = [*quiet(), *run(370, UP, TRADE_BUY), (372.0, HIGH - 1, 1, TRADE_SELL, KIND_MARKET)]
    later = [(410.0, HIGH + 4, 1, TRADE_BUY, KIND_MARKET), (421.0, HIGH + 4, 1, TRADE_BUY, KIND_MARKET)]
    market = Market().feed(trades([*rows, *later]))
    mark = market.mark("sweep-1")
    assert (mark.live, mark.reason) == (False, "a minute closed beyond its extreme")


# --- accepted breaks --------------------------------------------------------------------------------------------------


def equal_highs(*later: Row) -> RecordArray:
    """Two swings at one high, which draw enough for a break to be told, and what comes after."""
    peaks = [26_502, 26_503, 26_506, 26_503, 26_502, 26_503, 26_506, 26_503, 26_502, 26_502]
    rows: list[Row] = []
    for minute, peak in enumerate(peaks):
        rows += [
            (60 * minute + 10, 26_498 - minute, 1, TRADE_SELL, KIND_MARKET),
            (60 * minute + 30, peak, 1, TRADE_BUY, KIND_MARKET),
            (60 * minute + 50, 26_500, 1, TRADE_SELL, KIND_MARKET),
        ]
    return trades([*rows, *later])


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        pytest.param([(610.0, 26_507, 1, 0, 2), (611.0, 26_530, 1, 0, 1)], "more than 10 ticks beyond", id="too-far"),
        pytest.param([(610.0, 26_507, 1, 0, 2), (651.0, 26_508, 1, 0, 1)], "not back within 40 s", id="too-late"),
        pytest.param(
            [(645.0, 26_507, 1, 0, 2), (665.0, 26_507, 1, 0, 1), (683.0, 26_508, 1, 0, 1), (720.0, 26_507, 1, 0, 1)],
            "2 minute closes beyond",
            id="closes",
        ),
    ],
)
def test_a_break_that_the_market_accepts_speaks_for_its_own_direction(later: list[Row], reason: str) -> None:
    chosen = EAGER if "closes" not in reason else SweepSettings(most_beyond=1.0)
    market = Market(chosen).feed(equal_highs(*later))
    (told,) = market.sweeps
    assert (told.state, told.pool.kind, told.side, told.direction) == ("broken", "equal", "buy_side", "buy")
    assert (told.reason, told.score, told.evidence) == (reason, None, None)


# --- no rewrite, batch cuts, oracle -----------------------------------------------------------------------------------


@st.composite
def markets(draw: st.DrawFn) -> RecordArray:
    """Some twenty minutes of small steps, in which stops are common."""
    steps = draw(
        st.lists(
            st.tuples(
                st.integers(0, 12_000), st.integers(-3, 3), st.integers(1, 6), st.integers(0, 2), st.integers(0, 2)
            ),
            min_size=1,
            max_size=250,
        )
    )
    rows: list[Row] = []
    seconds, tick = 0.0, 26_500
    for wait, move, size, side, kind in steps:
        seconds, tick = seconds + wait / 1_000, tick + move
        rows.append((seconds, tick, size, side, kind))
    return trades(rows)


def plain(array: RecordArray) -> list[tuple[Any, ...]]:
    oracle = PlainSweeps(GOLD, EAGER, StructureSettings().wing)
    oracle.begin_day(trading_day(START))
    closed = bars(array, "1m", "5m")
    pending = [(one.interval, one.bar) for one in Found(bars=closed).closed]
    for row in array:
        while pending and pending[0][1].end <= row["clock"]:
            interval, bar = pending.pop(0)
            oracle.close(INTERVALS[interval], bar)
        oracle.trade({name: int(row[name]) for name in ("clock", "tick", "size", "side", "kind", "first")})
    return oracle.said


def plainly(sweep: Sweep) -> tuple[Any, ...]:
    side = 0 if sweep.side == "buy_side" else 1
    told = (sweep.ts, sweep.state, side, round(sweep.pool.price * 10), round(sweep.extreme * 10))
    seen = sweep.evidence
    if seen is None:
        return told
    return (
        *told,
        seen.stops,
        seen.stop_volume,
        seen.volume,
        seen.delta_before,
        seen.delta_after,
        sweep.score,
    )


@given(markets())
@settings(deadline=None)
def test_every_sweep_and_break_is_that_of_the_oracle(array: RecordArray) -> None:
    assert [plainly(sweep) for sweep in Market().feed(array).sweeps] == plain(array)


@pytest.mark.parametrize("seed", range(12))
def test_long_markets_are_those_of_the_oracle_too(seed: int) -> None:
    dice = Random(seed)
    rows: list[Row] = []
    seconds, tick = 0.0, 26_500
    for _ in range(800):
        seconds, tick = seconds + 6 * dice.random(), tick + dice.choice((-2, -1, -1, 0, 0, 1, 1, 2))
        rows.append((seconds, tick, dice.randint(1, 6), dice.choice((0, 0, 1, 1, 2)), dice.choice((0, 1, 2))))
    array = trades(rows)
    found = [plainly(sweep) for sweep in Market().feed(array).sweeps]
    assert found
    assert found == plain(array)


@given(markets(), st.lists(st.integers(1, 250), max_size=6))
@settings(deadline=None)
def test_where_stretches_end_means_nothing(array: RecordArray, cuts: list[int]) -> None:
    whole, cut = Market().feed(array), Market().feed(array, [place for place in cuts if place < len(array)])
    assert cut.events == whole.events
    assert cut.engine.marks() == whole.engine.marks()


@given(markets(), st.integers(0, 250))
@settings(deadline=None)
def test_what_was_said_stays_said_whatever_comes_later(array: RecordArray, until: int) -> None:
    before = Market().feed(array[:until]) if until else Market()
    assert Market().feed(array).events[: len(before.events)] == before.events
