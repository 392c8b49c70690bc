"""Which panes are shown, under the trader's fingers: focus, zoom, and what is shown or hidden for the moment."""

from collections.abc import Callable
from dataclasses import replace

from qmo_tui.cockpit.layouts.panes import PANES, PaneName
from qmo_tui.cockpit.layouts.shape import Shape
from qmo_tui.cockpit.painting.heading import Focus
from qmo_tui.cockpit.playing import Answer
from qmo_tui.cockpit.screen import CockpitScreen


class LayoutKeys:
    """The shape of the screen. It is kept here and handed to the screen whenever it changes."""

    def __init__(self, screen: CockpitScreen, shape: Shape) -> None:
        self._screen = screen
        self._shape = shape
        self._focused: PaneName = "ladder"

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """Return what each key of panes does."""
        return {
            "next_pane": lambda: self._move_focus(+1),
            "previous_pane": lambda: self._move_focus(-1),
            "zoom": self._zoom,
            "zones": self._toggle_zones,
            "mentor": self._toggle_mentor,
        }

    @property
    def focus(self) -> Focus:
        """The pane that the arrows act on: where the chosen one has no place, the first that has."""
        placed = self._screen.placed
        pane = self._focused if self._focused in placed else placed[0] if placed else None
        return Focus(pane, zoomed=self._shape.zoomed is not None)

    def focus_on(self, pane: PaneName) -> None:
        """Let the arrows act on a pane; a zoomed one gives its place to it."""
        self._focused = pane
        if self._shape.zoomed is not None:
            self._take(replace(self._shape, zoomed=pane))

    def show_zones(self) -> None:
        """Show the table of zones where it is not shown already."""
        if not self._screen.is_seen("zones"):
            self._take(replace(self._shape, zones=True))

    def show_footprint(self, *, is_shown: bool) -> None:
        """Give the chart the rows of a footprint, or take them back."""
        self._take(replace(self._shape, footprint=is_shown))

    def show_opened(self, *, opened: bool, why: bool) -> None:
        """Show or hide an opened zone and the reasons of the pillars."""
        self._take(replace(self._shape, opened=opened, why=why))

    def dismiss(self) -> None:
        """Give a zoomed pane back, and put the mentor away where it lies over the market."""
        mentor = None if self._shape.mentor else self._shape.mentor
        self._take(replace(self._shape, zoomed=None, mentor=mentor))

    def _take(self, shape: Shape) -> None:
        self._shape = shape
        self._screen.take(shape)

    def _move_focus(self, step: int) -> Answer:
        if self._shape.zoomed is None:
            order = self._screen.placed
        else:
            order = self._screen.placed_of(replace(self._shape, zoomed=None))
        pane = self.focus.pane
        if pane is None:
            return None
        place = order.index(pane) + step if pane in order else 0
        self.focus_on(order[place % len(order)])
        return None

    def _zoom(self) -> Answer:
        """Show the focused pane alone, or give it back."""
        pane = self.focus.pane
        zoomed = None if self._shape.zoomed is not None else pane
        self._take(replace(self._shape, zoomed=zoomed))
        return f"{PANES[zoomed].title} alone; F or Esc gives it back" if zoomed is not None else None

    def _toggle_zones(self) -> Answer:
        self._take(replace(self._shape, zones=not self._screen.is_seen("zones")))
        return None

    def _toggle_mentor(self) -> Answer:
        self._take(replace(self._shape, mentor=not self._screen.is_seen("mentor")))
        return None
