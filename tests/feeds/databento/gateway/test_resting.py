"""The resting orders at any record of a session, in the order in which they would be filled."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.databento.gateway.resting import resting, settled, snapshot
from feeds.records import F_LAST, F_SNAPSHOT, MBO, UNDEFINED_PRICE, Records
from tests.engines.real_data import read_records
from tests.feeds.streams import START, orders
from tests.market import Session, session
from tests.market.sessions import TICK
from tests.market.strategies import streams
from tests.oracle.book import PlainBook
from tests.oracle.records import rows

BIDS_FIRST = {"B": 0, "A": 1}


def book_of(records: Records, instrument_id: int, tick: int) -> PlainBook:
    book = PlainBook(instrument_id, tick)
    for row in rows(records):
        book.apply(row)
    return book


def queued(book: PlainBook) -> list[tuple[str, int, int, int]]:
    """Return (side, price, order id, lots) of every resting order: bids first, best price first, as they would fill."""
    places = sorted(book.queues, key=lambda place: (BIDS_FIRST[place[0]], place[1] if place[0] == "A" else -place[1]))
    return [
        (side, tick * book.tick, order_id, book.orders[order_id].size)
        for side, tick in places
        for order_id in book.queues[side, tick]
    ]


def found(records: Records) -> list[tuple[str, int, int, int]]:
    told, sizes = resting(records)
    chosen = records[told]
    columns = (chosen["side"], chosen["price"], chosen["order_id"])
    return [
        (chr(side), price, order_id, size)
        for side, price, order_id, size in zip(*(one.tolist() for one in columns), sizes.tolist(), strict=True)
    ]


@settings(max_examples=60, deadline=None)
@given(streams(instruments=1), st.integers(0, 10_000))
def test_at_any_record_they_are_those_of_the_plain_book(made: Session, place: int) -> None:
    array = made.array
    until = array[: place % (len(array) + 1)]
    number = int(array["instrument_id"][0]) if len(array) else 0
    assert found(until) == queued(book_of(until, number, TICK))


@pytest.mark.parametrize("place", [8_725, 9_685, 44_450, 68_792])
def test_of_the_real_session_they_are_those_of_the_plain_book(data: Path, place: int) -> None:
    records = read_records(data, "esh4-20231225.mbo.dbn.zst")[:place]
    assert found(records) == queued(book_of(records, 17_077, 250_000_000))


def test_a_reloaded_iceberg_stands_at_the_back(data: Path) -> None:
    """Record 44,484 reloads a bid of 26 at 4810.25 from 1; record 36,124 shows 1 lot before and after."""
    records = read_records(data, "esh4-20231225.mbo.dbn.zst")
    before, after = found(records[:36_104]), found(records[:36_125])
    queue = [order_id for _, price, order_id, _ in before if price == 4_809_000_000_000]
    reloaded = 6_412_777_278_527
    assert reloaded in queue
    assert [order_id for _, price, order_id, _ in after if price == 4_809_000_000_000][-1] == reloaded


def test_a_snapshot_begins_with_a_clear_and_ends_with_the_last_order() -> None:
    records = session(3, 400).array
    made = snapshot(records, 17_077, START)
    assert made.dtype == MBO
    assert bytes(made["action"]) == b"R" + b"A" * (len(made) - 1)
    assert set(made["flags"][:-1].tolist()) == {40}
    assert made["flags"][-1] == 168
    assert (made["price"][0], made["side"][0], made["order_id"][0]) == (UNDEFINED_PRICE, ord("N"), 0)
    assert set(made["ts_recv"].tolist()) == {START}
    told = book_of(made, 17_077, TICK)
    assert queued(told) == queued(book_of(records, 17_077, TICK))
    assert (told.unknown_orders, told.bad_records, told.in_snapshot) == (0, 0, False)


def test_an_empty_book_is_a_clear_that_ends_the_snapshot() -> None:
    (clear,) = snapshot(orders(0), 42, START)
    assert (chr(clear["action"]), clear["flags"], clear["instrument_id"]) == ("R", 168, 42)
    assert (clear["length"], clear["rtype"]) == (14, 160)


def test_a_book_is_snapped_between_matching_events_only() -> None:
    records = orders(6, flags=[F_LAST, 0, 0, F_LAST, 0, F_LAST])
    assert [settled(records, place) for place in range(7)] == [0, 1, 4, 4, 4, 6, 6]


def test_a_book_is_not_snapped_inside_a_snapshot() -> None:
    marked = F_SNAPSHOT | 8
    bare = orders(5, flags=[marked, marked, marked, F_LAST, F_LAST])
    assert [settled(bare, place) for place in range(6)] == [0, 3, 3, 3, 4, 5]
    ended = orders(4, flags=[marked, marked | F_LAST, marked, marked | F_LAST])
    assert [settled(ended, place) for place in range(5)] == [0, 2, 2, 4, 4]


def test_a_cancel_takes_away_what_it_names() -> None:
    records = orders(3, order_id=7, action=[ord("A"), ord("C"), ord("C")], size=[5, 2, 1])
    assert [size for *_, size in found(records)] == [2]
    assert found(np.concatenate([records, orders(1, order_id=7, action=ord("C"), size=9)])) == []
