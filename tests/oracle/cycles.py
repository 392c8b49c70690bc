"""Pivots and windows of cycles, found by looking at the whole history of one interval again."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.oracle import structure


class PlainPivot(NamedTuple):
    """A pivot: its side, its bar and the bar that confirms it, by number."""

    side: str
    bar: int
    known: int


def pivots(bars: Sequence[structure.Bar], wing: int, reach: int) -> list[PlainPivot]:
    """Return the swings that stand out from the `reach` bars before them, in the order in which they become known."""
    found = []
    for swing in structure.swings(bars, wing):
        if swing.bar < reach:
            continue
        before = bars[swing.bar - reach : swing.bar]
        if swing.side == "high" and all(high <= swing.tick for high, _, _ in before):
            found.append(PlainPivot("high", swing.bar, swing.known))
        if swing.side == "low" and all(low >= swing.tick for _, low, _ in before):
            found.append(PlainPivot("low", swing.bar, swing.known))
    return found


def windows(
    bars: Sequence[structure.Bar], wing: int, reach: int, most: int, halves: dict[int, int]
) -> list[tuple[int, PlainPivot, int]]:
    """Return (first bar of the window, pivot, number): each window of a pivot that is still counted from."""
    known = pivots(bars, wing, reach)
    found = []
    for pivot in known:
        for target, half in halves.items():
            first = pivot.bar + target - half
            newer = [one for one in known if one.side == pivot.side and pivot.known < one.known < first - 1]
            if first <= len(bars) and len(newer) < most:
                found.append((first, pivot, target))
    return sorted(found, key=lambda one: (one[0], one[1].known, one[1].side))
