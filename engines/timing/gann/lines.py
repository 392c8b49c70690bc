"""Every level of the anchors in force, and those near a price.

Anchors that nearly coincide are not independent: of two whose ends both stand within the width of a cluster, the one
that comes first in ORDER is used, and of two lows (or highs) that close only the first one's square and angles are.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from engines.timing.gann.anchors import Anchor
from engines.timing.gann.rules import (
    DOWN,
    UP,
    Level,
    levels_of_angles,
    levels_of_range,
    levels_of_square,
    turns_of_circle,
)
from feeds.instrument import Instrument

ORDER: Final = ("prior week", "prior day", "New York", "London", "Asia", "1h swing", "15m swing")
_BARS_KEPT: Final = 1_024
"""Bars of an interval by which the age of an anchor is told; an older one has no angles."""


@dataclass(slots=True)
class Drawing:
    """What the rules draw from one anchor.

    Attributes:
        unit: Ticks a bar of its 1x1; None where not known.
        uses: Whether its range, its low and its high are used.
        levels: Those that stand still, the lowest first.
        ticks: Of them.
        apart: Least distance of an angle from where it began, ticks.
        low_bar: Bars of the anchor's interval that have closed once the one that made the low has; None where that is
            too long ago.
        high_bar: The same of the high.
    """

    anchor: Anchor
    unit: float | None
    uses: tuple[bool, bool, bool]
    levels: list[Level]
    ticks: list[int]
    apart: float
    low_bar: int | None
    high_bar: int | None
    _asked: tuple[int, int, int] = (0, 0, -1)
    _near: list[Level] = field(default_factory=list)

    def near(self, low: int, high: int, bars: int) -> list[Level]:
        """Return the levels from `low` to `high`, in no order, once so many bars of its interval have closed."""
        if self._asked != (low, high, bars):
            self._asked = low, high, bars
            self._near = self._between(low, high, bars)
        return self._near

    def _between(self, low: int, high: int, bars: int) -> list[Level]:
        ticks, unit, anchor = self.ticks, self.unit, self.anchor
        found = self.levels[bisect_left(ticks, low) : bisect_right(ticks, high)]
        if unit is None:
            return found
        _, uses_low, uses_high = self.uses
        if uses_low and self.low_bar is not None:
            moved = unit * (bars - self.low_bar)
            found += levels_of_angles(anchor.low, UP, moved, low=low, high=high, apart=self.apart, anchor=anchor.name)
        if uses_high and self.high_bar is not None:
            moved = unit * (bars - self.high_bar)
            found += levels_of_angles(
                anchor.high, DOWN, moved, low=low, high=high, apart=self.apart, anchor=anchor.name
            )
        return found


@dataclass(slots=True)
class _Closed:
    """The bars of one interval that have closed: how many, when the newest of them began, and the last one ended."""

    count: int = 0
    starts: list[int] = field(default_factory=list)
    end: int = 0

    def take(self, start: int, end: int) -> None:
        self.count += 1
        self.end = end
        self.starts.append(start)
        if len(self.starts) > 2 * _BARS_KEPT:
            del self.starts[:_BARS_KEPT]

    def by(self, moment: int) -> int | None:
        """Return how many have closed once the bar that holds a moment has; None where that is too long ago."""
        if not self.starts or moment >= self.end:
            return self.count + 1
        if moment < self.starts[0]:
            return None
        return self.count - len(self.starts) + bisect_right(self.starts, moment)


class Lines:
    """The levels of one instrument."""

    def __init__(self, instrument: Instrument, square_step: float, square_scale: float) -> None:
        """Start without an anchor; the step in degrees, the scale in currency units."""
        self._instrument = instrument
        self._turns = turns_of_circle(square_step)
        self._square_scale = square_scale
        self._anchors: dict[str, tuple[Anchor, float | None]] = {}
        self._drawings: dict[str, Drawing] = {}
        self._closed = {"15m": _Closed(), "1h": _Closed()}

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """Those that something is drawn from, in ORDER."""
        return tuple(drawing.anchor for drawing in self._drawings.values())

    @property
    def has_anchors(self) -> bool:
        """Whether there is anything to draw from."""
        return bool(self._drawings)

    def close(self, interval: str, start: int, end: int) -> None:
        """Count a closed bar of 15m or 1h, by which the angles counted in it go on."""
        self._closed[interval].take(start, end)

    def put(self, anchors: Iterable[tuple[Anchor, float | None]], width: int, least: float) -> None:
        """Take anchors in place of those of their names.

        Args:
            anchors: Each with the ticks a bar of its 1x1, None where not known; their names are of ORDER.
            width: Anchors so close together, ticks, are one.
            least: A family of levels that stand closer together than this, ticks, is left out.
        """
        self._anchors.update((anchor.name, (anchor, unit)) for anchor, unit in anchors)
        drawings: dict[str, Drawing] = {}
        for name in ORDER:
            if name not in self._anchors:
                continue
            anchor, unit = self._anchors[name]
            uses = _uses(anchor, drawings, width)
            known = self._drawings.get(name)
            if known is None or known.anchor is not anchor or known.uses != uses:
                known = self.draw(anchor, unit, width, least, uses)
            drawings[name] = known
        self._drawings = drawings

    def draw(
        self,
        anchor: Anchor,
        unit: float | None,
        width: int,
        least: float,
        uses: tuple[bool, bool, bool] = (True, True, True),
    ) -> Drawing:
        """Draw what the rules say of an anchor; arguments as of `put` and `Drawing`."""
        name, turns, scale = anchor.name, self._turns, self._square_scale
        of_range, low, high = uses
        levels = levels_of_range(anchor.low, anchor.high, least, width, name) if of_range else []
        if low:
            levels += levels_of_square(anchor.low, turns[UP], scale, instrument=self._instrument, anchor=name)
        if high:
            levels += levels_of_square(anchor.high, turns[DOWN], scale, instrument=self._instrument, anchor=name)
        levels.sort()
        closed = self._closed[anchor.interval]
        return Drawing(
            anchor,
            unit,
            uses,
            levels,
            [level.tick for level in levels],
            least / 2,
            closed.by(anchor.low_start),
            closed.by(anchor.high_start),
        )

    def near(self, low: int, high: int, pinned: Drawing | None = None) -> list[Level]:
        """Return the levels from `low` to `high`, the lowest first, with those of a drawing of the trader's own."""
        found: list[Level] = []
        for drawing in self._drawings.values():
            found += drawing.near(low, high, self._closed[drawing.anchor.interval].count)
        if pinned is not None:
            found += pinned.near(low, high, self._closed[pinned.anchor.interval].count)
        found.sort()
        return found


def _uses(anchor: Anchor, earlier: Mapping[str, Drawing], width: int) -> tuple[bool, bool, bool]:
    """Return whether range, low and high of an anchor say something that those before it do not."""
    of_range = low = high = True
    for one in earlier.values():
        is_same_low = abs(anchor.low - one.anchor.low) <= width
        is_same_high = abs(anchor.high - one.anchor.high) <= width
        low = low and not is_same_low
        high = high and not is_same_high
        of_range = of_range and not (is_same_low and is_same_high)
    return of_range, low, high
