"""What one stretch of records told, as the engines of zones take it."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import msgspec
import numpy as np

from engines.book.layout import HIDDEN, SECOND, TRADE, RecordArray
from engines.book.rows import chosen, tuples_of
from engines.flow.layout import BAR, INTERVALS
from engines.flow.tape import StopRun
from engines.timing.swings import ClosedBar
from engines.zones.icebergs import IcebergStep

NO_TRADES: Final = np.zeros(0, TRADE)
NO_SECONDS: Final = np.zeros(0, SECOND)
NO_BARS: Final = np.zeros(0, BAR)
NO_HIDDENS: Final = np.zeros(0, HIDDEN)
_FARTHEST: Final = 2**40
"""Ticks that no market trades at: a damaged record may name such a price, and zones measure distances in ticks."""
MINUTE: Final = INTERVALS.index("1m")
_SESSION: Final = INTERVALS.index("session")
_FIELDS: Final = ["interval", "volume", *ClosedBar.__struct_fields__]


class Closed(msgspec.Struct, frozen=True, gc=False):
    """A closed bar of an interval, by its place in `INTERVALS`, and the lots it traded."""

    interval: int
    volume: int
    bar: ClosedBar


@dataclass(frozen=True)
class Found:
    """One stretch of one instrument's records, in the order of the stream; rows are views, valid until the next one.

    Where the stretch ends means nothing, so an engine that weighs two kinds of rows against each other does it by
    their times and events: everything of an earlier matching event than a row's own has been handed on with the row or
    before it, and every trade before a bar's end with the bar or before it.

    Attributes:
        trades: TRADE rows.
        seconds: SECOND rows, of the seconds that ended.
        bars: BAR rows that closed, in the order of their ends; of a minute and longer, others are passed over.
        hiddens: HIDDEN rows; LEVEL_HIDDEN where the schema knows no orders.
        steps: Steps of native and inferred icebergs.
        stops: Stop runs whose matching event has ended.
        of_orders: Whether it holds records, and they are of orders.
    """

    trades: RecordArray = field(default_factory=lambda: NO_TRADES)
    seconds: RecordArray = field(default_factory=lambda: NO_SECONDS)
    bars: RecordArray = field(default_factory=lambda: NO_BARS)
    hiddens: RecordArray = field(default_factory=lambda: NO_HIDDENS)
    steps: tuple[IcebergStep, ...] = ()
    stops: tuple[StopRun, ...] = ()
    of_orders: bool = False

    def sane(self) -> "Found":
        """Return the same without trades and bars at prices that no market trades at."""
        trades, bars = self.trades, self.bars
        if len(trades) and max(int(trades["tick"].max()), -int(trades["tick"].min())) > _FARTHEST:
            trades = trades[(trades["tick"] >= -_FARTHEST) & (trades["tick"] <= _FARTHEST)]
        if len(bars) and max(int(bars["high"].max()), -int(bars["low"].min())) > _FARTHEST:
            bars = bars[(bars["low"] >= -_FARTHEST) & (bars["high"] <= _FARTHEST)]
        return self if trades is self.trades and bars is self.bars else replace(self, trades=trades, bars=bars)

    @cached_property
    def closed(self) -> list[Closed]:
        """Bars that closed of a minute and longer, of no whole session, in the order of their ends."""
        bars = self.bars
        if not len(bars):
            return []
        rows = of_minutes_to_hours(bars)
        return [Closed(interval, volume, ClosedBar(*bar)) for interval, volume, *bar in tuples_of(rows, _FIELDS)]

    @cached_property
    def minutes(self) -> RecordArray:
        """BAR rows of the minutes that closed."""
        return chosen(self.bars, self.bars["interval"] == MINUTE) if len(self.bars) else NO_BARS


def of_minutes_to_hours(bars: RecordArray) -> RecordArray:
    """Return a copy of the BAR rows of a minute and longer, of no whole session: all that is read of bars here."""
    codes = bars["interval"]
    return chosen(bars, (codes >= MINUTE) & (codes < _SESSION))
