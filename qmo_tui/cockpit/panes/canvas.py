"""The one kind of live widget: rows of ink, of which the cells that changed are repainted."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from rich.segment import Segment
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.spans import PLAIN, Rows, changed_cells, frugal
from qmo_tui.cockpit.themes import Palette

Painter: TypeAlias = Callable[[Frame, int, int], Rows]
"""Paints a frame into so many columns and rows."""
Subject: TypeAlias = Callable[[Frame], object]
"""Tells what of a frame a painter looks at; while that is equal, nothing is painted."""


class Cells(Strip):
    """A row of cells in colours that need no translation."""

    def apply_filter(self, filter: LineFilter, background: Color) -> Strip:  # noqa: A002 - Textual's own name
        """Return what a filter makes of the cells: nothing else, where it translates the terminal's own colours.

        A theme that has those is painted with them; every other one has none.
        """
        if isinstance(filter, ANSIToTruecolor):
            return self
        return Cells(filter.apply(self._segments, background), self.cell_length)


class Canvas(Widget):
    """Shows what a painter makes of each frame; never takes the focus."""

    can_focus = False
    ALLOW_SELECT = False

    def __init__(
        self,
        painter: Painter,
        palette: Palette,
        name: str,
        *,
        subject: Subject = lambda frame: frame,
        ground: str = "ground",
    ) -> None:
        super().__init__(id=name)
        self.paint = painter
        self._subject = subject
        self._ground = ground
        self._palette = palette
        self._rows: Rows = ()
        self._frame: Frame | None = None
        self._painted: object = None

    @property
    def rows(self) -> Rows:
        """What the canvas shows."""
        return self._rows

    @property
    def room(self) -> Size:
        """The cells it has on the screen: none where it has no place, whatever it had before."""
        return self.region.size

    def use(self, palette: Palette) -> None:
        """Repaint in other colours."""
        self._palette = palette
        self.refresh()

    def show(self, frame: Frame) -> None:
        """Paint a frame and mark the cells that differ from what is on screen."""
        self._frame = frame
        width, height = self.room
        if not width or not height:
            return
        painted = (self._subject(frame), width, height)
        if painted == self._painted:
            return
        self._painted = painted
        rows = self.paint(frame, width, height)
        previous, self._rows = self._rows, rows
        if len(previous) != len(rows):
            self.refresh()
        elif changed := list(changed_regions(previous, rows)):
            self.refresh(*changed)

    def on_resize(self) -> None:
        """Paint for the new size at once."""
        if self._frame is not None:
            self.show(self._frame)

    def render_line(self, y: int) -> Strip:
        """Return one row as Textual wants it."""
        ground, style = self._ground, self._palette.style
        spans = frugal(self._rows[y]) if y < len(self._rows) else ()
        strip = Cells([Segment(text, style(ink, ground)) for text, ink in spans])
        return strip.adjust_cell_length(self.size.width, style(PLAIN, ground))


def changed_regions(previous: Rows, rows: Rows) -> Iterator[Region]:
    """Yield where as many rows differ."""
    for y, (old, new) in enumerate(zip(previous, rows, strict=True)):
        if old != new:
            yield from (Region(first, y, end - first, 1) for first, end in changed_cells(old, new))
