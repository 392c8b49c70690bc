"""How an iceberg is marked: one sign for what orders prove, one for what prices suggest; both thin out at the end."""

from collections.abc import Sequence

from engines.view import IcebergMark, MarketView
from feeds.records import Schema


def sign_of(mark: IcebergMark) -> str:
    """Return the sign of one iceberg: a diamond where its order is known, waves where it is inferred."""
    if mark.tier == "native":
        return "◆" if mark.is_live else "◇"
    return "≈" if mark.is_live else "~"


def foremost(marks: Sequence[IcebergMark]) -> list[IcebergMark]:
    """Return the icebergs at one price that are shown: live ones before ended ones, and never two tiers together."""
    first = min(marks, key=_rank)
    return [mark for mark in marks if _rank(mark) == _rank(first)]


def _rank(mark: IcebergMark) -> tuple[bool, bool]:
    return not mark.is_live, mark.tier != "native"


def live_places(view: MarketView) -> frozenset[tuple[str, int]]:
    """Return the sides and prices at which a sign of a live iceberg is shown."""
    return frozenset((mark.side, mark.tick) for mark in view.icebergs if mark.is_live)


def are_inferred(view: MarketView) -> bool:
    """Whether icebergs, if there are any, come from prices alone."""
    return view.schema in {Schema.MBP_10, Schema.MBP_1}
