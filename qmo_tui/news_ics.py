"""Events of a calendar in iCalendar format (RFC 5545), as economic calendars export it, read as news.

What a news calendar has no line for is left out and named: events that last a day, recur, stand in for one that does,
or are cancelled. What is wrong or missing in the file is an error that names the line its event begins at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from icalendar.error import BrokenCalendarProperty, IncompleteComponent, InvalidCalendar

from engines.timing.news import Importance, NewsEvent
from qmo_tui.errors import one_line
from qmo_tui.exit_codes import ExitCode
from qmo_tui.news_file import NewsError

_SECOND_NS: Final = 1_000_000_000
_UNPLACED: Final = (IncompleteComponent, InvalidCalendar, BrokenCalendarProperty)
"""What an event raises whose begin is missing, doubled or broken."""
_ONCE: Final = ("SUMMARY", "PRIORITY")
_MIDDLE: Final = 5
"""Priority that RFC 5545 calls medium; smaller ones are high."""
_UNSTATED: Final = 0
_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2261, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What stands in where an event states nothing; None for nothing."""

    importance: Importance | None = None
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file gave.

    Attributes:
        events: In the order of the file.
        left_out: One line for each event that is none of them: where it stands, and why.
    """

    events: tuple[NewsEvent, ...]
    left_out: tuple[str, ...]


def read_ics(path: Path, defaults: Defaults) -> Imported:
    """Read a file.

    Raises:
        NewsError: It cannot be read, or an event of it cannot; the message names the line and what to do.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NewsError(f"{path}: cannot be read: {error.strerror}", ExitCode.UNREADABLE) from None
    lines, found = list(_lines_of_events(content)), _events_in(content, path)
    if len(lines) != len(found):
        raise NewsError(
            f"{path}: a damaged iCalendar file: {len(lines)} events begin and {len(found)} end", ExitCode.UNREADABLE
        )
    events, left_out = [], []
    for line, event in zip(lines, found, strict=True):
        where = f"{path} line {line}: {_name_of(event) or 'an event without a name'}"
        reason = _reason_to_leave_out(event)
        if reason:
            left_out.append(f"{where} {reason}")
            continue
        try:
            events.append(_read(event, defaults))
        except ValueError as error:
            raise NewsError(f"{where} {error}", ExitCode.UNREADABLE) from None
    return Imported(tuple(events), tuple(left_out))


def _lines_of_events(content: bytes) -> Iterator[int]:
    """Yield the number of each line that an event begins at."""
    for number, line in enumerate(content.splitlines(), start=1):
        if line.rstrip().upper() == b"BEGIN:VEVENT":
            yield number


def _events_in(content: bytes, path: Path) -> list[Event]:
    try:
        calendar = Calendar.from_ical(content)
    except (ValueError, AttributeError, TypeError) as error:  # the last two where a time zone is broken
        said = one_line(str(error))[:120]
        raise NewsError(f"{path}: no iCalendar file, or a damaged one: {said}", ExitCode.UNREADABLE) from None
    return [event for event in calendar.walk("VEVENT") if isinstance(event, Event)]


def _name_of(event: Event) -> str:
    return one_line(str(event.get("SUMMARY", "")))


def _reason_to_leave_out(event: Event) -> str:
    """Return why an event cannot be a line of the calendar; empty where it can."""
    if "RRULE" in event or "RDATE" in event:
        return "recurs: add the dates you want to your calendar by hand"
    if "RECURRENCE-ID" in event:
        return "is one of an event that recurs: add it to your calendar by hand"
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return "is cancelled"
    return "lasts the whole day, without a time to stay away from" if _is_day_long(event) else ""


def _is_day_long(event: Event) -> bool:
    try:
        return not isinstance(event.start, datetime)
    except _UNPLACED:
        return False


def _read(event: Event, defaults: Defaults) -> NewsEvent:
    """Return an event as news; raise ValueError with what is wrong and what to do."""
    if event.errors:
        part, said = event.errors[0]
        raise ValueError(f"has a broken line ({part or one_line(str(said))[:80]}): correct it or take the event out")
    twice = next((part for part in _ONCE if isinstance(event.get(part), list)), None)
    if twice is not None:
        raise ValueError(f"has {twice} more than once: correct it or take the event out")
    name = _name_of(event)
    if not name:
        raise ValueError("has no SUMMARY: give it one or take the event out")
    return NewsEvent(_time_of(event, defaults.zone), name, _importance_of(event, defaults.importance))


def _time_of(event: Event, zone: ZoneInfo | None) -> int:
    try:
        start = event.start
    except _UNPLACED as error:
        raise ValueError(f"cannot be placed: {one_line(str(error))} Correct it or take the event out") from None
    if not isinstance(start, datetime) or start.tzinfo is None:
        if zone is None:
            raise ValueError("has no time zone that is known: say with --zone which one is meant")
        start = datetime(*start.timetuple()[:6], tzinfo=zone)
    if not _FIRST <= start < _LAST:
        raise ValueError(f"is in the year {start.year}: correct it or take the event out")
    return int(start.timestamp()) * _SECOND_NS


def _importance_of(event: Event, default: Importance | None) -> Importance:
    """Read PRIORITY as RFC 5545 means it (1 to 4 high, 5 medium, 6 to 9 low), else the one word among CATEGORIES."""
    priority = int(event.get("PRIORITY", _UNSTATED))
    if priority != _UNSTATED:
        if priority == _MIDDLE:
            return "medium"
        return "high" if priority < _MIDDLE else "low"
    words = set(re.findall(r"[a-z]+", " ".join(event.categories).lower()))
    stated: list[Importance] = [importance for importance in get_args(Importance) if importance in words]
    if len(stated) == 1:
        return stated[0]
    if default is None:
        raise ValueError("states no importance: say with --importance which one such events have")
    return default
