"""The rules: which prices each one names, in currency units unless ticks are said.

Square of nine: on the wheel of whole numbers a full turn adds 2 to the square root, so a turn of `degrees` from a price
p leads to (sqrt(p) + degrees / 180) squared. What one unit of the wheel is worth is a choice, not a fact: from 2,650
a quarter turn is 51.7 dollars where a unit is a dollar, and 16.3 where it is ten cents.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from math import ceil, floor, sqrt
from typing import Final, NamedTuple

from feeds.instrument import Instrument

FAMILIES: Final = ("eighths", "thirds", "extension", "square of nine", "angle")
EIGHTHS, THIRDS, EXTENSION, SQUARE, ANGLE = range(len(FAMILIES))

UP: Final = 1
DOWN: Final = -1
"""Ways from a price: up from a low, down from a high."""
_FULL_TURN: Final = 360.0
_EXTENSIONS: Final = (1.5, 2.0, 2.5, 3.0, 4.0)
_ANGLES: Final = (
    ("1x8", 1 / 8),
    ("1x4", 1 / 4),
    ("1x3", 1 / 3),
    ("1x2", 1 / 2),
    ("1x1", 1.0),
    ("2x1", 2.0),
    ("3x1", 3.0),
    ("4x1", 4.0),
    ("8x1", 8.0),
)
"""Units of price for each bar: 1x8 is the flattest."""
_RATIOS: Final = tuple(ratio for _, ratio in _ANGLES)
_HALF: Final = 0.5
_OF_RANGE: Final = (
    *((EIGHTHS, f"{part}/8", part / 8) for part in range(1, 8)),
    *((THIRDS, f"{part}/3", part / 3) for part in range(1, 3)),
    *((EXTENSION, f"{times:g}x up", times) for times in _EXTENSIONS),
    *((EXTENSION, f"{times:g}x down", 1 - times) for times in _EXTENSIONS),
)
"""Family, label, and share of the range to add to its low. Its ends are no levels: all is measured from them."""
_SPACING: Final = {EIGHTHS: 1 / 8, THIRDS: 1 / 3, EXTENSION: 1 / 2}
_THIRDS_FROM_EIGHTHS: Final = 24
"""A third stands a twenty-fourth of the range from the eighth beside it."""


class Level(NamedTuple):
    """One price that a rule names.

    Attributes:
        tick: Snapped to the tick.
        family: Place in FAMILIES.
        label: What it is, without its anchor (`3/8`).
        anchor: Name of its anchor.
    """

    tick: int
    family: int
    label: str
    anchor: str


def levels_of_range(low: int, high: int, least: float, width: int, anchor: str) -> list[Level]:
    """Return eighths, thirds and extensions of a range in ticks; `2x up` is one range above its high.

    A family whose levels stand less than `least` ticks apart is left out: it would name every price. So are thirds
    that no cluster of `width` ticks can tell from the eighths beside them: both would vote for one place.
    """
    size = high - low
    told = {family for family, share in _SPACING.items() if share * size >= least}
    if size <= _THIRDS_FROM_EIGHTHS * width:
        told.discard(THIRDS)
    return [
        Level(low + round(share * size), family, label, anchor) for family, label, share in _OF_RANGE if family in told
    ]


def turn(price: float, degrees: float, scale: float) -> float | None:
    """Return where a turn on the square of nine leads, downwards where `degrees` is negative.

    None where the wheel has no such place: at its centre, and for prices that are not positive.
    """
    if price <= 0:
        return None
    root = sqrt(price / scale) + degrees / 180
    return root * root * scale if root > 0 else None


def turns_of_circle(step: float) -> dict[int, tuple[tuple[float, str], ...]]:
    """Return the turns of a full circle every `step` degrees, by their way (UP, DOWN): degrees, label."""
    counts = range(1, int(_FULL_TURN // step) + 1)
    return {way: tuple((way * count * step, f"{way * count * step:+g}°") for count in counts) for way in (UP, DOWN)}


def levels_of_square(
    tick: int, turns: Iterable[tuple[float, str]], scale: float, *, instrument: Instrument, anchor: str
) -> list[Level]:
    """Return where turns on the square lead from a price in ticks."""
    price, tick_size, found = instrument.price(tick), instrument.tick_size, []
    for degrees, label in turns:
        there = turn(price, degrees, scale)
        if there is not None:
            found.append(Level(round(there / tick_size), SQUARE, label, anchor))
    return found


def levels_of_angles(
    tick: int, way: int, moved: float, *, low: int, high: int, apart: float, anchor: str
) -> list[Level]:
    """Return the angles from a price that stand from `low` to `high` once the 1x1 has moved so many ticks.

    One that is less than `apart` ticks from where it began is left out: it says no more than its anchor.
    """
    nearest, farthest = (low - tick, high - tick) if way > 0 else (tick - high, tick - low)
    nearest = max(nearest, ceil(apart))
    if moved <= 0 or farthest < nearest:
        return []
    first = bisect_left(_RATIOS, (nearest - _HALF) / moved)
    last = bisect_right(_RATIOS, (farthest + _HALF) / moved)
    levels = [
        Level(tick + way * floor(ratio * moved + _HALF), ANGLE, label, anchor) for label, ratio in _ANGLES[first:last]
    ]
    return [level for level in levels if low <= level.tick <= high] if levels else levels
