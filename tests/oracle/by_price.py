"""Market by price out of market by order: what mbp-10, mbp-1, trades and ohlcv-1m say of the same records.

`docs/convert.md` holds the rules and where each was measured. In short: a T is told at once, with the levels as the
last event left them; the end of an event tells its last book change on the side that changed, if a visible level did,
or if it closes a snapshot or is itself a clear.
"""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from feeds.records import MBP_1, MBP_10, OHLCV, TRADE, WORD_BYTES

from .book import Level, PlainBook
from .records import (
    ASK,
    BID,
    LAST,
    MARKET_BY_PRICE,
    SNAPSHOT,
    TOP_OF_BOOK,
    UNDEFINED_PRICE,
    UNDEFINED_TIME,
    Row,
    rows,
)

Array = npt.NDArray[np.void]
Shown = tuple[tuple[Level, ...], tuple[Level, ...]]
"""The best bids and the best asks, best first."""

NONE: Final = "N"
MINUTE: Final = 60_000_000_000
LARGEST_SIZE: Final = 2**32 - 1
RTYPES: Final = {MBP_10: 10, MBP_1: 1, TRADE: 0, OHLCV: 33}
_HEADER: Final = ("publisher_id", "instrument_id")
_TIMES: Final = ("ts_event", "ts_recv", "ts_in_delta", "sequence")


class Change(NamedTuple):
    """What a record did to the book."""

    action: str
    price: int
    size: int


CLEAR: Final = Change("R", UNDEFINED_PRICE, 0)


def by_price(array: Array, ticks: dict[int, int], depth: int) -> Array:
    """Return the MBP_10 (`depth` 10) or MBP_1 (`depth` 1) records of MBO records, in wire order.

    `ticks` gives the tick of every instrument, in wire units.
    """
    books = {instrument_id: _Instrument(instrument_id, tick, depth) for instrument_id, tick in ticks.items()}
    told: list[dict[str, Any]] = []
    for row, record in zip(rows(array), array, strict=True):
        told += books[row.instrument_id].take(row, record)
    return _packed(told, MBP_10 if depth == 10 else MBP_1)


def trades(array: Array) -> Array:
    """Return the TRADE records of MBO records, or of records by price."""
    told = [_trade(row, record) for row, record in zip(_rows(array), array, strict=True) if is_trade(row)]
    return _packed(told, TRADE)


def minute_bars(array: Array) -> Array:
    """Return the OHLCV records of the minutes with trades: by minute of capture, then by instrument id."""
    bars: dict[tuple[int, int], dict[str, Any]] = {}
    for trade in trades(array):
        captured = "ts_event" if trade["ts_recv"] == UNDEFINED_TIME else "ts_recv"
        minute, price = int(trade[captured]) // MINUTE * MINUTE, int(trade["price"])
        new = {name: trade[name] for name in _HEADER} | {"ts_event": minute, "open": price, "high": price, "low": price}
        bar = bars.setdefault((minute, int(trade["instrument_id"])), new | {"volume": 0})
        bar["high"], bar["low"], bar["close"] = max(bar["high"], price), min(bar["low"], price), price
        bar["volume"] += int(trade["size"])
    return _packed([bars[key] for key in sorted(bars)], OHLCV)


def is_trade(row: Row) -> bool:
    """Whether a T is news and names a price and a size."""
    refused = row.flags & (SNAPSHOT | TOP_OF_BOOK | MARKET_BY_PRICE)
    return row.action == "T" and not refused and row.price != UNDEFINED_PRICE and row.size > 0


@dataclass(slots=True)
class _Instrument:
    """The book of one instrument, what of it was told last, and the running event's last book changes."""

    instrument_id: int
    tick: int
    depth: int
    book: PlainBook = field(init=False)
    shown: Shown = ((), ())
    changes: dict[str, Change] = field(default_factory=dict)
    """The last one of each side, the very last one last; one that names no side is one of both."""

    def __post_init__(self) -> None:
        self.book = PlainBook(self.instrument_id, self.tick)

    def take(self, row: Row, record: np.void) -> list[dict[str, Any]]:
        """Take one record and return what is told of it."""
        if row.is_snapshot and not self.book.in_snapshot:
            self._note(CLEAR, NONE)  # with or without a clear, a snapshot begins with an empty book
        if not row.flags & (TOP_OF_BOOK | MARKET_BY_PRICE):
            if row.action == "R":
                self._note(CLEAR, NONE)
            elif row.action in ("A", "C", "M"):
                self._note(Change(row.action, row.price, row.size), row.side)
        self.book.apply(row)
        told = [_trade(row, record) | _levels(self.shown, self.tick, self.depth)] if is_trade(row) else []
        if row.closes_event:
            ended = self._end(row, record)
            if ended and told:
                told[0]["flags"] &= ~LAST
            told += ended
        return told

    def _note(self, change: Change, side: str) -> None:
        for changed in (side,) if side in (BID, ASK) else (BID, ASK):
            self.changes.pop(changed, None)
            self.changes[changed] = change

    def _end(self, row: Row, record: np.void) -> list[dict[str, Any]]:
        """Tell what the event changed, in one record or none."""
        before, changes = self.shown, self.changes
        bids, asks = self.book.depth(self.depth)
        self.shown, self.changes = (tuple(bids), tuple(asks)), {}
        if not changes or (self.shown == before and not row.is_snapshot and row.action != "R"):
            return []
        changed = [side for side, old, new in zip((BID, ASK), before, self.shown, strict=True) if old != new]
        side = changed[0] if len(changed) == 1 else NONE
        change = changes.get(side, list(changes.values())[-1])
        if row.is_snapshot or change is CLEAR:
            side = NONE
        told = {name: record[name] for name in (*_HEADER, *_TIMES)}
        told |= {"action": ord(change.action), "price": change.price, "size": change.size, "side": ord(side)}
        told |= {"flags": row.flags, "depth": _first_difference(before, self.shown, self.depth)}
        return [told | _levels(self.shown, self.tick, self.depth)]


def _first_difference(before: Shown, after: Shown, depth: int) -> int:
    """Return the index of the best level that changed, on either side; 0 where none did."""
    for level in range(depth):
        if any(old[level : level + 1] != new[level : level + 1] for old, new in zip(before, after, strict=True)):
            return level
    return 0


def _levels(shown: Shown, tick: int, depth: int) -> dict[str, int]:
    """Name the fields of the visible levels; where none is, the price is undefined and nothing rests."""
    fields = {}
    for side, levels in zip(("bid", "ask"), shown, strict=True):
        for number in range(depth):
            level = levels[number] if number < len(levels) else None
            fields[f"{side}_px_{number:02}"] = UNDEFINED_PRICE if level is None else level.tick * tick
            fields[f"{side}_sz_{number:02}"] = 0 if level is None else min(level.size, LARGEST_SIZE)
            fields[f"{side}_ct_{number:02}"] = 0 if level is None else level.orders
    return fields


def _trade(row: Row, record: np.void) -> dict[str, Any]:
    told = {name: record[name] for name in (*_HEADER, *_TIMES)}
    told |= {"action": ord("T"), "price": row.price, "size": row.size, "flags": row.flags, "depth": 0}
    return told | {"side": ord(row.side if row.side in (BID, ASK) else NONE)}


def _rows(array: Array) -> list[Row]:
    """Return rows of records by price, too, which know no order ids."""
    if "order_id" in (array.dtype.names or ()):
        return rows(array)
    wider = np.zeros(len(array), [*array.dtype.descr, ("order_id", "<u8")])
    for name in array.dtype.names or ():
        wider[name] = array[name]
    return rows(wider)


def _packed(told: list[dict[str, Any]], layout: np.dtype[np.void]) -> Array:
    """Write wire records of one layout; fields not told are 0."""
    array = np.zeros(len(told), layout)
    array["length"], array["rtype"] = layout.itemsize // WORD_BYTES, RTYPES[layout]
    for record, fields in zip(array, told, strict=True):
        for name, value in fields.items():
            record[name] = value
    return array
