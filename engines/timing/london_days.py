"""Days on which London does not work, so that gold is not auctioned there: bank holidays of England, and two half days.

New Year's Day, Good Friday, Easter Monday, the first and the last Monday of May, the last of August, Christmas and
Boxing Day, each moved to the next working day from a weekend; and the days that were proclaimed once. On the last
working day before Christmas and before New Year there is no afternoon auction.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from dateutil.easter import easter

from engines.timing.weekdays import MONDAY, SATURDAY, nth_weekday

_PROCLAIMED: Final = {
    2020: (date(2020, 5, 8),),
    2022: (date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19)),
    2023: (date(2023, 5, 8),),
}
"""Victory in Europe, the jubilee and the Queen's funeral, the coronation."""
_MOVED_AWAY: Final = frozenset({date(2020, 5, 4), date(2022, 5, 30)})
"""Mondays whose holiday was given to a proclaimed day."""


def works_in_the_morning(day: date) -> bool:
    """Whether there is an AM auction."""
    return day.weekday() < SATURDAY and day not in _bank_holidays(day.year)


def works_in_the_afternoon(day: date) -> bool:
    """Whether there is a PM auction."""
    half_days = {_last_working_day(date(day.year, 12, 24)), _last_working_day(date(day.year, 12, 31))}
    return works_in_the_morning(day) and day not in half_days


@lru_cache(maxsize=16)
def _bank_holidays(year: int) -> frozenset[date]:
    sunday = easter(year)
    days = {
        sunday - timedelta(days=2),
        sunday + timedelta(days=1),
        nth_weekday(year, 5, MONDAY, 1),
        nth_weekday(year, 6, MONDAY, 1) - timedelta(days=7),
        nth_weekday(year, 9, MONDAY, 1) - timedelta(days=7),
    } - _MOVED_AWAY
    for day in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        moved = day
        while moved.weekday() >= SATURDAY or moved in days:
            moved += timedelta(days=1)
        days.add(moved)
    return frozenset(days.union(_PROCLAIMED.get(year, ())))


def _last_working_day(day: date) -> date:
    """Return a day, or where it is none for work, the last one before it."""
    while not works_in_the_morning(day):
        day -= timedelta(days=1)
    return day
