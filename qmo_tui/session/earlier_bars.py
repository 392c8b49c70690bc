"""What a chart shows of the time before a live session: bars of bought history, in front of the live ones.

**Which bars are whose.** History has the bars that end before the first interval which the live session hears from its
first nanosecond on; from there on all bars are live. The bar that was open when the session began is history's where
history has it whole, else the live one, which is short of the trades before the session. Two bars never share an
interval, and a time that neither knows is left out and said.

**Joined bars.** History is bought in minutes and hours. Bars of 5 and 15 minutes are joined from minutes: a minute
without a trade has no bar, so one is joined only where history covers all of it, and is then exact.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from engines.flow.layout import INTERVAL_SECONDS, INTERVALS, SECOND_NS, RecordArray
from engines.view import BarRow, MarketView, ViewRequest
from feeds.databento.history_cache import stretch_of
from feeds.dbn import DbnFile
from feeds.instrument import Instrument, InstrumentError, from_definition
from feeds.records import F_SNAPSHOT, UNDEFINED_TIME, Batch, Records, Schema

BAR: Final = np.dtype([(name, np.int64) for name in ("start", "open", "high", "low", "close", "volume")])
"""A bar without its aggressors: start in ns UTC, prices in ticks."""
_LENGTHS: Final = {
    name: seconds * SECOND_NS for name, seconds in zip(INTERVALS, INTERVAL_SECONDS, strict=True) if seconds
}
_BOUGHT: Final = {Schema.OHLCV_1M: ("1m", "5m", "15m"), Schema.OHLCV_1H: ("1h",)}
"""Which intervals each schema of history gives."""
_PRICES: Final = ("open", "high", "low", "close")
_Stretch: TypeAlias = tuple[int, int]
"""Start and end, excluded, ns UTC."""


@dataclass(frozen=True, slots=True)
class Series:
    """All bars of one interval that end at or before `until` (ns UTC), oldest first."""

    bars: tuple[BarRow, ...]
    until: int


class EarlierBars:
    """The bars in front of one contract's live ones; none before history has been delivered."""

    def __init__(self) -> None:
        self._series: Mapping[str, Series] = {}
        self._records = 0
        self._began: int | None = None

    def deliver(self, series: Mapping[str, Series]) -> None:
        """Take history, by interval."""
        self._series = series
        self._records = sum(len(one.bars) for one in series.values())

    def hear(self, batch: Batch) -> None:
        """Learn from the first order flow when the live session began; snapshots tell of earlier orders."""
        if self._began is None:
            self._began = _first_news(batch.records)

    def before(self, view: MarketView, request: ViewRequest) -> MarketView:
        """Return a live view with the history that its chart has room for; history counts as records processed."""
        earlier = self._of(request.interval)
        if not earlier or request.bars <= 0:
            return view
        live = tuple(bar for bar in view.bars if bar.start > earlier[-1].start)
        room = max(0, request.bars - len(live))
        return replace(
            view,
            sequence=view.sequence + self._records,
            interval=request.interval,
            bars=(*earlier[max(0, len(earlier) - room) :], *live),
        )

    def words(self, interval: str, zone: tzinfo, now: int) -> str | None:
        """Say up to when the bars of an interval come from history, and where live ones begin if later; else None."""
        if not self._of(interval):
            return None
        until, length = self._series[interval].until, _LENGTHS[interval]
        if self._began is None:
            return f"history to {_clock(until, zone, now)}"
        until = min(until, _first_whole(self._began, length))
        told = f"history to {_clock(until, zone, now)}"
        return told if until + length > self._began else f"{told}, live from {_clock(self._began, zone, now)}"

    def _of(self, interval: str) -> tuple[BarRow, ...]:
        """Return history's bars before the first whole live one."""
        series = self._series.get(interval)
        if series is None:
            return ()
        if self._began is None:
            return series.bars
        first = _first_whole(self._began, _LENGTHS[interval])
        return series.bars[: bisect_left(series.bars, first, key=lambda bar: bar.start)]


def read_earlier_bars(files: Iterable[Path], instrument: Instrument) -> dict[str, Series]:
    """Return a contract's bars, by interval, from files of the history cache; blocks while it reads.

    Of each schema only the newest stretch without a hole is taken.

    Raises:
        InstrumentError: The files contradict the contract's tick.
        DbnError: A file is broken.
        OSError: A file cannot be read.
    """
    held: defaultdict[Schema | None, list[tuple[_Stretch, DbnFile]]] = defaultdict(list)
    for path in files:
        file, stretch = DbnFile(path), stretch_of(path)
        if stretch is not None and file.metadata is not None:
            held[file.metadata.schema].append((stretch, file))
    for _, file in held[Schema.DEFINITION]:
        _agree(file, instrument)
    return {
        interval: series
        for schema, intervals in _BOUGHT.items()
        if held[schema]
        for interval, series in _series(held[schema], intervals, instrument)
    }


def _series(
    held: list[tuple[_Stretch, DbnFile]], intervals: tuple[str, ...], instrument: Instrument
) -> Iterator[tuple[str, Series]]:
    """Yield (interval, its bars) made of the files of one schema."""
    start, end = newest_stretch(stretch for stretch, _ in held)
    bars = _in_order([_in_ticks(batch, instrument) for _, file in held for batch in file.batches()])
    bars = bars[(bars["start"] >= start) & (bars["start"] < end)]
    for interval in intervals:
        length = _LENGTHS[interval]
        yield interval, Series(tuple(_rows(join(bars, length, (start, end)))), end // length * length)


def newest_stretch(stretches: Iterable[_Stretch]) -> _Stretch:
    """Return the start and end of the newest stretch that touching and overlapping ones make; there must be one."""
    newest_first = sorted(stretches, key=lambda stretch: stretch[1], reverse=True)
    start, end = newest_first[0]
    for earlier_start, earlier_end in newest_first[1:]:
        if earlier_end >= start:
            start = min(start, earlier_start)
    return start, end


def join(bars: RecordArray, length: int, covered: _Stretch) -> RecordArray:
    """Return bars of a longer interval (ns) made of shorter ones, which must lie in order and in `covered`.

    A bar that reaches beyond what is covered is left out.
    """
    if not len(bars):
        return bars
    starts = bars["start"] // length * length
    firsts = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    lasts = np.append(firsts[1:], len(bars)) - 1
    joined = np.zeros(len(firsts), BAR)
    joined["start"] = starts[firsts]
    joined["open"], joined["close"] = bars["open"][firsts], bars["close"][lasts]
    joined["high"] = np.maximum.reduceat(bars["high"], firsts)
    joined["low"] = np.minimum.reduceat(bars["low"], firsts)
    joined["volume"] = np.add.reduceat(bars["volume"], firsts)
    return joined[(joined["start"] >= covered[0]) & (joined["start"] + length <= covered[1])]


def _in_ticks(batch: Batch, instrument: Instrument) -> RecordArray:
    """Return the contract's ohlcv records as BAR rows."""
    records = batch.records[batch.records["instrument_id"] == instrument.instrument_id]
    bars = np.zeros(len(records), BAR)
    bars["start"], bars["volume"] = records["ts_event"], records["volume"]
    for name in _PRICES:
        if np.any(records[name] % instrument.tick):
            raise InstrumentError(
                f"history has prices of {instrument.symbol} that are no multiple of its tick {instrument.tick_size:g}"
            )
        bars[name] = records[name] // instrument.tick
    return bars


def _in_order(parts: list[RecordArray]) -> RecordArray:
    """Return the bars of several files in order, each once."""
    bars = np.concatenate(parts) if parts else np.zeros(0, BAR)
    return bars[np.unique(bars["start"], return_index=True)[1]]


def _rows(bars: RecordArray) -> Iterator[BarRow]:
    for start, opened, high, low, close, volume in bars.tolist():
        yield BarRow(start, opened, high, low, close, volume, None, None, None, None, None, complete=True)


def _agree(file: DbnFile, instrument: Instrument) -> None:
    """Refuse bars of a contract whose definition states another tick than the one live prices are read with."""
    for batch in file.batches():
        for record in batch.records[batch.records["instrument_id"] == instrument.instrument_id]:
            defined = from_definition(record)
            if defined is not None and defined.tick != instrument.tick:
                raise InstrumentError(
                    f"history defines {instrument.symbol} with tick {defined.tick_size:g}, "
                    f"the live feed with {instrument.tick_size:g}"
                )


def _first_news(records: Records) -> int | None:
    """Return the time of the first order-flow record that is no snapshot; None where there is none."""
    if "flags" not in (records.dtype.names or ()):
        return None
    news = records["ts_event"][(records["flags"] & F_SNAPSHOT) == 0]
    news = news[news != UNDEFINED_TIME]
    return int(news[0]) if len(news) else None


def _first_whole(began: int, length: int) -> int:
    """Return the start of the first interval that lies wholly after a moment."""
    return -(-began // length) * length


def _clock(moment: int, zone: tzinfo, now: int) -> str:
    """Return a time of today as `14:32`, of another day with its date."""
    shown, today = (datetime.fromtimestamp(one // SECOND_NS, UTC).astimezone(zone) for one in (moment, now))
    return f"{shown:%H:%M}" if shown.date() == today.date() else f"{shown:%Y-%m-%d %H:%M}"
