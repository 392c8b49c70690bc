"""Where an own order stands in the queue at its price, and how many lots of an event would have been its own.

By order (`PlaceByOrder`) the orders before it are known one by one: only what leaves or fills of them brings it
forward. By level (`PlaceByLevel`) all that was shown at its arrival is before it; trades bring it forward, and what is
shown later where that is less. Where the contract's own book is not seen (`PlaceUnseen`), only a trade through its
price fills it. What an aggressor traded with orders behind it, or at worse prices, it would have traded with it first.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from engines.book.layout import ASK, BID, RecordArray
from engines.execution.paper.matching_events import MatchingEvent, Print, shown_at
from feeds.records import ACTION_CANCEL, ACTION_MODIFY, ACTION_TRADE

UNLIMITED = 2**31
"""Lots, where any number would have been filled."""


class Place(Protocol):
    """A place in a queue."""

    @property
    def ahead(self) -> int | None:
        """Lots before the order; None where not known."""

    def take(self, event: MatchingEvent) -> int:
        """Go on with an event; return the lots of it that would have come to this order."""


def _is_against(each: Print, side: int) -> bool:
    return each.side == (ASK if side == BID else BID)


def _is_beyond(tick: int, own: int, side: int) -> bool:
    """Whether a price is worse for the aggressor than an own order's, so that it would have met that one first."""
    return tick < own if side == BID else tick > own


def _would_come(prints: Sequence[Print], side: int, tick: int) -> int:
    """Return how many of an event's prints would have come with an own order in their way.

    An aggressor that went through its price would not have gone so far, and the stops that this set off would have
    stayed where they were: whoever comes after it in the event counts no more.
    """
    through = None
    for number, each in enumerate(prints):
        if through is not None and each.aggressor != through:
            return number
        if _is_against(each, side) and _is_beyond(each.tick, tick, side):
            through = each.aggressor
    return len(prints)


class PlaceByOrder:
    """A place among orders that are known one by one."""

    def __init__(self, side: int, tick: int, before: Iterable[tuple[int, int]], met: Iterable[int] = ()) -> None:
        """Join a queue.

        Args:
            side: Of the order, BID or ASK.
            tick: Its price.
            before: The orders before it, (id, displayed lots), front to back.
            met: Orders of the other side that it has traded with already, and that still rest in the book.
        """
        self._side = side
        self._tick = tick
        self._before = dict(before)
        self._met = set(met)

    @property
    def ahead(self) -> int | None:
        """Displayed lots before the order: hidden ones come back behind it."""
        return sum(self._before.values())

    @property
    def orders_before(self) -> Iterable[int]:
        """Ids of the orders before it."""
        return self._before.keys()

    def take(self, event: MatchingEvent) -> int:
        """Go on with an event; return the lots that were filled behind this order, or rest where they would meet it."""
        lots = 0
        filled: dict[int, int] = {}
        counted = _would_come(event.prints, self._side, self._tick)
        for number, each in enumerate(event.prints):
            counts = number < counted and _is_against(each, self._side)
            if each.tick == self._tick:
                behind = self._count_before(each, filled)
                lots += behind if counts else 0
            elif counts and _is_beyond(each.tick, self._tick, self._side):
                lots += each.lots
        for change in event.changes:
            if change.order_id in self._before:
                self._move(change.order_id, change.action, change.tick, change.lots, filled)
            elif self._would_meet(change.action, change.side, change.tick) and change.order_id not in self._met:
                self._met.add(change.order_id)
                lots += change.lots
        return lots

    def _count_before(self, each: Print, filled: dict[int, int]) -> int:
        """Note what orders before this one were filled; return the lots that others got.

        An iceberg before it gives what it displays; what it trades beyond that comes from behind.
        """
        behind = 0
        for order_id, lots in each.fills:
            if order_id not in self._before:
                behind += lots
                continue
            earlier = filled.get(order_id, 0)
            filled[order_id] = earlier + lots
            behind += max(0, earlier + lots - self._before[order_id]) - max(0, earlier - self._before[order_id])
        return behind

    def _move(self, order_id: int, action: int, tick: int, lots: int, filled: dict[int, int]) -> None:
        """Note that an order before this one left, shrank, or lost its turn: larger, elsewhere, or its display anew."""
        shown = self._before[order_id]
        left = shown - filled.get(order_id, 0)
        if action == ACTION_CANCEL:
            kept = shown - lots
        elif action != ACTION_MODIFY or tick != self._tick:
            kept = 0
        elif order_id in filled:
            kept = lots if lots == left else 0
        else:
            kept = lots if lots <= shown else 0
        if kept > 0:
            self._before[order_id] = kept
        else:
            del self._before[order_id]

    def _would_meet(self, action: int, side: int, tick: int) -> bool:
        """Whether an order that comes to rest on the other side does so at this order's price or through it."""
        if action == ACTION_CANCEL or side == self._side:
            return False
        return tick == self._tick or _is_beyond(tick, self._tick, self._side)


class PlaceByLevel:
    """A place of which only the lots shown at its price are known."""

    def __init__(self, side: int, tick: int, shown: int | None) -> None:
        """Stand behind all that is shown; None where the price is not shown now, and then nothing fills at it."""
        self._side = side
        self._tick = tick
        self._ahead = shown

    @property
    def ahead(self) -> int | None:
        """Lots that may be before the order."""
        return self._ahead

    def note_shown(self, records: RecordArray, tick_size: int) -> None:
        """Go on with records in which nothing trades at the price: no more can be ahead than is shown."""
        shown = shown_at(records, self._side, self._tick * tick_size)
        told = shown[shown >= 0]
        if not len(told):
            return
        if self._ahead is None:
            self._ahead = int(told[0])
        self._ahead = min(self._ahead, int(told.min()))

    def note_found(self, records: RecordArray, tick_size: int) -> None:
        """Go on with what an event's trades found."""
        self.note_shown(records[records["action"] == ACTION_TRADE], tick_size)

    def note_left(self, records: RecordArray, tick_size: int) -> None:
        """Go on with what an event left."""
        self.note_shown(records[records["action"] != ACTION_TRADE], tick_size)

    def take(self, event: MatchingEvent) -> int:
        """Go on with the trades of an event; return the lots beyond those ahead, and those traded through the price."""
        against = [each for each in event.prints if _is_against(each, self._side)]
        here = sum(each.lots for each in against if each.tick == self._tick)
        # Who traded is not told: the first print through the price is surely no stop that it set off itself.
        beyond_it = (each.lots for each in against if _is_beyond(each.tick, self._tick, self._side))
        through = next(beyond_it, 0)
        beyond = 0 if self._ahead is None else max(0, here - self._ahead)
        if self._ahead is not None:
            self._ahead = max(0, self._ahead - here)
        if through:
            self._ahead = 0
        return beyond + through


class PlaceUnseen:
    """A place in a book that is not seen: filled wholly once the market that is seen trades through the price."""

    ahead = None

    def __init__(self, side: int, tick: int) -> None:
        self._side = side
        self._tick = tick

    def take(self, event: MatchingEvent) -> int:
        """Return whether the event traded through the price, as lots."""
        through = (
            _is_beyond(each.tick, self._tick, self._side) for each in event.prints if _is_against(each, self._side)
        )
        return UNLIMITED if any(through) else 0
