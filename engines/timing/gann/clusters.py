"""Places where levels of several independent families stand close together."""

from collections.abc import Sequence
from typing import NamedTuple

from engines.timing.gann.rules import Level


class Cluster(NamedTuple):
    """Levels close together.

    Attributes:
        low: Its lowest level, ticks.
        high: Its highest.
        families: Different families among them: however many levels one has, it has one vote.
        members: The levels, the lowest first.
    """

    low: int
    high: int
    families: int
    members: tuple[Level, ...]

    @property
    def middle(self) -> int:
        """The tick in its middle, the lower of two."""
        return (self.low + self.high) // 2

    def distance(self, tick: int) -> int:
        """Return how many ticks a price is away from it; 0 inside."""
        return max(self.low - tick, tick - self.high, 0)


def find_clusters(levels: Sequence[Level], width: int, least: int) -> list[Cluster]:
    """Return the places of at most `width` ticks with levels of at least `least` families, the lowest first.

    `levels` stand in the order of their ticks. Of places less than `width` apart the one with most families stays, of
    equal ones the narrowest, then the lowest.
    """
    candidates: list[tuple[int, int, int, int, int]] = []
    count = len(levels)
    for first in range(count - least + 1):
        low = levels[first].tick
        if levels[first + least - 1].tick - low > width:
            continue
        seen = 0
        votes = 0
        for place in range(first, count):
            span = levels[place].tick - low
            if span > width:
                break
            vote = 1 << levels[place].family
            if not seen & vote:
                seen |= vote
                votes += 1
                if votes >= least:
                    candidates.append((-votes, span, low, first, place))
    if not candidates:
        return []
    candidates.sort()
    found: list[Cluster] = []
    for votes, span, low, first, place in candidates:
        high = low + span
        if all(low > other.high + width or high < other.low - width for other in found):
            found.append(Cluster(low, high, -votes, tuple(levels[first : place + 1])))
    found.sort()
    return found
