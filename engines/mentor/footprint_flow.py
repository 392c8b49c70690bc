"""Whether the newest minutes press the way a footprint speaks for: their delta against its usual size."""

from collections import deque
from itertools import islice
from math import sqrt
from typing import Final

from engines.mentor.phase_bars import PhaseBar

_USUAL: Final = 60
"""Minutes that tell what is usual."""
_LEAST: Final = 10
"""Minutes without which nothing is."""


class MinutePressure:
    """Delta and order-flow imbalance of the newest minutes that traded.

    Attributes:
        newest: Newest closed minute; None before the first.
    """

    def __init__(self, minutes: int) -> None:
        """Start before the first bar; `minutes` of the newest are read together."""
        self.newest: PhaseBar | None = None
        self._minutes = minutes
        self._bars: deque[PhaseBar] = deque(maxlen=_USUAL)
        self._lots = 0
        self._squares = 0
        self._read: tuple[int, float] | None = None

    @property
    def is_told(self) -> bool:
        """Whether the source tells aggressors."""
        return self.newest is not None and self.newest.delta is not None

    @property
    def usual_lots(self) -> float:
        """Mean lots of a minute, at least one."""
        return max(1.0, self._lots / len(self._bars)) if self._bars else 1.0

    def close(self, bar: PhaseBar) -> None:
        """Take a closed minute."""
        self.newest = bar
        if bar.delta is None:
            return
        if len(self._bars) == _USUAL:
            oldest = self._bars[0]
            self._lots -= oldest.volume
            self._squares -= (oldest.delta or 0) ** 2
        self._bars.append(bar)
        self._lots += bar.volume
        self._squares += bar.delta**2
        self._read = self._measure()

    @property
    def push(self) -> tuple[int, float] | None:
        """Lots bought less sold in the newest minutes, and in deviations of such sums; None before enough minutes.

        Deviations are 0 where the order-flow imbalance of the same minutes, where it is told, points the other way:
        quotes that do not follow trades confirm nothing.
        """
        return self._read

    def _measure(self) -> tuple[int, float] | None:
        if len(self._bars) < max(_LEAST, self._minutes):
            return None
        newest = list(islice(reversed(self._bars), self._minutes))
        delta = sum(bar.delta or 0 for bar in newest)
        usual = sqrt(self._minutes * self._squares / len(self._bars))
        told = [bar.ofi for bar in newest if bar.ofi is not None]
        agrees = not told or sum(told) * delta > 0
        return delta, (delta / usual if usual and agrees else 0.0)
