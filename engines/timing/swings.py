"""Swings: highs and lows that the bars on both sides of them do not reach, known once those bars have closed.

A bar's high is a swing high if it stands above the highs of the `wing` bars after it, and no lower than those of the
`wing` bars before it: of equal ones in a row the last counts. It is known at the close of the last of those bars, and
never before. Lows alike. Bars count as they come: an interval without a trade has none.
"""

from typing import Literal

import msgspec

SwingSide = Literal["high", "low"]


class ClosedBar(msgspec.Struct, frozen=True, gc=False):
    """What the timing engines ask of a closed bar; prices in ticks, times in ns, `gap` in intervals."""

    start: int
    end: int
    high: int
    low: int
    close: int
    open: int
    gap: int


class Swing(msgspec.Struct, frozen=True, gc=False):
    """A confirmed swing.

    Attributes:
        tick: Its price.
        start: Begin of the bar that made it, ns.
        known: End of the bar that confirmed it, ns.
    """

    side: SwingSide
    tick: int
    start: int
    known: int


class Swings:
    """Finds the swings of one interval as its bars close."""

    def __init__(self, wing: int) -> None:
        """Start before the first bar; `wing` bars on each side make a swing."""
        self._wing = wing
        self._most = 2 * wing + 1
        self._starts: list[int] = []
        self._highs: list[int] = []
        self._lows: list[int] = []

    def close(self, bar: ClosedBar) -> list[Swing]:
        """Take a closed bar and return the swings it confirms, at most one of each side, the high first."""
        wing, starts, highs, lows = self._wing, self._starts, self._highs, self._lows
        starts.append(bar.start)
        highs.append(bar.high)
        lows.append(bar.low)
        if len(highs) < self._most:
            return []
        high, low = highs[wing], lows[wing]
        found: list[Swing] = []
        if high > highs[-1] and high == max(highs) and high not in highs[wing + 1 :]:
            found.append(Swing("high", high, starts[wing], bar.end))
        if low < lows[-1] and low == min(lows) and low not in lows[wing + 1 :]:
            found.append(Swing("low", low, starts[wing], bar.end))
        del starts[0], highs[0], lows[0]
        return found
