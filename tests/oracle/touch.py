"""The touch after every matching event, the order-flow imbalance between two of them, and how each second ended."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from .book import Cleared, Ended, Fact, PlainBook
from .records import ASK, BID, SECOND, Row


class Quote(NamedTuple):
    """The best prices and their lots; `counts` where trading was continuous in a sound, uncrossed book."""

    bid: int | None = None
    bid_size: int = 0
    ask: int | None = None
    ask_size: int = 0
    counts: bool = False


def imbalance(before: Quote, after: Quote) -> int:
    """Return e_n of Cont, Kukanov and Stoikov: what demand gained at the bid less what supply gained at the ask."""
    assert before.bid is not None
    assert before.ask is not None
    assert after.bid is not None
    assert after.ask is not None
    if after.bid == before.bid:
        demand = after.bid_size - before.bid_size
    else:
        demand = after.bid_size if after.bid > before.bid else -before.bid_size
    if after.ask == before.ask:
        supply = after.ask_size - before.ask_size
    else:
        supply = after.ask_size if after.ask < before.ask else -before.ask_size
    return demand - supply


def order_flow_imbalance(quotes: list[Quote]) -> int:
    """Return the sum over quotes in a row, each with the one before it, where both count."""
    return sum(imbalance(before, after) for before, after in pairwise(quotes) if before.counts and after.counts)


@dataclass(frozen=True, slots=True)
class EndedSecond:
    """A second of the clock in which something happened; `end` is exclusive."""

    end: int
    quote: Quote
    ofi: int


class PlainTouch:
    """Quotes of one book, and the seconds they end."""

    def __init__(self, book: PlainBook) -> None:
        self.quotes: list[Quote] = []
        """One an event that ended, and one that does not count where the book was swept away."""
        self.seconds: list[EndedSecond] = []
        self.found: list[int] = []
        """The imbalance so far, one a trade."""
        self._book = book
        self._second: int | None = None
        self._sum = 0

    @property
    def ofi(self) -> int:
        """The imbalance so far."""
        return self._sum

    def see_clock(self, clock: int | None) -> None:
        """Hear where a record moves the clock, before the record does anything else."""
        if clock is None:
            return
        second = clock // SECOND
        if self._second is not None and second > self._second:
            quote = self.quotes[-1] if self.quotes else Quote()
            self.seconds.append(EndedSecond((self._second + 1) * SECOND, quote, self.ofi))
        self._second = second

    def await_trading(self) -> None:
        """Hear that trading stopped: nothing is measured from the quote before."""
        self._add((self.quotes[-1] if self.quotes else Quote())._replace(counts=False))

    def see(self, row: Row, facts: list[Fact], trades: int) -> None:
        """Take what a record did; `trades` counts the trades it told."""
        self.found += [self.ofi] * trades
        if any(isinstance(fact, Cleared) for fact in facts):
            self.await_trading()
        if row.closes_event and any(isinstance(fact, Ended) for fact in facts):
            self._add(self._quote())

    def _add(self, quote: Quote) -> None:
        self._sum += order_flow_imbalance([*self.quotes[-1:], quote])
        self.quotes.append(quote)

    def _quote(self) -> Quote:
        book = self._book
        bid, ask = book.best_bid, book.best_ask
        sound = book.phase == "continuous" and not book.suspect and not book.is_crossed()
        return Quote(
            bid,
            0 if bid is None else book.level(BID, bid).size,
            ask,
            0 if ask is None else book.level(ASK, ask).size,
            counts=sound and bid is not None and ask is not None,
        )
