"""The day's sessions: Asia, London, New York and the overnight range, each by the clock of its own city.

| session | from | to |
|---|---|---|
| Asia | open of the trading day, 18:00 New York | 08:00 London |
| London | 08:00 London | 16:30 London |
| New York | 08:00 New York | 17:00 New York, the daily halt |
| overnight | open of the trading day | 08:00 New York |

London and New York change to and from daylight saving on different dates, so twice a year London opens an hour closer
to New York for some weeks, and the exchange's day moves against UTC with New York.
"""

from dataclasses import dataclass
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from engines.timing.trading_day import TradingDay, moment_of

NEW_YORK: Final = ZoneInfo("America/New_York")
LONDON: Final = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class SessionWindow:
    """One session of a trading day.

    Attributes:
        name: `Asia`, `London`, `New York` or `overnight`.
        start: First nanosecond, UTC.
        end: First nanosecond after it.
    """

    name: str
    start: int
    end: int


def sessions_of(day: TradingDay) -> tuple[SessionWindow, ...]:
    """Return the sessions of a trading day in the order of their ends."""
    london_open, london_close = moment_of(day.date, time(8), LONDON), moment_of(day.date, time(16, 30), LONDON)
    new_york_open = moment_of(day.date, time(8), NEW_YORK)
    return (
        SessionWindow("Asia", day.start, london_open),
        SessionWindow("overnight", day.start, new_york_open),
        SessionWindow("London", london_open, london_close),
        SessionWindow("New York", new_york_open, day.halt),
    )
