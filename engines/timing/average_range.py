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
        ranges, reach = self._ranges, high - low
        ranges.append(reach)
        self._sum += reach
        if len(ranges) > self._newest:
            self._sum -= ranges.popleft()
        count = len(ranges)
        if count >= LEAST:
            self.ticks = self._sum / count if self._sum > count else 1.0

    def times(self, multiple: float, least: int) -> int:
        """Return a multiple of the average in whole ticks, at least `least`; that where there is no average yet."""
        if self.ticks is None:
            return least
        wide = round(multiple * self.ticks)
        return wide if wide > least else least
