"""Which columns the ladder has at a width: price in the middle, bids to its left, asks to its right."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from qmo_tui.cockpit.painting.ladder_profile import TAG_WIDTH


@dataclass(frozen=True, slots=True)
class LadderColumns:
    """Widths in cells, each with one cell of air; 0 leaves a column out. Size to traded are the same on both sides.

    Attributes:
        price: Includes a cell for the arrow of the last trade on each side.
        profile: The bar of the volume at a price.
        tags: Names of prices in the volume profile.
        margin: Blank cells left over.
    """

    price: int
    size: int
    orders: int
    iceberg: int
    traded: int
    profile: int
    tags: int
    margin: int


_WIDTHS: Final = (
    # size, orders, iceberg, traded
    (11, 5, 9, 7),
    (9, 5, 8, 7),
    (8, 5, 7, 6),
    (7, 4, 6, 5),
    (7, 4, 0, 5),
    (7, 4, 0, 0),
    (6, 0, 0, 0),
    (4, 0, 0, 0),
)
"""Richest first; the first that fits is taken."""
_PROFILE_MIN: Final = 6
_PROFILE_MAX: Final = 18
_TAGS: Final = TAG_WIDTH + 1


@lru_cache(maxsize=64)
def ladder_columns(width: int, price_width: int) -> LadderColumns:
    """Choose the richest set of columns that fits."""
    price = price_width + 3
    for size, orders, iceberg, traded in _WIDTHS:
        rest = width - price - 2 * (size + orders + iceberg + traded)
        wants_profile = size >= 9
        if rest >= (_PROFILE_MIN if wants_profile else 0):
            tags = _TAGS if rest >= _PROFILE_MIN + _TAGS and traded else 0
            profile = min(rest - tags, _PROFILE_MAX) if rest >= _PROFILE_MIN and traded else 0
            return LadderColumns(price, size, orders, iceberg, traded, profile, tags, rest - profile - tags)
    return LadderColumns(min(price, width), 0, 0, 0, 0, 0, 0, max(0, width - price))
