"""Bars of one interval counted from its confirmed pivots.

A pivot is a confirmed swing that no bar of the `reach` bars before it went beyond. Bars are counted as they closed: an
interval without a trade has no bar, the daily halt and the weekend have none, so the count is the one that a chart of
closed bars shows, and the one that swings are confirmed by.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from engines.book.layout import SECOND_NS
from engines.timing.sessions import NEW_YORK
from engines.timing.swings import ClosedBar, Swing, Swings, SwingSide

HALVES: Final = {21: 1, 45: 2, 90: 3}
"""Numbers that are watched, and how many bars their windows reach to both sides."""
LAST: Final = max(target + half for target, half in HALVES.items())
"""A pivot is counted from until so many bars have closed: its last window is over."""
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_OPENINGS: Final = frozenset(target - half - 1 for target, half in HALVES.items())
"""Bars closed when the next one is the first of a window."""
_FOLLOWING: Final = {first + HALVES[first]: second for first, second in pairwise(HALVES)}
"""Bars closed when a window is over, and the number that comes next."""


@dataclass(slots=True)
class Pivot:
    """A confirmed swing that bars are counted from.

    Attributes:
        start: Begin of the bar that made it, ns.
        bars: Bars closed since.
        interval: Of those bars.
        target: The number whose window the running bar lies in, or whose comes next.
    """

    side: SwingSide
    tick: int
    start: int
    bars: int
    interval: str
    target: int = min(HALVES)

    @property
    def label(self) -> str:
        """What it is called (`the Tue 13:25 low (5m)`), by New York's clock."""
        return _label(self.side, self.start, self.interval)


class Pivots:
    """The pivots of one interval that bars are counted from.

    Attributes:
        live: The newest of each side whose windows are not all over, in the order of their confirmation.
    """

    def __init__(self, interval: str, wing: int, reach: int, most: int) -> None:
        """Start before the first bar; `most` pivots of each side are counted from."""
        self._interval = interval
        self.live: list[Pivot] = []
        self._wing = wing
        self._most = most
        self._swings = Swings(wing)
        self._highs: deque[int] = deque(maxlen=reach + wing + 1)
        self._lows: deque[int] = deque(maxlen=reach + wing + 1)

    @property
    def base_rate(self) -> float:
        """Share of bars that lie in any window of so many pivots by chance."""
        return chance(len(self.live))

    def close(self, bar: ClosedBar) -> list[tuple[Pivot, int]]:
        """Take a closed bar; return the pivots and numbers whose window begins with the next one."""
        self._highs.append(bar.high)
        self._lows.append(bar.low)
        opened: list[tuple[Pivot, int]] = []
        is_over = False
        for pivot in self.live:
            pivot.bars += 1
            if pivot.bars in _OPENINGS:
                opened.append((pivot, pivot.target))
            elif pivot.bars in _FOLLOWING:
                pivot.target = _FOLLOWING[pivot.bars]
            elif pivot.bars == LAST:
                is_over = True
        if is_over:
            self.live = [pivot for pivot in self.live if pivot.bars < LAST]
        for swing in self._swings.close(bar):
            if self._stands_out(swing):
                self._count_from(swing)
        return opened

    def _stands_out(self, swing: Swing) -> bool:
        """Whether no bar of the reach before a swing went beyond it; those after it did not, or it were no swing."""
        if len(self._highs) < (self._highs.maxlen or 0):
            return False
        return swing.tick == (max(self._highs) if swing.side == "high" else min(self._lows))

    def _count_from(self, swing: Swing) -> None:
        self.live.append(Pivot(swing.side, swing.tick, swing.start, self._wing, self._interval))
        same = [pivot for pivot in self.live if pivot.side == swing.side]
        if len(same) > self._most:
            self.live.remove(same[0])


@lru_cache(maxsize=256)
def _label(side: SwingSide, start: int, interval: str) -> str:
    local = datetime.fromtimestamp(start // SECOND_NS, NEW_YORK)
    return f"the {_WEEKDAYS[local.weekday()]} {local:%H:%M} {side} ({interval})"


def chance(pivots: int, halves: Mapping[int, int] = HALVES) -> float:
    """Return the share of bars that lie in a window of any of so many pivots, were they strewn at random.

    Of the bars that one pivot is counted for, its windows cover a fixed share; pivots at random miss a bar together
    with the product of their chances to miss it.
    """
    covered = sum(2 * half + 1 for half in halves.values())
    return 1 - (1 - covered / max(target + half for target, half in halves.items())) ** pivots
