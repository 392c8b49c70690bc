"""Times in words, on New York's clock, which the gold market's sessions follow."""

from datetime import datetime
from typing import Final

from engines.timing.sessions import NEW_YORK

_SECOND_NS: Final = 1_000_000_000


def time_of_day(moment: int) -> str:
    """Return the minute that holds a moment in ns UTC, such as `08:30`."""
    return datetime.fromtimestamp(moment // _SECOND_NS, NEW_YORK).strftime("%H:%M")


def day_and_time(moment: int) -> str:
    """Return the same with its date, such as `2026-01-18 14:51`."""
    return datetime.fromtimestamp(moment // _SECOND_NS, NEW_YORK).strftime("%Y-%m-%d %H:%M")
