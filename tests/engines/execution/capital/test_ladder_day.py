"""Which day, session and week a moment counts for: 17:00 Chicago, holidays and changes of the clock included."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.execution.capital.ladder_day import ladder_day
from tests.engines.timing.clocks import HOUR, MINUTE, as_utc, chicago, new_york, utc


@pytest.mark.parametrize(
    ("moment", "date", "session", "week"),
    [
        ("2026-03-10 16:59", "2026-03-10", "New York", "2026-03-09"),
        ("2026-03-10 17:00", "2026-03-11", "Asia", "2026-03-09"),
        ("2026-03-11 09:00", "2026-03-11", "New York", "2026-03-09"),
        # Friday's day lasts until the market opens on Sunday, and so does its week.
        ("2026-03-13 15:59", "2026-03-13", "New York", "2026-03-09"),
        ("2026-03-14 12:00", "2026-03-13", "New York", "2026-03-09"),
        ("2026-03-15 16:59", "2026-03-13", "New York", "2026-03-09"),
        ("2026-03-15 17:00", "2026-03-16", "Asia", "2026-03-16"),
        # Good Friday has no trading: Thursday's day and week go on until Sunday.
        ("2026-04-02 17:30", "2026-04-02", "New York", "2026-03-30"),
        ("2026-04-03 10:00", "2026-04-02", "New York", "2026-03-30"),
        ("2026-04-05 17:00", "2026-04-06", "Asia", "2026-04-06"),
        # Christmas on a Friday; New Year's Day on a Friday.
        ("2026-12-25 12:00", "2026-12-24", "New York", "2026-12-21"),
        ("2027-01-01 12:00", "2026-12-31", "New York", "2026-12-28"),
        # A Monday holiday that trades until noon is a day like others.
        ("2026-09-07 15:00", "2026-09-07", "New York", "2026-09-07"),
    ],
)
def test_where_a_moment_counts(moment: str, date: str, session: str, week: str) -> None:
    day = ladder_day(chicago(moment))
    assert (day.date, day.week) == (date, week)
    assert day.session_at(chicago(moment)).name == session


@pytest.mark.parametrize(
    ("moment", "start", "end", "week_end"),
    [
        # Winter: 23:00 UTC. The clock changes on Sunday 8 March 2026, so that Monday begins at 22:00.
        ("2026-03-05 12:00", "2026-03-04 23:00", "2026-03-05 23:00", "2026-03-08 22:00"),
        ("2026-03-06 12:00", "2026-03-05 23:00", "2026-03-08 22:00", "2026-03-08 22:00"),
        ("2026-03-09 12:00", "2026-03-08 22:00", "2026-03-09 22:00", "2026-03-15 22:00"),
        # And back on Sunday 1 November.
        ("2026-10-30 12:00", "2026-10-29 22:00", "2026-11-01 23:00", "2026-11-01 23:00"),
        ("2026-11-02 12:00", "2026-11-01 23:00", "2026-11-02 23:00", "2026-11-08 23:00"),
    ],
)
def test_days_and_weeks_follow_chicagos_clock(moment: str, start: str, end: str, week_end: str) -> None:
    day = ladder_day(utc(moment))
    assert (as_utc(day.start), as_utc(day.end), as_utc(day.week_end)) == (start, end, week_end)


def test_sessions_change_where_the_next_begins() -> None:
    """Between the changes of the two clocks London opens four hours before New York's session instead of five."""
    day = ladder_day(new_york("2026-03-10 12:00"))
    asia, london, new_york_session = day.sessions
    assert (asia.start, asia.end) == (day.start, utc("2026-03-10 08:00"))
    assert (london.end, as_utc(london.end)) == (new_york_session.start, "2026-03-10 12:00")
    assert new_york_session.end == day.end


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(utc("2024-01-01 00:00"), utc("2030-12-31 00:00")))
def test_days_cover_time_without_gap_or_overlap(moment: int) -> None:
    day = ladder_day(moment)
    assert day.start <= moment < day.end
    assert day.end <= day.week_end
    session = day.session_at(moment)
    assert session.start <= moment < session.end
    assert ladder_day(day.end).start == day.end
    assert ladder_day(day.end - 1) == day
    assert ladder_day(day.end).date > day.date
    assert ladder_day(day.week_end).week > day.week
    assert ladder_day(day.week_end - 1).week == day.week
    assert timedelta(hours=22) * 1 <= timedelta(microseconds=(day.end - day.start) // 1_000) <= timedelta(days=5)
    assert (day.end - day.start) % (HOUR) == 0
    assert session.end - session.start >= MINUTE
