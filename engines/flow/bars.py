"""Bars and volume at price of one instrument, from its trades."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from engines.flow import kernel
from engines.flow.layout import (
    BAR,
    DEVELOPED,
    DONE,
    GROW_LADDER,
    HISTORY,
    INTERVALS,
    NOW,
    FlowArrays,
    RecordArray,
)
from engines.flow.profile_kernel import find_value_area

_CLOSED: Final = 4_096
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

    def __init__(self) -> None:
        count = len(INTERVALS)
        self._arrays = FlowArrays(
            now=np.zeros(1, NOW),
            bars=np.zeros(count, BAR),
            ended=np.zeros(count, np.int64),
            closed=np.zeros(_CLOSED, BAR),
            history=np.zeros((count, HISTORY), BAR),
            developed=np.zeros((count, HISTORY), DEVELOPED),
            written=np.zeros(count, np.int64),
            ladder=np.zeros((3, 0), np.int64),
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
        self._arrays = self._arrays._replace(ladder=np.zeros((3, 0), np.int64))

    def take(self, trades: RecordArray) -> Iterator[RecordArray]:
        """Take TRADE rows and yield BAR rows that closed, as views valid until the next step."""
        position = 0
        while True:
            position, reason = kernel.take_trades(self._arrays, trades, position)
            if reason == GROW_LADDER:
                self._grow()
                continue
            yield from self._drain()
            if reason == DONE:
                return

    def close_until(self, clock: int) -> Iterator[RecordArray]:
        """Yield the BAR rows of bars that end at or before `clock`."""
        kernel.close_bars(self._arrays, clock)
        yield from self._drain()

    def _drain(self) -> Iterator[RecordArray]:
        count = int(self._arrays.now["closed"][0])
        if count:
            yield self._arrays.closed[:count]
            self._arrays.now["closed"] = 0

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
        if width:
            at = int(old.now["base"][0]) - base
            ladder[:, at : at + width] = old.ladder
        old.now["base"] = base
        self._arrays = old._replace(ladder=ladder)

    def open_bars(self) -> RecordArray:
        """Return a copy of the BAR rows of the open bars, shortest interval first."""
        bars = self._arrays.bars
        return bars[bars["end"] > 0].copy()

    def newest(self, interval: str, count: int) -> tuple[RecordArray, RecordArray]:
        """Return (up to `count` closed BAR rows, oldest first; the open one, or no row), as copies."""
        code = INTERVALS.index(interval)
        bar = self._arrays.bars[code : code + 1]
        return self._arrays.history[code, self._newest_places(code, count)], bar[bar["end"] > 0].copy()

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
