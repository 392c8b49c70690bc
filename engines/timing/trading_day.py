"""The CME trading day: from 17:00 Chicago to 17:00 the next day, with the daily halt at 16:00.

All boundaries follow Chicago's clock, so a trading day has 23, 24 or 25 hours between them across a change to or from
daylight saving. It is named by the date it ends on: Sunday evening belongs to Monday.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engines.book.layout import SECOND_NS

EXCHANGE_ZONE: Final = ZoneInfo("America/Chicago")
OPEN: Final = time(17)
HALT: Final = time(16)


@dataclass(frozen=True, slots=True)
class TradingDay:
    """One trading day; times in nanoseconds UTC.

    Attributes:
        date: The date it is named by.
        start: First nanosecond.
        halt: Begin of the daily halt, after which a crossed book is normal until the next trade.
        end: First nanosecond of the next trading day.
    """

    date: date
    start: int
    halt: int
    end: int


def trading_day(moment: int) -> TradingDay:
    """Return the trading day that holds a moment, given in nanoseconds UTC."""
    local = datetime.fromtimestamp(moment // SECOND_NS, EXCHANGE_ZONE)
    day = local.date() + timedelta(days=1) if local.time() >= OPEN else local.date()
    return TradingDay(
        date=day,
        start=moment_of(day - timedelta(days=1), OPEN, EXCHANGE_ZONE),
        halt=moment_of(day, HALT, EXCHANGE_ZONE),
        end=moment_of(day, OPEN, EXCHANGE_ZONE),
    )


def moment_of(day: date, clock: time, zone: ZoneInfo) -> int:
    """Return when a clock in a time zone shows a time of a day, in nanoseconds UTC."""
    return int(datetime.combine(day, clock, zone).timestamp()) * SECOND_NS


def day_of(moment: int) -> date:
    """Return the date that names the trading day of a moment, given in nanoseconds UTC."""
    return trading_day(moment).date


def clock_text(moment: int, zone: ZoneInfo) -> str:
    """Return the time of day that a clock in a time zone shows at a moment (ns UTC), as `HH:MM`."""
    return f"{datetime.fromtimestamp(moment // SECOND_NS, zone):%H:%M}"
