"""What each session of the trading day has traded so far, read from the bars that are kept anyway.

Nothing is followed here: every closed minute of the day stands in the history of bars, so ranges are read when they are
looked at, once a minute for the closed ones, and the running minute is added to that.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from engines.book.layout import HOUR_NS
from engines.flow.bars import Bars
from engines.flow.finished_bars import FinishedBars
from engines.flow.layout import HISTORY, RecordArray
from engines.timing.sessions import SessionWindow, sessions_of
from engines.timing.trading_day import TradingDay, trading_day
from engines.timing_view import SessionRange

_INTERVAL: Final = "1m"
_COLUMNS: Final = ("start", "open", "high", "low", "close")


class _Traded(NamedTuple):
    """Prices of a stretch of bars, ticks."""

    open: int
    high: int
    low: int
    close: int

    def then(self, later: "_Traded") -> "_Traded":
        """Return both together."""
        return _Traded(self.open, max(self.high, later.high), min(self.low, later.low), later.close)


class SessionRanges:
    """Ranges of the running trading day's sessions, from minutes: made of trades, or where there are none, finished."""

    def __init__(self, bars: Bars, finished: FinishedBars) -> None:
        self._bars = bars
        self._finished = finished
        self._key: tuple[int, int, int | None] | None = None
        self._closed: tuple[_Traded | None, ...] = ()

    def at(self, moment: int) -> tuple[SessionRange, ...]:
        """Return the day and its sessions that have begun by a moment (ns UTC), the newest trade included."""
        day, windows = _windows_of(moment // HOUR_NS)
        key = (day.start, self._bars.closed(_INTERVAL), self._finished.clock)
        if key != self._key:
            self._key, self._closed = key, self._of_closed(windows)
        running = self._bars.newest(_INTERVAL, 0)[1]
        return tuple(
            _range(window, _with_running(traded, window, running), running=window.start <= moment < window.end)
            for window, traded in zip(windows, self._closed, strict=True)
            if window.start <= moment
        )

    def _of_closed(self, windows: tuple[SessionWindow, ...]) -> tuple[_Traded | None, ...]:
        columns = self._minutes()
        return tuple(_within(window, columns) for window in windows)

    def _minutes(self) -> "list[np.ndarray[tuple[int], np.dtype[np.int64]]]":
        """Return start, open, high, low and close of closed minutes, oldest first."""
        rows = self._bars.newest(_INTERVAL, HISTORY)[0]
        if len(rows):
            return [rows[name] for name in _COLUMNS]
        finished = self._finished.newest(_INTERVAL, HISTORY)
        return [np.array([getattr(bar, name) for bar in finished], np.int64) for name in _COLUMNS]


@lru_cache(maxsize=4)
def _windows_of(hour: int) -> tuple[TradingDay, tuple[SessionWindow, ...]]:
    day = trading_day(hour * HOUR_NS)
    return day, (SessionWindow("day", day.start, day.end), *sessions_of(day))


def _within(window: SessionWindow, columns: "list[np.ndarray[tuple[int], np.dtype[np.int64]]]") -> _Traded | None:
    starts, opens, highs, lows, closes = columns
    first, last = np.searchsorted(starts, (window.start, window.end))
    if first == last:
        return None
    return _Traded(int(opens[first]), int(highs[first:last].max()), int(lows[first:last].min()), int(closes[last - 1]))


def _with_running(traded: _Traded | None, window: SessionWindow, running: RecordArray) -> _Traded | None:
    if not len(running) or not window.start <= int(running["start"][0]) < window.end:
        return traded
    newest = _Traded(*(int(running[name][0]) for name in _COLUMNS[1:]))
    return newest if traded is None else traded.then(newest)


def _range(window: SessionWindow, traded: _Traded | None, *, running: bool) -> SessionRange:
    if traded is None:
        return SessionRange(window.name, window.start, window.end, None, None, None, None, running)
    return SessionRange(window.name, window.start, window.end, *traded, running)
