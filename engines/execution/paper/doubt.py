"""Why a book may not fill anything now."""

from dataclasses import dataclass
from typing import Literal

from engines.book.book import Book
from engines.book.layout import PHASE_CONTINUOUS, PHASE_HALTED
from engines.book.levels import LevelBook


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason not to fill, and what may end it.

    Attributes:
        ends_with: The next event of any kind, the next one that trades, or one that tells the book anew.
    """

    text: str
    ends_with: Literal["any", "trade", "anew"]


_SNAPSHOT = Doubt("snapshot", "any")
_SUSPECT = Doubt("book suspect", "anew")
_SUSPECT_LEVELS = Doubt("book suspect", "any")
_HALTED = Doubt("halted", "trade")
_NOT_OPEN = Doubt("no continuous trading", "trade")
_CROSSED = Doubt("crossed", "any")


def doubt_of(book: Book | LevelBook) -> Doubt | None:
    """Return why nothing may be filled from a book as it stands; None where it can be trusted."""
    now = book.now
    if now["in_snapshot"]:
        return _SNAPSHOT
    if now["suspect"] or now["interrupted"]:
        return _SUSPECT if isinstance(book, Book) else _SUSPECT_LEVELS
    if now["phase"] == PHASE_HALTED:
        return _HALTED
    if now["phase"] != PHASE_CONTINUOUS:
        return _NOT_OPEN
    bid, ask = book.best_bid, book.best_ask
    if bid is not None and ask is not None and bid >= ask:
        return _CROSSED
    return None
