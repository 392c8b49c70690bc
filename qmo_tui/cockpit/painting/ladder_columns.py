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
        change: What was stacked and pulled lately.
        profile: The bar of the volume at a price.
        tags: Names of prices in the volume profile.
        margin: Blank cells left over.
    """

    price: int
    size: int
    change: int
    orders: int
    iceberg: int
    traded: int
    profile: int
    tags: int
    margin: int

    @property
    def resting(self) -> int:
        """Cells on each side of the price for what rests there, what is traded left out."""
        return self.size + self.change + self.orders + self.iceberg


_PROFILE_MIN: Final = 6
_PROFILE_MAX: Final = 18
_TAGS: Final = TAG_WIDTH + 1
_BESIDE: Final = _PROFILE_MIN + _TAGS
"""Cells that volume and names take beside a ladder that shows both."""
_WIDTHS: Final = (
    # size, change, orders, iceberg, traded, least cells beside them
    (11, 0, 5, 9, 7, _PROFILE_MIN),
    (9, 0, 5, 8, 7, _PROFILE_MIN),
    (8, 0, 5, 7, 6, 0),
    (7, 0, 4, 6, 5, 0),
    (7, 0, 4, 0, 5, 0),
    (7, 0, 4, 0, 0, 0),
    (6, 0, 0, 0, 0, 0),
    (4, 0, 0, 0, 0, 0),
)
"""Richest first; the first that fits is taken."""
_WIDTHS_WITH_CHANGES: Final = (
    (9, 11, 5, 8, 7, _BESIDE),
    (9, 5, 5, 8, 7, _BESIDE),
    (8, 5, 4, 8, 6, _BESIDE),
    (8, 5, 5, 7, 6, 0),
    (7, 5, 4, 6, 5, 0),
    (6, 5, 4, 6, 5, 0),
    (6, 5, 0, 6, 5, 0),
    (6, 5, 0, 0, 5, 0),
    (6, 5, 0, 0, 0, 0),
    *_WIDTHS[-2:],
)
"""Where the schema tells what was stacked and pulled; on a narrow ladder that is worth more than counting orders."""


@lru_cache(maxsize=64)
def ladder_columns(width: int, price_width: int, *, tells_changes: bool) -> LadderColumns:
    """Choose the richest set of columns that fits."""
    price = price_width + 3
    for size, change, orders, iceberg, traded, beside in _WIDTHS_WITH_CHANGES if tells_changes else _WIDTHS:
        rest = width - price - 2 * (size + change + orders + iceberg + traded)
        if rest >= beside:
            tags = _TAGS if rest >= _BESIDE and traded else 0
            profile = min(rest - tags, _PROFILE_MAX) if rest >= _PROFILE_MIN and traded else 0
            return LadderColumns(price, size, change, orders, iceberg, traded, profile, tags, rest - profile - tags)
    return LadderColumns(min(price, width), 0, 0, 0, 0, 0, 0, 0, max(0, width - price))
