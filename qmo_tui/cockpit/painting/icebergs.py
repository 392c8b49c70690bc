"""How an iceberg is marked: a sign for what orders prove, one for what re-posts and one for what prices suggest."""

from collections.abc import Sequence
from typing import Final

from engines.events import IcebergTier
from engines.view import IcebergMark, MarketView
from feeds.records import Schema

_SIGNS: Final[dict[IcebergTier, tuple[str, str]]] = {
    "native": ("◆", "◇"),
    "synthetic": ("◈", "◊"),
    "inferred": ("≈", "~"),
}
"""Signs while an iceberg lives and once it has ended, the surest tier first."""
_TIERS: Final = tuple(_SIGNS)


def sign_of(mark: IcebergMark) -> str:
    """Return the sign of one iceberg: full where its order is known, holed where it re-posts, waves where inferred."""
    live, ended = _SIGNS[mark.tier]
    return live if mark.is_live else ended


def foremost(marks: Sequence[IcebergMark]) -> list[IcebergMark]:
    """Return the icebergs at one price that are shown: live ones before ended ones, and never two tiers together."""
    first = min(marks, key=_rank)
    return [mark for mark in marks if _rank(mark) == _rank(first)]


def _rank(mark: IcebergMark) -> tuple[bool, int]:
    return not mark.is_live, _TIERS.index(mark.tier)


def live_places(view: MarketView) -> frozenset[tuple[str, int]]:
    """Return the sides and prices at which a sign of a live iceberg is shown."""
    return frozenset((mark.side, mark.tick) for mark in view.icebergs if mark.is_live)


def are_inferred(view: MarketView) -> bool:
    """Whether icebergs, if there are any, come from prices alone."""
    return view.schema in {Schema.MBP_10, Schema.MBP_1}
