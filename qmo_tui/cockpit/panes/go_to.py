"""The row in which a time is typed; it takes the footer's place."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

_ASKING = "-asking"
"""Class of the screen while the row is open."""


class GoTo(Horizontal):
    """Asks for a time and shows why one was refused; hidden until it is opened."""

    class Asked(Message):
        """The trader typed a time and pressed Enter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def compose(self) -> ComposeResult:
        """Lay out question, input and answer."""
        yield Static(" go to ", id="go-to-question")
        yield Input(placeholder="18:10  or  23:10Z", id="go-to-text", compact=True, select_on_focus=True)
        yield Static("", id="go-to-answer", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether the row is shown."""
        return self.screen.has_class(_ASKING)

    def open(self) -> None:
        """Show the row, take the keys."""
        self.screen.add_class(_ASKING)
        self.refuse("")
        entry = self.query_one(Input)
        entry.cursor_blink = False
        # Not `entry.focus()`: that waits a turn, in which what is typed at once would be lost.
        self.screen.set_focus(entry, scroll_visible=False)

    def close(self) -> None:
        """Hide the row, give the keys back."""
        self.screen.remove_class(_ASKING)
        self.screen.set_focus(None)

    def refuse(self, reason: str) -> None:
        """Say why the time cannot be gone to; the text stays for correction."""
        self.query_one("#go-to-answer", Static).update(reason, layout=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the typed time on; an empty one closes the row."""
        event.stop()
        if event.value.strip():
            self.post_message(self.Asked(event.value))
        else:
            self.close()
