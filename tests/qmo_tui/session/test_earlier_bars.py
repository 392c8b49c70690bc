"""Bars of history in front of live ones: which are whose, how longer ones are joined, what is never made up."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.view import BarRow, BookState, MarketPhase, MarketView, ViewRequest
from feeds.databento.history_cache import HistoryCache, Request
from feeds.dbn import DbnWriter, Metadata
from feeds.instrument import Instrument, InstrumentError
from feeds.records import DEFINITION, F_LAST, F_SNAPSHOT, MBO, OHLCV, Batch, Provenance, Records, Schema
from qmo_tui.cockpit.frame import NEW_YORK
from qmo_tui.session.earlier_bars import BAR, EarlierBars, Series, join, newest_stretch, read_earlier_bars
from tests.oracle.bars import INTERVALS, Bar, bars
from tests.oracle.tape import Trade

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
OPEN = 1_795_010_400 * SECOND
"""Wed 2026-11-18 14:00 UTC, 09:00 in New York."""
GC = Instrument("GCZ6", 4_916, tick=SECOND // 10, multiplier=100.0)


def bar(start: int, volume: int = 1, *, live: bool = False) -> BarRow:
    known = volume if live else None
    return BarRow(start, 100, 101, 99, 100, volume, known, known, known, known, known, complete=True)


def looked(rows: Sequence[BarRow]) -> MarketView:
    return MarketView(
        1, GC, Provenance.LIVE, "mbo", OPEN, OPEN, MarketPhase.CONTINUOUS, BookState.VALID, bars=tuple(rows)
    )


def order(*moments: int, flags: int = F_LAST) -> Batch:
    """Return orders entered at some moments."""
    records = np.zeros(len(moments), MBO)
    records["ts_event"], records["flags"] = moments, flags
    return Batch(Schema.MBO, records, Provenance.LIVE)


def minutes_of_history(first: int, last: int) -> Series:
    """Return one bar a minute after the open, up to and including a minute's number."""
    return Series(tuple(bar(OPEN + n * MINUTE) for n in range(first, last + 1)), OPEN + (last + 1) * MINUTE)


def shown(earlier: EarlierBars, live: Sequence[int], most: int = 100, interval: str = "1m") -> list[tuple[int, str]]:
    """Return (minute after the open, whose) of the bars on the chart; live bars are given by their minutes."""
    view = looked([bar(OPEN + minute * MINUTE, live=True) for minute in live])
    merged = earlier.before(view, ViewRequest(bars=most, interval=interval)).bars
    return [((one.start - OPEN) // MINUTE, "history" if one.buy is None else "live") for one in merged]


# ------------------------------------------------------------------------------------------------- whose a bar is


def test_live_bars_stand_after_history() -> None:
    earlier = EarlierBars()
    earlier.deliver({"1m": minutes_of_history(0, 2)})
    earlier.hear(order(OPEN + 3 * MINUTE))
    assert shown(earlier, [3, 4]) == [(0, "history"), (1, "history"), (2, "history"), (3, "live"), (4, "live")]


def test_a_bar_that_was_open_when_the_session_began_is_historys_where_history_has_it_whole() -> None:
    earlier = EarlierBars()
    earlier.deliver({"1m": minutes_of_history(0, 3)})
    earlier.hear(order(OPEN + 3 * MINUTE + 50 * SECOND))
    assert shown(earlier, [3, 4]) == [(0, "history"), (1, "history"), (2, "history"), (3, "history"), (4, "live")]


def test_where_history_does_not_have_it_whole_it_is_the_live_one() -> None:
    earlier = EarlierBars()
    earlier.deliver({"1m": minutes_of_history(1, 2)})
    earlier.hear(order(OPEN + 3 * MINUTE + 1))
    assert shown(earlier, [3, 4]) == [(1, "history"), (2, "history"), (3, "live"), (4, "live")]


def test_history_never_replaces_a_bar_that_was_live_from_its_first_moment_on() -> None:
    earlier = EarlierBars()
    earlier.hear(order(OPEN + 2 * MINUTE))
    earlier.deliver({"1m": minutes_of_history(0, 5)})
    assert shown(earlier, [2, 4]) == [(0, "history"), (1, "history"), (2, "live"), (4, "live")]


def test_orders_of_a_snapshot_do_not_begin_a_session() -> None:
    earlier = EarlierBars()
    earlier.deliver({"1m": minutes_of_history(0, 5)})
    earlier.hear(order(OPEN - HOUR, OPEN - 5, flags=F_SNAPSHOT))
    earlier.hear(order(OPEN + MINUTE, OPEN + 9 * MINUTE))
    assert shown(earlier, [1, 9]) == [(0, "history"), (1, "live"), (9, "live")]


def test_before_the_first_live_record_all_of_history_stands() -> None:
    earlier = EarlierBars()
    earlier.deliver({"1m": minutes_of_history(0, 1)})
    assert shown(earlier, []) == [(0, "history"), (1, "history")]


def test_the_chart_gets_no_more_bars_than_it_has_room_for() -> None:
    earlier = EarlierBars()
    earlier.deliver({"1m": minutes_of_history(0, 9)})
    earlier.hear(order(OPEN + 10 * MINUTE))
    assert shown(earlier, [10, 11], most=3) == [(9, "history"), (10, "live"), (11, "live")]
    assert shown(earlier, [10, 11], most=2) == [(10, "live"), (11, "live")]
    assert shown(earlier, [10, 11], most=0) == [(10, "live"), (11, "live")]


def test_an_interval_that_history_does_not_have_stays_live() -> None:
    earlier = EarlierBars()
    earlier.deliver({"1m": minutes_of_history(0, 1)})
    assert shown(earlier, [3], interval="1s") == [(3, "live")]
    assert earlier.words("1s", NEW_YORK, OPEN) is None


def test_a_view_with_history_is_another_one_than_without() -> None:
    earlier = EarlierBars()
    request = ViewRequest(bars=9)
    before = earlier.before(looked([]), request)
    earlier.deliver({"1m": minutes_of_history(0, 1)})
    assert earlier.before(looked([]), request).sequence > before.sequence


@given(
    bought=st.sets(st.integers(0, 59)),
    covered=st.integers(0, 60),
    began=st.integers(0, 60 * 60 - 1),
    traded=st.sets(st.integers(0, 59)),
)
def test_every_bar_is_there_once_in_order_and_of_whom_the_rule_says(
    bought: set[int], covered: int, began: int, traded: set[int]
) -> None:
    whole = sorted(minute for minute in bought if minute < covered)
    live = sorted(minute for minute in traded if minute >= began // 60)
    earlier = EarlierBars()
    earlier.deliver({"1m": Series(tuple(bar(OPEN + n * MINUTE) for n in whole), OPEN + covered * MINUTE)})
    earlier.hear(order(OPEN + began * SECOND))

    expected = dict.fromkeys(live, "live")
    expected |= {minute: "history" for minute in whole if minute * 60 < began}
    assert shown(earlier, live) == sorted(expected.items())


# ------------------------------------------------------------------------------------------------- what is said of it


@pytest.mark.parametrize(
    ("began", "now", "words"),
    [
        (None, OPEN, "history to 09:03"),
        (OPEN + 3 * MINUTE, OPEN, "history to 09:03"),
        (OPEN + 3 * MINUTE + 59 * SECOND, OPEN, "history to 09:03"),
        (OPEN + 2 * MINUTE + SECOND, OPEN, "history to 09:03"),
        (OPEN + MINUTE, OPEN, "history to 09:01"),
        (OPEN + 4 * MINUTE, OPEN, "history to 09:03, live from 09:04"),
        (OPEN + 24 * HOUR, OPEN + 24 * HOUR, "history to 2026-11-18 09:03, live from 09:00"),
        (OPEN, OPEN, None),
    ],
)
def test_the_screen_says_where_history_ends_and_where_live_begins_if_later(
    began: int | None, now: int, words: str | None
) -> None:
    earlier = EarlierBars()
    earlier.deliver({"1m": minutes_of_history(0, 2)})
    if began is not None:
        earlier.hear(order(began))
    assert earlier.words("1m", NEW_YORK, now) == words


# ------------------------------------------------------------------------------------------------- joining

trades = st.lists(st.tuples(st.integers(0, 3 * 3_600 - 1), st.integers(-50, 50), st.integers(1, 9)), max_size=80).map(
    sorted
)


@given(trades, st.sampled_from(["1m", "5m", "15m", "1h"]))
def test_joined_minutes_are_the_bars_of_the_same_trades(told: list[tuple[int, int, int]], interval: str) -> None:
    made = [
        Trade(n, OPEN + second * SECOND, n, n, "", tick, size, "market") for n, (second, tick, size) in enumerate(told)
    ]
    length = INTERVALS[interval] * SECOND
    joined = join(_as_rows(bars(made, "1m", None)), length, (OPEN, OPEN + 3 * HOUR))
    assert joined.tolist() == _as_rows(bars(made, interval, None)).tolist()


def test_no_bar_is_joined_of_less_than_all_of_its_time() -> None:
    made = [Trade(n, OPEN + n * MINUTE, n, n, "", n * 37 % 50, n % 9 + 1, "market") for n in range(20)]
    minutes, fives = bars(made, "1m", None), bars(made, "5m", None)
    for first, last in combinations(range(21), 2):
        start, end = OPEN + first * MINUTE, OPEN + last * MINUTE
        held = [one for one in minutes if start <= one.start < end]
        whole = [one for one in fives if start <= one.start and one.end <= end]
        assert join(_as_rows(held), 5 * MINUTE, (start, end)).tolist() == _as_rows(whole).tolist(), (first, last)


def _as_rows(told: Sequence[Bar]) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
    rows = np.zeros(len(told), BAR)
    for name in BAR.names or ():
        rows[name] = [getattr(one, name) for one in told]
    return rows


def test_a_stretch_ends_where_something_is_missing() -> None:
    assert newest_stretch([(0, 10)]) == (0, 10)
    assert newest_stretch([(10, 20), (0, 10)]) == (0, 20)
    assert newest_stretch([(11, 20), (0, 10)]) == (11, 20)
    assert newest_stretch([(4, 20), (0, 5), (6, 7)]) == (0, 20)


# ------------------------------------------------------------------------------------------------- files


def bought(folder: Path, records: Records, schema: Schema, start: int, end: int) -> Path:
    """Put records into a cache of history as if they had been bought."""
    request = Request(schema, "GCZ6", start, end)
    cache = HistoryCache(folder, "GLBX.MDP3")
    with (
        cache.filling(request) as path,
        DbnWriter(path, Metadata(dataset="GLBX.MDP3", schema=schema, start=start)) as writer,
    ):
        writer.write(records)
    return cache.path_of(request)


def ohlcv(starts: Sequence[int], schema: Schema = Schema.OHLCV_1M, ticks: int = 42_000) -> Records:
    records = np.zeros(len(starts), OHLCV)
    records["length"], records["rtype"] = OHLCV.itemsize // 4, 33 if schema is Schema.OHLCV_1M else 34
    records["instrument_id"], records["ts_event"], records["volume"] = GC.instrument_id, starts, 2
    for number, name in enumerate(("open", "high", "low", "close")):
        records[name] = (ticks + (0, 5, -5, 1)[number]) * GC.tick
    return records


def test_minutes_and_hours_give_every_interval_of_the_chart_but_seconds(tmp_path: Path) -> None:
    minutes = [OPEN + n * MINUTE for n in range(32)]
    files = [
        bought(tmp_path, ohlcv(minutes), Schema.OHLCV_1M, OPEN, OPEN + 32 * MINUTE),
        bought(tmp_path, ohlcv([OPEN - HOUR], Schema.OHLCV_1H), Schema.OHLCV_1H, OPEN - HOUR, OPEN),
    ]
    series = read_earlier_bars(files, GC)
    assert {name: (len(one.bars), (one.until - OPEN) // MINUTE) for name, one in series.items()} == {
        "1m": (32, 32),
        "5m": (6, 30),
        "15m": (2, 30),
        "1h": (1, 0),
    }
    assert series["5m"].bars[0] == BarRow(
        OPEN, 42_000, 42_005, 41_995, 42_001, 10, None, None, None, None, None, complete=True
    )


def test_files_that_do_not_touch_leave_out_the_older_one(tmp_path: Path) -> None:
    files = [
        bought(tmp_path, ohlcv([OPEN]), Schema.OHLCV_1M, OPEN, OPEN + MINUTE),
        bought(tmp_path, ohlcv([OPEN + 3 * MINUTE]), Schema.OHLCV_1M, OPEN + 2 * MINUTE, OPEN + 4 * MINUTE),
        bought(tmp_path, ohlcv([OPEN + 5 * MINUTE]), Schema.OHLCV_1M, OPEN + 4 * MINUTE, OPEN + 6 * MINUTE),
    ]
    series = read_earlier_bars(files, GC)["1m"]
    assert [(one.start - OPEN) // MINUTE for one in series.bars] == [3, 5]


def test_bars_of_another_contract_are_never_spliced_in(tmp_path: Path) -> None:
    records = ohlcv([OPEN, OPEN + MINUTE])
    records["instrument_id"][0] += 1
    file = bought(tmp_path, records, Schema.OHLCV_1M, OPEN, OPEN + 2 * MINUTE)
    assert [one.start for one in read_earlier_bars([file], GC)["1m"].bars] == [OPEN + MINUTE]


def test_prices_off_the_tick_are_refused(tmp_path: Path) -> None:
    records = ohlcv([OPEN])
    records["close"] += 1
    file = bought(tmp_path, records, Schema.OHLCV_1M, OPEN, OPEN + MINUTE)
    with pytest.raises(InstrumentError, match=r"no multiple of its tick 0\.1"):
        read_earlier_bars([file], GC)


def test_a_definition_of_another_tick_is_refused(tmp_path: Path) -> None:
    records = np.zeros(1, DEFINITION)
    records["length"], records["rtype"], records["instrument_id"] = DEFINITION.itemsize // 4, 19, GC.instrument_id
    records["raw_symbol"], records["min_price_increment"] = b"GCZ6", SECOND // 2
    file = bought(tmp_path, records, Schema.DEFINITION, OPEN, OPEN + MINUTE)
    with pytest.raises(InstrumentError, match=r"history defines GCZ6 with tick 0\.5, the live feed with 0\.1"):
        read_earlier_bars([file], GC)
