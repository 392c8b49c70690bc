"""A pane that the wheel scrolls by prices."""

from textual import events
from textual.message import Message

from qmo_tui.cockpit.panes.canvas import Canvas

_TICKS_PER_NOTCH = 2


class Wheeled(Canvas):
    """Tells when the wheel turns over it."""

    class Scrolled(Message):
        """The wheel turned over the pane `pane` by so many ticks; up is positive."""

        def __init__(self, pane: str | None, ticks: int) -> None:
            super().__init__()
            self.pane = pane
            self.ticks = ticks

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Show higher prices."""
        event.stop()
        self.post_message(self.Scrolled(self.id, _TICKS_PER_NOTCH))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Show lower prices."""
        event.stop()
        self.post_message(self.Scrolled(self.id, -_TICKS_PER_NOTCH))
