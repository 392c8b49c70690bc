"""The position bar as a widget: a click goes there."""

from textual import events
from textual.message import Message

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.scrub import bar_span, paint_scrub
from qmo_tui.cockpit.panes.canvas import Canvas
from qmo_tui.cockpit.themes import Palette


class Scrub(Canvas):
    """Paints the transport row and tells where its bar was clicked."""

    class Pointed(Message):
        """A place on the bar, 0 to 1."""

        def __init__(self, place: float) -> None:
            super().__init__()
            self.place = place

    def __init__(self, palette: Palette) -> None:
        super().__init__(paint_scrub, palette, "scrub")
        self._bar = (0, 0)

    def show(self, frame: Frame) -> None:
        """Paint a frame and remember where its bar stands."""
        super().show(frame)
        self._bar = bar_span(frame, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Tell the place under the pointer."""
        first, length = self._bar
        if length > 1 and first <= event.x < first + length:
            self.post_message(self.Pointed((event.x - first) / (length - 1)))
