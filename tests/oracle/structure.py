"""Swings, breaks of structure and gaps, found by looking at the whole history again at every close."""

from collections.abc import Sequence
from typing import NamedTuple

Bar = tuple[int, int, int]
"""High, low, close."""


class PlainSwing(NamedTuple):
    """A swing: its side, its price, its bar and the bar that confirms it, by number."""

    side: str
    tick: int
    bar: int
    known: int


def swings(bars: Sequence[Bar], wing: int) -> list[PlainSwing]:
    """Return every swing that the bars confirm, in the order in which they become known."""
    found = []
    for known in range(2 * wing, len(bars)):
        bar = known - wing
        before, after = bars[bar - wing : bar], bars[bar + 1 : known + 1]
        if all(bars[bar][0] >= one[0] for one in before) and all(bars[bar][0] > one[0] for one in after):
            found.append(PlainSwing("high", bars[bar][0], bar, known))
        if all(bars[bar][1] <= one[1] for one in before) and all(bars[bar][1] < one[1] for one in after):
            found.append(PlainSwing("low", bars[bar][1], bar, known))
    return found


def breaks(bars: Sequence[Bar], wing: int) -> list[tuple[int, str, str, int]]:
    """Return every break as (bar, bos or choch, direction, price of the swing)."""
    found: list[tuple[int, str, str, int]] = []
    known = swings(bars, wing)
    spent: set[PlainSwing] = set()
    for number, (_, _, close) in enumerate(bars):
        for side, direction in (("high", "buy"), ("low", "sell")):
            told = [swing for swing in known if swing.side == side and swing.known <= number]
            newest = told[-1] if told else None
            if newest is None or newest in spent:
                continue
            if close > newest.tick if side == "high" else close < newest.tick:
                spent.add(newest)
                kind = "bos" if not found or found[-1][2] == direction else "choch"
                found.append((number, kind, direction, newest.tick))
    return found


def gaps(bars: Sequence[Bar], least: int) -> list[tuple[int, int, str, int, int, str]]:
    """Return every step of every gap as (bar, third bar of the gap, direction, low, high, state)."""
    steps = []
    for third in range(2, len(bars)):
        first = bars[third - 2]
        if bars[third][1] - first[0] >= least:
            direction, low, high = "buy", first[0], bars[third][1]
        elif first[1] - bars[third][0] >= least:
            direction, low, high = "sell", bars[third][0], first[1]
        else:
            continue
        steps.append((third, third, direction, low, high, "open"))
        touched = False
        for later in range(third + 1, len(bars)):
            into = bars[later][1] < high if direction == "buy" else bars[later][0] > low
            through = bars[later][1] <= low if direction == "buy" else bars[later][0] >= high
            if through:
                steps.append((later, third, direction, low, high, "filled"))
                break
            if into and not touched:
                touched = True
                steps.append((later, third, direction, low, high, "touched"))
    return sorted(steps)
