"""The answer to the last key, which is told for some seconds."""

from collections.abc import Callable
from typing import Final

MESSAGE_SECONDS: Final = 6.0
"""How long an answer is told, by the trader's clock."""


class Message:
    """One answer at a time: another one takes its place."""

    def __init__(self, clock: Callable[[], float], greeting: str = "") -> None:
        """Begin with what is told at the start, if anything."""
        self._clock = clock
        self._text, self._since = greeting, clock()

    @property
    def text(self) -> str | None:
        """What is told now; None for nothing."""
        return self._text if self._text and self._clock() - self._since <= MESSAGE_SECONDS else None

    def tell(self, text: str) -> None:
        """Tell another answer from now on."""
        self._text, self._since = text, self._clock()

    def clear(self) -> None:
        """Tell nothing any longer."""
        self._text = ""
