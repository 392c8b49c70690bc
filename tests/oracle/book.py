"""The order book, order by order, written to be read like the rule book.

One list per price holds the order ids in time priority; everything else is counted from those lists when asked.
`PlainBook.apply` takes one record and returns the facts it established, from which icebergs and the tape are derived.

Rules for input that an exchange never sends (so that a faster book can be compared on damaged records):

- A record flagged top-of-book or market-by-price, or with an unknown action, counts `bad_records` and is not applied.
- An add or modify without a bid or ask side, without a price or with size 0 counts `bad_records` and changes nothing;
  but a modify to size 0 of a known order removes it.
- A price off the tick counts `off_tick`: an add is refused, a modified order leaves the book.
- A modify that names the other side counts `bad_records` and moves the order to the tail on that side.
- A trade without price or size counts `bad_records`, one off the tick `off_tick`; neither is a trade.
- Snapshot bookkeeping, the gap flag and the end of the event are read from every record, applied or not.
- Trades and fills flagged as snapshot are no news and are passed over.
- A fill without a side (auction, implied) of an order that does not rest counts `anonymous_fills`, not
  `unknown_orders`: market and stop orders take part in an opening auction without ever being shown.
- A clear, or the start of a snapshot, ends the running event unjudged.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import NamedTuple

from .records import ASK, BID, MARKET_BY_PRICE, MAYBE_BAD_BOOK, SIDES, TOP_OF_BOOK, UNDEFINED_PRICE, Row


@dataclass(slots=True)
class Order:
    """One resting order; `size` is what it displays."""

    order_id: int
    side: str
    tick: int
    size: int


class Level(NamedTuple):
    """One price of the book."""

    tick: int
    size: int
    orders: int


@dataclass(frozen=True, slots=True)
class Entered:
    """An order joined the tail of its price: added, or modified while unknown."""

    order_id: int
    side: str
    tick: int
    size: int


@dataclass(frozen=True, slots=True)
class Traded:
    """An aggressor traded.

    Attributes:
        side: `B` or `A`; empty where there is no aggressor side.
        order_id: The aggressor; 0 where it is not told.
        resting: The aggressor was in the book at this moment.
        rested: The aggressor was in the book at this moment or ever before.
    """

    order_id: int
    side: str
    tick: int
    size: int
    resting: bool
    rested: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """A known resting order that is not an aggressor of the event was filled; it still shows `shown`.

    Attributes:
        size: Lots of this record.
        pending: Lots filled since the order last showed a size in this event, this record included.
    """

    order_id: int
    size: int
    pending: int
    shown: int


@dataclass(frozen=True, slots=True)
class Modified:
    """A known order changed; `filled` lots were taken from it in this event before the change."""

    order_id: int
    side: str
    tick: int
    before: int
    filled: int
    after: int
    refresh: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """A known order left the book by a record of its own."""

    order_id: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The matching event is over."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """All orders were swept away at once."""


Fact = Entered | Traded | Filled | Modified | Removed | Ended | Cleared
Place = tuple[str, int]
"""A side and a tick."""


@dataclass(slots=True)
class _RunningEvent:
    """What is remembered from one record of a matching event to the next."""

    begun: bool = False
    traded: bool = False
    aggressors: set[int] = field(default_factory=set)
    pending: dict[int, int] = field(default_factory=dict)
    """Lots filled per order since it last showed a size."""
    filled: dict[Place, set[int]] = field(default_factory=dict)
    """Orders with a passive fill, by the place where they rested."""
    touched: set[int] = field(default_factory=set)
    """Orders that were modified, cancelled or replaced."""
    queues: dict[Place, list[int]] = field(default_factory=dict)
    """Queues as they stood when the event began, of the places that changed since."""


def is_refresh(*, shown: int, filled: int, after: int) -> bool:
    """Whether a modify at the same price, after fills in the same event, reloads an iceberg's display."""
    return filled > 0 and after != shown - filled


class PlainBook:
    """The book of one instrument.

    Args:
        instrument_id: Records of other instruments are ignored.
        tick: Smallest price step in wire units.
        refresh_keeps_priority: Assume, against the exchange's rule, that a reloaded iceberg keeps its place.
    """

    def __init__(self, instrument_id: int, tick: int, *, refresh_keeps_priority: bool = False) -> None:
        self.instrument_id = instrument_id
        self.tick = tick
        self.refresh_keeps_priority = refresh_keeps_priority
        self.orders: dict[int, Order] = {}
        self.queues: dict[Place, list[int]] = {}
        self.prices: dict[str, list[int]] = {BID: [], ASK: []}
        self.ever_rested: set[int] = set()
        self.in_snapshot = False
        self.suspect = False
        self.began_whole = False
        self.phase = "unknown"
        self.records = 0
        self.events = 0
        self.unknown_orders = 0
        self.anonymous_fills = 0
        self.duplicates = 0
        self.bad_records = 0
        self.off_tick = 0
        self.crossed_events = 0
        self.auction_crossed = 0
        self.level_events = 0
        self.priority_violations = 0
        self._event = _RunningEvent()
        self._facts: list[Fact] = []

    # --- one record -------------------------------------------------------------------------------------------------

    def apply(self, row: Row) -> list[Fact]:
        """Take one record and return what it established, in order."""
        self._facts = []
        if row.instrument_id != self.instrument_id:
            return []
        self.records += 1
        self._keep_snapshot(row)
        self._act(row)
        self._event.begun = self._event.begun or not row.is_snapshot
        if row.flags & MAYBE_BAD_BOOK:
            self.suspect = True
        if row.closes_event:
            self._close(row)
        return self._facts

    def _keep_snapshot(self, row: Row) -> None:
        """Begin a snapshot (clearing the book, with or without R), or notice that it is over."""
        if row.is_snapshot and not self.in_snapshot:
            self._clear()
            self.in_snapshot = True
        elif self.in_snapshot and not row.is_snapshot:
            self.in_snapshot = False
            self._event = _RunningEvent()

    def _act(self, row: Row) -> None:
        if row.flags & (TOP_OF_BOOK | MARKET_BY_PRICE):
            self.bad_records += 1
        elif row.action == "A":
            self._add(row)
        elif row.action == "M":
            self._modify(row)
        elif row.action == "C":
            self._cancel(row)
        elif row.action == "R":
            self._clear()
        elif row.action == "T":
            self._trade(row)
        elif row.action == "F":
            self._fill(row)
        elif row.action != "N":
            self.bad_records += 1

    def _add(self, row: Row) -> None:
        if not _is_plausible(row):
            self.bad_records += 1
        elif row.price % self.tick:
            self.off_tick += 1
        else:
            if row.order_id in self.orders:
                self.duplicates += 1
                self._remove(self.orders[row.order_id])
            self._enter(row)

    def _modify(self, row: Row) -> None:
        order = self.orders.get(row.order_id)
        if order is not None and row.size == 0:
            self.bad_records += 1
            self._remove(order)
        elif not _is_plausible(row):
            self.bad_records += 1
        elif row.price % self.tick:
            self.off_tick += 1
            if order is not None:
                self._remove(order)
        elif order is None:
            self._count_unknown()
            self._enter(row)
        else:
            self._change(order, row)

    def _change(self, order: Order, row: Row) -> None:
        """Give a known order its new price and size, and the place in the queue that follows from them."""
        tick = row.price // self.tick
        before, filled = order.size, self._event.pending.pop(order.order_id, 0)
        same_place = (row.side, tick) == (order.side, order.tick)
        refresh = same_place and is_refresh(shown=before, filled=filled, after=row.size)
        if row.side != order.side:
            self.bad_records += 1
        self._event.touched.add(order.order_id)
        keeps_priority = self.refresh_keeps_priority if refresh else same_place and row.size <= before
        if not keeps_priority:
            self._leave(order)
            order.side, order.tick = row.side, tick
            self._join(order)
        order.size = row.size
        self._facts.append(Modified(order.order_id, row.side, tick, before, filled, row.size, refresh))

    def _cancel(self, row: Row) -> None:
        order = self.orders.get(row.order_id)
        if order is None:
            self._count_unknown()
        elif row.size >= order.size:
            self._remove(order)
        elif row.size > 0:
            before = order.size
            order.size -= row.size
            self._event.touched.add(order.order_id)
            self._facts.append(Modified(order.order_id, order.side, order.tick, before, 0, order.size, refresh=False))

    def _trade(self, row: Row) -> None:
        """Note an aggressor; the book does not change."""
        if row.is_snapshot:
            return
        if row.price == UNDEFINED_PRICE or row.size == 0:
            self.bad_records += 1
            return
        if row.price % self.tick:
            self.off_tick += 1
            return
        self._event.traded = True
        if row.order_id:
            self._event.aggressors.add(row.order_id)
        side = row.side if row.side in SIDES else ""
        resting, rested = row.order_id in self.orders, row.order_id in self.ever_rested
        self._facts.append(Traded(row.order_id, side, row.price // self.tick, row.size, resting, rested))

    def _fill(self, row: Row) -> None:
        """Note a passive fill, whatever side the record names; the book does not change."""
        if row.is_snapshot or row.order_id in self._event.aggressors:
            return
        order = self.orders.get(row.order_id)
        if order is None and row.side not in SIDES:
            self.anonymous_fills += 1
        elif order is None:
            self._count_unknown()
        elif row.size > 0:
            pending = self._event.pending.get(order.order_id, 0) + row.size
            self._event.pending[order.order_id] = pending
            self._event.filled.setdefault((order.side, order.tick), set()).add(order.order_id)
            self._facts.append(Filled(order.order_id, row.size, pending, order.size))

    def _count_unknown(self) -> None:
        """Count an order never seen; a book that began whole is missing records then."""
        self.unknown_orders += 1
        if self.began_whole and not self.in_snapshot:
            self.suspect = True

    def _clear(self) -> None:
        if self._event.begun:
            self._end_event()
        self.orders.clear()
        self.queues.clear()
        self.prices = {BID: [], ASK: []}
        self.suspect = False
        self.began_whole = True
        self.phase = "unknown"
        self._event = _RunningEvent()
        self._facts.append(Cleared())

    # --- the end of a matching event --------------------------------------------------------------------------------

    def _close(self, row: Row) -> None:
        """Judge the book as the event leaves it."""
        if row.is_snapshot:
            self.in_snapshot = False
        if self._event.traded:
            self.phase = "continuous"
        if self.is_crossed():
            if self.phase == "continuous":
                self.crossed_events += 1
                self.suspect = self.suspect or self.began_whole
            else:
                self.phase = "auction"
                self.auction_crossed += 1
        self._audit_priority()
        self._end_event()

    def _end_event(self) -> None:
        self.events += 1
        self._event = _RunningEvent()
        self._facts.append(Ended())

    def _audit_priority(self) -> None:
        """Count prices with fills, and among them those where an order was passed over.

        Fills of one event are not always listed in queue order, so priority is judged once per event: every order
        ahead of the last filled one, as the queue stood when the event began, must have been filled or changed.
        """
        event = self._event
        for place, filled in event.filled.items():
            queue = event.queues.get(place, self.queues.get(place, []))
            reached = [position for position, order_id in enumerate(queue) if order_id in filled]
            self.level_events += 1
            if reached and any(order not in filled and order not in event.touched for order in queue[: reached[-1]]):
                self.priority_violations += 1

    # --- queues -----------------------------------------------------------------------------------------------------

    def _enter(self, row: Row) -> None:
        order = Order(row.order_id, row.side, row.price // self.tick, row.size)
        self.orders[order.order_id] = order
        self.ever_rested.add(order.order_id)
        self._join(order)
        self._facts.append(Entered(order.order_id, order.side, order.tick, order.size))

    def _remove(self, order: Order) -> None:
        self._leave(order)
        del self.orders[order.order_id]
        self._event.pending.pop(order.order_id, None)
        self._event.touched.add(order.order_id)
        self._facts.append(Removed(order.order_id))

    def _join(self, order: Order) -> None:
        """Put an order at the tail of its price."""
        place = (order.side, order.tick)
        self._event.queues.setdefault(place, list(self.queues.get(place, [])))
        if place not in self.queues:
            self.queues[place] = []
            insort(self.prices[order.side], order.tick)
        self.queues[place].append(order.order_id)

    def _leave(self, order: Order) -> None:
        """Take an order out of the queue at its price, and the price out of the book when it was the only one."""
        place = (order.side, order.tick)
        queue = self.queues[place]
        self._event.queues.setdefault(place, list(queue))
        queue.remove(order.order_id)
        if not queue:
            del self.queues[place]
            prices = self.prices[order.side]
            del prices[bisect_left(prices, order.tick)]

    # --- what the book shows ----------------------------------------------------------------------------------------

    @property
    def best_bid(self) -> int | None:
        """Highest bid tick."""
        return self.prices[BID][-1] if self.prices[BID] else None

    @property
    def best_ask(self) -> int | None:
        """Lowest ask tick."""
        return self.prices[ASK][0] if self.prices[ASK] else None

    def is_crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        bid, ask = self.best_bid, self.best_ask
        return bid is not None and ask is not None and bid >= ask

    def level(self, side: str, tick: int) -> Level:
        """Return one price; size 0 and no orders where nothing rests."""
        queue = self.queues.get((side, tick), [])
        return Level(tick, sum(self.orders[order_id].size for order_id in queue), len(queue))

    def depth(self, count: int) -> tuple[list[Level], list[Level]]:
        """Return the best `count` bids and asks, best first."""
        bids = self.prices[BID][: -count - 1 : -1] if count else []
        return [self.level(BID, tick) for tick in bids], [self.level(ASK, tick) for tick in self.prices[ASK][:count]]

    def queue(self, order_id: int) -> tuple[int, int] | None:
        """Return how many orders and lots stand ahead of an order, None where it does not rest."""
        order = self.orders.get(order_id)
        if order is None:
            return None
        waiting = self.queues[order.side, order.tick]
        ahead = waiting[: waiting.index(order_id)]
        return len(ahead), sum(self.orders[other].size for other in ahead)


def _is_plausible(row: Row) -> bool:
    """Whether an add or modify names a side, a price and a size."""
    return row.side in SIDES and row.price != UNDEFINED_PRICE and row.size > 0
