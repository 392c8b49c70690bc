"""The chart's crosshair: a bar and a price that the trader reads, which stay where they are while the market moves."""

from collections.abc import Callable
from typing import Final

from engines.view import MarketView
from qmo_tui.cockpit.frame import ReadPoint
from qmo_tui.cockpit.modes import Commands, over
from qmo_tui.cockpit.playing import Answer

_FAR: Final = 10
"""Bars that the keys of ten minutes go."""


class Crosshair:
    """The point under the trader's fingers; arrows are its own while it is on and the chart has the focus."""

    def __init__(self, is_focused: Callable[[], bool], price_step: Callable[[], int]) -> None:
        """Take whether the chart has the focus, and the ticks in a row of it."""
        self.point: ReadPoint | None = None
        self._is_focused = is_focused
        self._price_step = price_step
        self._view: MarketView | None = None

    @property
    def is_moved(self) -> bool:
        """Whether the arrows are its own."""
        return self.point is not None and self._is_focused()

    def follow(self, view: MarketView) -> None:
        """Take the newest view; where its bar is gone, or of another interval, the point goes to the nearest before."""
        self._view = view
        if self.point is not None and view.bars:
            earlier = [bar.start for bar in view.bars if bar.start <= self.point.start]
            self.point = ReadPoint(max(earlier, default=view.bars[0].start), self.point.tick)

    def toggle(self) -> Answer:
        """Put it at the newest bar's close, or take it away."""
        if self.point is not None:
            self.point = None
            return None
        if self._view is None or not self._view.bars:
            return "there is no bar to read yet"
        newest = self._view.bars[-1]
        self.point = ReadPoint(newest.start, newest.close)
        return None

    def over(self, commands: Commands) -> Commands:
        """Return commands whose arrows move it while it is on."""
        own: Commands = {
            "scroll_up": lambda: self._move_price(+1),
            "scroll_down": lambda: self._move_price(-1),
            "page_up": lambda: self._move_price(+_FAR),
            "page_down": lambda: self._move_price(-_FAR),
            "back_minute": lambda: self._move_bar(-1),
            "ahead_minute": lambda: self._move_bar(+1),
            "back_ten": lambda: self._move_bar(-_FAR),
            "ahead_ten": lambda: self._move_bar(+_FAR),
        }
        return over(own, commands, lambda: self.is_moved)

    def _move_bar(self, bars: int) -> Answer:
        """Go to another bar, and to its close."""
        if self.point is None or self._view is None or not self._view.bars:
            return None
        starts = [bar.start for bar in self._view.bars]
        place = starts.index(self.point.start) if self.point.start in starts else len(starts) - 1
        bar = self._view.bars[max(0, min(len(starts) - 1, place + bars))]
        self.point = ReadPoint(bar.start, bar.close)
        return None

    def _move_price(self, rows: int) -> Answer:
        if self.point is not None:
            self.point = ReadPoint(self.point.start, self.point.tick + rows * self._price_step())
        return None
