"""A slow, obvious reading of the market data rules, which the compiled engines must equal.

Written from the rules alone: plain dictionaries and lists, one record at a time, nothing shared with the engines.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from .bars import Bar, PlainClock, bars, next_boundary
from .book import Cleared, PlainBook, Traded
from .icebergs import PlainIcebergs
from .records import Row, rows
from .stacking import PlainStacking
from .tape import PlainTape
from .touch import PlainTouch, quote_of

__all__ = [
    "Oracle",
    "PlainBook",
    "PlainClock",
    "PlainIcebergs",
    "PlainStacking",
    "PlainTape",
    "PlainTouch",
    "Row",
    "read",
    "rows",
]


class Oracle:
    """Everything the oracle knows about one instrument, fed record by record.

    With `hours`, trading stops at the daily halt and at the end of the trading day until the next trade.
    """

    def __init__(
        self, instrument_id: int, tick: int, *, refresh_keeps_priority: bool = False, hours: bool = False
    ) -> None:
        self.book = PlainBook(instrument_id, tick, refresh_keeps_priority=refresh_keeps_priority)
        self.clock = PlainClock()
        self.icebergs = PlainIcebergs()
        self.tape = PlainTape()
        self.stacking = PlainStacking(self.book)
        self.touch = PlainTouch()
        self.found_imbalance: list[int] = []
        """Order-flow imbalance before the event of each trade."""
        self._hours = hours
        self._boundary: int | None = None

    def apply(self, row: Row) -> None:
        """Take one record; those of other instruments are ignored."""
        if row.instrument_id != self.book.instrument_id:
            return
        event, order, ofi = self.book.events, self.stacking.order(row), self.touch.ofi
        self.clock.see(row)
        self.touch.see_clock(self.clock.now)
        self._see_hours(self.clock.now)
        facts = self.book.apply(row)
        self.stacking.see(row, order, facts, self.clock.now or 0)
        self.found_imbalance += [ofi for fact in facts if isinstance(fact, Traded)]
        self.icebergs.see(row, facts, event=event, clock=self.clock.now)
        self.tape.see(row, facts, event=event, clock=self.clock.now)
        if any(isinstance(fact, Cleared) for fact in facts):
            self.touch.await_trading()
        if row.closes_event:
            self.touch.end_event(quote_of(self.book))

    def _see_hours(self, clock: int | None) -> None:
        if not self._hours or clock is None or clock < (self._boundary or 0):
            return
        if self._boundary is not None:
            self.book.phase = "unknown"
            self.touch.await_trading()
        self._boundary = next_boundary(clock)

    def feed(self, records: Iterable[Row]) -> None:
        """Take many records."""
        for row in records:
            self.apply(row)

    def bars(self, interval: str) -> list[Bar]:
        """Return the bars of one interval (`1s`, `1m`, `5m`, `15m`, `1h`, `session`), oldest first."""
        return bars(self.tape.trades, interval, self.clock.now, self.touch.seconds)


def read(
    array: npt.NDArray[np.void],
    instrument_id: int,
    tick: int,
    *,
    refresh_keeps_priority: bool = False,
    hours: bool = False,
) -> Oracle:
    """Read a whole stream of MBO records."""
    oracle = Oracle(instrument_id, tick, refresh_keeps_priority=refresh_keeps_priority, hours=hours)
    oracle.feed(rows(array))
    return oracle
