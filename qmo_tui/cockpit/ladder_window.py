"""Which prices the ladder shows. It stays where it is until the trader moves it or the market reaches its edge."""

from typing import Final

from engines.view import MarketView
from qmo_tui.cockpit.painting.ladder_notes import market_tick

NOTE_SECONDS: Final = 4.0
"""How long the ladder says that it moved by itself."""


class LadderWindow:
    """The window's top price and why it is where it is.

    A trader who scrolls the market out of sight keeps what he looks at: it follows again once the market is back in
    the window or he centres it.

    `margin` is how many rows from its edge the market sets the ladder moving; 0 leaves all moving to the trader. While
    it is `frozen` nothing moves it, neither the market nor the trader.
    """

    def __init__(self, margin: int = 1) -> None:
        self.top: int | None = None
        self.frozen = False
        self._margin = margin
        self._rows = 0
        self._looking_away = False
        self._moved_at: float | None = None

    def note(self, now: float) -> str | None:
        """Return what to say about a move that the trader did not ask for."""
        if self._moved_at is None or now - self._moved_at > NOTE_SECONDS:
            return None
        return "centred again: the market had come to the edge"

    def centre(self) -> None:
        """Centre on the market with the next view."""
        if self.frozen:
            return
        self.top = None
        self._looking_away = False
        self._moved_at = None

    def resize(self, rows: int) -> None:
        """Keep the middle price in the middle when the height changes."""
        if self.top is not None and self._rows:
            self.top += (rows - self._rows) // 2
        self._rows = rows

    def scroll(self, ticks: int) -> None:
        """Move the window up by some prices."""
        if self.top is not None and not self.frozen:
            self.top += ticks
            self._looking_away = True

    def follow(self, view: MarketView, now: float) -> bool:
        """Take the newest view; return whether the window has to be centred and the view asked for again."""
        if not view.ladder:
            return False
        market = market_tick(view)
        first = self.top is None
        self.top = view.ladder[0].tick
        if market is None or first:
            return False
        if self._is_inside(market, view):
            self._looking_away = False
        elif self._margin and not self._looking_away and not self.frozen:
            self.centre()
            self._moved_at = now
            return True
        return False

    def _is_inside(self, market: int, view: MarketView) -> bool:
        edge = max(0, min(self._margin, len(view.ladder) // 4) - 1)
        return view.ladder[-1].tick + edge <= market <= view.ladder[0].tick - edge
