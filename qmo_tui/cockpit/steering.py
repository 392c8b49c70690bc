"""What arrows, pages and the wheel do: they act on the pane that has the focus, or that is pointed at."""

from collections.abc import Callable
from typing import Final

from qmo_tui.cockpit.layouts.panes import PANES, PaneName
from qmo_tui.cockpit.playing import Answer

Scroll = Callable[[int], Answer]
"""Scrolls a pane up by some rows, or down where negative."""
_AROUND: Final = 2
"""Rows of a pane that are no lines of it: its heading, and often a note below."""
_STILL: Final = "nothing to scroll in {}; Tab goes to the next pane"


class Steering:
    """Hands arrows and pages to the focused pane."""

    def __init__(
        self, focused: Callable[[], PaneName | None], rows: Callable[[PaneName], int], scrolls: dict[PaneName, Scroll]
    ) -> None:
        """Take which pane has the focus, how many rows a pane has, and what scrolls each."""
        self._focused = focused
        self._rows = rows
        self._scrolls = scrolls

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """Return what each key does."""
        return {
            "scroll_up": lambda: self.scroll(+1),
            "scroll_down": lambda: self.scroll(-1),
            "page_up": lambda: self.page(+1),
            "page_down": lambda: self.page(-1),
        }

    def page(self, direction: int) -> Answer:
        """Scroll the focused pane by half of its rows."""
        pane = self._focused()
        return self.scroll(direction * (max(1, (self._rows(pane) - _AROUND) // 2) if pane is not None else 1))

    def scroll(self, rows: int, pane: PaneName | None = None) -> Answer:
        """Scroll a pane, or the focused one."""
        pane = pane or self._focused()
        if pane is None:
            return None
        scroll = self._scrolls.get(pane)
        return _STILL.format(PANES[pane].title) if scroll is None else scroll(rows)
