"""Bars as the mentor reads them: from trades with the day's value area, and finished ones summed up to longer ones."""

from collections.abc import Sequence
from random import Random
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.book.layout import TRADE, TRADE_BUY, RecordArray
from engines.events import Bar
from engines.flow.bars import Bars
from engines.flow.layout import BAR
from engines.mentor.phase_bars import CoarserBars, PhaseBar, finished_bar, phase_bars
from engines.timing.trading_day import trading_day
from tests.engines.mentor.market import FIVE, GOLD, MINUTE, START
from tests.oracle import profile as plain

LENGTHS: Final = {"1m": MINUTE, "5m": FIVE, "15m": 3 * FIVE, "1h": 12 * FIVE}


def trades(count: int, seconds: int, seed: int = 1) -> RecordArray:
    """Return trades of a wandering price, one every few seconds from the begin of a trading day."""
    random, array, tick = Random(seed), np.zeros(count, TRADE), 1_000
    for place in range(count):
        tick += random.randint(-2, 2)
        array[place]["clock"] = START + place * seconds * MINUTE // 60
        array[place]["event"], array[place]["tick"] = place, tick
        array[place]["size"], array[place]["side"] = random.randint(1, 9), random.randint(0, 1)
    return array


def read(array: RecordArray, cuts: Sequence[int]) -> list[tuple[str, PhaseBar]]:
    """Return what stretches that end at the given places are read as, and the bars that close an hour later."""
    bars, found, begin = Bars(), [], 0
    day = trading_day(START)
    bars.begin_day(day.start, day.end)
    for end in [*cuts, len(array)]:
        rows = [stretch.copy() for stretch in bars.take(array[begin:end])]
        found += phase_bars(np.concatenate([np.zeros(0, BAR), *rows]), bars)
        begin = end
    rows = [stretch.copy() for stretch in bars.close_until(int(array["clock"][-1]) + 12 * FIVE)]
    return found + phase_bars(np.concatenate([np.zeros(0, BAR), *rows]), bars)


def _interval_and_end(found: tuple[str, PhaseBar]) -> tuple[str, int]:
    return found[0], found[1].end


def test_every_bar_is_read_with_its_lots_and_the_five_minute_ones_with_value() -> None:
    """Held against sums of the trades themselves and the plain value area of the day up to each bar's end."""
    array = trades(2_000, 5)
    found = read(array, [])
    assert {interval for interval, _ in found} == set(LENGTHS)
    for interval, bar in found:
        assert bar.start % LENGTHS[interval] == 0
        inside = array[(array["clock"] >= bar.start) & (array["clock"] < bar.start + LENGTHS[interval])]
        signs = np.where(inside["side"] == TRADE_BUY, 1, -1)
        assert bar.end == bar.said_at == bar.start + LENGTHS[interval]
        assert (bar.open, bar.close) == (inside["tick"][0], inside["tick"][-1])
        assert (bar.high, bar.low) == (inside["tick"].max(), inside["tick"].min())
        assert (bar.volume, bar.delta) == (inside["size"].sum(), (inside["size"] * signs).sum())
        assert (bar.ofi, bar.said_as) == (None, interval)
        assert bar.value == (value_area(array, bar.end) if interval == "5m" else None)


def value_area(array: RecordArray, end: int) -> tuple[int, int]:
    lots: dict[int, int] = {}
    for tick, size in array[["tick", "size"]][array["clock"] < end].tolist():
        lots[tick] = lots.get(tick, 0) + size
    return plain.value_area(lots)


def test_who_reads_a_short_bar_knows_the_long_ones_that_end_with_it() -> None:
    found = read(trades(2_000, 5), [])
    order = [(bar.end, -LENGTHS[interval]) for interval, bar in found]
    assert order == sorted(order)


@pytest.mark.parametrize("seed", range(3))
def test_where_stretches_end_means_nothing(seed: int) -> None:
    array = trades(1_500, 7, seed)
    cuts = sorted(Random(seed).sample(range(1_500), 40))
    assert sorted(read(array, cuts), key=_interval_and_end) == sorted(read(array, []), key=_interval_and_end)


# --- finished bars ----------------------------------------------------------------------------------------------------


def minute(place: int, close: int, volume: int = 10) -> Bar:
    """Return a finished minute; prices are decimal."""
    start = START + place * MINUTE
    price = GOLD.price
    return Bar(
        ts=start + MINUTE,
        interval="1m",
        open=price(close - 1),
        high=price(close + 2),
        low=price(close - 3),
        close=price(close),
        volume=volume,
        buy=None,
        sell=None,
        none=None,
        trades=None,
        delta=None,
        cvd=None,
        start=start,
        gap=0,
        complete=True,
    )


def test_a_finished_bar_is_read_on_the_tick_and_knows_no_flow() -> None:
    bar = finished_bar(minute(0, 41_003), GOLD)
    assert (bar.open, bar.high, bar.low, bar.close) == (41_002, 41_005, 41_000, 41_003)
    assert (bar.start, bar.end, bar.said_as, bar.said_at) == (START, START + MINUTE, "1m", START + MINUTE)
    assert (bar.delta, bar.ofi, bar.value) == (None, None, None)


def coarse(places: Sequence[int]) -> list[tuple[str, PhaseBar]]:
    coarser, found = CoarserBars(), []
    for place in places:
        found += coarser.take("1m", finished_bar(minute(place, 1_000 + place), GOLD))
    return found


def test_minutes_make_longer_bars_which_rest_on_the_minute_that_ends_them() -> None:
    found = coarse(range(60))
    quarter = ["5m", "5m", "15m", "5m"]
    assert [interval for interval, _ in found if interval != "1m"] == [*3 * quarter, "5m", "5m", "1h", "15m", "5m"]
    hour = dict(found)["1h"]
    assert (hour.start, hour.end, hour.open, hour.close) == (START, START + 60 * MINUTE, 999, 1_059)
    assert (hour.high, hour.low, hour.volume) == (1_061, 997, 600)
    assert (hour.said_as, hour.said_at) == ("1m", START + 60 * MINUTE)


def test_a_longer_bar_whose_last_minute_is_missing_closes_with_the_next_that_comes() -> None:
    found = [(interval, bar) for interval, bar in coarse([0, 1, 2, 7]) if interval == "5m"]
    ((_, bar),) = found
    assert (bar.start, bar.end, bar.close) == (START, START + 8 * MINUTE, 1_002)
    assert bar.said_at == START + 3 * MINUTE


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sets(st.integers(0, 180), min_size=1, max_size=120))
def test_longer_bars_are_what_their_minutes_say(chosen: set[int]) -> None:
    """Held against sums over the minutes of each interval that has ended."""
    places = sorted(chosen)
    found = coarse(places)
    minutes = {place: finished_bar(minute(place, 1_000 + place), GOLD) for place in places}
    assert [bar for interval, bar in found if interval == "1m"] == list(minutes.values())
    for name, count in (("5m", 5), ("15m", 15), ("1h", 60)):
        bars = [bar for interval, bar in found if interval == name]
        expected = []
        for first in range(0, 181, count):
            inside = [minutes[place] for place in places if first <= place < first + count]
            later = [place for place in places if place >= first + count]
            if inside and (later or places[-1] == first + count - 1):
                expected.append((START + first * MINUTE, inside))
        assert [bar.start for bar in bars] == [start for start, _ in expected]
        for bar, (_, inside) in zip(bars, expected, strict=True):
            assert (bar.open, bar.close) == (inside[0].open, inside[-1].close)
            assert bar.high == max(one.high for one in inside)
            assert bar.low == min(one.low for one in inside)
            assert bar.volume == sum(one.volume for one in inside)
            assert bar.said_at == inside[-1].end


def test_an_hourly_source_has_hours_alone() -> None:
    hour = replace(finished_bar(minute(0, 1_000), GOLD), end=START + 60 * MINUTE, said_as="1h")
    assert CoarserBars().take("1h", hour) == [("1h", hour)]
    assert CoarserBars().take("1d", hour) == []
