"""The oracle against a real session, and the rules of the book that no recording at hand shows."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import databento
import numpy as np
import numpy.typing as npt
import pytest

from tests.oracle import Oracle, PlainBook, Row, read, rows
from tests.oracle.bars import SESSION, day_bounds, trading_day
from tests.oracle.icebergs import Life, Refresh, recovered_display
from tests.oracle.records import LAST, MAYBE_BAD_BOOK, SNAPSHOT, TOP_OF_BOOK, UNDEFINED_PRICE, UNDEFINED_TIME

ES_ID = 17_077
ES_TICK = 250_000_000
ES_SESSION = "esh4-20231225.mbo.dbn.zst"
AUCTION = 1_703_545_200_000_000_000
"""23:00:00 UTC: the opening auction of that session."""


# --- a real session -----------------------------------------------------------------------------------------------


def _file(data: Path, name: str) -> Path:
    path = data / name
    if not path.exists():
        pytest.skip(f"real market data is absent: {path}")
    return path


@cache
def _records(path: Path) -> npt.NDArray[np.void]:
    array: npt.NDArray[np.void] = databento.DBNStore.from_bytes(path.read_bytes()).to_ndarray()
    return array


@cache
def _read_es(path: Path, *, refresh_keeps_priority: bool = False) -> Oracle:
    return read(_records(path), ES_ID, ES_TICK, refresh_keeps_priority=refresh_keeps_priority)


@pytest.fixture
def es(data: Path) -> Oracle:
    return _read_es(_file(data, ES_SESSION))


@pytest.fixture
def labels(data: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_file(data, "esh4-20231225.icebergs.json").read_text())["orders"]
    return found


def test_the_real_book_ends_as_published(es: Oracle) -> None:
    book = es.book
    assert (book.unknown_orders, book.duplicates, book.bad_records, book.off_tick) == (0, 0, 0, 0)
    assert len(book.orders) == 11_217
    assert (book.best_bid, book.best_ask) == (19_240, 19_241)
    assert sum(len(queue) for queue in book.queues.values()) == 11_217
    assert not book.suspect
    assert not book.in_snapshot


def test_orders_that_never_rested_take_part_in_the_real_opening_auction(es: Oracle) -> None:
    assert es.book.anonymous_fills == 7


def test_the_real_book_is_crossed_only_before_the_opening_auction(es: Oracle) -> None:
    assert (es.book.auction_crossed, es.book.crossed_events) == (891, 0)
    assert es.book.phase == "continuous"


def test_the_real_auction_ends_the_crossed_book(data: Path) -> None:
    oracle = Oracle(ES_ID, ES_TICK)
    before = [row for row in rows(_records(_file(data, ES_SESSION))) if row.ts_event < AUCTION]
    oracle.feed(before)
    assert oracle.book.auction_crossed == 891
    assert oracle.book.phase == "auction"
    assert not oracle.tape.trades


def test_real_time_priority_is_exact(es: Oracle) -> None:
    assert (es.book.level_events, es.book.priority_violations) == (2_900, 0)


def test_a_refresh_that_kept_its_place_would_break_priority(data: Path) -> None:
    book = _read_es(_file(data, ES_SESSION), refresh_keeps_priority=True).book
    assert (book.level_events, book.priority_violations) == (2_900, 28)


def test_the_real_tape(es: Oracle) -> None:
    assert es.tape.volume() == 9_892
    assert [es.tape.count(side) for side in ("B", "A", "")] == [1_542, 1_430, 1]
    assert len({trade.event for trade in es.tape.trades}) == 2_834
    assert es.clock.late_records == 0


def test_the_real_stops(es: Oracle) -> None:
    assert (sum(run.orders for run in es.tape.runs), len(es.tape.runs)) == (100, 45)
    stop_lots = sum(run.volume for run in es.tape.runs)
    assert round(stop_lots / es.tape.volume(), 3) == 0.021


def test_the_real_aggressors_that_came_from_the_book(es: Oracle) -> None:
    kinds = {(trade.event, trade.order_id): trade.kind for trade in es.tape.trades}
    assert sum(kind == "modified-limit" for kind in kinds.values()) == 106
    assert sum(kind == "unknown" for kind in kinds.values()) == 1


def test_the_real_icebergs_in_sum(es: Oracle) -> None:
    assert (len(es.icebergs.found), es.icebergs.refreshes, es.icebergs.lots) == (13, 83, 491)


def test_the_real_icebergs_id_by_id(es: Oracle, labels: list[dict[str, Any]]) -> None:
    found = {life.order_id: life for life in es.icebergs.found}
    assert set(found) == {label["order_id"] for label in labels}
    for label in labels:
        assert _as_label(found[label["order_id"]]) == {key: label[key] for key in _as_label(found[label["order_id"]])}


def _as_label(life: Life) -> dict[str, Any]:
    ends = {"executed": "filled", "cancelled": "cancelled", "traded": "open at end of file"}
    names = ("index", "ts_event", "displayed_before", "filled_in_event", "displayed_after")
    return {
        "order_id": life.order_id,
        "side": life.side,
        "price": life.tick * 0.25,
        "first_display": life.first_display,
        "display_qty": life.display,
        "max_display": max(life.sizes),
        "passive_fill": life.filled,
        "refresh_M": [
            dict(zip(names, (step.index, step.ts_event, step.before, step.filled, step.after), strict=True))
            for step in life.refreshes
        ],
        "overfills": [[overfill.index, overfill.shown, overfill.filled] for overfill in life.overfills],
        "end": ends[str(life.state)],
    }


def test_every_real_iceberg_lives_in_order(es: Oracle) -> None:
    for life in es.icebergs.found:
        states = [step.state for step in es.icebergs.steps if step.order_id == life.order_id]
        assert states[0] == "detected"
        assert set(states[1:-1]) <= {"traded"}
        assert states[-1] == life.state


def test_real_bars_add_up_in_every_interval(es: Oracle) -> None:
    for interval, count in {"1s": 988, "1m": 60, "5m": 12, "15m": 4, "1h": 1, SESSION: 1}.items():
        built = es.bars(interval)
        assert len(built) == count
        assert sum(bar.volume for bar in built) == 9_892
        assert sum(bar.delta for bar in built) == built[-1].cvd == es.tape.volume("B") - es.tape.volume("A")
        assert [bar.none for bar in built if bar.none] == [44]
        assert not built[-1].complete or interval == "1s"


def test_a_real_snapshot_with_a_clear_is_over_at_its_last_record(data: Path) -> None:
    oracle = Oracle(5_602, ES_TICK)
    stream = rows(_records(_file(data, "esm4-20240508-2s.mbo.dbn.zst")))
    snapshot = [row for row in stream if row.is_snapshot]
    oracle.feed(snapshot[:-1])
    before_the_last = oracle.book.in_snapshot
    oracle.feed(snapshot[-1:])
    assert (before_the_last, oracle.book.in_snapshot) == (True, False)
    assert oracle.book.phase == "unknown"
    oracle.feed(row for row in stream if not row.is_snapshot)
    assert (oracle.book.unknown_orders, oracle.book.crossed_events, oracle.book.auction_crossed) == (0, 0, 0)
    assert oracle.book.priority_violations == 0
    assert len(oracle.tape.trades) == 5


# --- rules, one by one --------------------------------------------------------------------------------------------


class Stream:
    """Writes rows by hand: `add`, `modify` and `cancel` close their event, the others do not."""

    def __init__(self) -> None:
        self.oracle = Oracle(1, 10)
        self.index = 0
        self.now = 1_700_000_000_000_000_000

    @property
    def book(self) -> PlainBook:
        return self.oracle.book

    def send(self, action: str, side: str, tick: int, size: int, order_id: int, flags: int = 0) -> None:
        self.row(Row(self.index, 1, self.now, self.now, order_id, tick * 10, size, flags, action, side))

    def row(self, row: Row) -> None:
        self.oracle.apply(replace(row, index=self.index))
        self.index += 1

    def add(self, side: str, tick: int, size: int, order_id: int, flags: int = LAST) -> None:
        self.send("A", side, tick, size, order_id, flags)

    def modify(self, side: str, tick: int, size: int, order_id: int, flags: int = LAST) -> None:
        self.send("M", side, tick, size, order_id, flags)

    def cancel(self, side: str, tick: int, size: int, order_id: int, flags: int = LAST) -> None:
        self.send("C", side, tick, size, order_id, flags)

    def trade(self, side: str, tick: int, size: int, order_id: int) -> None:
        self.send("T", side, tick, size, order_id)

    def fill(self, side: str, tick: int, size: int, order_id: int, flags: int = 0) -> None:
        self.send("F", side, tick, size, order_id, flags)

    def clear(self, flags: int = LAST) -> None:
        self.row(Row(0, 1, self.now, self.now, 0, UNDEFINED_PRICE, 0, flags, "R", "N"))

    def states(self, order_id: int) -> list[str]:
        return [step.state for step in self.oracle.icebergs.steps if step.order_id == order_id]


@pytest.fixture
def stream() -> Stream:
    return Stream()


def test_priority_is_kept_when_shrinking_and_lost_when_growing_or_moving(stream: Stream) -> None:
    for order_id in (1, 2, 3):
        stream.add("B", 100, 5, order_id)
    stream.modify("B", 100, 4, 1)
    assert stream.book.queue(2) == (1, 4)
    stream.modify("B", 100, 5, 1)
    assert stream.book.queue(1) == (2, 10)
    stream.modify("B", 101, 5, 2)
    stream.modify("B", 100, 5, 2)
    assert stream.book.queues["B", 100] == [3, 1, 2]


def test_depth_counts_lots_and_orders_best_first(stream: Stream) -> None:
    stream.add("B", -1, 5, 1)
    stream.add("B", -1, 2, 2)
    stream.add("B", -3, 1, 3)
    stream.add("A", 2, 9, 4)
    assert stream.book.depth(2) == ([(-1, 7, 2), (-3, 1, 1)], [(2, 9, 1)])
    assert stream.book.depth(0) == ([], [])


def test_a_cancel_subtracts_and_believes_the_order_not_the_record(stream: Stream) -> None:
    stream.add("B", 100, 5, 1)
    stream.cancel("A", 7, 2, 1)
    assert stream.book.level("B", 100) == (100, 3, 1)
    stream.cancel("B", 100, 0, 1)
    assert stream.book.level("B", 100) == (100, 3, 1)
    stream.cancel("N", 0, 99, 1)
    assert not stream.book.orders
    assert not stream.book.queues


def test_unknown_orders_are_tolerated(stream: Stream) -> None:
    stream.cancel("B", 100, 1, 1)
    stream.modify("B", 100, 4, 2)
    stream.fill("B", 100, 1, 3, LAST)
    assert stream.book.unknown_orders == 3
    assert stream.book.level("B", 100) == (100, 4, 1)


def test_the_aggressors_own_fill_is_neither_unknown_nor_passive(stream: Stream) -> None:
    stream.add("A", 101, 3, 1)
    stream.trade("B", 101, 3, 9)
    stream.fill("B", 101, 3, 9)
    stream.fill("A", 101, 3, 1)
    stream.cancel("A", 101, 3, 1)
    assert stream.book.unknown_orders == 0
    assert stream.book.level_events == 1


def test_a_duplicate_replaces_the_order(stream: Stream) -> None:
    stream.add("B", 100, 5, 1)
    stream.add("A", 105, 2, 1)
    assert stream.book.duplicates == 1
    assert (stream.book.best_bid, stream.book.best_ask) == (None, 105)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"side": "N"}, True),
        ({"price": UNDEFINED_PRICE}, True),
        ({"size": 0}, False),
        ({"size": 0, "side": "?", "price": UNDEFINED_PRICE}, False),
        ({"flags": LAST | TOP_OF_BOOK}, True),
        ({"action": "?"}, True),
    ],
)
def test_an_impossible_modify_is_counted_and_not_applied(stream: Stream, change: dict[str, Any], kept: bool) -> None:
    stream.add("B", 100, 5, 1)
    stream.row(replace(Row(0, 1, stream.now, stream.now, 1, 990, 3, LAST, "M", "B"), **change))
    assert stream.book.bad_records == 1
    assert (1 in stream.book.orders) is kept
    assert stream.book.level("B", 100).size == (5 if kept else 0)
    assert stream.book.events == 2


def test_prices_off_the_tick_are_refused(stream: Stream) -> None:
    stream.add("B", 100, 5, 1)
    off_tick = Row(0, 1, stream.now, stream.now, 1, 1_001, 5, LAST, "M", "B")
    stream.row(replace(off_tick, order_id=2))
    stream.row(replace(off_tick, order_id=3, action="A"))
    assert (stream.book.off_tick, stream.book.unknown_orders, len(stream.book.orders)) == (2, 0, 1)
    stream.row(off_tick)
    assert (stream.book.off_tick, stream.book.bad_records, len(stream.book.orders)) == (3, 0, 0)


def test_a_modify_to_the_other_side_is_counted_and_believed(stream: Stream) -> None:
    stream.add("B", 100, 5, 1)
    stream.add("A", 101, 5, 2)
    stream.modify("A", 101, 4, 1)
    assert stream.book.bad_records == 1
    assert stream.book.queue(1) == (1, 5)
    assert stream.book.best_bid is None


def test_a_snapshot_clears_with_and_without_a_clear_record(stream: Stream) -> None:
    stream.add("B", 100, 5, 1)
    stream.add("B", 99, 5, 2, SNAPSHOT)
    assert set(stream.book.orders) == {2}
    first = stream.book.in_snapshot
    stream.add("A", 101, 5, 3)
    assert (first, stream.book.in_snapshot) == (True, False)
    stream.clear(SNAPSHOT)
    second = stream.book.in_snapshot
    stream.add("B", 98, 1, 4, SNAPSHOT | LAST)
    assert set(stream.book.orders) == {4}
    assert (second, stream.book.in_snapshot) == (True, False)
    stream.add("B", 97, 1, 5, SNAPSHOT | LAST)
    assert set(stream.book.orders) == {5}


def test_a_gap_makes_the_book_suspect_until_it_is_cleared(stream: Stream) -> None:
    stream.add("B", 100, 5, 1, LAST | MAYBE_BAD_BOOK)
    stream.add("B", 100, 5, 2)
    before = stream.book.suspect
    stream.clear()
    assert (before, stream.book.suspect) == (True, False)


def test_a_crossed_book_is_an_auction_until_something_trades(stream: Stream) -> None:
    stream.add("B", 100, 5, 1)
    stream.add("A", 100, 5, 2)
    assert (stream.book.phase, stream.book.auction_crossed) == ("auction", 1)
    stream.trade("N", 100, 1, 0)
    stream.cancel("B", 100, 1, 1)
    assert (stream.book.phase, stream.book.crossed_events) == ("continuous", 1)
    stream.clear()
    assert stream.book.phase == "unknown"


def test_a_clear_ends_the_running_event_unjudged(stream: Stream) -> None:
    stream.add("A", 101, 1, 1)
    stream.trade("B", 101, 5, 9)
    stream.fill("A", 101, 5, 1)
    stream.clear()
    assert stream.states(1) == ["detected", "expired"]
    assert [step.event for step in stream.oracle.icebergs.steps] == [1, 2]
    assert (stream.book.events, stream.book.phase, stream.book.level_events) == (3, "unknown", 0)
    stream.clear()
    assert stream.book.events == 4


def test_other_instruments_are_ignored(stream: Stream) -> None:
    stream.row(Row(0, 2, 5, 5, 1, 1_000, 5, LAST, "A", "B"))
    assert (stream.book.records, stream.book.events, stream.oracle.clock.now) == (0, 0, None)


def test_a_passed_over_order_breaks_priority_unless_it_was_pulled(stream: Stream) -> None:
    for order_id in (1, 2, 3):
        stream.add("A", 101, 5, order_id)
    stream.trade("B", 101, 5, 9)
    stream.fill("A", 101, 5, 2)
    stream.cancel("A", 101, 5, 1, 0)
    stream.cancel("A", 101, 5, 2)
    assert (stream.book.level_events, stream.book.priority_violations) == (1, 0)
    stream.add("A", 101, 5, 4)
    stream.trade("B", 101, 5, 10)
    stream.fill("A", 101, 5, 4)
    stream.cancel("A", 101, 5, 4)
    assert (stream.book.level_events, stream.book.priority_violations) == (2, 1)


def test_an_iceberg_is_detected_trades_and_is_cancelled(stream: Stream) -> None:
    stream.add("A", 101, 4, 1)
    for filled, after in ((4, 4), (1, 3)):
        stream.trade("B", 101, filled, 9)
        stream.fill("A", 101, filled, 1)
        stream.modify("A", 101, after, 1)
    stream.modify("A", 102, 3, 1)
    stream.cancel("A", 102, 3, 1)
    assert stream.states(1) == ["detected", "traded", "cancelled"]
    assert [(step.display, step.filled, step.refreshes, step.shown) for step in stream.oracle.icebergs.steps] == [
        (4, 4, 1, 4),
        (4, 5, 1, 3),
        (4, 5, 1, 0),
    ]


def test_an_iceberg_swept_at_once_is_detected_and_executed(stream: Stream) -> None:
    stream.add("A", 101, 1, 1)
    stream.trade("B", 101, 25, 9)
    stream.fill("A", 101, 25, 1)
    stream.cancel("A", 101, 1, 1)
    assert stream.states(1) == ["detected", "executed"]
    assert stream.oracle.icebergs.lots == 25
    assert stream.oracle.icebergs.found[0].display is None


@pytest.mark.parametrize("flags", [LAST, SNAPSHOT | LAST])
def test_a_clear_expires_icebergs(stream: Stream, flags: int) -> None:
    stream.add("A", 101, 1, 1)
    stream.trade("B", 101, 1, 9)
    stream.fill("A", 101, 1, 1)
    stream.modify("A", 101, 1, 1)
    stream.clear(flags)
    assert stream.states(1) == ["detected", "expired"]


def test_an_increase_between_fills_is_no_iceberg(stream: Stream) -> None:
    stream.add("A", 101, 4, 1)
    stream.trade("B", 101, 1, 9)
    stream.fill("A", 101, 1, 1)
    stream.modify("A", 101, 3, 1)
    stream.modify("A", 101, 4, 1)
    stream.trade("B", 101, 4, 10)
    stream.fill("A", 101, 4, 1)
    stream.cancel("A", 101, 4, 1)
    assert not stream.oracle.icebergs.steps


def _refreshes(*steps: tuple[int, int, int]) -> list[Refresh]:
    return [Refresh(0, 0, before, filled, after) for before, filled, after in steps]


@pytest.mark.parametrize(
    ("steps", "largest", "display"),
    [
        ([(5, 5, 10)], 10, 10),
        ([(1, 3, 1)], 1, None),
        ([(1, 3, 1), (1, 1, 1)], 1, 1),
        ([(3, 13, 2)], 4, None),
        ([(3, 13, 2), (1, 2, 3)], 4, 4),
        ([(3, 13, 2)], 7, 12),
        ([(3, 13, 2), (3, 14, 2)], 4, None),
        ([], 4, None),
    ],
)
def test_the_display_quantity_is_given_only_when_determined(
    steps: list[tuple[int, int, int]], largest: int, display: int | None
) -> None:
    assert recovered_display(_refreshes(*steps), largest) == display


def test_stops_are_older_silent_and_of_the_same_side(stream: Stream) -> None:
    for order_id in range(10, 16):
        stream.add("A", 90 + order_id, 1, order_id)
    stream.add("B", 50, 1, 3)
    stream.cancel("B", 50, 1, 3)
    aggressors = [(20, "B"), (5, "B"), (5, "B"), (3, "B"), (4, "A"), (21, "B"), (0, "B"), (6, "N")]
    for order_id, side in aggressors:
        stream.trade(side, 100, 1, order_id)
    stream.cancel("A", 100, 1, 10)
    kinds = [trade.kind for trade in stream.oracle.tape.trades]
    assert kinds == ["market", "stop", "stop", *["unknown"] * 5]
    run = stream.oracle.tape.runs[0]
    assert (run.side, run.orders, run.volume, run.first, run.last) == ("B", 1, 2, 100, 100)


def test_the_clock_neither_runs_back_nor_ahead_of_its_capture(stream: Stream) -> None:
    second = 1_000_000_000
    base = Row(0, 1, 100 * second, 100 * second, 1, 1_000, 1, LAST, "N", "N")
    for ts_event, ts_recv in ((99 * second, 100 * second), (UNDEFINED_TIME, 0), (103 * second, 101 * second)):
        stream.row(base)
        stream.row(replace(base, ts_event=ts_event, ts_recv=ts_recv))
        assert stream.oracle.clock.now == 100 * second
    assert stream.oracle.clock.late_records == 1
    stream.row(replace(base, ts_event=200 * second, ts_recv=300 * second, flags=SNAPSHOT))
    assert stream.oracle.clock.now == 100 * second
    stream.row(replace(base, ts_event=103 * second, ts_recv=UNDEFINED_TIME))
    assert stream.oracle.clock.now == 103 * second


@pytest.mark.parametrize(("last", "first"), [(1_703_545_199, 1_703_545_200), (1_719_871_199, 1_719_871_200)])
def test_the_trading_day_turns_at_five_in_chicago(last: int, first: int) -> None:
    second = 1_000_000_000
    assert (trading_day(first * second) - trading_day(last * second)).days == 1
    assert day_bounds(trading_day(first * second))[0] == first * second
    assert day_bounds(trading_day(last * second))[1] == first * second


def test_bars_count_what_they_miss_and_start_afresh_each_day(stream: Stream) -> None:
    second = 1_000_000_000
    stream.now = 1_703_545_195 * second
    for step, side in ((0, "B"), (4, "A"), (6, "N"), (8, "B")):
        stream.now = (1_703_545_195 + step) * second
        stream.trade(side, 100 + step, 2, 20)
        stream.add("B", 50, 1, 100 + step)
    built = stream.oracle.bars("1s")
    assert [(bar.gap, bar.delta, bar.cvd, bar.none, bar.complete) for bar in built] == [
        (0, 2, 2, 0, True),
        (3, -2, 0, 0, True),
        (0, 0, 0, 2, True),
        (1, 2, 2, 0, False),
    ]
    assert [(bar.open, bar.close, bar.volume) for bar in stream.oracle.bars(SESSION)] == [(100, 104, 4), (106, 108, 4)]
