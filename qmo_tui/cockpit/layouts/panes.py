"""The panes that a layout can place, and the least room in which each can be read."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

PaneName: TypeAlias = Literal[
    "ladder",
    "chart",
    "tape",
    "zones",
    "pillars",
    "time",
    "mentor",
    "position",
    "health",
    "log",
    "opened",
    "why",
]


@dataclass(frozen=True, slots=True)
class PaneKind:
    """A pane in words, and its least size in cells."""

    title: str
    width: int
    height: int


PANES: Final[dict[PaneName, PaneKind]] = {
    "ladder": PaneKind("ladder", 30, 6),
    "chart": PaneKind("chart", 30, 6),
    "tape": PaneKind("tape", 22, 2),
    "zones": PaneKind("zones", 30, 3),
    "pillars": PaneKind("pillars", 34, 7),
    "time": PaneKind("time ahead", 30, 4),
    "mentor": PaneKind("mentor", 30, 4),
    "position": PaneKind("position and risk", 30, 4),
    "health": PaneKind("feed health", 30, 4),
    "log": PaneKind("log", 30, 3),
    "opened": PaneKind("opened zone", 30, 4),
    "why": PaneKind("reasons", 30, 4),
}
PLACEABLE: Final[tuple[PaneName, ...]] = tuple(name for name in PANES if name not in {"opened", "why"})
"""What a layout file may name; the others come and go by their keys."""
