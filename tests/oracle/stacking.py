"""What owners stacked and pulled at each price, told from fills, display refreshes and self-match prevention.

Read off what each record did to the one order it names. Of the lots that an order shows less, its fills explain as many
as they took; the rest was pulled by its owner, or taken away by the exchange, which alone cancels in an event that
traded. Of the lots it shows more, its owner added them, or after a fill its hidden size did.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from .book import Cleared, Ended, Entered, Fact, Filled, Modified, Order, Place, PlainBook, Removed, Traded
from .records import ASK, BID, MARKET_BY_PRICE, SECOND, TOP_OF_BOOK, Row

PASSIVE: Final = {BID: ASK, ASK: BID}
WINDOW: Final = 15 * SECOND


@dataclass(frozen=True, slots=True)
class Found:
    """What a trade found at its price: lots on the passive side, and what had been done there; None without a side."""

    displayed: int | None
    stacked: int | None
    pulled: int | None
    refilled: int | None


class PlainStacking:
    """Sums by place since the start, and every change with its time."""

    def __init__(self, book: PlainBook) -> None:
        self.stacked: Counter[Place] = Counter()
        self.pulled: Counter[Place] = Counter()
        self.refilled: Counter[Place] = Counter()
        self.traded: Counter[Place] = Counter()
        self.prevented: Counter[Place] = Counter()
        self.found: list[Found] = []
        """One a trade."""
        self._book = book
        self._changes: dict[Place, list[tuple[int, int]]] = {}
        """Times and lots stacked, negative where pulled."""
        self._has_traded = False
        self._aggressors: set[int] = set()
        self._pending: dict[int, tuple[Place, int]] = {}
        """Lots of fills that no C or M has answered yet, by order, and where it rested."""

    def order(self, row: Row) -> Order | None:
        """Return the order that a record is about to change, as it stands now."""
        order = self._book.orders.get(row.order_id)
        return None if order is None else Order(order.order_id, order.side, order.tick, order.size)

    def see(self, row: Row, before: Order | None, facts: list[Fact], clock: int) -> None:
        """Take what a record did; `before` is the order it names as it stood before."""
        if any(isinstance(fact, Cleared) for fact in facts):
            before = None
        for fact in facts:
            match fact:
                case Traded():
                    self._has_traded = True
                    self._aggressors |= {fact.order_id} - {0}
                    self.found.append(self._look(fact))
                case Filled() if before is not None:
                    self._pending[fact.order_id] = _place(before), fact.size + self._pending_lots(fact.order_id)
                case _:
                    pass
        changes = any(isinstance(fact, Entered | Modified | Removed) for fact in facts)
        cancels = row.action == "C" and before is not None and not row.flags & (TOP_OF_BOOK | MARKET_BY_PRICE)
        if (changes or cancels) and not row.is_snapshot:
            self._change(row, before, self.order(row), clock)
        if any(isinstance(fact, Ended) for fact in facts):
            self._end()

    def recent(self, place: Place, clock: int) -> tuple[int, int]:
        """Return lots stacked and pulled in the window of `clock` and the one before it."""
        return lately(self._changes.get(place, []), clock)

    def explained(self, place: Place) -> int:
        """Return the lots by which all that was counted has changed the size at a place."""
        gained = self.stacked[place] + self.refilled[place]
        return gained - self.pulled[place] - self.traded[place] - self.prevented[place]

    def _look(self, trade: Traded) -> Found:
        if not trade.side:
            return Found(None, None, None, None)
        place = (PASSIVE[trade.side], trade.tick)
        shown = self._book.level(*place).size
        return Found(shown, self.stacked[place], self.pulled[place], self.refilled[place])

    def _change(self, row: Row, before: Order | None, after: Order | None, clock: int) -> None:
        stays = before is not None and after is not None and _place(before) == _place(after) and row.action != "A"
        if before is not None:
            self._count_left(row, before, after.size if stays and after is not None else 0, clock)
        if after is not None and not stays:
            self._count(_place(after), after.size, clock)

    def _count_left(self, row: Row, before: Order, kept: int, clock: int) -> None:
        """Explain what an order shows at its place after a record: `kept` lots, 0 where it left."""
        place, own = _place(before), before.order_id in self._aggressors
        filled = 0 if own else self._pending_lots(before.order_id)
        self._pending.pop(before.order_id, None)
        self.traded[place] += filled
        change = kept - (before.size - filled)
        if change > 0 and filled:
            self.refilled[place] += change
        elif change < 0 and row.action == "C" and self._has_traded and not own:
            self.prevented[place] -= change
        else:
            self._count(place, change, clock)

    def _count(self, place: Place, lots: int, clock: int) -> None:
        self.stacked[place] += max(lots, 0)
        self.pulled[place] += max(-lots, 0)
        self._changes.setdefault(place, []).append((clock, lots))

    def _end(self) -> None:
        """End the event: an order that still shows what it showed before its fills has been refilled."""
        for order_id, (place, lots) in self._pending.items():
            if order_id not in self._aggressors:
                self.traded[place] += lots
                self.refilled[place] += lots
        self._has_traded, self._aggressors, self._pending = False, set(), {}

    def _pending_lots(self, order_id: int) -> int:
        return self._pending[order_id][1] if order_id in self._pending else 0


def lately(changes: list[tuple[int, int]], clock: int) -> tuple[int, int]:
    """Return lots stacked and pulled in the window of `clock` and the one before, of (time, lots; negative: pulled)."""
    counted = [lots for time, lots in changes if clock // WINDOW - time // WINDOW in {0, 1}]
    return sum(max(lots, 0) for lots in counted), sum(max(-lots, 0) for lots in counted)


def _place(order: Order) -> Place:
    return order.side, order.tick
