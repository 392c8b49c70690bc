"""What was stacked and pulled, and the order-flow imbalance: kernel equals oracle, and every lot is accounted for."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.book.book import Book
from engines.book.layout import NEVER, WINDOW_NS
from engines.book.stacking import recent
from feeds.records import F_LAST, F_SNAPSHOT, MBO, UNDEFINED_PRICE, Records
from tests.engines.real_data import ES, read_records
from tests.engines.side_by_side import (
    SIDE_NAMES,
    Engines,
    SideBySide,
    as_dicts,
    event_ends,
    found,
    found_by_oracle,
    seconds,
    seconds_of_oracle,
)
from tests.market import Session, session
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK
from tests.market.strategies import streams
from tests.oracle import Oracle, rows
from tests.oracle.book import Place
from tests.oracle.touch import Quote, imbalance, order_flow_imbalance

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
FINDING = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SESSION = "esh4-20231225.mbo.dbn.zst"
SECOND: Final = 1_000_000_000
VARIANTS: dict[str, dict[str, Any]] = {
    "snapshot after a clear": {},
    "bare snapshots": {"opening": "bare", "resnapshots": 3},
    "no snapshot": {"opening": "none"},
    "opening auction": {"auction": True},
    "three instruments": {"instruments": 3, "auction": True},
}
SUMS: Final = ("stacked", "pulled", "refilled")


class Tape:
    """Writes MBO records of one instrument, event by event; the book has 10 lots bid at 100 and 10 asked at 101."""

    def __init__(self) -> None:
        self._records: list[Records] = []
        self._ts = START
        self.event(("A", "B", 1, 100, 4), ("A", "B", 2, 100, 6), ("A", "A", 3, 101, 7), ("A", "A", 4, 101, 3))
        self.event(("A", "B", 5, 99, 5), ("A", "A", 6, 102, 5))

    def event(self, *records: tuple[str, str, int, int, int], wait: int = 1, flags: int = 0) -> "Tape":
        """Write the records of one event as (action, side, order id, tick, size), `wait` ns after the one before."""
        self._ts += wait
        for number, (action, side, order_id, tick, size) in enumerate(records, 1):
            record = np.zeros(1, MBO)
            record["length"], record["rtype"], record["instrument_id"] = MBO.itemsize // 4, 160, FIRST_INSTRUMENT
            record["ts_event"], record["ts_recv"] = self._ts, self._ts
            record["action"], record["side"], record["order_id"], record["size"] = (
                ord(action),
                ord(side),
                order_id,
                size,
            )
            record["price"] = UNDEFINED_PRICE if action == "R" else tick * TICK
            record["flags"] = flags | (F_LAST if number == len(records) else 0)
            self._records.append(record)
        return self

    def trade(self, side: str, order_id: int, lots: int = 1, *, wait: int = 1) -> "Tape":
        """Write a trade with the first order at the touch, of fewer lots than it shows."""
        tick, passive, resting = (101, "A", 3) if side == "B" else (100, "B", 1)
        left = {3: 7, 1: 4}[resting] - lots
        return self.event(
            ("T", side, order_id, tick, lots),
            ("F", passive, resting, tick, lots),
            ("M", passive, resting, tick, left),
            wait=wait,
        )

    def records(self) -> Records:
        """Return everything written so far."""
        return np.concatenate(self._records)

    def read(self) -> SideBySide:
        """Read the tape with the kernel and the oracle, which must agree."""
        both = SideBySide(self.records(), FIRST_INSTRUMENT, TICK)
        both.go_to(len(self._records))
        _assert_alike(both)
        return both


def _sum(both: SideBySide, side: str, tick: int) -> tuple[int, ...]:
    """Return lots stacked, pulled and refilled at a place since the tape's opening book."""
    opening = {("B", 100): 10, ("A", 101): 10, ("B", 99): 5, ("A", 102): 5}.get((side, tick), 0)
    stacked, pulled, refilled, *_ = _sums(both.engines.book).get((side, tick), (0, 0, 0))
    return stacked - opening, pulled, refilled


def _assert_alike(both: SideBySide) -> None:
    assert found(both.engines) == found_by_oracle(both.oracle)
    assert seconds(both.engines) == seconds_of_oracle(both.oracle)
    assert int(both.engines.book.now["ofi"]) == both.oracle.touch.ofi
    assert _sums(both.engines.book) == _sums_of_oracle(both.oracle)


def _sums(book: Book) -> dict[Place, tuple[int, ...]]:
    """Return lots stacked, pulled and refilled, and stacked and pulled lately, of every place where there are any."""
    arrays, told = book.arrays, {}
    base, clock = int(arrays.now["base"][0]), int(arrays.now["clock"][0])
    for side, letter in SIDE_NAMES.items():
        counted = arrays.stackings[side]
        columns = np.flatnonzero(counted["window"])
        lately = recent(counted[columns], clock)
        for column, row, late in zip(columns.tolist(), as_dicts(counted[columns]), lately.tolist(), strict=True):
            told[letter, base + column] = (*(row[name] for name in SUMS), *late)
    return told


def _sums_of_oracle(oracle: Oracle) -> dict[Place, tuple[int, ...]]:
    stacking, clock = oracle.stacking, oracle.clock.now or 0
    sums = {
        place: tuple(getattr(stacking, name)[place] for name in SUMS)
        for place in {*stacking.stacked, *stacking.pulled, *stacking.refilled}
    }
    return {place: (*each, *stacking.recent(place, clock)) for place, each in sums.items() if any(each)}


# --- what is stacked, pulled, refilled -----------------------------------------------------------------------------


def test_orders_that_come_grow_shrink_and_go_are_stacked_and_pulled() -> None:
    tape = Tape().event(("A", "B", 7, 100, 3)).event(("M", "B", 7, 100, 8)).event(("M", "B", 7, 100, 6))
    assert _sum(tape.read(), "B", 100) == (3 + 5, 2, 0)
    assert _sum(tape.event(("C", "B", 7, 100, 6)).read(), "B", 100) == (8, 8, 0)


def test_an_order_moved_to_another_price_is_pulled_here_and_stacked_there() -> None:
    both = Tape().event(("M", "B", 2, 99, 4)).read()
    assert _sum(both, "B", 100) == (0, 6, 0)
    assert _sum(both, "B", 99) == (4, 0, 0)


def test_fills_and_the_records_that_answer_them_pull_nothing() -> None:
    tape = Tape().event(
        ("T", "A", 9, 100, 7),
        ("F", "B", 1, 100, 4),
        ("F", "B", 2, 100, 3),
        ("C", "B", 1, 100, 4),
        ("M", "B", 2, 100, 3),
    )
    assert _sum(tape.read(), "B", 100) == (0, 0, 0)
    assert _sum(tape.event(("C", "B", 2, 100, 3)).read(), "B", 100) == (0, 3, 0)


def test_an_order_filled_and_moved_away_in_one_event_pulls_what_the_fill_left() -> None:
    tape = Tape().event(("T", "A", 9, 100, 2), ("F", "B", 1, 100, 2), ("M", "B", 1, 99, 2))
    assert (_sum(tape.read(), "B", 100), _sum(tape.read(), "B", 99)) == ((0, 2, 0), (2, 0, 0))


def test_what_self_match_prevention_takes_away_is_not_pulled() -> None:
    """Order 1 stands first in the queue and is passed over: its owner is the aggressor."""
    event = ("T", "A", 9, 100, 2), ("F", "B", 2, 100, 2), ("C", "B", 1, 100, 4), ("M", "B", 2, 100, 4)
    both = Tape().event(*event).read()
    assert _sum(both, "B", 100) == (0, 0, 0)
    assert both.oracle.stacking.prevented == {("B", 100): 4}


def test_an_order_modified_into_the_market_was_pulled_from_its_price_and_what_remains_is_stacked() -> None:
    event = (
        ("T", "B", 2, 101, 3),
        ("F", "B", 2, 101, 3),
        ("F", "A", 4, 101, 3),
        ("C", "A", 4, 101, 3),
        ("M", "B", 2, 101, 3),
    )
    both = Tape().event(("C", "A", 3, 101, 7)).event(*event).read()
    assert (_sum(both, "B", 100), _sum(both, "B", 101)) == ((0, 6, 0), (3, 0, 0))


def test_the_remainder_of_an_aggressor_is_stacked_where_it_comes_to_rest() -> None:
    event = (
        ("T", "B", 9, 101, 10),
        ("F", "A", 3, 101, 7),
        ("F", "A", 4, 101, 3),
        ("A", "B", 9, 101, 5),
        ("C", "A", 3, 101, 7),
        ("C", "A", 4, 101, 3),
    )
    both = Tape().event(*event).read()
    assert (_sum(both, "B", 101), _sum(both, "A", 101)) == ((5, 0, 0), (0, 0, 0))


def test_a_display_that_is_reinstated_is_refilled_not_stacked() -> None:
    event = ("T", "A", 9, 100, 6), ("F", "B", 1, 100, 6), ("M", "B", 1, 100, 2)
    assert _sum(Tape().event(*event).read(), "B", 100) == (0, 0, 4)


def test_hidden_lots_that_trade_in_one_sweep_are_refilled_and_gone() -> None:
    event = ("T", "A", 9, 100, 25), ("F", "B", 1, 100, 25), ("C", "B", 1, 100, 4)
    assert _sum(Tape().event(*event).read(), "B", 100) == (0, 0, 21)


def test_snapshots_and_clears_stack_and_pull_nothing() -> None:
    tape = Tape().event(("R", "N", 0, 0, 0))
    tape.event(("A", "B", 1, 100, 40), ("A", "A", 3, 101, 70), flags=F_SNAPSHOT)
    both = tape.read()
    assert [_sum(both, *place) for place in (("B", 100), ("A", 101))] == [(0, 0, 0)] * 2
    assert _sum(tape.event(("C", "B", 1, 100, 40)).read(), "B", 100) == (0, 40, 0)


def test_a_trade_tells_what_it_found_and_one_without_a_side_does_not_know() -> None:
    both = Tape().event(("A", "B", 7, 100, 3)).trade("A", 9).event(("T", "N", 0, 100, 2)).read()
    assert found(both.engines) == [(13, 13, 0, 0, 0), (None, None, None, None, 0)]


def test_what_is_far_away_is_not_known() -> None:
    engines = Engines(FIRST_INSTRUMENT, TICK)
    engines.take(Tape().event(("T", "A", 9, 2**20, 2)).records())
    trade = engines.trades[0]
    assert {trade[name] for name in ("displayed", *SUMS)} == {-1}


# --- lately -------------------------------------------------------------------------------------------------------


def test_lately_is_this_window_and_the_one_before() -> None:
    tape = Tape().event(("A", "B", 7, 98, 3), wait=WINDOW_NS - START % WINDOW_NS)
    late = [_sums(tape.read().engines.book)["B", 98][3:]]
    for order_id, wait in ((8, WINDOW_NS - 2), (9, 1), (10, WINDOW_NS), (11, WINDOW_NS), (12, 2 * WINDOW_NS)):
        tape.event(("A", "B", order_id, 98 if order_id < 11 else 97, 1), wait=wait)
        late.append(_sums(tape.read().engines.book)["B", 98][3:])
    assert [stacked for stacked, _pulled in late] == [3, 4, 5, 3, 1, 0]


# --- order-flow imbalance -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (Quote(100, 14, 101, 10, counts=True), 4),
        (Quote(100, 10, 101, 4, counts=True), 6),
        (Quote(99, 5, 101, 10, counts=True), -10),
        (Quote(100, 10, 102, 5, counts=True), 10),
        (Quote(101, 3, 102, 5, counts=True), 13),
        (Quote(99, 5, 100, 2, counts=True), -12),
    ],
    ids=["bid grows", "ask shrinks", "bid gone", "ask gone", "both rise", "both fall"],
)
def test_the_imbalance_of_one_change(after: Quote, expected: int) -> None:
    assert imbalance(Quote(100, 10, 101, 10, counts=True), after) == expected


def test_the_imbalance_begins_with_the_first_quote_of_continuous_trading() -> None:
    tape = Tape().event(("A", "B", 7, 100, 3))
    assert int(tape.read().engines.book.now["ofi"]) == 0
    assert int(tape.trade("A", 9).read().engines.book.now["ofi"]) == 0
    assert int(tape.event(("A", "B", 8, 100, 3)).read().engines.book.now["ofi"]) == 3
    assert int(tape.event(("C", "A", 4, 101, 3)).read().engines.book.now["ofi"]) == 6


def test_the_imbalance_rests_while_trading_does() -> None:
    book = Book(FIRST_INSTRUMENT, TICK)
    tape = Tape().trade("A", 9).event(("A", "B", 8, 100, 3))
    _feed(book, tape.records())
    for order_id, stop in ((20, book.halt), (21, book.await_trading)):
        stop()
        _feed(book, tape.event(("A", "B", order_id, 100, 50)).records()[-1:])
        assert int(book.now["ofi"]) == 3
    _feed(book, tape.trade("A", 9).event(("A", "B", 22, 100, 4)).records()[-4:])
    assert int(book.now["ofi"]) == 7


def test_a_crossed_or_one_sided_book_has_no_imbalance() -> None:
    tape = Tape().trade("A", 9).event(("C", "A", 3, 101, 7), ("C", "A", 4, 101, 3), ("C", "A", 6, 102, 5))
    tape.event(("A", "A", 10, 101, 9))
    assert int(tape.read().engines.book.now["ofi"]) == 0
    tape.event(("A", "B", 11, 101, 9)).event(("A", "B", 12, 100, 1))
    assert int(tape.read().engines.book.now["ofi"]) == 0


def test_a_snapshot_begins_the_imbalance_anew() -> None:
    tape = Tape().trade("A", 9).event(("A", "B", 8, 100, 3))
    tape.event(("A", "B", 1, 100, 400), ("A", "A", 3, 101, 7), flags=F_SNAPSHOT).event(("A", "B", 13, 100, 1))
    assert int(tape.read().engines.book.now["ofi"]) == 3
    tape.event(("T", "A", 9, 100, 1), ("F", "B", 1, 100, 1), ("M", "B", 1, 100, 399)).event(("A", "B", 14, 100, 2))
    assert int(tape.read().engines.book.now["ofi"]) == 5


# --- seconds ------------------------------------------------------------------------------------------------------


def test_a_second_is_told_when_the_clock_leaves_it_and_a_quiet_one_never() -> None:
    tape = Tape().trade("A", 9, wait=SECOND - START % SECOND).event(("A", "B", 8, 100, 3), wait=SECOND // 2)
    told = seconds(tape.read().engines)
    tape.event(("A", "B", 10, 100, 1), wait=3 * SECOND)
    first = (START // SECOND + 1) * SECOND
    assert seconds(tape.read().engines) == [*told, (first + SECOND, 100, 12, 101, 10, 3, True)]
    assert [second[0] for second in told] == [first]


def test_a_boundary_ends_the_running_second_once() -> None:
    tape = Tape().trade("A", 9).event(("A", "B", 8, 100, 3), wait=SECOND)
    records = tape.records()
    book = Book(FIRST_INSTRUMENT, TICK)
    book.now["boundary"] = (START // SECOND + 1) * SECOND
    outputs = []
    for output in book.process(records):
        outputs.append((len(output.seconds), output.at_boundary))
        if len(outputs) == 2:
            book.now["boundary"] = NEVER
    assert outputs == [(1, True), (0, True), (0, False)]


def test_more_seconds_than_the_output_holds_are_handed_on_in_pieces() -> None:
    count = 10_000
    records = np.resize(Tape().records()[:1], count)
    records["flags"], records["order_id"] = F_LAST, np.arange(count) + 1
    records["ts_event"] = records["ts_recv"] = START + np.arange(count) * SECOND
    engines = Engines(FIRST_INSTRUMENT, TICK)
    engines.take(records)
    assert len(engines.seconds) == count - 1
    assert {second["continuous"] for second in engines.seconds} == {False}


def _feed(book: Book, records: Records) -> None:
    for _ in book.process(records):
        pass


# --- every lot is accounted for -----------------------------------------------------------------------------------


def _assert_accounted_for(records: Records, instrument_id: int, tick: int) -> Counter[str]:
    """Check after every matching event that what was counted explains every level's size; return what was counted."""
    oracle = Oracle(instrument_id, tick)
    stacking, touched, unexplained = oracle.stacking, set[Place](), Counter[Place]()
    for row in rows(records):
        before = oracle.stacking.order(row)
        swept = row.is_snapshot or row.action == "R"
        oracle.apply(row)
        after = oracle.stacking.order(row)
        touched |= {(order.side, order.tick) for order in (before, after) if order is not None}
        if swept:
            places = {*oracle.book.queues, *stacking.stacked, *stacking.pulled}
            unexplained = Counter({p: oracle.book.level(*p).size - stacking.explained(p) for p in places})
        elif row.closes_event:
            for place in touched:
                assert oracle.book.level(*place).size == unexplained[place] + stacking.explained(place)
            touched = set()
    names = (*SUMS, "traded", "prevented")
    return Counter({name: getattr(stacking, name).total() for name in names})


@pytest.mark.parametrize("name", VARIANTS)
def test_every_lot_of_a_session_is_accounted_for(name: str) -> None:
    made = session(len(name) + 7, 2_500, **VARIANTS[name])
    for instrument_id in made.truths:
        counted = _assert_accounted_for(made.array, instrument_id, TICK)
        assert min(counted[each] for each in (*SUMS, "traded")) > 0


@FINDING
@given(streams(most_events=200))
def test_every_lot_of_any_session_is_accounted_for(made: Session) -> None:
    for instrument_id in made.truths:
        _assert_accounted_for(made.array, instrument_id, TICK)


def test_every_lot_of_the_real_session_is_accounted_for(data: Path) -> None:
    counted = _assert_accounted_for(read_records(data, SESSION), ES.instrument_id, ES.tick)
    assert counted == {"stacked": 87_124, "pulled": 73_697, "refilled": 503, "traded": 9_922, "prevented": 152}


# --- kernel and oracle --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VARIANTS)
def test_a_long_session_is_read_alike(name: str) -> None:
    made = session(len(name), 2_500, **VARIANTS[name])
    for instrument_id in made.truths:
        both = SideBySide(made.array, instrument_id, TICK)
        both.go_to(len(made.array))
        _assert_alike(both)
        assert both.oracle.stacking.pulled.total() > 100


@FINDING
@given(streams(most_events=200), st.data())
def test_any_session_is_read_alike_wherever_one_looks(made: Session, data: st.DataObject) -> None:
    for instrument_id in made.truths:
        both = SideBySide(made.array, instrument_id, TICK)
        ends = event_ends(made.array, instrument_id)
        for end in sorted({data.draw(st.sampled_from(ends)), data.draw(st.sampled_from(ends)), ends[-1]}):
            both.go_to(end)
            _assert_alike(both)


@pytest.fixture(scope="module")
def real(data: Path) -> SideBySide:
    array = read_records(data, SESSION)
    both = SideBySide(array, ES.instrument_id, ES.tick)
    both.go_to(len(array))
    return both


def test_the_real_session_is_read_alike(real: SideBySide) -> None:
    _assert_alike(real)
    assert len(real.engines.seconds) == 3_237
    assert int(real.engines.book.now["ofi"]) == 1_651


def test_the_imbalance_of_the_real_session_is_the_sum_over_its_quotes(real: SideBySide) -> None:
    quotes = real.oracle.touch.quotes
    assert int(real.engines.book.now["ofi"]) == order_flow_imbalance(quotes)
    assert sum(before.counts and after.counts for before, after in pairwise(quotes)) > 40_000


def test_a_ladder_that_grows_keeps_what_was_counted() -> None:
    tape = Tape()
    before = _sums(tape.read().engines.book)
    both = tape.event(("A", "A", 20, 60_000, 1)).read()
    after = _sums(both.engines.book)
    assert {place: after[place] for place in before} == before
