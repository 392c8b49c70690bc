"""The five pillars: how much each counts, and when a reader would see that one reads differently."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engines.events import PillarName
from engines.timing.lean import Lean

TIMING: Final[frozenset[PillarName]] = frozenset({"Astro", "Cycle"})
"""Pillars that tell a time; they have no direction."""
_SEEN: Final = 0.05
"""A strength that moved by less reads the same."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each pillar counts; only their proportions matter. 0 leaves one out of the score and of coverage."""

    qmo: float = 0.30
    imo: float = 0.25
    gann: float = 0.20
    astro: float = 0.15
    cycle: float = 0.10


def read_differently(before: Sequence[Lean], now: Sequence[Lean]) -> bool:
    """Whether a reader would see another reading: availability, direction, or strength by a twentieth and more."""
    for one, other in zip(before, now, strict=True):
        if one is not other and (
            one.available != other.available
            or one.direction != other.direction
            or abs(one.strength - other.strength) >= _SEEN
        ):
            return True
    return False
