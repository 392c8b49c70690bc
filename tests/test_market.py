"""The simulated exchange: it speaks the exchange's grammar, and the oracle finds what it knows to be true."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import databento
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.records import F_LAST, F_SNAPSHOT, MBO, UNDEFINED_PRICE
from tests.market import Exchange, IcebergTruth, Session, Wire, session, write_session
from tests.market.exchange import ASK, BID, reloaded_display
from tests.market.sessions import FIRST_INSTRUMENT, SECOND, START, TICK
from tests.market.strategies import damaged_streams, mutated, streams
from tests.oracle import Oracle, Row, read, rows
from tests.oracle.icebergs import Life

GRAMMAR = re.compile(r"(TF*)+[CMA]*|[CMA]")
VARIANTS: dict[str, dict[str, Any]] = {
    "snapshot after a clear": {},
    "snapshot without a clear": {"opening": "bare"},
    "opening auction": {"auction": True},
    "auction of an older capture": {"opening": "bare", "auction": True},
    "reconnections": {"resnapshots": 3},
    "reconnections of an older capture": {"opening": "bare", "resnapshots": 3},
    "negative prices": {"middle": -3, "last_flags": 128},
    "two instruments": {"instruments": 2, "auction": True},
}


def _oracle(made: Session) -> Oracle:
    return read(made.array, made.truth.instrument_id, TICK)


def _queues(oracle: Oracle) -> dict[tuple[str, int], list[tuple[int, int]]]:
    orders = oracle.book.orders
    return {place: [(number, orders[number].size) for number in queue] for place, queue in oracle.book.queues.items()}


# --- truth and oracle agree ---------------------------------------------------------------------------------------


@pytest.fixture(params=list(VARIANTS))
def made(request: pytest.FixtureRequest) -> Session:
    name: str = request.param
    return session(len(name), 4_000, **VARIANTS[name])


def test_the_oracle_finds_what_the_exchange_knows(made: Session) -> None:
    _assert_agreement(made)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(streams())
def test_the_oracle_finds_it_in_any_session_that_began_with_a_snapshot(made: Session) -> None:
    if made.array["flags"][:1].tolist() and made.array["flags"][0] & F_SNAPSHOT:
        _assert_agreement(made)


def _assert_agreement(made: Session) -> None:
    oracle, truth = _oracle(made), made.truth
    book = oracle.book
    assert _queues(oracle) == truth.queues
    assert (book.unknown_orders, book.duplicates, book.bad_records, book.off_tick) == (0, 0, 0, 0)
    assert (book.crossed_events, book.auction_crossed) == (0, truth.auction_crossed)
    assert book.priority_violations == 0
    assert [oracle.tape.volume(side) for side in ("B", "A", "")] == [truth.volumes[side] for side in "BAN"]
    assert oracle.clock.late_records == 0
    _assert_same_icebergs(oracle, truth.icebergs)
    _assert_same_stops(made, oracle)


def _assert_same_icebergs(oracle: Oracle, truths: list[IcebergTruth]) -> None:
    found: dict[int, list[Life]] = defaultdict(list)
    for life in oracle.icebergs.found:
        found[life.order_id].append(life)
    for truth in truths:
        if truth.is_evident:
            life = found[truth.order_id].pop(0)
            _assert_same_iceberg(life, truth)
    assert not any(found.values())


def _assert_same_iceberg(life: Life, truth: IcebergTruth) -> None:
    assert [(step.index, step.before, step.filled, step.after) for step in life.refreshes] == [
        (step.index, step.before, step.filled, step.after) for step in truth.refreshes
    ]
    assert (life.side, life.tick, life.filled) == (truth.side, truth.tick, truth.filled)
    assert bool(life.overfills) == truth.overfilled
    assert life.display in {None, truth.display}
    state = str(life.state)
    assert {"detected": "resting", "traded": "resting"}.get(state, state) == truth.end


def _assert_same_stops(made: Session, oracle: Oracle) -> None:
    truth = made.truth
    younger = {stop.order_id for stop in truth.stops if not stop.is_identifiable}
    expected = [
        "unknown" if kind == "stop" and trade.order_id in younger else kind
        for kind, trade in zip(truth.kinds, oracle.tape.trades, strict=True)
    ]
    assert [trade.kind for trade in oracle.tape.trades] == expected
    fired: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for stop in truth.stops:
        if stop.is_identifiable:
            fired[stop.first_index][0] += 1
            fired[stop.first_index][1] += stop.volume
    assert [[run.orders, run.volume] for run in oracle.tape.runs] == list(fired.values())


def test_the_sessions_hold_what_they_are_for() -> None:
    made = session(5, 6_000, auction=True)
    oracle = _oracle(made)
    assert made.truth.auction_crossed > 100
    assert made.truth.self_matches > 5
    assert oracle.book.anonymous_fills > 5
    assert len(oracle.icebergs.found) > 20
    assert {life.state for life in oracle.icebergs.found} >= {"executed", "cancelled"}
    assert {trade.kind for trade in oracle.tape.trades} == {"market", "modified-limit", "stop", "unknown"}
    assert any(life.display for life in oracle.icebergs.found)
    assert any(life.overfills and not life.refreshes for life in oracle.icebergs.found)
    assert oracle.book.level_events > 300


def test_a_stream_that_begins_mid_session_is_tolerated() -> None:
    made = session(3, 4_000, opening="none")
    oracle = _oracle(made)
    assert oracle.book.unknown_orders > 50
    assert oracle.book.bad_records == 0
    assert oracle.book.crossed_events == 0
    known = {truth.order_id for truth in made.truth.icebergs if truth.is_evident}
    assert known <= {life.order_id for life in oracle.icebergs.found}


def test_a_session_repeats_itself() -> None:
    assert np.array_equal(session(9, 500).array, session(9, 500).array)
    assert not np.array_equal(session(9, 500).array, session(10, 500).array)


@pytest.mark.parametrize("name", ["session.dbn", "session.dbn.zst"])
def test_a_written_session_is_read_by_any_reader(tmp_path: Path, name: str) -> None:
    made = write_session(tmp_path / name, seed=4, minutes=0.1, instruments=2)
    store = databento.DBNStore.from_bytes((tmp_path / name).read_bytes())
    assert store.to_ndarray().tobytes() == made.array.tobytes()
    assert store.symbols == ["GCG4", "GCG4-1"]
    assert 3 < (int(made.array["ts_event"].max()) - START) / SECOND < 60


def test_bare_snapshots_are_kept_apart_by_news() -> None:
    made = session(0, 2, opening="bare", resnapshots=2)
    assert _oracle(made).book.duplicates == 0


# --- grammar ------------------------------------------------------------------------------------------------------


def _events(stream: list[Row]) -> list[list[Row]]:
    """Cut the news of each instrument into matching events."""
    open_events: dict[int, list[Row]] = defaultdict(list)
    closed = []
    for row in stream:
        if row.is_snapshot:
            continue
        open_events[row.instrument_id].append(row)
        if row.closes_event:
            closed.append(open_events.pop(row.instrument_id))
    assert not any(open_events.values())
    return closed


def test_every_event_follows_the_grammar(made: Session) -> None:
    for event in _events(rows(made.array)):
        letters = "".join(row.action for row in event)
        assert GRAMMAR.fullmatch(letters), letters
        assert all(row.flags == 0 for row in event[:-1])
        assert event[-1].flags in {128, 130}
        assert event[-1].action in "CMA" or letters == "T"
        assert len({row.ts_event for row in event}) == 1
        assert all(row.size > 0 for row in event)


def test_every_event_lists_bids_before_asks(made: Session) -> None:
    for event in _events(rows(made.array)):
        sides = [row.side for row in event if row.action in "CMA"]
        assert sides == sorted(sides, reverse=True)


def test_trades_equal_passive_fills_except_where_they_cannot(made: Session) -> None:
    differing = 0
    for event in _events(rows(made.array)):
        trades = [row for row in event if row.action == "T"]
        aggressors = {row.order_id for row in trades if row.order_id}
        passive = sum(row.size for row in event if row.action == "F" and row.order_id not in aggressors)
        traded = sum(row.size for row in trades)
        if traded != passive:
            differing += 1
            assert traded > passive or (event[-1].flags == F_LAST and passive == 2 * traded)
    assert differing < len(made.array) / 100


def test_times_and_new_order_ids_never_fall(made: Session) -> None:
    news = made.array[made.array["flags"] & F_SNAPSHOT == 0]
    for name in ("ts_event", "ts_recv", "sequence"):
        assert np.all(news[name][1:] >= news[name][:-1])
    added = news["order_id"][news["action"] == ord("A")]
    assert np.all(added[1:] > added[:-1])


@pytest.mark.parametrize(("opening", "first"), [("clear", "R"), ("bare", "A")])
def test_snapshots_begin_and_end_as_captured(opening: str, first: str) -> None:
    made = session(1, 50, opening="clear" if opening == "clear" else "bare")
    snapshot = [row for row in rows(made.array) if row.is_snapshot]
    assert snapshot[0].action == first
    assert {row.flags for row in snapshot[:-1]} == {40}
    assert snapshot[-1].flags == (168 if opening == "clear" else 40)
    assert (snapshot[0].price == UNDEFINED_PRICE) is (opening == "clear")
    assert snapshot[-1].ts_event < snapshot[-1].ts_recv


def test_instruments_share_one_stream() -> None:
    made = session(2, 600, instruments=3)
    assert set(made.array["instrument_id"].tolist()) == set(made.truths) == {FIRST_INSTRUMENT + n for n in range(3)}
    for instrument_id, truth in made.truths.items():
        oracle = read(made.array, instrument_id, TICK)
        assert _queues(oracle) == truth.queues


# --- single rules -------------------------------------------------------------------------------------------------


@pytest.fixture
def exchange() -> Exchange:
    return Exchange(Wire(1_704_205_800_000_000_000), tick=10)


def _said(exchange: Exchange, since: int = 0) -> list[tuple[str, str, int, int]]:
    """Return action, side, tick and size of what was published."""
    return [(row.action, row.side, row.price // 10, row.size) for row in rows(exchange.wire.array()[since:])]


@pytest.mark.parametrize(
    ("shown", "taken", "display", "after"),
    [(26, 29, 26, 23), (1, 1, 26, 26), (3, 13, 4, 2), (1, 17, 1, 1), (16, 46, 31, 1), (5, 2, 10, 3), (5, 5, 10, 10)],
)
def test_the_reload_rule_gives_the_sizes_seen_on_real_icebergs(
    shown: int, taken: int, display: int, after: int
) -> None:
    assert reloaded_display(shown, taken, display) == after


def test_an_iceberg_is_filled_beyond_its_display_in_one_record(exchange: Exchange) -> None:
    iceberg = exchange.limit(ASK, 101, 40, display=4)
    behind = exchange.limit(ASK, 101, 3)
    exchange.market(BID, 20)
    assert _said(exchange, 2) == [("T", "B", 101, 20), ("F", "A", 101, 17), ("F", "A", 101, 3), *_tail(exchange, 2)]
    assert _tail(exchange, 2) == [("C", "A", 101, 3), ("M", "A", 101, 3)]
    assert behind not in exchange.orders
    assert exchange.orders[iceberg].total == 23


def _tail(exchange: Exchange, count: int) -> list[tuple[str, str, int, int]]:
    return _said(exchange)[-count:]


def test_a_reload_goes_to_the_back_of_the_queue(exchange: Exchange) -> None:
    iceberg = exchange.limit(ASK, 101, 8, display=4)
    exchange.limit(ASK, 101, 3)
    exchange.market(BID, 4)
    assert list(exchange.levels[ASK][101])[-1] == iceberg
    assert _tail(exchange, 1) == [("M", "A", 101, 4)]


def test_a_swept_iceberg_leaves_with_what_it_displayed(exchange: Exchange) -> None:
    exchange.limit(BID, 99, 25, display=1)
    exchange.market(ASK, 25)
    assert _said(exchange, 1) == [("T", "A", 99, 25), ("F", "B", 99, 25), ("C", "B", 99, 1)]


def test_an_iceberg_that_traded_first_shows_the_rest_of_its_clip(exchange: Exchange) -> None:
    exchange.limit(ASK, 101, 45)
    exchange.limit(BID, 101, 80, display=4)
    assert _tail(exchange, 2) == [("A", "B", 101, 3), ("C", "A", 101, 45)]


def test_an_order_modified_into_the_market_fills_itself_on_record(exchange: Exchange) -> None:
    exchange.limit(ASK, 101, 2)
    exchange.limit(ASK, 102, 2)
    order_id = exchange.limit(BID, 100, 5)
    exchange.modify(order_id, 102, 5)
    assert _said(exchange, 3) == [
        *[("T", "B", 101, 2), ("F", "B", 101, 2), ("F", "A", 101, 2)],
        *[("T", "B", 102, 2), ("F", "B", 102, 2), ("F", "A", 102, 2)],
        *[("M", "B", 102, 1), ("C", "A", 101, 2), ("C", "A", 102, 2)],
    ]


def test_orders_of_the_aggressors_owner_are_cancelled_without_a_fill(exchange: Exchange) -> None:
    exchange.limit(ASK, 101, 2, owner=7)
    exchange.limit(ASK, 101, 2, owner=8)
    exchange.market(BID, 2, owner=7)
    assert _said(exchange, 2) == [("T", "B", 101, 2), ("F", "A", 101, 2), ("C", "A", 101, 2), ("C", "A", 101, 2)]
    assert exchange.truth.self_matches == 1


def test_the_opening_auction_trades_once_without_sides(exchange: Exchange) -> None:
    exchange.close_for_auction()
    exchange.limit(BID, 105, 3)
    exchange.limit(ASK, 101, 5)
    exchange.limit(BID, 100, 1)
    exchange.market(BID, 1)
    exchange.auction()
    assert _said(exchange, 3)[0] == ("T", "N", 103, 4)
    assert sorted(_said(exchange, 4)[:3]) == [("F", "N", 103, 1), ("F", "N", 103, 3), ("F", "N", 103, 4)]
    assert _tail(exchange, 2) == [("C", "B", 105, 3), ("M", "A", 101, 1)]
    assert exchange.wire.array()["flags"][-1] == 128
    assert exchange.truth.auction_crossed == 2
    assert (exchange.best(BID), exchange.best(ASK)) == (100, 101)


def test_implied_trades_name_nobody_and_exceed_their_fills(exchange: Exchange) -> None:
    exchange.limit(ASK, 101, 5)
    exchange.implied_trade(ASK, 2, 3)
    exchange.implied_trade(ASK, 0, 4)
    exchange.market(BID, 1, implied=6)
    assert _said(exchange, 1) == [
        *[("T", "N", 101, 5), ("F", "N", 101, 2), ("M", "A", 101, 3)],
        ("T", "N", 101, 4),
        *[("T", "B", 101, 7), ("F", "A", 101, 1), ("M", "A", 101, 2)],
    ]


def test_stops_fire_inside_the_event_that_reached_them(exchange: Exchange) -> None:
    for tick in (101, 102, 103):
        exchange.limit(ASK, tick, 2)
    first = exchange.stop(BID, 101, 2)
    second = exchange.stop(BID, 102, 1)
    exchange.market(BID, 2)
    published = rows(exchange.wire.array())[3:]
    assert "".join(row.action for row in published) == "TFTFTFCCM"
    assert [row.order_id for row in published if row.action == "T"][1:] == [first, second]
    assert [(stop.volume, stop.is_identifiable) for stop in exchange.truth.stops] == [(2, True), (1, True)]


# --- damaged streams ----------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged_streams())
def test_no_damage_breaks_the_oracle(array: np.ndarray[tuple[int], np.dtype[np.void]]) -> None:
    oracle = read(array, FIRST_INSTRUMENT, TICK)
    book = oracle.book
    waiting = [order_id for queue in book.queues.values() for order_id in queue]
    assert sorted(waiting) == sorted(book.orders)
    assert all(order.size > 0 for order in book.orders.values())
    for side, prices in book.prices.items():
        assert prices == sorted({tick for other, tick in book.queues if other == side})
    for interval in ("1s", "session"):
        assert sum(bar.volume for bar in oracle.bars(interval)) == sum(
            trade.size for trade in oracle.tape.trades if trade.ts is not None
        )
    for life in oracle.icebergs.found:
        states = [step.state for step in oracle.icebergs.steps if step.order_id == life.order_id]
        assert states[0] == "detected"


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_damage_changes_a_copy(data: st.DataObject) -> None:
    array = session(1, 30).array
    before = array.tobytes()
    damaged = data.draw(mutated(array))
    assert damaged.dtype == MBO
    assert len(damaged) == len(array)
    assert array.tobytes() == before
