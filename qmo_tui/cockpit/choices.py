"""What the trader can choose to see, by name: kinds of chart, what stands beside its bars, columns of the ladder."""

from typing import Final, Literal, TypeAlias, get_args

FootprintKind: TypeAlias = Literal["footprint", "delta footprint"]
ChartKind: TypeAlias = Literal["candles", "footprint", "delta footprint"]
Beneath: TypeAlias = Literal["delta", "CVD", "volume"]
"""What stands beneath the candles."""
ProfileKind: TypeAlias = Literal["session", "visible", "30 minutes", "composite"]
"""Whose volume at price stands beside the candles: the trading day's, that of the bars shown, of the last half hour, of
the newest days together."""
LadderColumn: TypeAlias = Literal[
    "size", "changes", "orders", "icebergs", "traded", "recent", "bar", "depth", "volume", "names"
]
"""What a column of the ladder shows on both sides of the price, or beside it."""

CHART_KINDS: Final[tuple[ChartKind, ...]] = get_args(ChartKind)
BENEATH: Final[tuple[Beneath, ...]] = get_args(Beneath)
PROFILES: Final[tuple[ProfileKind, ...]] = get_args(ProfileKind)
LADDER_COLUMNS: Final[tuple[LadderColumn, ...]] = get_args(LadderColumn)
