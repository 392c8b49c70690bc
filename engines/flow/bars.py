"""Bars, their footprints and volume at price of one instrument, from its trades."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from engines.book.layout import SECOND, UNKNOWN_OFI
from engines.flow import kernel
from engines.flow.footprint_kernel import Sheet, read_closed, read_open
from engines.flow.layout import (
    BAR,
    BORDER,
    CELL,
    CELLS,
    CLOSED,
    DEVELOPED,
    DONE,
    FOOTPRINT,
    GROW_LADDER,
    HISTORY,
    INTERVALS,
    NOW,
    USUAL,
    FlowArrays,
    RecordArray,
)
from engines.flow.logged_bars_kernel import Rules, ToldArrays, read_bars
from engines.flow.profile_kernel import find_value_area
from engines.flow.settings import FlowSettings

NO_SECONDS: Final = np.zeros(0, SECOND)
_FIRST_WIDTH: Final = 4_096
_OF_THE_DAY: Final = (
    "cvd",
    "day_volume",
    "day_trades",
    "profile_volume",
    "poc_volume",
    "poc_ties",
    "weighted",
    "squares_high",
    "squares_low",
    "valued",
)


class Bars:
    """Bars of every interval, and lots traded at each price in the running trading day."""

    def __init__(self, settings: FlowSettings | None = None) -> None:
        count = len(INTERVALS)
        self._least = (settings or FlowSettings()).imbalance_least
        self._arrays = FlowArrays(
            now=np.zeros(1, NOW),
            bars=np.zeros(count, BAR),
            ended=np.zeros(count, np.int64),
            closed=np.zeros(CLOSED, BAR),
            history=np.zeros((count, HISTORY), BAR),
            developed=np.zeros((count, HISTORY), DEVELOPED),
            written=np.zeros(count, np.int64),
            ladder=np.zeros((3, 0), np.int64),
            traded=np.zeros((count, 3, 0), np.int64),
            cells=np.empty((count, CELLS), CELL),  # 25 MB, of which nothing is read that was not written
            cells_written=np.zeros(count, np.int64),
            footprints=np.zeros((count, HISTORY), FOOTPRINT),
            usual=np.zeros(count, USUAL),
            borders=np.zeros(count, BORDER),
        )

    @property
    def now(self) -> Any:
        """The engine's scalars, a `layout.NOW` record: totals, the day's volume and cumulative delta, last trade."""
        return self._arrays.now[0]

    def begin_day(self, start: int, end: int) -> None:
        """Start a trading day: cumulative delta, volume at price and its profile begin at zero."""
        now = self._arrays.now
        now["day_start"], now["day_end"] = start, end
        for name in _OF_THE_DAY:
            now[name] = 0
        now["has_origin"] = False
        self._arrays.ended[:] = 0
        count = len(INTERVALS)
        self._arrays = self._arrays._replace(
            ladder=np.zeros((3, 0), np.int64), traded=np.zeros((count, 3, 0), np.int64)
        )

    def take(self, trades: RecordArray, seconds: RecordArray = NO_SECONDS) -> Iterator[RecordArray]:
        """Take TRADE rows and the SECOND rows of the same stretch, and yield BAR rows that closed.

        They are views valid until the next step; so long the footprint of each is kept.
        """
        position = 0
        self._arrays.now["second"] = 0
        while True:
            position, reason = kernel.take_trades(self._arrays, trades, seconds, position, self._least)
            if reason == GROW_LADDER:
                self._grow()
                continue
            yield from self._drain()
            if reason == DONE:
                return

    def close_until(self, clock: int) -> Iterator[RecordArray]:
        """Yield the BAR rows of bars that end at or before `clock`."""
        self._arrays.now["second"] = 0
        kernel.advance(self._arrays, NO_SECONDS, clock)
        yield from self._drain()

    def _drain(self) -> Iterator[RecordArray]:
        count = int(self._arrays.now["closed"][0])
        if count:
            yield self._arrays.closed[:count]
            self._arrays.now["closed"] = self._arrays.now["cells"] = 0

    def _grow(self) -> None:
        """Widen the volume ladder to hold the wanted tick, with room on both sides."""
        old = self._arrays
        wanted = int(old.now["wanted"][0])
        width = old.ladder.shape[1]
        low = int(old.now["base"][0]) if width else wanted
        high = low + width - 1 if width else wanted
        low, high = min(low, wanted), max(high, wanted)
        new_width = _FIRST_WIDTH
        while new_width < 2 * (high - low + 1):
            new_width *= 2
        base = low - (new_width - (high - low + 1)) // 2
        ladder = np.zeros((3, new_width), np.int64)
        traded = np.zeros((len(INTERVALS), 3, new_width), np.int64)
        if width:
            at = int(old.now["base"][0]) - base
            ladder[:, at : at + width] = old.ladder
            traded[:, :, at : at + width] = old.traded
        old.now["base"] = base
        self._arrays = old._replace(ladder=ladder, traded=traded)

    def open_bars(self) -> RecordArray:
        """Return a copy of the BAR rows of the open bars, shortest interval first."""
        return np.concatenate([self._open_bar(code) for code in range(len(INTERVALS))])

    def newest(self, interval: str, count: int) -> tuple[RecordArray, RecordArray]:
        """Return (up to `count` closed BAR rows, oldest first; the open one, or no row), as copies."""
        code = INTERVALS.index(interval)
        return self._arrays.history[code, self._newest_places(code, count)], self._open_bar(code)

    def _open_bar(self, code: int) -> RecordArray:
        """Return a copy of the open BAR row of an interval, or no row, with the imbalance of its seconds that ended."""
        bar = self._arrays.bars[code : code + 1]
        bar = bar[bar["end"] > 0].copy()
        now, border = self._arrays.now[0], self._arrays.borders[code]
        bar["number"] = self._arrays.written[code]
        bar["ofi"] = np.where(border["start"] == bar["start"], now["ofi"] - border["ofi"], 0)
        if not now["quoted"]:
            bar["ofi"] = UNKNOWN_OFI
        return bar

    def closed(self, interval: str) -> int:
        """Return how many bars of an interval have closed, which is the number of the open one."""
        return int(self._arrays.written[INTERVALS.index(interval)])

    def history(self, interval: str) -> RecordArray:
        """Return the ring of closed BAR rows itself: bar number n stands at n % HISTORY."""
        rows: RecordArray = self._arrays.history[INTERVALS.index(interval)]
        return rows

    def developed(self, interval: str, count: int) -> RecordArray:
        """Return DEVELOPED rows: the day's profile at the close of each closed bar that `newest` returns, as a copy."""
        code = INTERVALS.index(interval)
        rows: RecordArray = self._arrays.developed[code, self._newest_places(code, count)]
        return rows

    def _newest_places(self, code: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        written = int(self._arrays.written[code])
        return np.arange(max(0, written - min(count, HISTORY)), written) % HISTORY

    def find_value_area(self) -> None:
        """Bring the value area in `now` up to the newest trade."""
        find_value_area(self._arrays)

    def traded_at(self, low: int, high: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """Return lots traded at the ticks `low` to `high` inclusive in the running day, shape (3, ticks)."""
        rows = np.zeros((3, high - low + 1), np.int64)
        ladder = self._arrays.ladder
        base = int(self._arrays.now["base"][0])
        first, last = max(low, base), min(high, base + ladder.shape[1] - 1)
        if first <= last:
            rows[:, first - low : last - low + 1] = ladder[:, first - base : last - base + 1]
        return rows

    def read_footprint(self, interval: str, number: int, sheet: Sheet) -> tuple[int, float]:
        """Copy what a bar traded at each tick of its range to a sheet (`footprint_kernel`), whatever it can hold.

        Return (columns, `layout.FOOTPRINT.least` of the bar); 0 columns where it is not kept or too wide.
        """
        code = INTERVALS.index(interval)
        if number == self._arrays.written[code]:
            return read_open(self._arrays, code, sheet), float(self._arrays.usual[code]["least"])
        least = float(self._arrays.footprints[code, number % HISTORY]["least"])
        return read_closed(self._arrays, code, number, sheet), least

    def read(self, rows: RecordArray, start: int, rules: Rules, out: ToldArrays) -> int:
        """Tell of BAR rows from `start` on that were just handed on, or of the open ones (`logged_bars_kernel`)."""
        return read_bars(self._arrays, rows, start, rules, out)

    def traded_in(self, interval: str, numbers: range) -> tuple[int, RecordArray]:
        """Return what bars with these consecutive numbers traded: (how many of them are kept, their CELL rows).

        Cells stand bar by bar, each with its lowest price first. The last bar may be the open one.
        """
        code = INTERVALS.index(interval)
        arrays, written = self._arrays, int(self._arrays.written[code])
        closed = np.arange(max(numbers.start, written - HISTORY), min(numbers.stop, written))
        footprints = arrays.footprints[code, closed % HISTORY]
        kept = footprints[(footprints["count"] >= 0) & (footprints["first"] >= arrays.cells_written[code] - CELLS)]
        first = int(kept["first"][0]) if len(kept) else 0
        cells = arrays.cells[code, np.arange(first, first + int(kept["count"].sum())) % CELLS]
        if numbers.stop <= written or not arrays.bars[code]["end"]:
            return len(kept), cells
        return len(kept) + 1, np.concatenate([cells, self._open_cells(code)])

    def traded_since(self, interval: str, moment: int, most: int) -> tuple[int, RecordArray]:
        """Return what bars that began after a moment (ns) traded, as `traded_in`; at most so many closed ones."""
        closed, opened = self.newest(interval, most)
        since = sum(int((rows["start"] > moment).sum()) for rows in (closed, opened))
        last = self.closed(interval) + len(opened)
        return self.traded_in(interval, range(last - since, last))

    def _open_cells(self, code: int) -> RecordArray:
        arrays, bar = self._arrays, self._arrays.bars[code]
        base = int(arrays.now["base"][0])
        low, high = max(int(bar["low"]) - base, 0), max(int(bar["high"]) - base + 1, 0)
        traded = arrays.traded[code, :, low:high]
        columns = np.flatnonzero(traded.any(axis=0))
        cells = np.zeros(len(columns), CELL)
        cells["tick"] = base + low + columns
        cells["buy"], cells["sell"], cells["none"] = traded[:, columns]
        return cells
