"""Trading status records: when the exchange says that trading stops, and when it may begin."""

from typing import Final

from engines.book.book import Book
from engines.book.levels import LevelBook
from engines.timing.trading_day import TradingDay

_TRADING: Final = 7
_STOPPED: Final = frozenset({8, 9, 10, 12, 13, 15})
"""Halt, pause, suspend, close, post-close, not available."""
_BEFORE_TRADING: Final = frozenset({1, 2, 3, 4, 5, 6, 11})
"""Pre-open, pre-cross, quoting, cross, rotation, price indication, pre-close."""


class TradingStatus:
    """Tells the book in which kind of trading it stands.

    Attributes:
        action: Newest status action that means something here (Databento `StatusAction`); None before the first.
        since: Event time of its record, ns; 0 before the first.
    """

    def __init__(self) -> None:
        self.action: int | None = None
        self.since = 0

    def take(self, action: int, moment: int) -> None:
        """Keep a status action and its event time; others than those known here change nothing."""
        if action in _STOPPED or action in _BEFORE_TRADING or action == _TRADING:
            self.action, self.since = action, moment

    def trades_in(self, day: TradingDay) -> bool | None:
        """Whether it trades, by the newest action that was said in a trading day; None where none was."""
        if self.action is None or not day.start <= self.since < day.end:
            return None
        return self.action == _TRADING

    def apply(self, book: Book | LevelBook) -> None:
        """Tell the book what the newest action means; before the first, nothing."""
        if self.action in _STOPPED:
            book.halt()
        elif self.action is not None:
            book.await_trading()
