"""The ladder as a widget: the wheel scrolls it."""

from textual import events
from textual.message import Message

from qmo_tui.cockpit.painting.ladder import paint_ladder
from qmo_tui.cockpit.panes.canvas import Canvas
from qmo_tui.cockpit.themes import Palette

_TICKS_PER_NOTCH = 2


class Ladder(Canvas):
    """Paints the ladder and tells when the wheel turns over it."""

    class Scrolled(Message):
        """The wheel moved the ladder by so many ticks; up is positive."""

        def __init__(self, ticks: int) -> None:
            super().__init__()
            self.ticks = ticks

    def __init__(self, palette: Palette) -> None:
        super().__init__(paint_ladder, palette, "ladder")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Show higher prices."""
        event.stop()
        self.post_message(self.Scrolled(_TICKS_PER_NOTCH))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Show lower prices."""
        event.stop()
        self.post_message(self.Scrolled(-_TICKS_PER_NOTCH))
