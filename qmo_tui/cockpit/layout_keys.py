"""Which panes are shown, under the trader's fingers: focus, zoom, layouts, and what is shown for the moment."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from qmo_tui.cockpit.layouts.layout import Columns, Layout
from qmo_tui.cockpit.layouts.panes import PANES, PaneName
from qmo_tui.cockpit.layouts.resizing import higher, wider
from qmo_tui.cockpit.layouts.shape import Shape
from qmo_tui.cockpit.layouts.shelf import LayoutShelf
from qmo_tui.cockpit.looking import Looking
from qmo_tui.cockpit.painting.heading import Focus
from qmo_tui.cockpit.playing import Answer
from qmo_tui.cockpit.screen import CockpitScreen

_Resize = Callable[[Columns, PaneName, int, int, int], Columns | None]


class LayoutKeys:
    """The shape of the screen. It is kept here and handed to the screen whenever it changes."""

    def __init__(self, screen: CockpitScreen, shape: Shape, shelf: LayoutShelf, looking: Looking) -> None:
        self._screen = screen
        self._shape = shape
        self._shelf = shelf
        self._looking = looking
        self._focused: PaneName = "ladder"

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """Return what each key of panes does."""
        return {
            "next_pane": lambda: self._move_focus(+1),
            "previous_pane": lambda: self._move_focus(-1),
            "zoom": self._zoom,
            "zones": self._toggle_zones,
            "mentor": self._toggle_mentor,
            "health": lambda: self._peek("health"),
            "log": lambda: self._peek("log"),
            "next_layout": lambda: self.choose(self._shelf.after(self._shape.layout.name)),
            "save_layout": self._ask_for_name,
            "narrower": lambda: self._resize(wider, -1, "beside"),
            "wider": lambda: self._resize(wider, +1, "beside"),
            "lower": lambda: self._resize(higher, -1, "above or below"),
            "higher": lambda: self._resize(higher, +1, "above or below"),
        }

    @property
    def focus(self) -> Focus:
        """The pane that the arrows act on: where the chosen one has no place, the first that has."""
        placed = self._screen.placed
        pane = self._focused if self._focused in placed else placed[0] if placed else None
        return Focus(pane, zoomed=self._shape.zoomed is not None)

    def by_name(self) -> dict[str, Callable[[], Answer]]:
        """Return what shows each layout, by its name."""
        layouts = [(name, self._shelf.layout(name)) for name in self._shelf.names]
        return {name: partial(self.choose, layout) for name, layout in layouts if layout is not None}

    def focus_on(self, pane: PaneName) -> None:
        """Let the arrows act on a pane; a zoomed one gives its place to it."""
        self._focused = pane
        if self._shape.zoomed is not None:
            self._take(replace(self._shape, zoomed=pane))

    def choose(self, layout: Layout) -> Answer:
        """Show a layout, and remember it for the next start."""
        self._looking.begin(layout)
        self._shelf.remember(layout)
        self._take(
            replace(
                self._shape,
                layout=layout,
                zoomed=None,
                peeked=None,
                zones=None,
                mentor=None,
                footprint=self._looking.shows_footprint,
            )
        )
        return f"layout {layout.name}: {self._shelf.names.index(layout.name) + 1} of {len(self._shelf.names)}"

    def save(self, name: str) -> str:
        """Keep what is shown as a layout under a name; return what to tell.

        Raises:
            LayoutError: It cannot be kept.
        """
        looking = self._looking
        layout = replace(
            self._shape.layout,
            name=name,
            chart=looking.chart_kind,
            beneath=looking.beneath,
            profile=looking.profile,
            ladder=looking.ladder_columns,
        )
        told = self._shelf.save(layout)
        self._shelf.remember(layout)
        self._take(replace(self._shape, layout=layout))
        return told

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
        """Give the place of a zoomed pane back, and put away what was shown for the moment over the market."""
        mentor = None if self._shape.mentor else self._shape.mentor
        self._take(replace(self._shape, zoomed=None, peeked=None, mentor=mentor))

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

    def _peek(self, pane: PaneName) -> Answer:
        """Focus a pane that the layout has; else show it for the moment beside the ladder, or put it away."""
        shape = self._shape
        if pane in self._screen.placed_of(replace(shape, zoomed=None, peeked=None)):
            self._take(replace(shape, peeked=None))
            self.focus_on(pane)
            return None
        is_open = shape.peeked == pane and shape.zoomed is None
        self._take(replace(shape, zoomed=None, peeked=None if is_open else pane))
        self._focused = "ladder" if is_open else pane
        return None

    def _toggle_zones(self) -> Answer:
        self._take(replace(self._shape, zones=not self._screen.is_seen("zones")))
        return None

    def _toggle_mentor(self) -> Answer:
        self._take(replace(self._shape, mentor=not self._screen.is_seen("mentor")))
        return None

    def _ask_for_name(self) -> Answer:
        self._screen.ask_for_name()
        return None

    def _resize(self, resize: _Resize, steps: int, where: str) -> Answer:
        """Give the focused pane a larger or smaller share of the arrangement for this size."""
        pane, shape, size = self.focus.pane, self._shape, self._screen.size
        if shape.zoomed is not None or shape.peeked is not None:
            return "give the other panes their place back first: Esc"
        columns = shape.layout.arrangement_for(*size).columns
        market = self._screen.market_size
        changed = None if pane is None else resize(columns, pane, steps, *market)
        if pane is None or changed is None:
            return f"nothing stands {where}"
        layout = shape.layout.with_columns(changed, *size)
        self._take(replace(shape, layout=layout))
        return f"{PANES[pane].title} changed; Ctrl+L keeps the layout"
