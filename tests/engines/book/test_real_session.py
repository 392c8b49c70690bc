"""The compiled book on real sessions: the published figures, and the oracle's book at many moments."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.book.book import Book
from engines.pipeline import Pipeline
from engines.view import BookState, MarketPhase, ViewRequest
from feeds.instrument import Instrument
from feeds.records import F_LAST, F_SNAPSHOT, Batch, Records, Schema
from tests.engines.real_data import ES, read_records
from tests.engines.side_by_side import (
    Engines,
    SideBySide,
    counters,
    counters_of_oracle,
    event_ends,
    queues_of,
    queues_of_oracle,
    steps,
    steps_of_oracle,
    stop_runs,
    stop_runs_of_oracle,
    trades,
    trades_of_oracle,
)

SESSION = "esh4-20231225.mbo.dbn.zst"
SNAPSHOT_ONLY = "esh4-20231224.mbo.dbn.zst"
TWO_SECONDS = "esm4-20240508-2s.mbo.dbn.zst"
ESM4_ID = 5_602
AUCTION = 1_703_545_200_000_000_000
"""23:00:00 UTC: the opening auction of the session."""


@cache
def _engines(data: Path, name: str) -> Engines:
    """Read a file without the oracle; the result is shared and must not be fed further."""
    engines = Engines(ESM4_ID if name == TWO_SECONDS else ES.instrument_id, ES.tick)
    engines.take(read_records(data, name))
    engines.finish()
    return engines


@cache
def _both(data: Path) -> SideBySide:
    array = read_records(data, SESSION)
    both = SideBySide(array, ES.instrument_id, ES.tick)
    both.go_to(len(array))
    both.engines.finish()
    return both


# --- the published figures ----------------------------------------------------------------------------------------


def test_the_book_ends_as_published(data: Path) -> None:
    book = _engines(data, SESSION).book
    assert int(book.now["resting"]) == 11_217
    assert (book.best_bid, book.best_ask) == (19_240, 19_241)
    assert [ES.price(tick) for tick in (19_240, 19_241)] == [4810.00, 4810.25]


def test_no_order_is_unknown(data: Path) -> None:
    counted = counters(_engines(data, SESSION).book)
    clean = ("unknown_changes", "duplicates", "bad_records", "off_tick", "late_records")
    assert {name: counted[name] for name in clean} == dict.fromkeys(clean, 0)
    assert counted["anonymous_fills"] == 7


def test_the_book_is_crossed_only_before_the_opening_auction(data: Path) -> None:
    array = read_records(data, SESSION)
    book = Book(ES.instrument_id, ES.tick)
    auction = int(np.flatnonzero(array["ts_event"] >= AUCTION)[0])
    _feed(book, array[:auction])
    before = counters(book)
    _feed(book, array[auction:])
    after = counters(book)
    assert (before["auction_crossed"], before["crossed_events"], before["phase"]) == (891, 0, "auction")
    assert (after["auction_crossed"], after["crossed_events"], after["phase"]) == (891, 0, "continuous")


def test_time_priority_is_exact(data: Path) -> None:
    now = _engines(data, SESSION).book.now
    assert (int(now["queue_checks"]), int(now["queue_violations"])) == (2_900, 0)


def test_what_traded(data: Path) -> None:
    told = _engines(data, SESSION).trades
    assert sum(trade["size"] for trade in told) == 9_892
    assert [sum(trade["side"] == side for trade in told) for side in range(3)] == [1_542, 1_430, 1]
    assert len({trade["event"] for trade in told}) == 2_834
    assert int(_engines(data, SESSION).book.now["trade_events"]) == 2_834


def test_stops_and_icebergs_in_sum(data: Path) -> None:
    engines = _engines(data, SESSION)
    assert (sum(run.orders for run in engines.runs), len(engines.runs)) == (100, 45)
    totals = engines.icebergs.totals
    assert (totals.ids, totals.refreshes, totals.lots) == (13, 83, 491)


def _feed(book: Book, records: Records) -> None:
    for _ in book.process(records):
        pass


# --- the oracle at many moments -----------------------------------------------------------------------------------


def test_the_book_equals_the_oracle_along_the_way(data: Path) -> None:
    array = read_records(data, SESSION)
    both = SideBySide(array, ES.instrument_id, ES.tick)
    ends = event_ends(array, ES.instrument_id)
    whole = set(ends[:: len(ends) // 40])
    for end in ends[::37]:
        both.go_to(end)
        assert counters(both.engines.book) == counters_of_oracle(both.oracle)
        compiled, plain = both.engines.book.depth(3), both.oracle.book.depth(3)
        assert [[tuple(level) for level in side] for side in compiled] == [
            [tuple(level) for level in side] for side in plain
        ]
        if end in whole:
            assert queues_of(both.engines.book) == queues_of_oracle(both.oracle)


def test_the_whole_book_equals_the_oracle_at_the_end(data: Path) -> None:
    both = _both(data)
    assert counters(both.engines.book) == counters_of_oracle(both.oracle)
    assert queues_of(both.engines.book) == queues_of_oracle(both.oracle)
    compiled, plain = both.engines.book.depth(10_000), both.oracle.book.depth(10_000)
    assert [tuple(level) for side in compiled for level in side] == [tuple(level) for side in plain for level in side]


def test_every_order_knows_its_place_in_the_queue(data: Path) -> None:
    both = _both(data)
    for order in list(both.oracle.book.orders.values())[::23]:
        place = both.engines.book.queue_place(order.order_id)
        assert place == (order.tick, order.size, *(both.oracle.book.queue(order.order_id) or ()))
    assert both.engines.book.queue_place(1) is None


def test_trades_stops_and_icebergs_equal_the_oracle(data: Path) -> None:
    both = _both(data)
    assert trades(both.engines) == trades_of_oracle(both.oracle)
    assert stop_runs(both.engines) == stop_runs_of_oracle(both.oracle)
    assert steps(both.engines) == steps_of_oracle(both.oracle)


# --- snapshots ----------------------------------------------------------------------------------------------------


def test_a_snapshot_is_a_valid_book_only_after_its_last_record(data: Path) -> None:
    array = read_records(data, TWO_SECONDS)
    (last,) = np.flatnonzero(array["flags"] == F_SNAPSHOT | F_LAST | 8)
    book = Book(ESM4_ID, ES.tick)
    seen: list[tuple[bool, bool]] = []
    for first, end in ((0, 1), (1, last), (last, last + 1), (last + 1, len(array))):
        _feed(book, array[first:end])
        seen.append((bool(book.now["in_snapshot"]), bool(book.now["valid"])))
    assert seen == [(True, False), (True, False), (False, True), (False, True)]
    assert int(array["flags"][last]) == 168


def test_the_screen_says_when_a_snapshot_makes_the_book_valid(data: Path) -> None:
    array = read_records(data, TWO_SECONDS)
    (last,) = np.flatnonzero(array["flags"] == 168)
    pipeline = Pipeline(Instrument("ESM4", ESM4_ID, ES.tick, 50.0))
    states = [pipeline.view(ViewRequest()).book]
    for first, end in ((0, last), (last, last + 1), (last + 1, len(array))):
        pipeline.process(Batch(Schema.MBO, array[first:end]))
        states.append(pipeline.view(ViewRequest()).book)
    assert states == [BookState.ABSENT, BookState.SNAPSHOT, BookState.VALID, BookState.VALID]


def test_two_real_seconds_after_a_snapshot(data: Path) -> None:
    array = read_records(data, TWO_SECONDS)
    both = SideBySide(array, ESM4_ID, ES.tick)
    for end in event_ends(array, ESM4_ID):
        both.go_to(end)
        assert counters(both.engines.book) == counters_of_oracle(both.oracle)
    assert queues_of(both.engines.book) == queues_of_oracle(both.oracle)
    assert trades(both.engines) == trades_of_oracle(both.oracle)
    assert len(both.engines.trades) == 5
    assert int(both.engines.book.now["unknown_changes"]) == 0


def test_a_snapshot_alone_is_a_book_without_news(data: Path) -> None:
    array = read_records(data, SNAPSHOT_ONLY)
    both = SideBySide(array, ES.instrument_id, ES.tick)
    both.go_to(len(array))
    assert counters(both.engines.book) == counters_of_oracle(both.oracle)
    assert queues_of(both.engines.book) == queues_of_oracle(both.oracle)
    now: Any = both.engines.book.now
    assert (int(now["resting"]), int(now["clock"]), bool(now["valid"])) == (8_725, 0, True)
    assert both.engines.trades == []


def test_a_snapshot_alone_has_neither_time_nor_phase(data: Path) -> None:
    pipeline = Pipeline(ES)
    pipeline.process(Batch(Schema.MBO, read_records(data, SNAPSHOT_ONLY)))
    view = pipeline.view(ViewRequest())
    assert view.event_time is None
    assert (view.phase, view.book) == (MarketPhase.UNKNOWN, BookState.VALID)


@pytest.mark.parametrize("name", [SESSION, SNAPSHOT_ONLY])
def test_depth_adds_up_to_what_rests(data: Path, name: str) -> None:
    engines = _engines(data, name)
    sides = engines.book.depth(100_000)
    assert sum(level.orders for side in sides for level in side) == int(engines.book.now["resting"])
