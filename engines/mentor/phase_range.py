"""The active dealing range: from the newest swing low of the fifteen-minute bars to their newest swing high.

Both ends move with what trades beyond them until another swing is confirmed, so price is always inside.
"""

from engines.mentor.phase_bars import PhaseBar
from engines.timing.swings import ClosedBar, Swings


class DealingRange:
    """Range and swing structure of one instrument.

    Attributes:
        high: Its upper end, ticks; None, as the lower one, before a swing of that side is confirmed.
        low: Its lower end.
        newest: Closed bar that confirmed the newest swing; None before the first.
    """

    def __init__(self, wing: int) -> None:
        """Start before the first bar; `wing` bars on each side make a swing."""
        self.high: int | None = None
        self.low: int | None = None
        self.newest: PhaseBar | None = None
        self._swings = Swings(wing)
        self._highs: list[int] = []
        self._lows: list[int] = []

    def close(self, bar: PhaseBar) -> None:
        """Take a closed bar of fifteen minutes."""
        for swing in self._swings.close(ClosedBar(bar.start, bar.end, bar.high, bar.low, bar.close, bar.open, 0)):
            self.newest = bar
            known = self._highs if swing.side == "high" else self._lows
            known.append(swing.tick)
            del known[:-2]
            if swing.side == "high":
                self.high = swing.tick
            else:
                self.low = swing.tick
        self.widen(bar)

    def widen(self, bar: PhaseBar) -> None:
        """Take in what a bar of any length traded beyond its ends."""
        if self.high is not None:
            self.high = max(self.high, bar.high)
        if self.low is not None:
            self.low = min(self.low, bar.low)

    @property
    def trend(self) -> int | None:
        """1 where the newest swings are a higher high and low, -1 where lower ones, else 0; None before two of each."""
        if len(self._highs) < 2 or len(self._lows) < 2:
            return None
        highs, lows = self._highs[1] - self._highs[0], self._lows[1] - self._lows[0]
        if highs > 0 and lows > 0:
            return 1
        return -1 if highs < 0 and lows < 0 else 0
