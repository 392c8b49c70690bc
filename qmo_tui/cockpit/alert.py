"""What a trader who looks elsewhere is told of: one alert, and one that was told."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

AlertKind: TypeAlias = Literal["prompt", "fill", "closed", "lock", "trouble", "feed", "price"]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to be told, by bell, flash or command."""

    kind: AlertKind
    text: str


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """An alert, when it came (ns UTC, None where no time is known), and why it made no noise (empty where it did)."""

    at: int | None
    alert: Alert
    silenced: str = ""

    @property
    def in_words(self) -> str:
        """Return kind and text, and why it was silent."""
        return f"{self.alert.kind}: {self.alert.text}" + (f" ({self.silenced})" if self.silenced else "")
