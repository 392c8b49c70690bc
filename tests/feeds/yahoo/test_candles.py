"""Candles: on the tick, closed or not, and each handed on once."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.records import OHLCV, SCHEMA_OF_RTYPE, Schema, layout_of
from feeds.yahoo.candles import CONTEXT_INSTRUMENT, Candles, HandedOn, Interval, on_tick, price_on_tick

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
START = 1_795_012_200 * SECOND
GOLD = 100_000_000


def minutes(
    count: int, first: int = 0, priced: int | None = None, interval: Interval = Interval.MINUTE, close: int = 42_103
) -> Candles:
    """Return candles that follow each other, one tick up and down each."""
    length = interval.seconds * SECOND
    starts = START + (first + np.arange(count, dtype=np.int64)) * length
    prices = np.tile(np.array([close, close + 1, close - 1, close], np.int64), (count, 1))
    return Candles(interval, starts, prices, np.zeros(count, np.int64), None, priced, "", GOLD, 0, 0)


@given(st.integers(1, 200_000))
def test_a_price_on_the_tick_survives_32_bit_floats(ticks: int) -> None:
    written = float(np.float32(ticks * 0.1))

    read, off_tick = on_tick(np.array([[written]]), GOLD)

    assert read.item() == ticks
    assert off_tick == 0
    assert price_on_tick(written, GOLD) == ticks / 10


def test_a_price_between_ticks_is_put_on_the_nearest_and_counted() -> None:
    read, off_tick = on_tick(np.array([[4_210.30, 4_210.34]]), GOLD)

    assert read.tolist() == [[42_103, 42_103]]
    assert off_tick == 1


def test_the_real_hours_of_gold_stand_on_the_tick(data: Path) -> None:
    with (data / "gc-1h-yahoo.csv").open() as file:
        rows = list(csv.DictReader(file))
    written = np.array([[float(row[name]) for name in ("Open", "High", "Low", "Close")] for row in rows])

    ticks, off_tick = on_tick(written, GOLD)

    assert len(ticks) > 8_000
    assert off_tick == 0
    assert np.abs(ticks / 10 - written).max() < 0.001


def test_a_candle_is_closed_once_another_begins_after_it() -> None:
    assert minutes(3).closed(now=START, delayed=600) == 2


def test_a_candle_is_closed_once_the_newest_price_is_from_after_it() -> None:
    assert minutes(3, priced=START + 3 * MINUTE - SECOND).closed(now=START, delayed=600) == 2
    assert minutes(3, priced=START + 3 * MINUTE).closed(now=START, delayed=600) == 3


@pytest.mark.parametrize(("delayed", "late"), [(600, 660), (0, 60), (None, 960)], ids=["stated", "none", "unknown"])
def test_where_trading_stops_the_wall_clock_closes_the_last_candle_with_the_delay_taken_off(
    delayed: int | None, late: int
) -> None:
    end = START + 3 * MINUTE

    assert minutes(3).closed(now=end + late * SECOND - 1, delayed=delayed) == 2
    assert minutes(3).closed(now=end + late * SECOND, delayed=delayed) == 3


def test_no_candles_are_none_closed() -> None:
    assert minutes(0).closed(now=START, delayed=None) == 0


def test_every_bar_is_handed_on_once_and_the_open_one_not_at_all() -> None:
    handed_on = HandedOn()

    first = handed_on.fresh(minutes(4), START, 600)
    again = handed_on.fresh(minutes(4), START, 600)
    later = handed_on.fresh(minutes(6), START, 600)

    assert first is not None
    assert later is not None
    assert again is None
    assert first["ts_event"].tolist() == [START + place * MINUTE for place in range(3)]
    assert later["ts_event"].tolist() == [START + place * MINUTE for place in (3, 4)]


def test_a_late_correction_changes_no_bar_that_was_handed_on() -> None:
    handed_on = HandedOn()
    handed_on.fresh(minutes(4), START, 600)

    corrected = handed_on.fresh(minutes(5, close=50_000), START, 600)

    assert corrected is not None
    assert corrected["ts_event"].tolist() == [START + 3 * MINUTE]


def test_a_candle_that_turns_up_before_one_handed_on_is_left_out() -> None:
    handed_on = HandedOn()
    handed_on.fresh(minutes(3, first=5), START, 600)

    assert handed_on.fresh(minutes(8), START, 600) is None


@pytest.mark.parametrize(
    ("interval", "schema"),
    [(Interval.MINUTE, Schema.OHLCV_1M), (Interval.HOUR, Schema.OHLCV_1H), (Interval.DAY, Schema.OHLCV_1D)],
)
def test_bars_are_wire_records_of_their_schema_and_of_no_venue(interval: Interval, schema: Schema) -> None:
    record = minutes(1, interval=interval).records(0, 1)[0]

    assert SCHEMA_OF_RTYPE[int(record["rtype"])] is schema
    assert layout_of(int(record["rtype"]), int(record["length"]) * 4) == OHLCV
    assert int(record["publisher_id"]) == 0
    assert int(record["instrument_id"]) == CONTEXT_INSTRUMENT
    prices = [int(record[name]) for name in ("open", "high", "low", "close")]
    assert prices == [4_210_300_000_000, 4_210_400_000_000, 4_210_200_000_000, 4_210_300_000_000]
