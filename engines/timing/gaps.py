"""Fair value gaps: three bars in a row of which the outer two do not overlap.

Bullish where the low of the third stands above the high of the first, bearish where its high stands below the low of
the first; the gap lies between them and is known at the close of the third. It is *touched* once a later bar trades
into it and *filled* once one has traded through all of it. A gap whose place is taken by newer ones has *expired*.
The three bars follow each other without an interval between them, within one trading day.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from engines.events import AggressorSide
from engines.timing.swings import ClosedBar

GapState = Literal["open", "touched", "filled", "expired"]
OPEN_KEPT: Final = 16
"""Gaps of one interval followed at once."""
_NOWHERE: Final = (-(2**63), 2**63)
"""What a bar must fall below or rise above to change a gap where there is none."""


class Gap(msgspec.Struct, frozen=True, gc=False):
    """A fair value gap as it stands.

    Attributes:
        direction: `buy` for a bullish one.
        low: Lowest tick of the gap: the price that the lower bar reached.
        high: Highest tick.
        start: Begin of the middle bar, ns.
        known: End of the third bar, ns.
        changed: End of the bar that made its state, ns.
        number: Running number, from 1.
    """

    direction: AggressorSide
    low: int
    high: int
    start: int
    known: int
    changed: int
    number: int
    state: GapState = "open"

    @property
    def size(self) -> int:
        """Ticks between the two bars."""
        return self.high - self.low


class Gaps:
    """Follows the gaps of one interval."""

    def __init__(self) -> None:
        self._bars: deque[ClosedBar] = deque(maxlen=3)
        self._open: list[Gap] = []
        self._reached = _NOWHERE
        self._count = 0

    def begin_day(self) -> None:
        """Start a trading day: no gap reaches over its boundary, those that are open stay so."""
        self._bars.clear()

    @property
    def open(self) -> tuple[Gap, ...]:
        """Gaps that are not filled, oldest first."""
        return tuple(self._open)

    def close(self, bar: ClosedBar, least: int) -> list[Gap]:
        """Take a closed bar; return every gap whose state it changes, and the new one of at least `least` ticks."""
        falling, rising = self._reached
        changed = self._advance(bar) if bar.low < falling or bar.high > rising else []
        if bar.gap:
            self._bars.clear()
        self._bars.append(bar)
        if len(self._bars) == 3:
            found = self._find(least)
            if found is not None:
                self._open.append(found)
                changed.append(found)
        if len(self._open) > OPEN_KEPT:
            changed.append(replace(self._open.pop(0), state="expired", changed=bar.end))
        if changed:
            self._reached = _reach_of(self._open)
        return changed

    def _advance(self, bar: ClosedBar) -> list[Gap]:
        """Take a bar that may change open gaps; return those it does change."""
        before = self._open
        after = [_stand(gap, bar) for gap in before]
        self._open = [gap for gap in after if gap.state != "filled"]
        return [gap for gap, old in zip(after, before, strict=True) if gap is not old]

    def _find(self, least: int) -> Gap | None:
        """Return the gap that the newest three bars leave, if it is of at least `least` ticks."""
        first, middle, third = self._bars
        direction: AggressorSide
        if third.low - first.high >= least:
            direction, low, high = "buy", first.high, third.low
        elif first.low - third.high >= least:
            direction, low, high = "sell", third.high, first.low
        else:
            return None
        self._count += 1
        return Gap(direction, low, high, middle.start, third.end, third.end, self._count)


def _reach_of(gaps: Iterable[Gap]) -> tuple[int, int]:
    """Return the lowest low and the highest high of a bar that changes none of some gaps."""
    falling, rising = _NOWHERE
    for gap in gaps:
        if gap.direction == "buy":
            falling = max(falling, gap.high if gap.state == "open" else gap.low + 1)
        else:
            rising = min(rising, gap.low if gap.state == "open" else gap.high - 1)
    return falling, rising


def _stand(gap: Gap, bar: ClosedBar) -> Gap:
    """Return the gap as it stands after a later bar; the same one where nothing changes."""
    bullish = gap.direction == "buy"
    if bar.low <= gap.low if bullish else bar.high >= gap.high:
        return replace(gap, state="filled", changed=bar.end)
    if gap.state == "open" and (bar.low < gap.high if bullish else bar.high > gap.low):
        return replace(gap, state="touched", changed=bar.end)
    return gap
