"""What an order finds that takes from the book: the orders that rest there, none of them twice."""

from collections.abc import Iterator
from typing import Final

from engines.book.book import Book
from engines.book.layout import ASK, BID
from engines.book.levels import LevelBook

_Key = tuple[int, int]
"""An order (its id, 0), or a price of a side (tick, side) where orders are not told."""
_NO_LIMIT: Final = {BID: 2**62, ASK: -(2**62)}


class Liquidity:
    """The book as own orders find it: less what they have taken already, for as long as that rests on."""

    def __init__(self) -> None:
        self._taken: dict[_Key, int] = {}

    def take(self, book: Book | LevelBook, side: int, lots: int, limit: int | None = None) -> list[tuple[int, int]]:
        """Take up to `lots` for an order of `side` (BID buys), best price first; return (tick, lots) of each price.

        Args:
            book: Uncrossed and to be trusted.
            side: Of the order that takes.
            lots: At most.
            limit: Worst tick; None for none.
        """
        self._forget_gone(book)
        worst = _NO_LIMIT[side] if limit is None else limit
        taken: dict[int, int] = {}
        for tick, key, shown in _offers(book, ASK if side == BID else BID):
            if lots == 0 or not _is_within(tick, side, worst):
                break
            free = shown - self._taken.get(key, 0)
            part = min(free, lots)
            if part > 0:
                self._taken[key] = self._taken.get(key, 0) + part
                taken[tick] = taken.get(tick, 0) + part
                lots -= part
        return list(taken.items())

    def forget(self) -> None:
        """The book begins anew: nothing of what was taken is there any longer."""
        self._taken.clear()

    def _forget_gone(self, book: Book | LevelBook) -> None:
        for key in [key for key in self._taken if not _rests(book, key)]:
            del self._taken[key]


def orders_within(book: Book, side: int, limit: int) -> Iterator[int]:
    """Yield the ids of the orders that an order of `side` with this limit could trade with."""
    for tick, order_id, _lots in book.queues(ASK if side == BID else BID):
        if not _is_within(tick, side, limit):
            return
        yield order_id


def _is_within(tick: int, side: int, limit: int) -> bool:
    return tick <= limit if side == BID else tick >= limit


def _offers(book: Book | LevelBook, side: int) -> Iterator[tuple[int, _Key, int]]:
    """Yield (tick, key, displayed lots) of what rests on a side, in the order in which it would be traded with."""
    if isinstance(book, Book):
        for tick, order_id, lots in book.queues(side):
            yield tick, (order_id, 0), lots
    else:
        for level in book.levels(side):
            yield level.tick, (level.tick, side), level.size


def _rests(book: Book | LevelBook, key: _Key) -> bool:
    if isinstance(book, Book):
        return book.queue_place(key[0]) is not None
    level = book.level(key[1], key[0])
    return level is None or level.size > 0
