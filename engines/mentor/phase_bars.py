"""Closed bars as market state and footprint read them: from order flow, or finished ones with their coarser sums."""

from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace

from engines.book.layout import UNKNOWN_OFI, RecordArray
from engines.book.rows import chosen, tuples_of, words_of
from engines.events import Bar
from engines.flow.bars import Bars
from engines.flow.layout import INTERVAL_SECONDS, INTERVALS, SECOND_NS
from feeds.instrument import Instrument

_READ: Final = ("1m", "5m", "15m", "1h")
_COARSER: Final = _READ[1:]
_FIRST_CODE: Final = INTERVALS.index(_READ[0])
_LAST_CODE: Final = INTERVALS.index(_READ[-1])
_VALUED: Final = INTERVALS.index("5m")
LENGTHS: Final = {name: seconds * SECOND_NS for name, seconds in zip(INTERVALS, INTERVAL_SECONDS, strict=True)}
"""Nanoseconds of each interval; 0 of the session."""


class _Fields(msgspec.Struct, frozen=True, gc=False):
    """One BAR row; all of its fields are words of 64 bits."""

    interval: int
    start: int
    end: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    buy: int
    sell: int
    none: int
    trades: int
    cvd: int
    gap: int
    low_delta: int
    high_delta: int
    ofi: int
    number: int


class PhaseBar(msgspec.Struct, frozen=True, gc=False):
    """A closed bar; prices in ticks, times in ns, lots.

    Attributes:
        start: First nanosecond of its interval.
        end: When it was known to be closed: the end of its interval, or of the later finished bar that showed it.
        delta: Lots bought less sold by aggressors; None where the source tells no aggressor.
        ofi: Order-flow imbalance; None where the source tells no quotes.
        value: Lowest and highest tick of the day's value area as the bar closed; told of five-minute bars of order
            flow, None otherwise.
        said_as: Interval of the newest line of the event log that it rests on,
        said_at: and that line's `ts`.
    """

    start: int
    end: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    delta: int | None
    ofi: int | None
    value: tuple[int, int] | None
    said_as: str
    said_at: int


def phase_bars(rows: RecordArray, bars: Bars) -> list[tuple[str, PhaseBar]]:
    """Read the BAR rows of a stretch: (interval, bar) of minutes, five and fifteen minutes and hours.

    They come in the order of their ends, of one end the longest first: who reads a short one knows the long ones.

    Args:
        rows: What has closed.
        bars: Where it came from, which still keeps the day's profile as each of them closed.
    """
    codes = rows["interval"]
    wanted = chosen(rows, (codes >= _FIRST_CODE) & (codes <= _LAST_CODE))
    if not len(wanted):
        return []
    found = [_Fields(*words) for words in words_of(wanted).view(np.int64).tolist()]
    areas = _value_areas(found, bars)
    found.sort(key=_longest_first)
    return [(INTERVALS[fields.interval], _read(fields, areas)) for fields in found]


def _longest_first(fields: _Fields) -> tuple[int, int]:
    return fields.end, -fields.interval


def _value_areas(found: list[_Fields], bars: Bars) -> dict[int, tuple[int, int]]:
    """Return (lowest, highest) tick of the value area at the close of each five-minute bar that has one, by number."""
    numbers = [fields.number for fields in found if fields.interval == _VALUED]
    if not numbers:
        return {}
    rows = bars.developed(INTERVALS[_VALUED], bars.closed(INTERVALS[_VALUED]) - numbers[0])
    areas = tuples_of(rows, ("volume", "value_low", "value_high"))
    return {number: (low, high) for number, (volume, low, high) in enumerate(areas, numbers[0]) if volume}


def _read(fields: _Fields, areas: dict[int, tuple[int, int]]) -> PhaseBar:
    return PhaseBar(
        fields.start,
        fields.end,
        fields.open,
        fields.high,
        fields.low,
        fields.close,
        fields.volume,
        fields.buy - fields.sell,
        None if fields.ofi == UNKNOWN_OFI else fields.ofi,
        areas.get(fields.number) if fields.interval == _VALUED else None,
        INTERVALS[fields.interval],
        fields.end,
    )


def finished_bar(event: Bar, instrument: Instrument) -> PhaseBar:
    """Read a bar that arrived finished (ohlcv schemas)."""
    size = instrument.tick_size
    opened, high, low, close = (round(price / size) for price in (event.open, event.high, event.low, event.close))
    return PhaseBar(
        start=event.start,
        end=event.ts,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=event.volume,
        delta=None,
        ofi=None,
        value=None,
        said_as=event.interval,
        said_at=event.ts,
    )


class CoarserBars:
    """Sums finished bars up to those of five and fifteen minutes and hours.

    A sum is closed by the bar that reaches its end, or by the first one beyond it.
    """

    def __init__(self) -> None:
        self._open: dict[str, PhaseBar] = {}

    def take(self, interval: str, bar: PhaseBar) -> list[tuple[str, PhaseBar]]:
        """Take a finished bar of any interval; return (interval, bar) of the sums that it closes, and of itself.

        The longest come first, as of `phase_bars`.
        """
        length = LENGTHS.get(interval, 0)
        sums = (name for name in reversed(_COARSER) if 0 < length < LENGTHS[name])
        closed = [(name, done) for name in sums for done in self._add(name, bar)]
        return [*closed, (interval, bar)] if interval in _READ else closed

    def _add(self, name: str, bar: PhaseBar) -> list[PhaseBar]:
        length = LENGTHS[name]
        start = bar.start // length * length
        closed, held = [], self._open.pop(name, None)
        if held is not None and held.start != start:
            closed.append(replace(held, end=bar.end))
            held = None
        held = replace(bar, start=start) if held is None else _joined(held, bar)
        if bar.end >= start + length:
            closed.append(held)
        else:
            self._open[name] = held
        return closed


def _joined(held: PhaseBar, bar: PhaseBar) -> PhaseBar:
    return replace(
        bar,
        start=held.start,
        open=held.open,
        high=max(held.high, bar.high),
        low=min(held.low, bar.low),
        volume=held.volume + bar.volume,
    )
