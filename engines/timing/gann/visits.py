"""Visits of the market to clusters: when it arrives, from which side, and whether it was sent back.

All of it is read from closed minutes. A minute arrives at a cluster if it trades within the tolerance of it and the
minute before did not. The side is where the market came from: from above the cluster lies below the market and is
support (`bid`), from below it is resistance (`ask`).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engines.book.layout import MINUTE_NS
from engines.events import PassiveSide, Reason, Window
from engines.timing.gann.clusters import Cluster
from engines.timing.swings import ClosedBar

LEAST_MINUTES: Final = 240
"""Closed minutes without which no share of them is told."""
_DIGITS: Final = 3
_NOWHERE: Final = 2**62


@dataclass(slots=True)
class Visit:
    """One visit to a cluster.

    Attributes:
        side: `bid` where the market came from above.
        tolerance: Ticks around the cluster that count as it.
        start: Begin of the minute that arrived, ns.
        known: Its end.
        end: First nanosecond after the visit; it is over before where a minute closes beyond the cluster.
        rejected: The first minute that closed away from it on the side that the market came from.
        window: What was said of it; None until it was.
        reasons: What a pillar that speaks of it rests on.
    """

    cluster: Cluster
    side: PassiveSide
    tolerance: int
    start: int
    known: int
    end: int
    rejected: ClosedBar | None = None
    window: Window | None = None
    reasons: tuple[Reason, ...] = ()

    def survives(self, bar: ClosedBar) -> bool:
        """Take a closed minute; return whether the visit goes on after it."""
        away = bar.close - self.cluster.high if self.side == "bid" else self.cluster.low - bar.close
        through = self.cluster.low - bar.close if self.side == "bid" else bar.close - self.cluster.high
        if bar.end >= self.end or through > self.tolerance:
            return False
        if away > self.tolerance and self.rejected is None:
            self.rejected = bar
        return True


class Visits:
    """Follows the market from cluster to cluster.

    Attributes:
        running: Visits that go on, the oldest first.
    """

    def __init__(self, minutes: int) -> None:
        """Start before the first minute; a visit lasts for `minutes` after the one that arrived."""
        self.running: list[Visit] = []
        self._lasts = minutes * MINUTE_NS
        self._clusters: Sequence[Cluster] = ()
        self._tolerance = 0
        self._highs: list[int] = []
        self._before: ClosedBar | None = None
        self._free: tuple[int, int] = (1, 0)
        self._minutes = 0
        self._reached = 0

    @property
    def base_rate(self) -> float | None:
        """Share of all closed minutes since there are levels that traded at any cluster; None while they are few."""
        return round(self._reached / self._minutes, _DIGITS) if self._minutes >= LEAST_MINUTES else None

    def watch(self, clusters: Sequence[Cluster], tolerance: int) -> None:
        """Take the clusters as they stand now, the lowest first and farther than twice the tolerance apart."""
        self._clusters = clusters
        self._tolerance = tolerance
        self._highs = [cluster.high + tolerance for cluster in clusters]
        self._free = (1, 0)

    def take(self, bar: ClosedBar) -> list[Visit]:
        """Take a closed minute and return the visits that begin with it."""
        self._minutes += 1
        before, self._before = self._before, bar
        if self.running:
            self.running = [visit for visit in self.running if visit.survives(bar)]
        low, high = self._free
        if low <= bar.low and bar.high <= high:
            return []
        return self._take_near(bar, before)

    def _take_near(self, bar: ClosedBar, before: ClosedBar | None) -> list[Visit]:
        clusters, tolerance = self._clusters, self._tolerance
        first = last = bisect_left(self._highs, bar.low)
        reach = bar.high + tolerance
        while last < len(clusters) and clusters[last].low <= reach:
            last += 1
        if first == last:
            below = self._highs[first - 1] + 1 if first else -_NOWHERE
            above = clusters[first].low - tolerance - 1 if first < len(clusters) else _NOWHERE
            self._free = below, above
            return []
        self._reached += 1
        began: list[Visit] = []
        if before is None:
            return began
        for cluster in clusters[first:last]:
            was_there = before.low <= cluster.high + tolerance and before.high >= cluster.low - tolerance
            if not was_there and not self._is_visited(cluster):
                began.append(self._visit(cluster, bar, before))
        self.running += [visit for visit in began if visit.survives(bar)]
        return began

    def _is_visited(self, cluster: Cluster) -> bool:
        """Whether a visit goes on at about the place of a cluster, which moves a little as angles do."""
        low, high = cluster.low - self._tolerance, cluster.high + self._tolerance
        return any(visit.cluster.low <= high and visit.cluster.high >= low for visit in self.running)

    def _visit(self, cluster: Cluster, bar: ClosedBar, before: ClosedBar) -> Visit:
        side: PassiveSide = "bid" if before.low > cluster.high else "ask"
        return Visit(cluster, side, self._tolerance, bar.start, bar.end, bar.end + self._lasts)
