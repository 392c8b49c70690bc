"""Clocks and dates of event times (nanoseconds UTC) in a time zone."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final

from qmo_tui.cockpit.painting.spans import UNKNOWN

SECOND: Final = 1_000_000_000
"""Nanoseconds."""


@lru_cache(maxsize=4096)
def _moment(second: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(second, UTC).astimezone(zone)


def moment(ts: int, zone: tzinfo) -> datetime:
    """Return the second that a time falls in."""
    return _moment(ts // SECOND, zone)


def clock(ts: int | None, zone: tzinfo) -> str:
    """Return `18:10:03`."""
    return UNKNOWN if ts is None else f"{moment(ts, zone):%H:%M:%S}"


def clock_milliseconds(ts: int | None, zone: tzinfo) -> str:
    """Return `18:10:03.123`."""
    return UNKNOWN if ts is None else f"{moment(ts, zone):%H:%M:%S}.{ts % SECOND // 1_000_000:03d}"


def clock_minutes(ts: int, zone: tzinfo) -> str:
    """Return `18:10`."""
    return f"{moment(ts, zone):%H:%M}"


def date(ts: int | None, zone: tzinfo) -> str:
    """Return `Mon 25 Dec 2023`."""
    return UNKNOWN if ts is None else f"{moment(ts, zone):%a %d %b %Y}"


def zone_name(ts: int | None, zone: tzinfo) -> str:
    """Return the name of the zone's city: `New York`."""
    key = getattr(zone, "key", None)
    if isinstance(key, str):
        return key.rsplit("/", 1)[-1].replace("_", " ")
    return (moment(ts or 0, zone).tzname()) or "local"
