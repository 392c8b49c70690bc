"""The touch after every matching event, the order-flow imbalance between two of them, and how each second ended."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from .book import PlainBook
from .records import ASK, BID, SECOND


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


def quote_of(book: PlainBook) -> Quote:
    """Return the touch of an order book at the end of an event."""
    bid, ask = book.best_bid, book.best_ask
    sound = book.phase == "continuous" and not book.suspect and not book.is_crossed()
    return Quote(
        bid,
        0 if bid is None else book.level(BID, bid).size,
        ask,
        0 if ask is None else book.level(ASK, ask).size,
        counts=sound and bid is not None and ask is not None,
    )


@dataclass(frozen=True, slots=True)
class EndedSecond:
    """A second of the clock in which something happened; `end` is exclusive."""

    end: int
    quote: Quote
    ofi: int


class PlainTouch:
    """Quotes of one book, one an event, and the seconds they end.

    Attributes:
        ofi: The imbalance so far.
    """

    def __init__(self) -> None:
        self.quotes: list[Quote] = [Quote()]
        self.seconds: list[EndedSecond] = []
        self.ofi = 0
        self._second: int | None = None

    def see_clock(self, clock: int | None) -> None:
        """Hear where a record moves the clock, before the record does anything else."""
        if clock is None:
            return
        second = clock // SECOND
        if self._second is not None and second > self._second:
            self.seconds.append(EndedSecond((self._second + 1) * SECOND, self.quotes[-1], self.ofi))
        self._second = second

    def end_event(self, quote: Quote) -> None:
        """Take the touch that an event leaves."""
        self.ofi += order_flow_imbalance([self.quotes[-1], quote])
        self.quotes.append(quote)

    def await_trading(self) -> None:
        """Trading stops, or the book is swept away: what comes is not to be measured from what was."""
        self.quotes.append(self.quotes[-1]._replace(counts=False))
