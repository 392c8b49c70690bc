"""Wire records cut into matching events, and an event read for what an order in its way would have met."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engines.book.layout import ASK, BID, TRADE_BUY, TRADE_NONE, TRADE_SELL, RecordArray
from feeds.records import (
    ACTION_ADD,
    ACTION_CANCEL,
    ACTION_FILL,
    ACTION_MODIFY,
    ACTION_TRADE,
    F_LAST,
    F_SNAPSHOT,
    SIDE_ASK,
    SIDE_BID,
    UNDEFINED_PRICE,
)

_PRICED_CHANGES: Final = frozenset({ACTION_ADD, ACTION_MODIFY})
_AGGRESSOR: Final = {SIDE_BID: TRADE_BUY, SIDE_ASK: TRADE_SELL}


@dataclass(slots=True)
class Print:
    """One aggressor at one price: its side (TRADE_BUY, TRADE_SELL, TRADE_NONE) and whom it filled, (order id, lots)."""

    aggressor: int
    side: int
    tick: int
    lots: int
    fills: list[tuple[int, int]] = field(default_factory=list)


class Change(NamedTuple):
    """What a C, M or A says of an order; `side` is BID or ASK."""

    action: int
    order_id: int
    side: int
    tick: int
    lots: int


@dataclass(slots=True)
class MatchingEvent:
    """What happened at one moment.

    Attributes:
        prints: In the order of the records.
        changes: Of the book; empty where the schema tells levels.
    """

    prints: list[Print]
    changes: list[Change]

    @property
    def low(self) -> int | None:
        """Lowest tick that traded."""
        return min((each.tick for each in self.prints), default=None)

    @property
    def high(self) -> int | None:
        """Highest tick that traded."""
        return max((each.tick for each in self.prints), default=None)


def read_event(records: RecordArray, tick_size: int) -> MatchingEvent:
    """Read the records of one event; what makes no sense, the book counts and nothing fills by it."""
    event = MatchingEvent([], [])
    ids = records["order_id"].tolist() if "order_id" in (records.dtype.names or ()) else [0] * len(records)
    rows = zip(
        records["action"].tolist(),
        records["side"].tolist(),
        records["price"].tolist(),
        records["size"].tolist(),
        ids,
        strict=True,
    )
    for action, side, price, lots, order_id in rows:
        if action == ACTION_FILL:
            if event.prints and order_id != event.prints[-1].aggressor:
                event.prints[-1].fills.append((order_id, lots))
            continue
        if action == ACTION_CANCEL:
            event.changes.append(Change(action, order_id, _book_side(side), 0, lots))
            continue
        if price == UNDEFINED_PRICE or lots == 0 or price % tick_size:
            continue
        tick = price // tick_size
        if action == ACTION_TRADE:
            event.prints.append(Print(order_id, _AGGRESSOR.get(side, TRADE_NONE), tick, lots))
        elif action in _PRICED_CHANGES:
            event.changes.append(Change(action, order_id, _book_side(side), tick, lots))
    return event


def _book_side(side: int) -> int:
    return BID if side == SIDE_BID else ASK


class Stretch:
    """Records of one instrument, those that waited for the end of their event before them.

    Attributes:
        records: Of the instrument alone.
        ends: Places just after the last record of each event that is known to have ended, ascending.
    """

    def __init__(
        self, waiting: RecordArray | None, records: RecordArray, instrument_id: int, *, by_order: bool
    ) -> None:
        mine = records["instrument_id"] == instrument_id
        self._where = None if mine.all() else np.flatnonzero(mine)
        own = records if self._where is None else records[self._where]
        self._before = 0 if waiting is None else len(waiting)
        self.records: RecordArray = own if waiting is None or not len(waiting) else np.concatenate([waiting, own])
        self.ends = _ends_by_order(self.records) if by_order else _ends_by_level(self.records)

    def place_of(self, end: int) -> int:
        """Return after how many of the records that came in this place lies; 0 where among those that had waited."""
        own = end - self._before
        if own <= 0 or self._where is None:
            return max(own, 0)
        return int(self._where[own - 1]) + 1

    @property
    def last_end(self) -> int:
        """Place after the last event that has ended; 0 where none has."""
        return int(self.ends[-1]) if len(self.ends) else 0

    def open_event(self) -> RecordArray:
        """Return a copy of the records after the last end."""
        return self.records[self.last_end :].copy()

    def waiting_after(self, end: int) -> RecordArray | None:
        """Return the records that had waited and lie after a place."""
        return self.records[end : self._before].copy() if end < self._before else None

    def event_around(self, place: int) -> tuple[int, int]:
        """Return (start, end) of the event that a record before `last_end` belongs to."""
        number = int(np.searchsorted(self.ends, place, "right"))
        return (int(self.ends[number - 1]) if number else 0), int(self.ends[number])

    def border_at(self, place: int) -> int | None:
        """Return the border of events at which the book can be seen before a record, or soon after it.

        That is where its event begins, or where it ends if its first records had been applied before it concerned
        anybody; None where that end has not come.
        """
        number = int(np.searchsorted(self.ends, place, "right"))
        start = int(self.ends[number - 1]) if number else 0
        if start >= self._before:
            return start
        return int(self.ends[number]) if number < len(self.ends) else None


def _ends_by_order(records: RecordArray) -> npt.NDArray[np.int64]:
    """Find the ends told by F_LAST; a record of a snapshot stands alone."""
    return np.flatnonzero(records["flags"] & (F_LAST | F_SNAPSHOT)) + 1


def _ends_by_level(records: RecordArray) -> npt.NDArray[np.int64]:
    """Find the ends told by F_LAST on a record that is no trade, by another time of event, or a snapshot's record."""
    flags, times = records["flags"], records["ts_event"]
    ended = (flags & F_LAST != 0) & (records["action"] != ACTION_TRADE) | (flags & F_SNAPSHOT != 0)
    ended[:-1] |= times[1:] != times[:-1]
    return np.flatnonzero(ended) + 1


def shown_at(records: RecordArray, side: int, price: int) -> npt.NDArray[np.int64]:
    """Return the lots that each record shows at a wire price on a side (BID or ASK); -1 where it does not tell."""
    names = records.dtype.names or ()
    word = "bid" if side == BID else "ask"
    shown = np.full(len(records), -1, np.int64)
    depth = sum(name.startswith(f"{word}_px_") for name in names)
    if depth == 0:
        return shown
    worst: Any = records[f"{word}_px_{depth - 1:02}"]
    told = worst == UNDEFINED_PRICE
    told |= (worst <= price) if side == BID else (worst >= price)
    shown[told] = 0
    for level in reversed(range(depth)):
        here = records[f"{word}_px_{level:02}"] == price
        shown[here] = records[f"{word}_sz_{level:02}"][here]
    return shown
