"""Gold's moments of the day: when another market, an auction or a settlement tends to turn it.

| moment | time |
|---|---|
| LBMA AM auction, LBMA PM auction | 10:30 and 15:00 London |
| COMEX active | 08:20 New York |
| US data | 08:30 New York |
| cash equities open | 09:30 New York |
| COMEX settlement | 13:30 New York |
| daily halt, on Fridays the week's close, on special days the early close | 17:00 New York, or as the calendar says |
| open, on Sundays the week's | 18:00 New York |

On a US holiday with trading only London's auctions and the exchange's own hours are left; on London's holidays there
are no auctions, and on the last working day before Christmas and New Year none in the afternoon.
"""

from datetime import time
from typing import Final

from engines.timing.calendar import MarketDay, market_day, next_open
from engines.timing.london_days import works_in_the_afternoon, works_in_the_morning
from engines.timing.sessions import LONDON, NEW_YORK
from engines.timing.trading_day import moment_of
from engines.timing.weekdays import FRIDAY, MONDAY
from engines.timing_view import ClockMark

_LONDON: Final = (
    ("LBMA AM auction", time(10, 30), works_in_the_morning),
    ("LBMA PM auction", time(15), works_in_the_afternoon),
)
_NEW_YORK: Final = (
    ("COMEX active", time(8, 20)),
    ("US data", time(8, 30)),
    ("cash equities open", time(9, 30)),
    ("COMEX settlement", time(13, 30)),
)
_WORKING_HOLIDAYS: Final = frozenset({"Christmas Eve", "day after Thanksgiving"})
"""Special days on which New York works."""


def moments_of(today: MarketDay) -> tuple[ClockMark, ...]:
    """Return the moments of a trading day while it trades, its close, and the open that follows, in order of time."""
    marks = []
    if today.trades:
        date = today.day.date
        marks = [ClockMark(name, moment_of(date, clock, LONDON)) for name, clock, held_on in _LONDON if held_on(date)]
        if not today.holiday or today.holiday in _WORKING_HOLIDAYS:
            marks += [ClockMark(name, moment_of(date, clock, NEW_YORK)) for name, clock in _NEW_YORK]
        marks = sorted((mark for mark in marks if mark.ts < today.close), key=_moment)
        marks.append(ClockMark(_close_name(today), today.close))
    opens = next_open(today.day.start)
    return (*marks, ClockMark(_open_name(opens), opens))


def _close_name(today: MarketDay) -> str:
    if today.closes_early:
        return "early close"
    return "Friday close" if today.day.date.weekday() == FRIDAY else "daily halt"


def _open_name(opens: int) -> str:
    return "Sunday open" if market_day(opens).day.date.weekday() == MONDAY else "open"


def _moment(mark: ClockMark) -> int:
    return mark.ts
