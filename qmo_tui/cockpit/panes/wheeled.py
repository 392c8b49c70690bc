"""A pane that the wheel scrolls by rows."""

from textual import events
from textual.message import Message

from qmo_tui.cockpit.panes.canvas import Canvas

_ROWS_PER_NOTCH = 2


class Wheeled(Canvas):
    """Tells when the wheel turns over it."""

    class Scrolled(Message):
        """The wheel turned over the pane `pane` by so many rows; up is positive."""

        def __init__(self, pane: str | None, rows: int) -> None:
            super().__init__()
            self.pane = pane
            self.rows = rows

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Show what is further up."""
        event.stop()
        self.post_message(self.Scrolled(self.id, _ROWS_PER_NOTCH))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Show what is further down."""
        event.stop()
        self.post_message(self.Scrolled(self.id, -_ROWS_PER_NOTCH))
