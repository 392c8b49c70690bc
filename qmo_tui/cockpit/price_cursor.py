"""The ladder's price cursor: where an entry by hand would stand."""

from engines.view import MarketView
from qmo_tui.cockpit.painting.ladder_notes import market_tick


class PriceCursor:
    """A price that the trader points at; it stays at its price while the market moves."""

    def __init__(self) -> None:
        self.tick: int | None = None
        self._view: MarketView | None = None

    def follow(self, view: MarketView) -> None:
        """Take the newest view, in whose market a new cursor begins."""
        self._view = view

    def toggle(self) -> str | None:
        """Put the cursor where the market is, in the ladder's window, or take it away."""
        if self.tick is not None:
            self.tick = None
            return None
        market = None if self._view is None else market_tick(self._view)
        if self._view is None or market is None or not self._view.ladder:
            return "there is no price to point at yet"
        self.tick = max(self._view.ladder[-1].tick, min(self._view.ladder[0].tick, market))
        return None

    def move(self, ticks: int) -> int:
        """Move it by some prices; return by how many the window must go along to keep it in sight."""
        if self.tick is None:
            return 0
        self.tick += ticks
        if self._view is None or not self._view.ladder:
            return 0
        top, bottom = self._view.ladder[0].tick, self._view.ladder[-1].tick
        return max(0, self.tick - top) + min(0, self.tick - bottom)
