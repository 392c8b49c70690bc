"""The compiled engines of one instrument beside the oracle, fed alike and read alike."""

from typing import Any, Final

import numpy as np

from engines.book.book import Book
from engines.book.layout import ASK, BID, NO_ASK, NO_BID, NO_ORDER, REACH, UNKNOWN_LOTS, UNKNOWN_OFI, RecordArray
from engines.flow.tape import KINDS, StopRun, Tape
from engines.zones.icebergs import IcebergStep, NativeIcebergs
from feeds.records import F_LAST, Records
from tests.oracle import Oracle, rows
from tests.oracle.book import Place

PHASES: Final = ("unknown", "auction", "continuous", "halted")
SIDE_NAMES: Final = {BID: "B", ASK: "A"}
TRADE_SIDES: Final = ("B", "A", "")
Queues = dict[Place, list[tuple[int, int]]]
"""Orders as (order id, displayed lots) in time priority, per side and tick."""


class Engines:
    """Book, tape and native icebergs, with everything they ever handed on."""

    def __init__(self, instrument_id: int, tick: int) -> None:
        self.book = Book(instrument_id, tick)
        self.icebergs = NativeIcebergs()
        self.tape = Tape()
        self.trades: list[dict[str, Any]] = []
        self.seconds: list[dict[str, Any]] = []
        self.steps: list[IcebergStep] = []
        self.runs: list[StopRun] = []

    def take(self, records: Records) -> None:
        """Take wire records."""
        for output in self.book.process(records):
            self.trades += as_dicts(output.trades)
            self.seconds += as_dicts(output.seconds)
            self.runs += self.tape.take(output.trades, int(self.book.now["event"]))
            self.steps += self.icebergs.take(output.hiddens)

    def finish(self) -> None:
        """Hand on what waits for the end of its matching event."""
        self.runs += self.tape.finish()


def as_dicts(array: RecordArray) -> list[dict[str, Any]]:
    """Turn a structured array into one dictionary a row."""
    return [dict(zip(array.dtype.names or (), row, strict=True)) for row in array.tolist()]


def queues_of(book: Book) -> Queues:
    """Walk every queue of the ladder, front to back."""
    arrays = book._arrays
    used = _slots_used(arrays.orders)
    ids, sizes, following = (arrays.orders[name][:used].tolist() for name in ("order_id", "size", "next"))
    base = int(arrays.now["base"][0])
    queues: Queues = {}
    for side in (BID, ASK):
        heads = arrays.levels["head"][side]
        for column in np.flatnonzero(arrays.levels["orders"][side]).tolist():
            queue = queues.setdefault((SIDE_NAMES[side], base + column), [])
            slot = int(heads[column])
            while slot != NO_ORDER:
                queue.append((ids[slot], sizes[slot]))
                slot = following[slot]
    return queues


def _slots_used(orders: RecordArray) -> int:
    occupied = np.flatnonzero(orders["size"])
    return int(occupied[-1]) + 1 if len(occupied) else 0


def queues_of_oracle(oracle: Oracle) -> Queues:
    """Return the oracle's queues in the same form."""
    orders = oracle.book.orders
    return {place: [(number, orders[number].size) for number in queue] for place, queue in oracle.book.queues.items()}


def counters(book: Book) -> dict[str, Any]:
    """Return what the kernel counts and the oracle counts as well."""
    now = book.now
    names = ("unknown_changes", "anonymous_fills", "duplicates", "bad_records", "off_tick", "late_records")
    more = ("resting", "event", "crossed_events", "auction_crossed", "queue_checks", "queue_violations", "clock")
    counted: dict[str, Any] = {name: int(now[name]) for name in (*names, *more)}
    counted.update({name: bool(now[name]) for name in ("suspect", "in_snapshot")})
    return counted | {"phase": PHASES[int(now["phase"])], "best": (book.best_bid, book.best_ask)}


def counters_of_oracle(oracle: Oracle) -> dict[str, Any]:
    """Return the same of the oracle."""
    book = oracle.book
    return {
        "unknown_changes": book.unknown_orders,
        "anonymous_fills": book.anonymous_fills,
        "duplicates": book.duplicates,
        "bad_records": book.bad_records,
        "off_tick": book.off_tick,
        "late_records": oracle.clock.late_records,
        "resting": len(book.orders),
        "event": book.events,
        "crossed_events": book.crossed_events,
        "auction_crossed": book.auction_crossed,
        "queue_checks": book.level_events,
        "queue_violations": book.priority_violations,
        "clock": oracle.clock.now or 0,
        "suspect": book.suspect,
        "in_snapshot": book.in_snapshot,
        "phase": book.phase,
        "best": (book.best_bid, book.best_ask),
    }


def trades(engines: Engines) -> list[tuple[Any, ...]]:
    """Return every trade: record, event, clock, aggressor, side, tick, lots, kind, first of its aggressor."""
    return [
        (
            trade["index"],
            trade["event"],
            trade["clock"],
            trade["order_id"],
            TRADE_SIDES[trade["side"]],
            trade["tick"],
            trade["size"],
            str(KINDS[trade["kind"]]),
            trade["first"],
        )
        for trade in engines.trades
    ]


def trades_of_oracle(oracle: Oracle) -> list[tuple[Any, ...]]:
    """Return the same of the oracle; an aggressor that is not told is always a first one."""
    seen: set[tuple[int, int]] = set()
    told = []
    for trade in oracle.tape.trades:
        who = (trade.event, trade.order_id)
        first = trade.order_id == 0 or who not in seen
        seen.add(who)
        told.append(
            (
                trade.index,
                trade.event,
                trade.ts or 0,
                trade.order_id,
                trade.side,
                trade.tick,
                trade.size,
                trade.kind,
                first,
            )
        )
    return told


_FOUND: Final = ("displayed", "stacked", "pulled", "refilled")


def found(engines: Engines) -> list[tuple[int | None, ...]]:
    """Return of every trade what it found: displayed, stacked, pulled and refilled lots, and the imbalance so far."""
    return [
        (*(None if trade[name] == UNKNOWN_LOTS else trade[name] for name in _FOUND), trade["ofi"])
        for trade in engines.trades
    ]


def found_by_oracle(oracle: Oracle) -> list[tuple[int | None, ...]]:
    """Return the same of the oracle."""
    pairs = zip(oracle.stacking.found, oracle.found_imbalance, strict=True)
    return [(*(getattr(each, name) for name in _FOUND), ofi) for each, ofi in pairs]


def seconds(engines: Engines) -> list[tuple[Any, ...]]:
    """Return every second that ended, as `seconds_told`."""
    return seconds_told(engines.seconds)


def seconds_told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return of SECOND rows: end, best bid and ask with their sizes, imbalance so far, whether the touch counts."""
    unknown = {NO_BID: None, NO_ASK: None, UNKNOWN_OFI: None}
    names = ("best_bid", "bid_size", "best_ask", "ask_size", "ofi")
    return [(row["end"], *(unknown.get(row[name], row[name]) for name in names), row["continuous"]) for row in rows]


def seconds_of_oracle(oracle: Oracle) -> list[tuple[Any, ...]]:
    """Return the same of the oracle."""
    return [(each.end, *each.quote[:4], each.ofi, each.quote.counts) for each in oracle.touch.seconds]


def stop_runs(engines: Engines) -> list[tuple[Any, ...]]:
    """Return every stop run: event, side, orders, lots, first and last tick."""
    sides = {"buy": "B", "sell": "A"}
    return [(run.event, sides[run.side], run.orders, run.volume, run.first, run.last) for run in engines.runs]


def stop_runs_of_oracle(oracle: Oracle) -> list[tuple[Any, ...]]:
    """Return the same of the oracle."""
    return [(run.event, run.side, run.orders, run.volume, run.first, run.last) for run in oracle.tape.runs]


def steps(engines: Engines) -> list[tuple[Any, ...]]:
    """Return every iceberg step, by event and order: what became of it, and how it stood."""
    sides = {"bid": "B", "ask": "A"}
    told = [
        (
            step.event,
            step.mark.order_id,
            step.ts,
            step.mark.state,
            sides[step.mark.side],
            step.mark.tick,
            step.mark.filled,
            step.mark.refreshes,
            step.mark.shown,
        )
        for step in engines.steps
    ]
    return sorted(told, key=lambda step: step[:2])


def steps_of_oracle(oracle: Oracle) -> list[tuple[Any, ...]]:
    """Return the same of the oracle."""
    told = [
        (
            step.event,
            step.order_id,
            step.ts or 0,
            step.state,
            step.side,
            step.tick,
            step.filled,
            step.refreshes,
            step.shown,
        )
        for step in oracle.icebergs.steps
    ]
    return sorted(told, key=lambda step: step[:2])


def event_ends(array: Records, instrument_id: int) -> list[int]:
    """Return the positions just after each record that ends a matching event of the instrument."""
    ends = (array["flags"] & F_LAST > 0) & (array["instrument_id"] == instrument_id)
    return [*(np.flatnonzero(ends) + 1).tolist(), len(array)]


def is_near(book: Book, tick: int) -> bool:
    """Whether a price stands on the kernel's ladder."""
    return abs(tick - int(book.now["origin"])) <= REACH


class SideBySide:
    """Engines and oracle over one stream, a stretch at a time.

    Attributes:
        rows: The stream as the oracle reads it.
        position: Records fed so far.
    """

    def __init__(self, array: Records, instrument_id: int, tick: int) -> None:
        self.engines = Engines(instrument_id, tick)
        self.oracle = Oracle(instrument_id, tick)
        self.rows = rows(array)
        self.position = 0
        self._array = array

    def go_to(self, position: int) -> None:
        """Feed both up to a position of the stream (exclusive)."""
        self.engines.take(self._array[self.position : position])
        self.oracle.feed(self.rows[self.position : position])
        self.position = position
