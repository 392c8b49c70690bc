"""The volume profile as screens show it: of the running trading day, and what earlier ones left behind.

A trading day is seen from the first trade that the pipeline was given; `since` says when that was.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.book.layout import MINUTE_NS, RecordArray
from engines.flow import vwap
from engines.flow.bars import Bars
from engines.flow.layout import SQUARE_BITS
from engines.flow.profile_kernel import Lots, find_nodes, point_of_control, value_area
from engines.view import (
    BarRow,
    CompositeProfile,
    DevelopedProfile,
    NakedPoc,
    Profile,
    ProfileOf,
    SessionProfile,
    VisibleProfile,
)

COMPOSITE_SESSIONS: Final = 5
"""Trading days in a composite profile, the running one included: a week."""
_NAKED_KEPT: Final = 64
_DEVELOPED_NOW: Final = [
    "origin",
    "profile_volume",
    "weighted",
    "squares_high",
    "squares_low",
    "poc",
    "value_low",
    "value_high",
]
"""The fields of DEVELOPED, as the running day's scalars name them."""
_MINUTE: Final = "1m"
_Cells = tuple[int, RecordArray]
"""How many bars are kept by price, and their CELL rows."""
_WIDEST: Final = 4_096
"""Ticks of volume at price that are handed to a screen at most."""


@dataclass(frozen=True, slots=True)
class SessionLots:
    """Volume at price of one trading day.

    Attributes:
        end: First nanosecond after the day, which tells its date.
        low: Lowest traded tick.
        lots: Lots at each tick from there to the highest, shape (1, ticks).
        poc: Tick of the point of control.
    """

    end: int
    low: int
    lots: Lots
    poc: int

    @property
    def high(self) -> int:
        """Highest traded tick."""
        return self.low + int(self.lots.shape[1]) - 1


def session_lots(bars: Bars) -> SessionLots | None:
    """Return the running trading day's volume at price; None before its first trade."""
    now = bars.now
    if not now["profile_volume"] or not now["day_end"]:
        return None
    low, high = int(now["low"]), int(now["high"])
    lots = bars.traded_at(low, high).sum(axis=0, keepdims=True)
    return SessionLots(int(now["day_end"]), low, lots, int(now["poc"]))


class EarlierSessions:
    """What trading days that are over left behind: volume for the composite, and points of control yet untouched."""

    def __init__(self) -> None:
        self._recent: deque[SessionLots] = deque(maxlen=COMPOSITE_SESSIONS - 1)
        self._naked: deque[NakedPoc] = deque(maxlen=_NAKED_KEPT)

    def take(self, session: SessionLots) -> None:
        """Take a trading day that has ended."""
        still_naked = self.naked(session)
        self._naked.clear()
        self._naked.extend((*still_naked, NakedPoc(day_end=session.end, tick=session.poc)))
        self._recent.append(session)

    def naked(self, running: SessionLots | None) -> tuple[NakedPoc, ...]:
        """Return the points of control that no later day's range has reached, oldest first."""
        if running is None:
            return tuple(self._naked)
        return tuple(poc for poc in self._naked if not running.low <= poc.tick <= running.high)

    def composite(self, running: SessionLots | None) -> CompositeProfile | None:
        """Return the profile of the newest days together; None while there is only one."""
        sessions = self._newest(running)
        if len(sessions) < 2:
            return None
        low, lots = _together(sessions)
        high = low + lots.shape[1] - 1
        control, volume = point_of_control(lots, 0, high - low), int(lots.sum())
        first, last = value_area(lots, 0, high - low, control, volume)
        return CompositeProfile(
            sessions=len(sessions),
            volume=volume,
            low=low,
            high=high,
            poc=low + control,
            value_low=low + first,
            value_high=low + last,
        )

    def composite_lots(self, running: SessionLots | None) -> tuple[int, Lots] | None:
        """Return (lowest tick, lots from there on) of the newest days together; None before the first trade."""
        sessions = self._newest(running)
        return _together(sessions) if sessions else None

    def _newest(self, running: SessionLots | None) -> list[SessionLots]:
        return [*self._recent, *([running] if running is not None else [])][-COMPOSITE_SESSIONS:]


def _together(sessions: list[SessionLots]) -> tuple[int, Lots]:
    low, high = min(session.low for session in sessions), max(session.high for session in sessions)
    lots = np.zeros((1, high - low + 1), np.int64)
    for session in sessions:
        lots[:, session.low - low : session.high - low + 1] += session.lots
    return low, lots


def look(
    bars: Bars,
    earlier: EarlierSessions,
    shown: tuple[BarRow, ...],
    interval: str,
    *,
    of: ProfileOf = "session",
    minutes: int = 30,
) -> Profile:
    """Return the profile; `shown` are the bars that it is drawn beside, of which its path tells the closes.

    Lots at each price are those `of` the running day, the bars shown, the newest `minutes`, or the newest days.
    """
    bars.find_value_area()
    running = session_lots(bars)
    seen = _cells_shown(bars, shown, interval)
    newest = _newest_cells(bars, minutes) if of == "recent" else None
    if of == "session":
        chosen = None if running is None else (running.low, running.lots)
    elif of == "composite":
        chosen = earlier.composite_lots(running)
    else:
        chosen = _lots_of(seen if of == "visible" else newest)
    lots_low, lots = _lots_beside(shown, chosen)
    return Profile(
        session=None if running is None else _session(bars, running),
        composite=earlier.composite(running),
        naked=earlier.naked(running),
        path=_path(bars, shown, interval),
        lots_low=lots_low,
        lots=lots,
        visible=_profile_of(seen),
        of=of,
        recent=_profile_of(newest),
    )


def _session(bars: Bars, running: SessionLots) -> SessionProfile:
    now = bars.now
    volume, weighted = int(now["profile_volume"]), int(now["weighted"])
    squares = (int(now["squares_high"]) << SQUARE_BITS) + int(now["squares_low"])
    found = np.empty(running.lots.shape[1], np.int64)
    nodes = found[: find_nodes(running.lots, 0, len(found) - 1, found)]
    ticks = [running.low + column for column in nodes.tolist()]
    return SessionProfile(
        since=int(now["since"]) or None,
        volume=volume,
        low=running.low,
        high=running.high,
        poc=running.poc,
        value_low=int(now["value_low"]),
        value_high=int(now["value_high"]),
        vwap=vwap.average(int(now["origin"]), volume, weighted),
        deviation=vwap.deviation(volume, weighted, squares),
        high_nodes=tuple(ticks[::2]),
        low_nodes=tuple(ticks[1::2]),
    )


def _path(bars: Bars, shown: tuple[BarRow, ...], interval: str) -> tuple[DevelopedProfile, ...]:
    """Return the day's profile at the close of each bar; for the open one, as it stands."""
    closed = sum(bar.complete for bar in shown)
    rows = bars.developed(interval, closed).tolist()
    if closed < len(shown):
        rows.append(bars.now[_DEVELOPED_NOW].item())
    return tuple(_developed(bar.start, row) for bar, row in zip(shown, rows, strict=True) if row[1])


def _developed(start: int, row: tuple[int, ...]) -> DevelopedProfile:
    origin, volume, weighted, squares_high, squares_low, poc, low, high = row
    squares = (squares_high << SQUARE_BITS) + squares_low
    average, deviation = vwap.average(origin, volume, weighted), vwap.deviation(volume, weighted, squares)
    return DevelopedProfile(start, poc, low, high, average, deviation)


def _lots_beside(shown: tuple[BarRow, ...], chosen: tuple[int, Lots] | None) -> tuple[int, tuple[int, ...]]:
    """Return the lots at the prices of the bars, and the tick of the first; none where they are too many."""
    if chosen is None or not shown:
        return 0, ()
    lowest, lots = chosen
    low = max(lowest, min(bar.low for bar in shown))
    high = min(lowest + lots.shape[1] - 1, max(bar.high for bar in shown))
    if not 0 <= high - low < _WIDEST:
        return 0, ()
    return low, tuple(lots[0, low - lowest : high - lowest + 1].tolist())


def _cells_shown(bars: Bars, shown: tuple[BarRow, ...], interval: str) -> _Cells:
    """Return what the bars shown traded at each price, as many of the newest as are kept by price."""
    first = bars.closed(interval) - sum(bar.complete for bar in shown)
    return bars.traded_in(interval, range(first, first + len(shown)))


def _newest_cells(bars: Bars, minutes: int) -> _Cells:
    """Return what the newest minutes traded at each price, counted back from the newest bar of a minute."""
    starts = np.concatenate([rows["start"] for rows in bars.newest(_MINUTE, 1)])
    newest = int(starts[-1]) if len(starts) else 0
    return bars.traded_since(_MINUTE, newest - minutes * MINUTE_NS, minutes)


def _lots_of(cells: _Cells | None) -> tuple[int, Lots] | None:
    """Return (lowest tick, lots from there on); None where nothing traded."""
    if cells is None or not len(cells[1]):
        return None
    traded = cells[1]
    low, high = int(traded["tick"].min()), int(traded["tick"].max())
    lots = np.zeros((1, high - low + 1), np.int64)
    np.add.at(lots[0], traded["tick"] - low, traded["buy"] + traded["sell"] + traded["none"])
    return low, lots


def _profile_of(cells: _Cells | None) -> VisibleProfile | None:
    found = _lots_of(cells)
    if cells is None or found is None:
        return None
    low, lots = found
    high = low + lots.shape[1] - 1
    control, volume = point_of_control(lots, 0, high - low), int(lots.sum())
    value_low, value_high = value_area(lots, 0, high - low, control, volume)
    return VisibleProfile(
        bars=cells[0],
        volume=volume,
        low=low,
        high=high,
        poc=low + control,
        value_low=low + value_low,
        value_high=low + value_high,
    )
