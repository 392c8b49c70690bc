"""The average range of the newest bars: the measure that distances in price are multiples of."""

from collections import deque
from typing import Final

NEWEST: Final = 20
LEAST: Final = 2
"""Bars without which there is no average."""


class AverageRange:
    """Mean of high minus low of the newest bars of one interval, in ticks."""

    def __init__(self) -> None:
        self._ranges: deque[int] = deque(maxlen=NEWEST)

    def close(self, high: int, low: int) -> None:
        """Take a closed bar."""
        self._ranges.append(high - low)

    @property
    def ticks(self) -> float | None:
        """The average, at least one tick; None while there are too few bars."""
        if len(self._ranges) < LEAST:
            return None
        return max(1.0, sum(self._ranges) / len(self._ranges))

    def times(self, multiple: float, least: int) -> int:
        """Return a multiple of the average in whole ticks, at least `least`; that where there is no average yet."""
        average = self.ticks
        return least if average is None else max(least, round(multiple * average))
