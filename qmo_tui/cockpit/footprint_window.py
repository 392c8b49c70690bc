"""Which prices the footprint shows, one a row. It stays until the trader moves it or the market reaches its edge."""

from typing import Final

_MARGIN: Final = 4
"""The market comes to the edge within a quarter of the rows from it: bars reach beyond the newest price."""


class FootprintWindow:
    """The window's top price. As on the ladder, a trader who scrolls the market out of sight keeps what he looks at."""

    def __init__(self) -> None:
        self.top: int | None = None
        self._rows = 0
        self._looking_away = False

    def centre(self) -> None:
        """Centre on the market with the next view."""
        self.top = None
        self._looking_away = False

    def scroll(self, ticks: int) -> None:
        """Move the window up by some prices."""
        if self.top is not None:
            self.top += ticks
            self._looking_away = True

    def follow(self, market: int | None, rows: int) -> None:
        """Take the newest price and the rows there are; keep the middle price in the middle when those change."""
        if market is None or rows <= 0:
            return
        if self.top is not None:
            self.top += (rows - self._rows) // 2
        self._rows = rows
        if self.top is not None:
            edge = rows // _MARGIN
            if self.top - rows + 1 + edge <= market <= self.top - edge:
                self._looking_away = False
                return
            if self._looking_away:
                return
        self.top = market + rows // 2
