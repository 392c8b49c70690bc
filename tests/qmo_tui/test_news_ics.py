"""Economic calendars in iCalendar format: what becomes news, what is left out by name, what stops the import."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engines.timing.news import NewsEvent
from qmo_tui.exit_codes import ExitCode
from qmo_tui.news_file import NewsError
from qmo_tui.news_ics import Defaults, Imported, read_ics
from tests.engines.timing.clocks import utc

HIGH = Defaults("high")
MORNING = utc("2026-12-10 13:30")
ZONE = """BEGIN:VTIMEZONE
TZID:Our Eastern
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE"""


def event(*lines: str) -> str:
    return "\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))


def imported(folder: Path, *parts: str, defaults: Defaults = HIGH) -> Imported:
    path = folder / "calendar.ics"
    text = "\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *parts, "END:VCALENDAR", ""))
    path.write_text(text.replace("\n", "\r\n"), encoding="utf-8", newline="")
    return read_ics(path, defaults)


@pytest.mark.parametrize(
    "start",
    [
        "DTSTART:20261210T133000Z",
        "DTSTART;TZID=America/New_York:20261210T083000",
        "DTSTART;TZID=Eastern Standard Time:20261210T083000",
        "DTSTART;TZID=Our Eastern:20261210T083000",
    ],
)
def test_times_in_any_zone(tmp_path: Path, start: str) -> None:
    found = imported(tmp_path, ZONE, event(start, "SUMMARY:CPI"))
    assert found == Imported((NewsEvent(MORNING, "CPI", "high"),), ())


def test_a_zone_may_be_said_for_times_without_one(tmp_path: Path) -> None:
    floating = event("DTSTART:20261210T083000", "SUMMARY:CPI")
    named = Defaults("high", ZoneInfo("America/New_York"))
    assert imported(tmp_path, floating, defaults=named).events == (NewsEvent(MORNING, "CPI", "high"),)


@pytest.mark.parametrize(
    ("lines", "importance"),
    [
        (("PRIORITY:1",), "high"),
        (("PRIORITY:5",), "medium"),
        (("PRIORITY:9",), "low"),
        (("PRIORITY:0",), "low"),
        (("CATEGORIES:USD,High Impact Expected",), "high"),
        (("CATEGORIES:USD", "CATEGORIES:Medium"), "medium"),
        (("CATEGORIES:High,Low",), "low"),
        (("CATEGORIES:Highlights",), "low"),
        ((), "low"),
    ],
)
def test_importance_is_read_where_it_is_stated(tmp_path: Path, lines: tuple[str, ...], importance: str) -> None:
    found = imported(
        tmp_path, event("DTSTART:20261210T133000Z", "SUMMARY:CPI", *lines), defaults=Defaults(importance="low")
    )
    assert [one.importance for one in found.events] == [importance]


def test_a_name_is_one_printable_line(tmp_path: Path) -> None:
    found = imported(tmp_path, event("DTSTART:20261210T133000Z", "SUMMARY:CPI\\, core\\nYoY", "DESCRIPTION:x"))
    assert [one.name for one in found.events] == ["CPI, core YoY"]


def test_what_a_calendar_of_news_has_no_line_for_is_left_out_by_name(tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        event("DTSTART:20261210T133000Z", "SUMMARY:claims", "RRULE:FREQ=WEEKLY"),
        event("DTSTART:20261217T133000Z", "SUMMARY:claims", "RECURRENCE-ID:20261217T133000Z"),
        event("DTSTART:20261210T133000Z", "SUMMARY:CPI", "STATUS:CANCELLED"),
        event("DTSTART;VALUE=DATE:20261225", "SUMMARY:Christmas"),
        event("DTSTART:20261210T133000Z", "SUMMARY:PPI"),
    )
    path = tmp_path / "calendar.ics"
    assert found.events == (NewsEvent(MORNING, "PPI", "high"),)
    assert found.left_out == (
        f"{path} line 4: claims recurs: add the dates you want to your calendar by hand",
        f"{path} line 9: claims is one of an event that recurs: add it to your calendar by hand",
        f"{path} line 14: CPI is cancelled",
        f"{path} line 19: Christmas lasts the whole day, without a time to stay away from",
    )


@pytest.mark.parametrize(
    ("lines", "trouble"),
    [
        (("DTSTART:2026121T0830", "SUMMARY:CPI"), "CPI has a broken line (DTSTART)"),
        (("DTSTART:20261210T133000Z", "SUMMARY:CPI", "PRIORITY:much"), "CPI has a broken line (PRIORITY)"),
        (("DTSTART:20261210T133000Z", "no property at all", "SUMMARY:CPI"), "CPI has a broken line ("),
        (("SUMMARY:CPI",), "CPI cannot be placed: No DTSTART given."),
        (("DTSTART:20261210T133000Z", "DTSTART:20261211T133000Z", "SUMMARY:CPI"), "CPI cannot be placed: Multiple"),
        (("DTSTART:20261210T133000Z",), "an event without a name has no SUMMARY"),
        (("DTSTART:20261210T133000Z", "SUMMARY:CPI", "PRIORITY:1", "PRIORITY:9"), "CPI has PRIORITY more than once"),
        (("DTSTART:20261210T083000", "SUMMARY:CPI"), "CPI has no time zone that is known: say with --zone"),
        (("DTSTART;TZID=Moon/Base:20261210T083000", "SUMMARY:CPI"), "CPI has no time zone that is known"),
        (("DTSTART:00011210T083000Z", "SUMMARY:CPI"), "CPI is in the year 1:"),
    ],
)
def test_an_event_that_cannot_be_read_stops_the_import_and_is_named(
    tmp_path: Path, lines: tuple[str, ...], trouble: str
) -> None:
    with pytest.raises(NewsError) as raised:
        imported(tmp_path, event("DTSTART:20261210T133000Z", "SUMMARY:fine"), event(*lines))
    assert str(raised.value).startswith(f"{tmp_path / 'calendar.ics'} line 8: ")
    assert trouble in str(raised.value)
    assert raised.value.exit_code is ExitCode.UNREADABLE


def test_an_event_without_importance_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(NewsError, match="line 4: CPI states no importance: say with --importance"):
        imported(tmp_path, event("DTSTART:20261210T133000Z", "SUMMARY:CPI"), defaults=Defaults())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello\n",
        b"\xff\xfe\x00",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:cut",
        b"BEGIN:VCALENDAR\nVERSION:2.0\n",
    ],
)
def test_a_file_that_is_none_or_was_cut_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calendar.ics"
    path.write_bytes(content)
    with pytest.raises(NewsError) as raised:
        read_ics(path, HIGH)
    assert "no iCalendar file, or a damaged one" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_event_that_begins_inside_another_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NewsError, match=r"a damaged iCalendar file|no iCalendar file, or a damaged one"):
        imported(
            tmp_path, event("DTSTART:20261210T133000Z", "SUMMARY:CPI").removesuffix("END:VEVENT"), event("SUMMARY:x")
        )


def test_a_broken_time_zone_is_refused(tmp_path: Path) -> None:
    doubled = ZONE.replace("TZID:Our Eastern", "TZID:Our Eastern\nTZID:Your Eastern")
    with pytest.raises(NewsError, match="no iCalendar file, or a damaged one"):
        imported(tmp_path, doubled, event("DTSTART;TZID=Our Eastern:20261210T083000", "SUMMARY:CPI"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NewsError, match=r"none\.ics: cannot be read: No such file"):
        read_ics(tmp_path / "none.ics", HIGH)
