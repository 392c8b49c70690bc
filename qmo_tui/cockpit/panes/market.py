"""The part of the screen that a layout divides among the panes of the market."""

from collections.abc import Callable, Iterable, Mapping

from textual.containers import Container
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from qmo_tui.cockpit.layouts.panes import PaneName
from qmo_tui.cockpit.panes.canvas import Canvas


class MarketArea(Container):
    """Holds every pane once, and gives cells to those that have a place."""

    def __init__(self, panes: Mapping[PaneName, Canvas], regions: Callable[[Size], Mapping[PaneName, Region]]) -> None:
        super().__init__(*panes.values(), id="market")
        self._placed = _Placed({canvas: name for name, canvas in panes.items()}, regions)

    @property
    def layout(self) -> Layout:
        """What places the panes; Textual's style of this name takes its own layouts only."""
        return self._placed

    def arrange_again(self) -> None:
        """Take up another layout."""
        # Textual keeps an arrangement until a child asks for another one; asking for it here would give the kept one.
        self.children[0].refresh(layout=True)


class _Placed(Layout):
    """Puts widgets where a table says, and no other one anywhere."""

    name = "placed"

    def __init__(self, names: Mapping[Widget, PaneName], regions: Callable[[Size], Mapping[PaneName, Region]]) -> None:
        self._names = names
        self._regions = regions

    def arrange(  # Textual's signature
        self,
        parent: Widget,  # noqa: ARG002
        children: Iterable[Widget],
        size: Size,
        greedy: bool = True,  # noqa: ARG002, FBT001, FBT002
    ) -> ArrangeResult:
        """Return a placement for each child that has cells."""
        regions = self._regions(size)
        return [
            WidgetPlacement(regions[name], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if (name := self._names[child]) in regions
        ]
