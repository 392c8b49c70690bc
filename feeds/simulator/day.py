"""The trading day in New York: when gold trades, and how lively it is at each minute.

Trading runs from 18:00 to 17:00 the next day, Sunday evening to Friday afternoon; orders are taken from 17:45. Activity
is 1 in the New York morning; it leaps at 08:20, when the pit used to open, and at 08:30, when most figures come out.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from feeds.simulator.layout import PACE_MINUTES

NEW_YORK: Final = ZoneInfo("America/New_York")
PRE_OPEN: Final = time(17, 45)
OPEN: Final = time(18)
CLOSE: Final = time(17)
_SECOND_NS: Final = 1_000_000_000
_MINUTE_NS: Final = 60 * _SECOND_NS
_DAY_MINUTES: Final = 1_440
_FRIDAY: Final = 4
_SATURDAY: Final = 5
_SUNDAY: Final = 6

_HOURS: Final = (
    (0.0, 0.30),
    (2.5, 0.40),
    (3.0, 0.75),
    (5.0, 0.60),
    (7.5, 0.80),
    (8.0, 0.95),
    (9.5, 1.15),
    (10.0, 1.30),
    (11.5, 0.95),
    (13.5, 0.70),
    (14.0, 0.45),
    (16.0, 0.25),
    (17.0, 0.15),
    (18.0, 0.55),
    (18.5, 0.30),
    (20.0, 0.45),
    (22.0, 0.35),
    (24.0, 0.30),
)
"""(hour, activity), with straight lines between."""
_BURSTS: Final = ((8, 20, 2.0, 4.0), (8, 30, 4.0, 6.0), (10, 0, 1.5, 5.0))
"""(hour, minute, height, minutes to fall to a third)."""


class Phase(StrEnum):
    """What the exchange does."""

    CLOSED = "closed"
    PRE_OPEN = "pre-open"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase, up to a time (ns, exclusive)."""

    phase: Phase
    end: int


def stretch_at(moment: int) -> Stretch:
    """Return the phase at a time (ns UTC) and its end."""
    local = datetime.fromtimestamp(moment // _SECOND_NS, NEW_YORK)
    phase = _phase(local)
    while True:
        local = _next_turn(local)
        if _phase(local) is not phase:
            return Stretch(phase, int(local.timestamp()) * _SECOND_NS)


def _phase(local: datetime) -> Phase:
    day, clock = local.weekday(), local.time()
    opens_today = day not in {_FRIDAY, _SATURDAY}
    if clock >= OPEN:
        return Phase.OPEN if opens_today else Phase.CLOSED
    if clock >= PRE_OPEN:
        return Phase.PRE_OPEN if opens_today else Phase.CLOSED
    return Phase.OPEN if clock < CLOSE and day not in {_SATURDAY, _SUNDAY} else Phase.CLOSED


def _next_turn(local: datetime) -> datetime:
    """Return the next moment at which the phase may change."""
    for clock in (CLOSE, PRE_OPEN, OPEN):
        if local.time() < clock:
            return datetime.combine(local.date(), clock, NEW_YORK)
    return datetime.combine(local.date() + timedelta(days=1), CLOSE, NEW_YORK)


def activity() -> npt.NDArray[np.float64]:
    """Return the activity of each minute of a New York day."""
    minutes = np.arange(_DAY_MINUTES)
    hours, levels = zip(*_HOURS, strict=True)
    lively = np.interp(minutes / 60, hours, levels)
    for hour, minute, height, fall in _BURSTS:
        since = minutes - (60 * hour + minute)
        lively += np.where(since >= 0, height * np.exp(-np.maximum(since, 0) / fall), 0.0)
    return np.asarray(lively, np.float64)


def pace_from(moment: int) -> tuple[int, npt.NDArray[np.float64]]:
    """Return (start of the minute that holds a moment, activity minute by minute from there on)."""
    start = moment - moment % _MINUTE_NS
    local = datetime.fromtimestamp(start // _SECOND_NS, NEW_YORK)
    first = 60 * local.hour + local.minute
    return start, np.resize(np.roll(activity(), -first), PACE_MINUTES)


def news_times(start: int, end: int) -> list[int]:
    """Return the times from `start` to `end` (exclusive) at which figures are published: 08:30 on weekdays."""
    day = datetime.fromtimestamp(start // _SECOND_NS, NEW_YORK).date()
    times = []
    for _ in range(3):
        moment = int(datetime.combine(day, time(8, 30), NEW_YORK).timestamp()) * _SECOND_NS
        if start <= moment < end and day.weekday() <= _FRIDAY:
            times.append(moment)
        day += timedelta(days=1)
    return times
