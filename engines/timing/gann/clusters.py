"""Places where levels of several independent families stand close together."""

from bisect import bisect_left, bisect_right
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
    candidates: list[tuple[int, int, int]] = []
    ticks = [level[0] for level in levels]
    votes = [1 << level[1] for level in levels]
    for first, nearest in enumerate(ticks[least - 1 :]):
        low = ticks[first]
        reach = low + width
        if nearest > reach:
            continue
        seen, families = votes[first], 1
        place = first + 1
        while place < len(ticks) and ticks[place] <= reach:
            if not seen & votes[place]:
                seen |= votes[place]
                families += 1
                if families >= least:
                    candidates.append((-families, ticks[place] - low, low))
            place += 1
    candidates.sort()
    found: list[Cluster] = []
    for families, span, low in candidates:
        high = low + span
        for other in found:
            if low <= other.high + width and high >= other.low - width:
                break
        else:
            members = levels[bisect_left(ticks, low) : bisect_right(ticks, high)]
            found.append(Cluster(low, high, -families, tuple(members)))
    found.sort()
    return found
