"""The list in which the ladder's columns are chosen: which are shown, and in which order."""

from typing import Final

from qmo_tui.cockpit.choices import LADDER_COLUMNS, LadderColumn
from qmo_tui.cockpit.frame import ColumnChoice
from qmo_tui.cockpit.looking import Looking
from qmo_tui.cockpit.modes import Commands, over
from qmo_tui.cockpit.playing import Answer

USUAL: Final[tuple[LadderColumn, ...]] = ("size", "changes", "orders", "icebergs", "traded", "volume", "names")
"""What is shown while nothing is chosen, as far as there is room."""


class ColumnKeys:
    """The list under the trader's fingers. While it is open, arrows, `u` and the keys of heights are its own.

    A column keeps its place in the order while it is left out.
    """

    def __init__(self, looking: Looking) -> None:
        self._looking = looking
        self._order: list[LadderColumn] = []
        self._selected = 0
        self.is_open = False

    @property
    def choice(self) -> ColumnChoice | None:
        """The list as it is shown; None while it is closed."""
        if not self.is_open:
            return None
        shown = frozenset(self._looking.ladder_columns or USUAL)
        return ColumnChoice(tuple(self._order), shown, self._selected)

    def toggle(self) -> Answer:
        """Open the list, the shown columns first, or close it."""
        self.is_open = not self.is_open
        if self.is_open:
            shown = self._looking.ladder_columns or USUAL
            self._order = [*shown, *(column for column in LADDER_COLUMNS if column not in shown)]
            self._selected = 0
        return None

    def close(self) -> None:
        """Close the list; what was chosen stays."""
        self.is_open = False

    def over(self, commands: Commands) -> Commands:
        """Return commands of which some are the list's own while it is open."""
        own: Commands = {
            "scroll_up": lambda: self._step(-1),
            "scroll_down": lambda: self._step(+1),
            "choose": self._show_or_hide,
            "lower": lambda: self._move(+1),
            "higher": lambda: self._move(-1),
        }
        return over(own, commands, lambda: self.is_open) | {"columns": self.toggle}

    def _step(self, rows: int) -> Answer:
        self._selected = max(0, min(len(self._order) - 1, self._selected + rows))
        return None

    def _show_or_hide(self) -> Answer:
        shown = set(self._looking.ladder_columns or USUAL) ^ {self._order[self._selected]}
        self._show(shown)
        return None if shown else "no column chosen: as many as fit"

    def _move(self, places: int) -> Answer:
        """Move the column under the marker nearer to the price, or further from it."""
        place = max(0, min(len(self._order) - 1, self._selected + places))
        self._order.insert(place, self._order.pop(self._selected))
        self._selected = place
        self._show(set(self._looking.ladder_columns or USUAL))
        return None

    def _show(self, shown: set[LadderColumn]) -> None:
        self._looking.ladder_columns = tuple(column for column in self._order if column in shown)
