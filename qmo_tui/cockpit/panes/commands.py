"""The command list as a widget: a row in which is typed, and below it what fits."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from qmo_tui.cockpit.command_list import LONGEST_QUERY
from qmo_tui.cockpit.painting.commands import commands_subject, paint_commands
from qmo_tui.cockpit.panes.canvas import Canvas
from qmo_tui.cockpit.themes import Palette

_OPEN = "-open"


class Commands(Vertical):
    """Lies over the market while it is open; what is typed is text, whatever it means elsewhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down,tab", "move(1)", show=False),
        Binding("shift+tab", "move(-1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
    ]

    class Typed(Message):
        """What is looked for was changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Moved(Message):
        """Another one is to be selected, so many further down."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class Taken(Message):
        """The selected one is to be done."""

    def __init__(self, palette: Palette) -> None:
        super().__init__(id="commands")
        self.list = Canvas(paint_commands, palette, "commands-list", subject=commands_subject, ground="panel")

    def compose(self) -> ComposeResult:
        """Lay out the row of what is typed and the list."""
        with Horizontal(id="commands-row"):
            yield Static(" command ", id="commands-question")
            yield Input(
                placeholder="part of a name, or a time", id="commands-text", compact=True, max_length=LONGEST_QUERY
            )
        yield self.list

    @property
    def is_open(self) -> bool:
        """Whether the list is shown."""
        return self.has_class(_OPEN)

    def open(self) -> None:
        """Show the list, take the keys."""
        self.add_class(_OPEN)
        entry = self.query_one(Input)
        entry.value = ""
        entry.cursor_blink = False
        # Not `entry.focus()`: that waits a turn, in which what is typed at once would be lost.
        self.screen.set_focus(entry, scroll_visible=False)

    def close(self) -> None:
        """Hide the list, give the keys back."""
        self.remove_class(_OPEN)
        self.screen.set_focus(None)

    def action_move(self, step: int) -> None:
        """Select another one."""
        self.post_message(self.Moved(step))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what is looked for."""
        event.stop()
        if self.is_open:
            self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Tell that the selected one is to be done."""
        event.stop()
        self.post_message(self.Taken())
