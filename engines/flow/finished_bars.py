"""Bars that arrive finished (ohlcv schemas): prices and volume, no aggressor."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from engines.book.layout import SECOND_NS
from engines.events import Bar
from engines.flow.layout import HISTORY, RecordArray
from engines.view import BarRow
from feeds.instrument import Instrument
from feeds.records import BAR_SECONDS, Schema

_NAMES: Final = {Schema.OHLCV_1S: "1s", Schema.OHLCV_1M: "1m", Schema.OHLCV_1H: "1h", Schema.OHLCV_1D: "1d"}
_PRICES: Final = ("open", "high", "low", "close")


class FinishedBars:
    """The newest finished bars of one instrument, all of one interval.

    Attributes:
        clock: End of the newest bar, ns; None before the first.
        volume: Lots in all bars.
        off_tick: Bars with a price that is no multiple of the tick; passed over.
    """

    def __init__(self) -> None:
        self.clock: int | None = None
        self.volume = 0
        self.off_tick = 0
        self._interval = ""
        self._bars: deque[BarRow] = deque(maxlen=HISTORY)

    def take(
        self, schema: Schema, records: RecordArray, instrument: Instrument, day_of: Callable[[int], date]
    ) -> Iterator[Bar]:
        """Take ohlcv records and yield a bar event for each of this instrument; `day_of` names a trading day."""
        length = BAR_SECONDS[schema] * SECOND_NS
        self._interval = _NAMES[schema]
        for record in records[records["instrument_id"] == instrument.instrument_id]:
            prices = [int(record[name]) for name in _PRICES]
            if any(price % instrument.tick for price in prices):
                self.off_tick += 1
                continue
            start, volume = int(record["ts_event"]), int(record["volume"])
            gap = self._gap(start, length, day_of)
            opened, high, low, close = (price // instrument.tick for price in prices)
            self._bars.append(
                BarRow(start, opened, high, low, close, volume, None, None, None, None, None, complete=True)
            )
            self.clock = max(self.clock or 0, start + length)
            self.volume += volume
            yield Bar(
                ts=self.clock,
                interval=self._interval,
                open=instrument.price(opened),
                high=instrument.price(high),
                low=instrument.price(low),
                close=instrument.price(close),
                volume=volume,
                buy=None,
                sell=None,
                none=None,
                trades=None,
                delta=None,
                cvd=None,
                start=start,
                gap=gap,
                complete=True,
            )

    def _gap(self, start: int, length: int, day_of: Callable[[int], date]) -> int:
        """Count the intervals without a bar since the one before, within a trading day."""
        if not self._bars or day_of(self._bars[-1].start) != day_of(start):
            return 0
        return max(0, (start - self._bars[-1].start) // length - 1)

    def newest(self, interval: str, count: int) -> tuple[BarRow, ...]:
        """Return up to `count` bars, oldest first; none where another interval is asked for than arrived."""
        return tuple(self._bars)[-count:] if count and interval == self._interval else ()

    @property
    def last(self) -> int | None:
        """Tick of the newest close; None before the first bar."""
        return self._bars[-1].close if self._bars else None
