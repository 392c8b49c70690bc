"""Kill zones: hours in which moves of the day tend to begin, as traders of the method name them by New York's clock.

| kill zone | from | to |
|---|---|---|
| Asia | 20:00 of the evening before | 00:00 |
| London | 02:00 | 05:00 |
| New York | 07:00 | 10:00 |
| London close | 10:00 | 12:00 |

They are hours that are preferred, never a reason to trade or not to: only gates forbid.
"""

from datetime import time, timedelta
from typing import Final

from engines.timing.calendar import market_day
from engines.timing.sessions import NEW_YORK, SessionWindow
from engines.timing.trading_day import TradingDay, moment_of

_ASIA: Final = "Asia"
_OF_THE_DATE: Final = (("London", 2, 5), ("New York", 7, 10), ("London close", 10, 12))


def kill_zones_of(day: TradingDay) -> tuple[SessionWindow, ...]:
    """Return the kill zones of a trading day, in their order."""
    evening = day.date - timedelta(days=1)
    asia = SessionWindow(_ASIA, moment_of(evening, time(20), NEW_YORK), moment_of(day.date, time(0), NEW_YORK))
    others = (
        SessionWindow(name, moment_of(day.date, time(start), NEW_YORK), moment_of(day.date, time(end), NEW_YORK))
        for name, start, end in _OF_THE_DATE
    )
    return (asia, *others)


def kill_zone_at(moment: int) -> SessionWindow | None:
    """Return the kill zone in force at a moment (ns UTC); None outside, and where the calendar has no trading."""
    today = market_day(moment)
    if not today.is_open(moment):
        return None
    return next((zone for zone in kill_zones_of(today.day) if zone.start <= moment < zone.end), None)
