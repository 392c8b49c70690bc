"""How far back the tape is scrolled. Scrolled back, it stays at its print while newer ones come."""

from bisect import bisect_right
from typing import Final

from engines.view import Print

_AHEAD: Final = 64
"""Prints asked for beyond those shown, so that a page further back is there when it is asked for."""


class TapeWindow:
    """The newest print that is shown, by its matching event; None follows the market."""

    def __init__(self) -> None:
        self.newest: int | None = None
        self._prints: tuple[Print, ...] = ()

    def wanted(self, rows: int) -> int:
        """Return how many of the newest prints fill so many rows from where the tape stands."""
        if self.newest is None or not rows:
            return rows
        return rows + len(self._prints) - self._end() + _AHEAD

    def follow(self, prints: tuple[Print, ...]) -> None:
        """Take the newest prints, oldest first."""
        self._prints = prints

    def scroll(self, rows: int) -> str | None:
        """Go to newer prints by some rows, to older ones where negative; at the newest it follows again."""
        end = len(self._prints) if self.newest is None else self._end()
        place = max(1, end + rows)
        self.newest = None if place >= len(self._prints) or not self._prints else self._prints[place - 1].event
        return None

    def _end(self) -> int:
        """Return the place after the newest print that is shown."""
        return bisect_right(self._prints, self.newest or 0, key=lambda found: found.event)
