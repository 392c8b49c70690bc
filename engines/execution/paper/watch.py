"""Which records concern own orders: found in whole stretches, so that the others cost no time of their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from engines.book.clock import is_trusted
from engines.book.layout import BID, RecordArray
from engines.execution.paper.doubt import Doubt
from engines.execution.paper.paper_order import PaperOrder
from engines.execution.paper.places import PlaceByOrder
from feeds.records import (
    ACTION_ADD,
    ACTION_CLEAR,
    ACTION_MODIFY,
    ACTION_TRADE,
    F_LAST,
    F_SNAPSHOT,
    SIDE_ASK,
    SIDE_BID,
)

_LOWEST: Final = -(2**63)
_HIGHEST: Final = 2**63 - 1
Wake = Literal["", "any", "trade", "anew"]
"""What else is waited for: any event, one that trades, or one that tells the book anew."""


@dataclass(slots=True)
class Watch:
    """What records are looked for; prices are the wire's.

    Attributes:
        falls_to: A trade here or lower concerns a resting buy order or a sell stop.
        rises_to: A trade here or higher concerns a resting sell order or a buy stop.
        asked: An ask that comes to rest here or lower would have met a buy order.
        bid: A bid that comes to rest here or higher would have met a sell order.
        ahead: Ids of the orders before own ones.
        has_places: Whether an own order has a place that a clear or a snapshot would take from it.
        wake: What else is waited for.
    """

    falls_to: int = _LOWEST
    rises_to: int = _HIGHEST
    asked: int = _LOWEST
    bid: int = _HIGHEST
    ahead: npt.NDArray[np.uint64] | None = None
    has_places: bool = False
    wake: Wake = ""

    def order_rests(self, side: int, price: int) -> None:
        """Look for what would fill an order that rests, and for what would take its place away."""
        self.has_places = True
        if side == BID:
            self.falls_to, self.asked = max(self.falls_to, price), max(self.asked, price)
        else:
            self.rises_to, self.bid = min(self.rises_to, price), min(self.bid, price)

    def stop_waits(self, side: int, price: int) -> None:
        """Look for what would trigger a stop order."""
        if side == BID:
            self.rises_to = min(self.rises_to, price)
        else:
            self.falls_to = max(self.falls_to, price)

    def hot(self, records: RecordArray) -> npt.NDArray[np.int64]:
        """Return the places of the records that concern somebody."""
        action, flags, price = records["action"], records["flags"], records["price"]
        trades = action == ACTION_TRADE
        found = trades & ((price <= self.falls_to) | (price >= self.rises_to))
        if self.wake == "any":
            found[:] = True
        elif self.wake == "trade":
            found |= trades
        if self.wake == "anew" or self.has_places:
            found |= (action == ACTION_CLEAR) | (flags & F_SNAPSHOT != 0)
        if "order_id" in (records.dtype.names or ()):
            self._find_orders(records, found)
        if self.wake != "":
            # A snapshot is looked at when it ends: by its last record, or the first one after it.
            found &= (flags & F_SNAPSHOT == 0) | (flags & F_LAST != 0)
        return np.flatnonzero(found)

    def _find_orders(self, records: RecordArray, found: npt.NDArray[np.bool_]) -> None:
        """Mark orders that come to rest in front of own ones, and what becomes of those before them."""
        action, side, price = records["action"], records["side"], records["price"]
        rests = (action == ACTION_ADD) | (action == ACTION_MODIFY)
        if self.asked != _LOWEST:
            found |= rests & (side == SIDE_ASK) & (price <= self.asked)
        if self.bid != _HIGHEST:
            found |= rests & (side == SIDE_BID) & (price >= self.bid)
        if self.ahead is not None and len(self.ahead):
            found |= np.isin(records["order_id"], self.ahead)


def watch_for(orders: Iterable[PaperOrder], tick_size: int, doubt: Doubt | None) -> Watch:
    """Return what concerns orders as they stand, in a book that is in doubt or not."""
    watch, ahead, waits = Watch(), list[int](), False
    for order in orders:
        if order.is_stop:
            watch.stop_waits(order.side, order.tick * tick_size)
        elif order.place is not None:
            watch.order_rests(order.side, order.tick * tick_size)
            if isinstance(order.place, PlaceByOrder):
                ahead += order.place.orders_before
        waits |= order.takes or (order.is_limit and order.place is None) or order.is_unchecked
    watch.ahead = np.array(ahead, np.uint64)
    if waits:
        watch.wake = "any" if doubt is None else doubt.ends_with
    return watch


def first_due(records: RecordArray, moment: int, clock: int) -> int | None:
    """Return the place of the first record whose event time is to be trusted and is at or after a moment."""
    times = records["ts_event"]
    late = (times >= np.uint64(max(moment, 0))) & (records["flags"] & F_SNAPSHOT == 0)
    for place in np.flatnonzero(late).tolist():
        time, received = (int(records[name][place].astype(np.int64)) for name in ("ts_event", "ts_recv"))
        if is_trusted(time, received, clock):
            return int(place)
    return None
