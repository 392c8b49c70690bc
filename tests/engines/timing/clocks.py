"""Moments as clocks on a wall show them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def utc(text: str) -> int:
    """Return nanoseconds of a time in UTC, written in ISO 8601."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def new_york(text: str) -> int:
    """Return nanoseconds of a time in New York."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")).timestamp()) * SECOND


def chicago(text: str) -> int:
    """Return nanoseconds of a time in Chicago."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Chicago")).timestamp()) * SECOND


def as_utc(moment: int) -> str:
    """Write a moment as day and time in UTC."""
    return datetime.fromtimestamp(moment // SECOND, UTC).strftime("%Y-%m-%d %H:%M")
