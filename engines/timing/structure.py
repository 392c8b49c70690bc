"""Market structure: closes beyond the newest swing, with the trend or against it.

A bar that closes above the newest confirmed swing high, or below the newest swing low, breaks structure: in the
direction of the trend it is a BOS (break of structure), against it a CHoCH (change of character), and the trend is the
direction of the newest break. The first break of all makes the trend and is called a BOS. Each swing is broken once; a
break is known at the close that makes it and stands whatever comes later.
"""

from typing import Final, Literal

import msgspec

from engines.events import AggressorSide
from engines.timing.swings import ClosedBar, Swing, Swings

BreakKind = Literal["bos", "choch"]
_UP: Final = "buy"
_DOWN: Final = "sell"


class Break(msgspec.Struct, frozen=True, gc=False):
    """A close beyond a swing.

    Attributes:
        direction: `buy` upwards.
        swing: What was broken.
        close: Tick of the close.
        known: End of the bar, ns.
    """

    kind: BreakKind
    direction: AggressorSide
    swing: Swing
    close: int
    known: int


class Structure:
    """Swings and breaks of one interval.

    Attributes:
        trend: Direction of the newest break; None before the first.
    """

    def __init__(self, wing: int) -> None:
        """Start before the first bar; `wing` as of `Swings`."""
        self.trend: AggressorSide | None = None
        self._swings = Swings(wing)
        self._high: Swing | None = None
        self._low: Swing | None = None

    def close(self, bar: ClosedBar) -> tuple[list[Swing], list[Break]]:
        """Take a closed bar; return the swings it confirms and the break it makes, if any."""
        swings = self._swings.close(bar)
        for swing in swings:
            if swing.side == "high":
                self._high = swing
            else:
                self._low = swing
        found: list[Break] = []
        high, low, close = self._high, self._low, bar.close
        if high is not None and close > high.tick:
            found.append(self._broken(high, _UP, bar))
            self._high = None
        if low is not None and close < low.tick:
            found.append(self._broken(low, _DOWN, bar))
            self._low = None
        return swings, found

    def _broken(self, swing: Swing, direction: AggressorSide, bar: ClosedBar) -> Break:
        kind: BreakKind = "bos" if self.trend in (None, direction) else "choch"
        self.trend = direction
        return Break(kind, direction, swing, bar.close, bar.end)
