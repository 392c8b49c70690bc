"""Whether the newest minutes press the way a footprint speaks for: their delta against its usual size."""

from collections import deque
from math import sqrt
from typing import Final

import msgspec

from engines.mentor.phase_bars import PhaseBar

_USUAL: Final = 60
"""Minutes that tell what is usual."""
_LEAST: Final = 10
"""Minutes without which nothing is."""


class Push(msgspec.Struct, frozen=True, gc=False):
    """What the newest minutes pressed.

    Attributes:
        lots: Bought less sold by aggressors.
        deviations: The same in deviations of such sums; 0 where order-flow imbalance, where it is told, points the
            other way: quotes that do not follow the trades confirm nothing.
        minute: Newest of the minutes.
    """

    lots: int
    deviations: float
    minute: PhaseBar


class MinutePressure:
    """Delta and order-flow imbalance of the newest minutes that traded.

    Attributes:
        is_told: Whether the source tells aggressors; None before the first minute.
        push: What the newest minutes pressed; None before enough of them.
        usual_lots: Lots that a price trades in a minute, on average; at least one.
    """

    def __init__(self, minutes: int) -> None:
        """Start before the first bar; `minutes` of the newest are read together."""
        self.is_told: bool | None = None
        self.push: Push | None = None
        self.usual_lots = 1.0
        self._minutes = minutes
        self._least = max(_LEAST, minutes)
        self._bars: deque[tuple[int, int, int]] = deque()
        self._lots = 0
        self._prices = 0
        self._squares = 0
        self._newest: deque[tuple[int, int]] = deque()
        self._delta = 0
        self._ofi = 0

    def close(self, bar: PhaseBar) -> None:
        """Take a closed minute."""
        delta = bar.delta
        self.is_told = delta is not None
        if delta is None:
            return
        self._learn(bar.volume, bar.high - bar.low + 1, delta * delta)
        # Without quotes the imbalance is taken to agree.
        self._take(delta, delta if bar.ofi is None else bar.ofi)
        count = len(self._bars)
        if count < self._least:
            return
        usual = sqrt(self._minutes * self._squares / count)
        agrees = self._delta * self._ofi > 0
        self.push = Push(self._delta, self._delta / usual if usual and agrees else 0.0, bar)

    def _learn(self, volume: int, prices: int, square: int) -> None:
        if len(self._bars) == _USUAL:
            old_volume, old_prices, old_square = self._bars.popleft()
            self._lots -= old_volume
            self._prices -= old_prices
            self._squares -= old_square
        self._bars.append((volume, prices, square))
        self._lots += volume
        self._prices += prices
        self._squares += square
        self.usual_lots = max(1.0, self._lots / self._prices)

    def _take(self, delta: int, ofi: int) -> None:
        if len(self._newest) == self._minutes:
            old_delta, old_ofi = self._newest.popleft()
            self._delta -= old_delta
            self._ofi -= old_ofi
        self._newest.append((delta, ofi))
        self._delta += delta
        self._ofi += ofi
