"""Weekdays, and holidays that stand on one of a month."""

from datetime import date, timedelta
from typing import Final

MONDAY: Final = 0
THURSDAY: Final = 3
FRIDAY: Final = 4
SATURDAY: Final = 5
SUNDAY: Final = 6


def nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    """Return the first, second, ... weekday of a month, counted as `date.weekday` counts them."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
