"""The path of price: every trade of a recording, and what surrounds a place in it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engines.book.layout import TRADE_BUY, TRADE_SELL
from engines.events import PassiveSide
from engines.flow.trade_records import trades_of
from engines.timing.trading_day import trading_day
from feeds.records import SIDE_ASK, SIDE_BID, Records

MINUTE_NS: Final = 60_000_000_000
PRESSURE_NS: Final = 30_000_000_000
"""How far back pressure is counted."""
_RANGE_MINUTES: Final = 30
_ATTACKER: Final[dict[PassiveSide, int]] = {"bid": TRADE_SELL, "ask": TRADE_BUY}

Whole = npt.NDArray[np.int64]


class Trades:
    """Collects the trades of one instrument out of batches."""

    def __init__(self, instrument_id: int, tick: int) -> None:
        """Collect of an instrument whose prices are multiples of `tick`, in wire units of 1e-9."""
        self._instrument_id = instrument_id
        self._tick = tick
        self._pieces: list[Records] = []

    def take(self, records: Records) -> None:
        """Take records that have actions."""
        told = trades_of(records[records["instrument_id"] == self._instrument_id])
        if len(told):
            self._pieces.append(told[["ts_event", "price", "size", "side"]])

    def path(self) -> "Path":
        """Return all of them together, in the order of their times."""
        if not self._pieces:
            return Path(*(np.zeros(0, np.int64) for _ in range(4)))
        told = np.concatenate(self._pieces)
        told = told[np.argsort(told["ts_event"], kind="stable")]
        sides = np.select([told["side"] == SIDE_BID, told["side"] == SIDE_ASK], [TRADE_BUY, TRADE_SELL], -1)
        return Path(
            told["ts_event"].astype(np.int64),
            told["price"] // self._tick,
            told["size"].astype(np.int64),
            sides.astype(np.int64),
        )


@dataclass(frozen=True)
class Path:
    """Trades in order: times in ns, prices in ticks, lots, and the aggressor's side (-1 without one)."""

    times: Whole
    ticks: Whole
    lots: Whole
    sides: Whole

    def at(self, ts: int) -> int:
        """Return the number of the last trade at or before a time; -1 before the first."""
        return int(np.searchsorted(self.times, ts, side="right")) - 1

    def vwaps(self) -> npt.NDArray[np.float64]:
        """Return the volume-weighted average price of the trading day after each trade, in ticks."""
        averages = np.empty(len(self.times))
        first = 0
        while first < len(self.times):
            end = int(np.searchsorted(self.times, trading_day(int(self.times[first])).end))
            lots = np.cumsum(self.lots[first:end])
            averages[first:end] = np.cumsum(self.ticks[first:end] * self.lots[first:end]) / np.maximum(lots, 1)
            first = end
        return averages

    def pressure(self, side: PassiveSide) -> Whole:
        """Return, for each trade, the lots that aggressors sent against a side in the 30 s up to it."""
        sums = np.concatenate([[0], np.cumsum(np.where(self.sides == _ATTACKER[side], self.lots, 0))])
        firsts = np.searchsorted(self.times, self.times - PRESSURE_NS, side="right")
        return np.asarray(sums[1:] - sums[firsts], np.int64)

    def usual_range(self, ts: int) -> float | None:
        """Return the median range of the minutes with trades in the half hour up to a time, in ticks."""
        first, end = np.searchsorted(self.times, [ts - _RANGE_MINUTES * MINUTE_NS, ts], side="right")
        if end <= first:
            return None
        minutes = self.times[first:end] // MINUTE_NS
        starts = np.flatnonzero(np.diff(minutes, prepend=-1))
        ticks = self.ticks[first:end]
        return float(np.median(np.maximum.reduceat(ticks, starts) - np.minimum.reduceat(ticks, starts)))

    def reached_first(self, start: int, low: int, high: int, until: int) -> int:
        """Return 1 where a trade at or above `high` comes first after trade `start`, -1 at or below `low`, 0 for none.

        Trades after the time `until` do not count.
        """
        end = int(np.searchsorted(self.times, until, side="right"))
        for first in range(start + 1, end, _STRETCH):
            ticks = self.ticks[first : min(first + _STRETCH, end)]
            beyond = np.flatnonzero((ticks >= high) | (ticks <= low))
            if len(beyond):
                return 1 if ticks[beyond[0]] >= high else -1
        return 0


_STRETCH: Final = 4_096
"""Trades looked at together."""
