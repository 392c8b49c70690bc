"""Yahoo's candles as bars of ours: put back on the tick, and handed on once, when they are closed.

What Yahoo gives and what becomes of it:

- Prices are 32-bit floats written out (`4210.2998046875`). They are put on the nearest tick; how many stood further
  from one than such noise explains is counted.
- The last candle is still growing, and sometimes the newest price stands behind it as a candle of its own. A bar is
  closed when the time of Yahoo's data has reached its end: the time of its newest price, or a candle that starts
  later. Where trading stops, nothing later comes: then the wall clock decides, the delay taken off.
- Candles without a price are left out; candles without volume are kept.
- A bar handed on is never changed and none is handed on twice. A late correction, and a candle that turns up before one
  handed on, is left out: this is context.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from feeds.instrument import Instrument
from feeds.records import OHLCV, PRICE_SCALE, SCHEMA_OF_RTYPE, WORD_BYTES, Records, Schema

CONTEXT_INSTRUMENT: Final = 2**32 - 1
"""Instrument id of everything from Yahoo; no venue gives it to a contract."""
CONTEXT_DATASET: Final = "YAHOO"
"""Dataset code of the pseudo instrument; no Databento dataset is called so."""
ASSUMED_DELAY: Final = 900
"""Seconds taken off the wall clock where Yahoo does not say how late it is."""
_GRACE: Final = 60
"""Further seconds after which the wall clock closes a bar that nothing follows."""
_SECOND_NS: Final = 1_000_000_000
_FLOAT32_STEP: Final = 2.0**-23
"""Relative step of a 32-bit float: noise up to this share of the price is no reason to doubt it."""
_MILLISECONDS_FROM: Final = 100_000_000_000
"""A number of seconds that would be the year 5138."""
_RTYPES: Final = {schema: rtype for rtype, schema in SCHEMA_OF_RTYPE.items()}
_COLUMNS: Final = ("Open", "High", "Low", "Close")


class Interval(StrEnum):
    """A length of candle, as Yahoo calls it."""

    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    QUARTER = "15m"
    HOUR = "1h"
    DAY = "1d"

    @property
    def seconds(self) -> int:
        """Length in seconds; a trading day counts as 24 hours."""
        return _SECONDS[self]

    @property
    def period(self) -> str:
        """How far back Yahoo is asked for it, as Yahoo calls it: what the chart of that length shows."""
        return _PERIODS[self]


_SECONDS: Final = {
    Interval.MINUTE: 60,
    Interval.FIVE_MINUTES: 300,
    Interval.QUARTER: 900,
    Interval.HOUR: 3_600,
    Interval.DAY: 86_400,
}
_PERIODS: Final = {
    Interval.MINUTE: "5d",
    Interval.FIVE_MINUTES: "5d",
    Interval.QUARTER: "1mo",
    Interval.HOUR: "1mo",
    Interval.DAY: "1y",
}
INTERVAL_OF: Final = {Schema.OHLCV_1M: Interval.MINUTE, Schema.OHLCV_1H: Interval.HOUR, Schema.OHLCV_1D: Interval.DAY}
"""The candles that a bar schema is made of; the other lengths have no schema."""
SCHEMA_OF: Final = {interval: schema for schema, interval in INTERVAL_OF.items()}


@dataclass(frozen=True, slots=True)
class Candles:
    """One answer of Yahoo's chart, on the tick, oldest candle first.

    Attributes:
        interval: Length of the candles.
        starts: When each begins, ns UTC; a day's candle begins at midnight of the exchange's zone.
        prices: Open, high, low and close of each in ticks, shape (candles, 4).
        volumes: Lots; 0 where Yahoo gives none.
        price: Newest price of the answer in currency units, on the tick; None where it has none.
        priced: The time that Yahoo states for it, ns UTC; None where it does not.
        zone: IANA name of the exchange's time zone.
        tick: Price step in wire units.
        off_tick: Prices that stood further from a tick than 32-bit floats explain.
        unreadable: Candles left out: no price, or a high below its low.
    """

    interval: Interval
    starts: npt.NDArray[np.int64]
    prices: npt.NDArray[np.int64]
    volumes: npt.NDArray[np.int64]
    price: float | None
    priced: int | None
    zone: str
    tick: int
    off_tick: int
    unreadable: int

    def __len__(self) -> int:
        """Count the candles."""
        return len(self.starts)

    def closed(self, now: int, delayed: int | None) -> int:
        """Count the candles, from the oldest, that nothing will change any more.

        Args:
            now: Wall clock, ns UTC.
            delayed: Seconds that Yahoo says it is late, None where it does not say.
        """
        if not len(self):
            return 0
        length = self.interval.seconds * _SECOND_NS
        late = (ASSUMED_DELAY if delayed is None else delayed) + _GRACE
        reached = max(self.priced or 0, int(self.starts[-1]), now - late * _SECOND_NS)
        return int(np.count_nonzero(self.starts + length <= reached))

    def records(self, start: int, stop: int) -> Records:
        """Return the candles `start` to `stop` (exclusive) as wire records; the interval must have a schema."""
        records = np.zeros(stop - start, OHLCV)
        records["length"] = OHLCV.itemsize // WORD_BYTES
        records["rtype"] = _RTYPES[SCHEMA_OF[self.interval]]
        records["instrument_id"] = CONTEXT_INSTRUMENT
        records["ts_event"] = self.starts[start:stop]
        for place, name in enumerate(("open", "high", "low", "close")):
            records[name] = self.prices[start:stop, place] * self.tick
        records["volume"] = self.volumes[start:stop]
        return records


class HandedOn:
    """Which bars of one schema have been handed on, so that none is twice."""

    def __init__(self) -> None:
        self._newest = -1

    def fresh(self, candles: Candles, now: int, delayed: int | None) -> Records | None:
        """Return the closed bars that begin after the newest one handed on, and count them as handed on."""
        stop = candles.closed(now, delayed)
        start = int(np.searchsorted(candles.starts[:stop], self._newest, side="right"))
        if start >= stop:
            return None
        self._newest = int(candles.starts[stop - 1])
        return candles.records(start, stop)


def pseudo_instrument(symbol: str, tick: int) -> Instrument:
    """Return what stands for a Yahoo symbol where a contract would stand; a point of it is worth nothing known."""
    return Instrument(symbol, CONTEXT_INSTRUMENT, tick, float("nan"), dataset=CONTEXT_DATASET, source="settings")


def read_candles(ticker: Any, interval: Interval, tick: int, period: str | None = None) -> Candles:
    """Ask a `yfinance.Ticker` for its candles and read them; blocks, and raises whatever the library does."""
    frame = ticker.history(
        period=period or interval.period, interval=interval.value, auto_adjust=False, actions=False, prepost=True
    )
    stated = ticker.get_history_metadata()
    starts = np.asarray(frame.index.tz_convert("UTC").as_unit("ns").asi8, np.int64)
    given = frame[list(_COLUMNS)].to_numpy(np.float64)
    volumes = np.maximum(frame["Volume"].to_numpy(np.int64), 0)
    sound = _sound(starts, given, interval)
    prices, off_tick = on_tick(given[sound], tick)
    newest = stated.get("regularMarketPrice")
    return Candles(
        interval=interval,
        starts=starts[sound],
        prices=prices,
        volumes=volumes[sound],
        price=None if newest is None else price_on_tick(float(newest), tick),
        priced=nanoseconds(stated.get("regularMarketTime")),
        zone=str(stated.get("exchangeTimezoneName") or ""),
        tick=tick,
        off_tick=off_tick,
        unreadable=int(np.count_nonzero(~sound)),
    )


def on_tick(prices: npt.NDArray[np.float64], tick: int) -> tuple[npt.NDArray[np.int64], int]:
    """Return (prices in ticks, how many of them stood further from a tick than 32-bit floats explain)."""
    exact = prices * (PRICE_SCALE / tick)
    ticks = np.rint(exact).astype(np.int64)
    noise = np.abs(exact) * _FLOAT32_STEP
    return ticks, int(np.count_nonzero(np.abs(exact - ticks) > noise))


def price_on_tick(price: float, tick: int) -> float:
    """Return the price on the tick nearest to it, as the double nearest to that decimal number."""
    return round(price * PRICE_SCALE / tick) * tick / PRICE_SCALE


def nanoseconds(moment: Any) -> int | None:
    """Return a time that Yahoo or `yfinance` states as ns UTC: seconds or milliseconds since 1970, or a timestamp."""
    if moment is None:
        return None
    if hasattr(moment, "timestamp"):
        return int(moment.timestamp()) * _SECOND_NS
    number = int(moment)
    return number * (1_000_000 if number > _MILLISECONDS_FROM else _SECOND_NS)


def _sound(starts: npt.NDArray[np.int64], prices: npt.NDArray[np.float64], interval: Interval) -> npt.NDArray[np.bool_]:
    """Tell which rows are candles: priced, high not below low, on the minute, a whole length after the one before."""
    sound: npt.NDArray[np.bool_] = np.isfinite(prices).all(axis=1) & (prices != 0).all(axis=1)
    sound &= (prices[:, 1] >= prices[:, [0, 2, 3]].max(axis=1)) & (prices[:, 2] <= prices[:, [0, 3]].min(axis=1))
    if interval is not Interval.DAY:
        sound &= starts % (60 * _SECOND_NS) == 0
        sound[1:] &= np.diff(starts) >= interval.seconds * _SECOND_NS
    return sound
