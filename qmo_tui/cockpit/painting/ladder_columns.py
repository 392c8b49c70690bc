"""Which columns the ladder has at a width: price in the middle, bids to its left, asks to its right."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from qmo_tui.cockpit.choices import LadderColumn
from qmo_tui.cockpit.painting.ladder_profile import TAG_WIDTH

_RESTING: Final = frozenset({"size", "changes", "orders", "icebergs", "depth"})
"""Columns of what rests, whose cells the trader's own orders take."""


@dataclass(frozen=True, slots=True)
class LadderColumns:
    """Widths in cells, each with one cell of air. The sides of the price have the same columns.

    Attributes:
        price: Includes a cell for the arrow of the last trade on each side.
        beside: Columns on each side and their widths, the nearest to the price first.
        profile: The bar of the volume at a price; 0 leaves it out.
        tags: Names of prices in the volume profile; 0 leaves them out.
        margin: Blank cells left over.
    """

    price: int
    beside: tuple[tuple[LadderColumn, int], ...]
    profile: int
    tags: int
    margin: int

    @property
    def resting(self) -> int:
        """Cells on each side, from the price on, for what rests there."""
        cells = 0
        for column, width in self.beside:
            if column not in _RESTING:
                break
            cells += width
        return cells

    def width_of(self, column: LadderColumn) -> int:
        """Return the cells of a column on each side; 0 where it is left out."""
        return dict(self.beside).get(column, 0)

    @property
    def side(self) -> int:
        """Cells on each side of the price."""
        return sum(width for _, width in self.beside)


_PROFILE_MIN: Final = 6
_PROFILE_MAX: Final = 18
_TAGS: Final = TAG_WIDTH + 1
_BESIDE: Final = _PROFILE_MIN + _TAGS
"""Cells that volume and names take beside a ladder that shows both."""
_NAMES: Final[tuple[LadderColumn, ...]] = ("size", "changes", "orders", "icebergs", "traded")
_WIDTHS: Final = (
    # size, changes, orders, icebergs, traded, least cells beside them
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
_CHOSEN_WIDTHS: Final[dict[LadderColumn, tuple[int, int]]] = {
    "size": (6, 9),
    "changes": (5, 11),
    "orders": (4, 5),
    "icebergs": (6, 8),
    "traded": (5, 7),
    "recent": (5, 7),
    "bar": (5, 6),
    "depth": (6, 7),
}
"""Least and most cells of a column that the trader chose."""


@lru_cache(maxsize=64)
def ladder_columns(
    width: int, price_width: int, *, tells_changes: bool, chosen: tuple[LadderColumn, ...] = ()
) -> LadderColumns:
    """Return the columns that were chosen, as many as fit; where none were, the richest set that fits."""
    price = price_width + 3
    if chosen:
        return _chosen(width, min(price, width), chosen)
    for *widths, beside in _WIDTHS_WITH_CHANGES if tells_changes else _WIDTHS:
        rest = width - price - 2 * sum(widths)
        if rest >= beside:
            shown = tuple((name, cells) for name, cells in zip(_NAMES, widths, strict=True) if cells)
            has_traded = any(name == "traded" for name, _ in shown)
            tags = _TAGS if rest >= _BESIDE and has_traded else 0
            profile = min(rest - tags, _PROFILE_MAX) if rest >= _PROFILE_MIN and has_traded else 0
            return LadderColumns(price, shown, profile, tags, rest - profile - tags)
    return LadderColumns(min(price, width), (), 0, 0, max(0, width - price))


def _chosen(width: int, price: int, chosen: tuple[LadderColumn, ...]) -> LadderColumns:
    """Leave out the last ones that do not fit, then widen the first ones."""
    sides = [column for column in chosen if column in _CHOSEN_WIDTHS]
    while sides and price + 2 * sum(_CHOSEN_WIDTHS[column][0] for column in sides) > width:
        sides.pop()
    rest = width - price - 2 * sum(_CHOSEN_WIDTHS[column][0] for column in sides)
    tags = _TAGS if "names" in chosen and rest >= _TAGS else 0
    profile = _PROFILE_MIN if "volume" in chosen and rest - tags >= _PROFILE_MIN else 0
    rest -= tags + profile
    shown: list[tuple[LadderColumn, int]] = []
    for column in sides:
        least, most = _CHOSEN_WIDTHS[column]
        wider = max(0, min(most - least, rest // 2))
        shown.append((column, least + wider))
        rest -= 2 * wider
    if profile:
        more = min(rest, _PROFILE_MAX - profile)
        profile, rest = profile + more, rest - more
    return LadderColumns(price, tuple(shown), profile, tags, rest)
