"""The average range of the newest bars: the measure that distances in price are multiples of."""

from collections import deque
from typing import Final

NEWEST: Final = 20
"""Bars that it is over unless said otherwise."""
LEAST: Final = 2
"""Bars without which there is no average."""


class AverageRange:
    """Mean of high minus low of the newest bars of one interval, in ticks.

    Attributes:
        ticks: The average, at least one tick; None while there are too few bars.
    """

    def __init__(self, newest: int = NEWEST) -> None:
        """Start before the first bar; the average is over so many of the newest ones."""
        self._newest = newest
        self.ticks: float | None = None
        self._ranges: deque[int] = deque()
        self._sum = 0

    def close(self, high: int, low: int) -> None:
        """Take a closed bar."""
        ranges = self._ranges
        ranges.append(high - low)
        self._sum += high - low
        if len(ranges) > self._newest:
            self._sum -= ranges.popleft()
        if len(ranges) >= LEAST:
            self.ticks = max(1.0, self._sum / len(ranges))

    def times(self, multiple: float, least: int) -> int:
        """Return a multiple of the average in whole ticks, at least `least`; that where there is no average yet."""
        return least if self.ticks is None else max(least, round(multiple * self.ticks))
