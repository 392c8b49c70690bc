"""The trader's news calendar, `news.csv` in the config folder: one event a line.

    2026-12-10 08:30 America/New_York, high, CPI
    2026-12-16 14:00 America/New_York, high, FOMC statement, 10, 60

Time with its zone (an IANA name, an offset, or Z), importance, name, and if wanted how many minutes before and after it
no prompt may arise. Empty lines and lines that begin with # are passed over; any other line that cannot be read is an
error that names it. A name with a comma stands in double quotes.
"""

import csv
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args
from zoneinfo import ZoneInfo

from engines.timing.news import Importance, NewsEvent
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode

_MINUTE_NS: Final = 60_000_000_000
_SECOND_NS: Final = 1_000_000_000
_MOST_MINUTES: Final = 1_440
_YEARS: Final = range(1970, 2262)
"""Years whose nanoseconds fit 64 bits."""
_EXAMPLE: Final = "2026-12-10 08:30 America/New_York, high, CPI"
_HEADING: Final = (
    "# News calendar: time with zone, importance (high, medium, low), name[, minutes before, minutes after]\n"
    f"# {_EXAMPLE}\n"
)


class NewsError(QmoError):
    """A line of the calendar cannot be read; the message names file, line number and what to do."""


def read_news(path: Path) -> tuple[NewsEvent, ...]:
    """Read a calendar; one that does not exist holds nothing.

    Raises:
        NewsError: The file or a line of it cannot be read.
    """
    return tuple(_events(_text(path), path))


def add_news(path: Path, events: Iterable[NewsEvent]) -> int:
    """Add events to a calendar, which keeps every line it has; return how many were new, by time and name.

    Raises:
        NewsError: The file or a line of it cannot be read, or it cannot be written.
    """
    text = _text(path)
    known = {(event.ts, event.name) for event in _events(text, path)}
    lines = []
    for event in sorted(events, key=lambda event: (event.ts, event.name)):
        if (event.ts, event.name) not in known:
            known.add((event.ts, event.name))
            lines.append(news_line(event))
    if lines:
        before = text if text.endswith("\n") or not text else f"{text}\n"
        _write(path, (before or _HEADING) + "".join(f"{line}\n" for line in lines))
    return len(lines)


def news_line(event: NewsEvent) -> str:
    """Return an event as a line of the calendar, its time in UTC."""
    time = datetime.fromtimestamp(event.ts // _SECOND_NS, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    name = f'"{event.name.replace(chr(34), chr(34) * 2)}"' if set(event.name) & set(',"') else event.name
    fields = [time.replace(":00 UTC", " UTC"), event.importance, name]
    if event.before is not None and event.after is not None:
        fields += [f"{event.before / _MINUTE_NS:g}", f"{event.after / _MINUTE_NS:g}"]
    return ", ".join(fields)


def read_time(text: str) -> int:
    """Return a time with its zone in nanoseconds UTC.

    Raises:
        ValueError: It is none, has no zone, or a clock that is turned shows it twice or never; the message says which.
    """
    written, _, zone_name = text.strip().rpartition(" ")
    if not written or not zone_name[:1].isalpha():
        return _nanoseconds(_with_offset(text.strip()))
    local = _clock_time(written)
    if local.tzinfo is not None:
        raise ValueError(f"{text!r} has an offset and a zone: leave one out")
    return _nanoseconds(_in_zone(local, zone_name))


def _with_offset(text: str) -> datetime:
    moment = _clock_time(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone: write it behind the time, as in {text} America/New_York")
    return moment


def _clock_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date and time: write it like {_EXAMPLE.partition(',')[0]}") from None
    if ":" not in text:
        raise ValueError(f"{text!r} has no time of day: write it like {_EXAMPLE.partition(',')[0]}")
    return moment


def _in_zone(local: datetime, zone_name: str) -> datetime:
    try:
        zone = ZoneInfo(zone_name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"{zone_name!r} is no time zone: write its IANA name, such as America/New_York, or an offset"
        ) from None
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    shown = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    how_often = "comes twice" if shown == local else "never comes"
    raise ValueError(f"{local:%Y-%m-%d %H:%M} {how_often} in {zone_name}, whose clock is turned: write its offset")


def _nanoseconds(moment: datetime) -> int:
    if moment.year not in _YEARS:
        raise ValueError(f"the year {moment.year} is out of reach: write one from {_YEARS[0] + 1} to {_YEARS[-1] - 1}")
    return round(moment.timestamp() * 1_000_000) * 1_000


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise NewsError(f"{path} line {line}: not UTF-8 text: save the file as UTF-8") from None
    except OSError as error:
        raise NewsError(f"{path}: cannot be read: {error.strerror}", ExitCode.UNREADABLE) from None


def _events(text: str, path: Path) -> Iterator[NewsEvent]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            yield _event(line)
        except ValueError as error:
            raise NewsError(f"{path} line {number}: {error}") from None


def _event(line: str) -> NewsEvent:
    """Read a line; raise ValueError with what is wrong and what to do."""
    try:
        (fields,) = csv.reader([line], skipinitialspace=True, strict=True)
    except csv.Error as error:
        raise ValueError(f"{error}: put a name with commas in double quotes") from None
    match [field.strip() for field in fields]:
        case [time, importance, name]:
            return NewsEvent(read_time(time), _name(name), read_importance(importance))
        case [time, importance, name, before, after]:
            around = _minutes(before), _minutes(after)
            return NewsEvent(read_time(time), _name(name), read_importance(importance), *around)
    raise ValueError(f"{len(fields)} fields: write time, importance, name, and minutes before and after or neither")


def read_importance(text: str) -> Importance:
    """Return an importance from its word.

    Raises:
        ValueError: It is none.
    """
    for known in get_args(Importance):
        if text.lower() == known:
            importance: Importance = known
            return importance
    raise ValueError(f"{text!r} is no importance: write high, medium or low")


def _name(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError(f"{text!r} is no name: write what happens, in printable letters")
    return text


def _minutes(text: str) -> int:
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes <= _MOST_MINUTES:
        raise ValueError(f"{text!r} is no number of minutes: write one from 0 to {_MOST_MINUTES}")
    return round(minutes * _MINUTE_NS)


def _write(path: Path, text: str) -> None:
    """Replace the file as a whole, so that a crash leaves the one before or this one."""
    beside = path.with_suffix(".csv.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise NewsError(f"{path}: cannot be written: {error.strerror}") from None
