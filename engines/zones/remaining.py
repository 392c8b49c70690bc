"""How much is left of a native iceberg: what became of the ones before it, as the Kaplan-Meier estimate tells it.

An iceberg that was traded out tells its total; one that was cancelled, or lost from sight, tells only that its total
was more than what was filled: it is censored. With `d` of the `n` icebergs that were still there ending at a total,
survival is the product of `1 - d / n` over the totals so far. Of a live one with `v` lots filled, more than `x` are
left with probability `S(v + x) / S(v)`: what is asked is always conditioned on what is filled.

Icebergs of one display quantity are read together, in lots. Where too few of a display were traded out, those of all
displays are, in peaks (total / display). Until enough were, nothing is said.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Final, NamedTuple, TypeAlias

LEAST_COMPLETE: Final = 50
"""Icebergs traded out before anything is said."""
KEPT: Final = 4_096
"""The newest icebergs that are learned from, at least, and twice as many at most: some days of a lively contract."""
_LOW: Final = 0.1
_HIGH: Final = 0.9
"""The ends of the 80 % band."""
_EXACT: Final = 1e-9
"""Within which two products of shares are the same."""


Totals: TypeAlias = "array[float]"
"""Totals of icebergs, or shares of them, as words: a session learns from thousands."""


class EndedIceberg(NamedTuple):
    """What an iceberg that is over tells: lots filled, and whether that was all of it."""

    display: int
    filled: int
    complete: bool


class Remaining(NamedTuple):
    """Lots that are left, and how many complete icebergs that rests on.

    Attributes:
        median: Left in half of the cases; None where too many were censored to tell.
        low: Left in nine of ten cases.
        high: Left in one of ten; None where too many were censored to tell.
    """

    median: int | None
    low: int | None
    high: int | None
    complete: int


@dataclass(slots=True)
class _Curve:
    """Totals of one class, of icebergs traded out and of others, and the survival curve, drawn when it is asked for."""

    complete: Totals = field(default_factory=lambda: array("d"))
    censored: Totals = field(default_factory=lambda: array("d"))
    totals: Totals = field(default_factory=lambda: array("d"))
    survival: Totals = field(default_factory=lambda: array("d"))
    is_drawn: bool = False

    def take(self, total: float, *, complete: bool) -> None:
        """Take the total of an iceberg that is over."""
        (self.complete if complete else self.censored).append(total)
        self.is_drawn = False

    def total_at(self, share: float, filled: float) -> float | None:
        """Return the total that a share of the icebergs with more than `filled` do not exceed; None where unknown."""
        if not self.is_drawn:
            self._draw()
        reached = bisect_right(self.totals, filled)
        survived = self.survival[reached - 1] if reached else 1.0
        wanted = (1.0 - share) * survived + _EXACT
        # Survival falls, so its negative rises: the first total at which it is no more than wanted.
        place = bisect_left(self.survival, -wanted, lo=reached, key=lambda value: -value)
        return self.totals[place] if place < len(self.totals) else None

    def _draw(self) -> None:
        """Draw the curve anew; one that was censored at a total counts as there until it."""
        self.complete, self.censored = array("d", sorted(self.complete)), array("d", sorted(self.censored))
        self.totals, self.survival = array("d"), array("d")
        survived, start, count = 1.0, 0, len(self.complete)
        while start < count:
            total = self.complete[start]
            end = bisect_right(self.complete, total, lo=start)
            there = count - start + len(self.censored) - bisect_left(self.censored, total)
            survived *= 1.0 - (end - start) / there
            self.totals.append(total)
            self.survival.append(survived)
            start = end
        self.is_drawn = True


class RemainingSize:
    """Learns totals from icebergs that are over, and tells what is left of live ones."""

    def __init__(self, least: int = LEAST_COMPLETE, earlier: Iterable[EndedIceberg] = ()) -> None:
        """Begin with what earlier sessions left, if anything; `least` icebergs must have been traded out."""
        self._least = least
        self._ended = array("q")
        self._lots: dict[int, _Curve] = {}
        self._peaks = _Curve()
        for one in earlier:
            self.take(one)

    def take(self, ended: EndedIceberg) -> None:
        """Take an iceberg that is over; where they are too many, the older half is forgotten."""
        self._ended.extend(ended)
        self._learn(ended)
        if len(self._ended) >= 2 * KEPT * len(ended):
            newest = self.ended()[-KEPT:]
            self._ended, self._lots, self._peaks = array("q"), {}, _Curve()
            for one in newest:
                self._ended.extend(one)
                self._learn(one)

    def _learn(self, ended: EndedIceberg) -> None:
        self._lots.setdefault(ended.display, _Curve()).take(ended.filled, complete=ended.complete)
        self._peaks.take(ended.filled / ended.display, complete=ended.complete)

    def ended(self) -> tuple[EndedIceberg, ...]:
        """Return what it learns from, in order, for whoever keeps it for a later session."""
        words = iter(self._ended)
        return tuple(
            EndedIceberg(display, filled, bool(word)) for display, filled, word in zip(words, words, words, strict=True)
        )

    def left_of(self, display: int, filled: int) -> Remaining | None:
        """Return what is left of a live iceberg; None while too few have been traded out."""
        of_display = self._lots.get(display)
        if of_display is not None and len(of_display.complete) >= self._least:
            return _left(of_display, 1, filled)
        return _left(self._peaks, display, filled) if len(self._peaks.complete) >= self._least else None


def _left(curve: _Curve, unit: int, filled: int) -> Remaining:
    """Read a curve whose totals are multiples of `unit` lots."""
    totals = [curve.total_at(share, filled / unit) for share in (0.5, _LOW, _HIGH)]
    median, low, high = (None if total is None else max(1, ceil(total * unit - filled - _EXACT)) for total in totals)
    return Remaining(median, low, high, len(curve.complete))
