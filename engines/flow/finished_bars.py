"""Bars that arrive finished (ohlcv schemas): prices and volume, no aggressor."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from engines.events import Bar
from engines.flow.layout import RecordArray
from engines.view import BarRow
from feeds.instrument import Instrument
from feeds.records import BAR_SECONDS, Schema

HISTORY: Final = 2_000
_SECOND_NS: Final = 1_000_000_000
_NAMES: Final = {Schema.OHLCV_1S: "1s", Schema.OHLCV_1M: "1m", Schema.OHLCV_1H: "1h", Schema.OHLCV_1D: "1d"}


class FinishedBars:
    """The newest finished bars of each interval of one instrument.

    Attributes:
        clock: End of the newest bar, ns; None before the first.
        volume: Lots in all bars of the first interval that arrived.
    """

    def __init__(self) -> None:
        self.clock: int | None = None
        self.volume = 0
        self._bars: dict[str, deque[BarRow]] = {}

    def take(self, schema: Schema, records: RecordArray, instrument: Instrument) -> Iterator[Bar]:
        """Take ohlcv records and yield a bar event for each of this instrument."""
        length = BAR_SECONDS[schema] * _SECOND_NS
        name = _NAMES[schema]
        for record in records[records["instrument_id"] == instrument.instrument_id]:
            start, volume = int(record["ts_event"]), int(record["volume"])
            ticks = [int(record[field]) // instrument.tick for field in ("open", "high", "low", "close")]
            kept = self._bars.setdefault(name, deque(maxlen=HISTORY))
            gap = (start - kept[-1].start) // length - 1 if kept else 0
            kept.append(_bar_row(start, ticks, volume))
            self.clock = max(self.clock or 0, start + length)
            if name == next(iter(self._bars)):
                self.volume += volume
            prices = dict(zip(("open", "high", "low", "close"), map(instrument.price, ticks), strict=True))
            yield Bar(
                ts=self.clock,
                interval=name,
                **prices,
                volume=volume,
                buy=None,
                sell=None,
                none=None,
                trades=None,
                delta=None,
                cvd=None,
                start=start,
                gap=max(0, gap),
                complete=True,
            )

    def newest(self, interval: str, count: int) -> tuple[BarRow, ...]:
        """Return up to `count` bars, oldest first."""
        kept = self._bars.get(interval, deque())
        return tuple(list(kept)[-count:]) if count else ()

    @property
    def last(self) -> int | None:
        """Tick of the newest close; None before the first bar."""
        newest = [kept[-1] for kept in self._bars.values() if kept]
        return max(newest, key=lambda bar: bar.start).close if newest else None


def _bar_row(start: int, ticks: list[int], volume: int) -> BarRow:
    opened, high, low, close = ticks
    return BarRow(
        start, opened, high, low, close, volume, buy=None, sell=None, none=None, trades=None, cvd=None, complete=True
    )
