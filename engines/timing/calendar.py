"""When CME metals trade: the daily halt, weekends, holidays and early closes, by the exchange's calendar.

How to ask, everything in nanoseconds UTC:

| question | call |
|---|---|
| does it trade now | `is_open(moment)`; with the exchange's own word `is_trading(moment, status)` |
| when does that change | `next_change(moment)`, `next_open(moment)` |
| what is special about the day | `market_day(moment).note` |
| all of it for a screen | `session_clock.clock_at(moment, status=..., ranges=...)` |
| may a prompt arise | `session_gate.session_gate(moment, status, settings)`, `news.news_gate(moment, news)` |
| what the mentor can say | `session_clock.session_facts(clock, moment)` |

| day | trading stops, Chicago |
|---|---|
| New Year's Day, Good Friday, Christmas | all day, from 17:00 of the day before |
| Martin Luther King Jr., Presidents', Memorial Day, Juneteenth, | 13:30; on a Friday 12:00; |
| Independence Day, Labor Day, Thanksgiving | before 2022 always 12:00 |
| the day after Thanksgiving | 13:45; before 2026 12:45 |
| Christmas Eve | 12:45 |

New Year's Day on a Sunday moves to Monday, on a Saturday it is lost; the others move from Saturday to Friday and from
Sunday to Monday. The tests hold this against `pandas_market_calendars` and name where the two differ, and why. Other
products share the days and not always the hour. What a status record says of the running day comes before all this.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dateutil.easter import easter

from engines.book.layout import HOUR_NS
from engines.timing.sessions import NEW_YORK
from engines.timing.trading_day import EXCHANGE_ZONE, TradingDay, clock_text, moment_of, trading_day
from engines.timing.weekdays import FRIDAY, MONDAY, SATURDAY, SUNDAY, THURSDAY, nth_weekday

if TYPE_CHECKING:
    from engines.timing.status import TradingStatus

_NOON: Final = time(12)
_AFTERNOON: Final = time(13, 30)
_LATE_SETTLEMENT: Final = 2022
"""First year in which a holiday's halt waits for the afternoon."""


@dataclass(frozen=True, slots=True)
class MarketDay:
    """What the calendar says of one trading day.

    Attributes:
        close: First nanosecond without trading: the daily halt or an early close; the day's begin where nothing trades.
        holiday: What makes it special; empty on an ordinary day.
        is_weekend: Whether it is a Saturday or Sunday.
    """

    day: TradingDay
    close: int
    holiday: str
    is_weekend: bool

    def is_open(self, moment: int) -> bool:
        """Whether it trades at a moment of this day."""
        return self.day.start <= moment < self.close

    @property
    def trades(self) -> bool:
        """Whether it trades at all."""
        return self.close > self.day.start

    @property
    def closes_early(self) -> bool:
        """Whether it trades, but not until the daily halt."""
        return self.day.start < self.close < self.day.halt

    @property
    def note(self) -> str:
        """What is special about it, in words; empty on an ordinary day."""
        if not self.holiday:
            return ""
        if not self.trades:
            return f"{self.holiday}: closed"
        return f"{self.holiday}: early close {clock_text(self.close, NEW_YORK)} New York"


def market_day(moment: int) -> MarketDay:
    """Return what the calendar says of the trading day that holds a moment."""
    return _market_day_of(moment // HOUR_NS)


def is_open(moment: int) -> bool:
    """Whether the calendar lets it trade at a moment."""
    return market_day(moment).is_open(moment)


def is_trading(moment: int, status: "TradingStatus | None" = None) -> bool:
    """Whether it trades: what the exchange said in the running trading day, before its next halt; else its calendar."""
    today = market_day(moment)
    said = None if status is None else status.trades_in(today.day)
    return today.is_open(moment) if said is None else said and moment < today.day.halt


def next_open(moment: int) -> int:
    """Return when it opens next by the calendar, after a moment."""
    return next(day.day.start for day in _days_after(moment) if day.trades)


def next_change(moment: int) -> int:
    """Return when it stops by the calendar, or opens where it is closed."""
    today = market_day(moment)
    return today.close if today.is_open(moment) else next_open(moment)


def _days_after(moment: int) -> Iterator[MarketDay]:
    day = market_day(moment)
    while True:
        day = market_day(day.day.end)
        yield day


@lru_cache(maxsize=64)
def _market_day_of(hour: int) -> MarketDay:
    """Look at an hour of the clock: trading days begin, halt and end on whole ones."""
    day = trading_day(hour * HOUR_NS)
    if day.date.weekday() in {SATURDAY, SUNDAY}:
        return MarketDay(day, day.start, "", is_weekend=True)
    if day.date not in _special_days(day.date.year):
        return MarketDay(day, day.halt, "", is_weekend=False)
    holiday, stops = _special_days(day.date.year)[day.date]
    close = day.start if stops is None else moment_of(day.date, stops, EXCHANGE_ZONE)
    return MarketDay(day, close, holiday, is_weekend=False)


# ------------------------------------------------------------------------------------------------------- the holidays


@lru_cache(maxsize=16)
def _special_days(year: int) -> dict[date, tuple[str, time | None]]:
    """Return each special day of a year: its name, and when trading stops in Chicago, None where there is none."""
    christmas = _observed(date(year, 12, 25))
    days: dict[date, tuple[str, time | None]] = {
        date(year, 12, 24): ("Christmas Eve", time(12, 45)),
        _thanksgiving(year) + timedelta(days=1): ("day after Thanksgiving", time(13 if year >= 2026 else 12, 45)),
    }
    for name, day in _holidays_with_trading(year):
        days[day] = (name, _AFTERNOON if year >= _LATE_SETTLEMENT and day.weekday() != FRIDAY else _NOON)
    days[easter(year) - timedelta(days=2)] = ("Good Friday", None)
    days[christmas] = ("Christmas", None)
    new_year = date(year, 1, 1)
    days[new_year if new_year.weekday() == SATURDAY else _observed(new_year)] = ("New Year's Day", None)
    return days


def _holidays_with_trading(year: int) -> Iterator[tuple[str, date]]:
    yield "Martin Luther King Jr. Day", nth_weekday(year, 1, MONDAY, 3)
    yield "Presidents' Day", nth_weekday(year, 2, MONDAY, 3)
    yield "Memorial Day", nth_weekday(year, 6, MONDAY, 1) - timedelta(days=7)
    if year >= 2022:
        yield "Juneteenth", _observed(date(year, 6, 19))
    yield "Independence Day", _observed(date(year, 7, 4))
    yield "Labor Day", nth_weekday(year, 9, MONDAY, 1)
    yield "Thanksgiving", _thanksgiving(year)


def _thanksgiving(year: int) -> date:
    return nth_weekday(year, 11, THURSDAY, 4)


def _observed(day: date) -> date:
    """Move a holiday off the weekend."""
    if day.weekday() == SATURDAY:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == SUNDAY else day
