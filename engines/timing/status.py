"""Trading status records: when the exchange says that trading stops, and when it may begin."""

from typing import Final

from engines.book.book import Book

_TRADING: Final = 7
_STOPPED: Final = frozenset({8, 9, 10, 12, 13, 15})
"""Halt, pause, suspend, close, post-close, not available."""
_BEFORE_TRADING: Final = frozenset({1, 2, 3, 4, 5, 6, 11})
"""Pre-open, pre-cross, quoting, cross, rotation, price indication, pre-close."""


class TradingStatus:
    """Tells the book in which kind of trading it stands.

    Attributes:
        action: Newest status action that was applied (Databento `StatusAction`); None before the first.
    """

    def __init__(self) -> None:
        self.action: int | None = None

    def apply(self, action: int, book: Book) -> None:
        """Apply a status action; unknown ones change nothing."""
        if action in _STOPPED:
            book.halt()
        elif action in _BEFORE_TRADING or action == _TRADING:
            book.await_trading()
        else:
            return
        self.action = action
