"""Whoever must see the book in the middle of a batch: the hook of a broker that fills orders from the order flow.

A listener reads records before the book applies them, and says how far the book may go until it wants to look. So it
stops at the very matching event that concerns it, which only its own orders tell, and nowhere else. Since nothing
depends on how records are cut, it changes no event.
"""

from typing import Protocol

from engines.book.book import Book
from engines.book.layout import RecordArray
from engines.book.levels import LevelBook


class OrderFlowListener(Protocol):
    """Reads the order flow of one instrument and sees its book where it wants to."""

    @property
    def is_listening(self) -> bool:
        """Whether records concern it now; while False only `see` is called, after each batch."""

    def read(self, book: Book | LevelBook, records: RecordArray) -> int:
        """Read wire records that the book is about to apply; return after how many of them to see the book.

        The number is at most theirs, and 0 to see the book before the first. Records beyond the number come again.
        Records of other instruments may stand among them.
        """

    def see(self, book: Book | LevelBook) -> None:
        """See the book as it stands after the records that were read; also at the end of every batch."""
