"""What the newest five-minute bars say together, kept up to date bar by bar; ticks and lots."""

from array import array
from collections import deque
from math import sqrt
from typing import Final

from engines.mentor.phase_bars import PhaseBar

DAYS_KEPT: Final = 20
"""Trading days whose ranges a time of day is compared with at most."""


class BarWindow:
    """The newest bars of one interval.

    A day's first bar moves from its own open, so that a jump over a halt or a weekend is no move.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._bars: deque[tuple[PhaseBar, int]] = deque()
        self._highs: list[int] = []
        self._lows: list[int] = []
        self._last: int | None = None
        self._unsided = 0
        self._squares = 0
        self.net = 0
        self.path = 0
        self.lots = 0
        self.ranges = 0

    @property
    def count(self) -> int:
        """Bars in it."""
        return len(self._bars)

    @property
    def is_full(self) -> bool:
        """Whether it holds as many as it is made for; nothing below is meant before."""
        return len(self._bars) == self._length

    @property
    def start(self) -> int:
        """First nanosecond of its oldest bar; 0 where there is none."""
        return self._bars[0][0].start if self._bars else 0

    def begin_day(self) -> None:
        """Start a trading day."""
        self._last = None

    def close(self, bar: PhaseBar) -> None:
        """Take a closed bar."""
        if self.is_full:
            oldest, move = self._bars.popleft()
            del self._highs[0], self._lows[0]
            self._count(oldest, move, -1)
        move = bar.close - (bar.open if self._last is None else self._last)
        self._last = bar.close
        self._bars.append((bar, move))
        self._highs.append(bar.high)
        self._lows.append(bar.low)
        self._count(bar, move, 1)

    def _count(self, bar: PhaseBar, move: int, times: int) -> None:
        self.net += times * move
        self.path += times * abs(move)
        self.ranges += times * (bar.high - bar.low)
        if bar.delta is None:
            self._unsided += times
        else:
            self.lots += times * bar.delta
            self._squares += times * bar.delta * bar.delta

    @property
    def efficiency(self) -> float:
        """Kaufman's efficiency ratio: net movement of the closes over all of it; 0 where nothing moved."""
        return abs(self.net) / self.path if self.path else 0.0

    @property
    def average_range(self) -> float:
        """Mean of high minus low."""
        return self.ranges / len(self._bars)

    @property
    def push(self) -> float | None:
        """What cumulative delta gained, in deviations of a walk with as large steps; None where a bar has no delta."""
        if self._unsided:
            return None
        return self.lots / sqrt(self._squares) if self._squares else 0.0

    def newer_extreme(self, sign: int) -> bool:
        """Whether the newer half of the bars trades below the older one (-1), or above it (1)."""
        half = self._length // 2
        if sign > 0:
            return max(self._highs[half:]) > max(self._highs[:half])
        return min(self._lows[half:]) < min(self._lows[:half])


class UsualRanges:
    """How wide the market trades at each time of day, compared with the same time of the days before."""

    def __init__(self, usual_days: int) -> None:
        self._usual_days = usual_days
        self._earlier: dict[int, array[int]] = {}

    def take(self, slot: int, reach: int) -> tuple[float | None, int]:
        """Take a range at a slot of the day, once a day; return its percentile (0 to 1) and the days it rests on.

        None before there are enough days.
        """
        earlier = self._earlier.setdefault(slot, array("q"))
        days = len(earlier)
        below = sum((other < reach) + (other <= reach) for other in earlier)
        earlier.append(reach)
        del earlier[:-DAYS_KEPT]
        return (below / (2 * days) if days >= self._usual_days else None), days
