"""What bars of one interval usually are: the measure of everything that triggers call wide, large or away."""

from collections import deque

from engines.events import Bar
from engines.timing.average_range import LEAST, NEWEST, AverageRange


class UsualBars:
    """Means over the newest closed bars of one interval.

    Attributes:
        range: Mean range, ticks.
    """

    def __init__(self) -> None:
        self.range = AverageRange()
        self._deltas: deque[int] = deque(maxlen=NEWEST)
        self._volumes: deque[int] = deque(maxlen=NEWEST)

    def close(self, bar: Bar, high: int, low: int) -> None:
        """Take a closed bar with its extremes in ticks."""
        self.range.close(high, low)
        self._volumes.append(bar.volume)
        if bar.delta is not None:
            self._deltas.append(abs(bar.delta))

    @property
    def delta(self) -> float | None:
        """Mean size of delta, lots, at least 1; None while too few bars told it."""
        return _mean(self._deltas)

    @property
    def volume(self) -> float | None:
        """Mean volume, lots, at least 1; None of too few bars."""
        return _mean(self._volumes)


def _mean(values: deque[int]) -> float | None:
    return max(1.0, sum(values) / len(values)) if len(values) >= LEAST else None
