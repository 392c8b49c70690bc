"""Times as the trader types them: `18:10`, `18:10:30`, `23:10Z`, with or without a date before them."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from qmo_tui.cockpit.painting import times
from qmo_tui.cockpit.painting.times import SECOND

_PATTERN: Final = re.compile(
    r"(?:(?P<date>\d{4}-\d{2}-\d{2})[ T]+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s*(?P<utc>[zZ])?"
)
_DAYS_AROUND: Final = 3


class MomentError(ValueError):
    """The text is no time, or no time of the recording."""


def parse_moment(text: str, *, now: int, start: int | None, end: int | None, zone: tzinfo) -> int:
    """Return the event time (ns) that a text means: without a date, the nearest such time inside the recording.

    Raises:
        MomentError: With a sentence for the screen.
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise MomentError(f"a time is HH:MM or HH:MM:SS in {times.zone_name(now, zone)}, with Z at its end in UTC")
    spoken = UTC if match["utc"] else zone
    try:
        clock_time = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
        day = date.fromisoformat(match["date"]) if match["date"] else None
    except ValueError as error:
        raise MomentError(f"{text.strip()} is not a time: {error}") from error
    moments = [_nanoseconds(day or other, clock_time, spoken) for other in _days_near(now, spoken, day)]
    inside = [ts for ts in moments if (start is None or ts >= start - SECOND) and (end is None or ts <= end)]
    if not inside:
        raise MomentError(f"{text.strip()} is outside of the recording{_range(start, end, spoken)}")
    return min(inside, key=lambda ts: abs(ts - now))


def _days_near(now: int, zone: tzinfo, day: date | None) -> list[date]:
    if day is not None:
        return [day]
    today = datetime.fromtimestamp(now // SECOND, UTC).astimezone(zone).date()
    return [today + timedelta(days=offset) for offset in range(-_DAYS_AROUND, _DAYS_AROUND + 1)]


def _nanoseconds(day: date, clock_time: time, zone: tzinfo) -> int:
    return int(datetime.combine(day, clock_time, tzinfo=zone).timestamp()) * SECOND


def _range(start: int | None, end: int | None, zone: tzinfo) -> str:
    if start is None or end is None:
        return ""
    name = "UTC" if zone is UTC else times.zone_name(start, zone)
    return f", which goes from {times.clock(start, zone)} to {times.clock(end, zone)} {name}"
