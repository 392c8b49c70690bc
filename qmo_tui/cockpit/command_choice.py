"""What can be chosen from the command list, and what of it is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

Command: TypeAlias = Callable[[], str | None]
"""Does something and returns what to tell the trader; None where the screen shows the effect by itself."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be chosen from the list.

    Attributes:
        title: What it does, in a few words; what is typed is held against it.
        do: Does it.
        key: The key that does it without the list, as the keyboard shows it; empty for none.
        text: What the title does not say.
        refused: Why it cannot be chosen here; empty where it can.
    """

    title: str
    do: Command = field(compare=False)
    key: str = ""
    text: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class CommandChoice:
    """What the list shows.

    Attributes:
        query: What was typed.
        offers: What fits it, the best first.
        selected: Which one Enter takes.
    """

    query: str = ""
    offers: tuple[Offer, ...] = ()
    selected: int = 0
