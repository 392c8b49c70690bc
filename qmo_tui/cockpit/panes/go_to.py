"""The row in which a time or a name is typed; it takes the footer's place."""

from dataclasses import dataclass
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

_ASKING = "-asking"
"""Class of the screen while the row is open."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, and what an answer looks like."""

    text: str
    example: str


TIME: Final = Question("go to", "18:10  or  23:10Z")
NAME: Final = Question("save layout as", "my-layout")


class GoTo(Horizontal):
    """Asks, and shows why an answer was refused; hidden until it is opened.

    Attributes:
        question: What was asked last.
    """

    class Asked(Message):
        """The trader typed an answer and pressed Enter."""

        def __init__(self, question: Question, text: str) -> None:
            super().__init__()
            self.question = question
            self.text = text

    question = TIME

    def compose(self) -> ComposeResult:
        """Lay out question, input and answer."""
        yield Static("", id="go-to-question")
        yield Input(id="go-to-text", compact=True, select_on_focus=True)
        yield Static("", id="go-to-answer", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether the row is shown."""
        return self.screen.has_class(_ASKING)

    def open(self, question: Question) -> None:
        """Show the row, take the keys."""
        self.screen.add_class(_ASKING)
        self.refuse("")
        entry = self.query_one(Input)
        if question != self.question:
            entry.value = ""
        self.question = question
        entry.placeholder = question.example
        self.query_one("#go-to-question", Static).update(f" {question.text} ")
        entry.cursor_blink = False
        # Not `entry.focus()`: that waits a turn, in which what is typed at once would be lost.
        self.screen.set_focus(entry, scroll_visible=False)

    def close(self) -> None:
        """Hide the row, give the keys back."""
        self.screen.remove_class(_ASKING)
        self.screen.set_focus(None)

    def refuse(self, reason: str) -> None:
        """Say why the answer cannot be taken; the text stays for correction."""
        self.query_one("#go-to-answer", Static).update(reason, layout=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the typed answer on; an empty one closes the row."""
        event.stop()
        if event.value.strip():
            self.post_message(self.Asked(self.question, event.value))
        else:
            self.close()
