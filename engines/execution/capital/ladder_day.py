"""The trading day that a ladder counts by: from one open of the exchange to the next, holidays and weekends included.

It begins at 17:00 Chicago on the evening before its date and lasts until the market opens again: Friday's goes on until
Sunday 17:00, that of the Thursday before Good Friday too. What is said between them belongs to the day that has traded.
A week holds the days whose dates lie in one week from Monday to Sunday, so it begins with the open on Sunday.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from engines.book.layout import HOUR_NS
from engines.timing.calendar import MarketDay, market_day, next_open
from engines.timing.sessions import SessionWindow, sessions_of


@dataclass(frozen=True, slots=True)
class LadderDay:
    """A trading day of a ladder; times in ns UTC.

    Attributes:
        date: Its date, ISO 8601.
        start: First nanosecond.
        end: First nanosecond of the next one: the next open by the calendar.
        week: Date of its Monday, ISO 8601.
        week_end: First nanosecond of the next trading week.
        sessions: Asia, London, New York, each until the next begins, the last until the day ends.
    """

    date: str
    start: int
    end: int
    week: str
    week_end: int
    sessions: tuple[SessionWindow, ...]

    def session_at(self, moment: int) -> SessionWindow:
        """Return the session of a moment of this day."""
        return next(session for session in reversed(self.sessions) if session.start <= moment)


def ladder_day(moment: int) -> LadderDay:
    """Return the day that a moment (ns UTC) counts for."""
    return _ladder_day_of(moment // HOUR_NS)


@lru_cache(maxsize=16)
def _ladder_day_of(hour: int) -> LadderDay:
    """Look at an hour of the clock: trading days begin on whole ones."""
    traded = _day_that_traded(hour * HOUR_NS)
    end = next_open(traded.day.start)
    return LadderDay(
        date=traded.day.date.isoformat(),
        start=traded.day.start,
        end=end,
        week=_monday_of(traded.day.date).isoformat(),
        week_end=_week_end(traded.day.date, end),
        sessions=_sessions(traded, end),
    )


def _day_that_traded(moment: int) -> MarketDay:
    day = market_day(moment)
    while not day.trades:
        day = market_day(day.day.start - 1)
    return day


def _week_end(day: date, opens: int) -> int:
    while _monday_of(market_day(opens).day.date) == _monday_of(day):
        opens = next_open(opens)
    return opens


def _monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _sessions(traded: MarketDay, end: int) -> tuple[SessionWindow, ...]:
    windows = sorted((window for window in sessions_of(traded.day) if window.name != "overnight"), key=_start)
    ends = [*(window.start for window in windows[1:]), end]
    return tuple(SessionWindow(window.name, window.start, until) for window, until in zip(windows, ends, strict=True))


def _start(window: SessionWindow) -> int:
    return window.start
