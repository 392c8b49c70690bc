"""The CME trading day, over ordinary days and both clock changes."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.timing.trading_day import trading_day
from tests.oracle.bars import day_bounds
from tests.oracle.bars import trading_day as plain_day

HOUR = 3_600_000_000_000


def _at(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2024-01-02T14:30:00", date(2024, 1, 2)),
        ("2024-01-02T22:59:59", date(2024, 1, 2)),
        ("2024-01-02T23:00:00", date(2024, 1, 3)),
        ("2024-07-02T21:59:59", date(2024, 7, 2)),
        ("2024-07-02T22:00:00", date(2024, 7, 3)),
        ("2023-12-31T23:30:00", date(2024, 1, 1)),
        ("2024-02-28T23:00:00", date(2024, 2, 29)),
    ],
)
def test_a_day_begins_at_five_in_the_afternoon_in_chicago(moment: str, day: date) -> None:
    assert trading_day(_at(moment)).date == day


@pytest.mark.parametrize(
    ("noon", "hours"),
    [("2024-03-09", 24), ("2024-03-10", 23), ("2024-03-11", 24), ("2024-11-02", 24), ("2024-11-03", 25)],
)
def test_a_day_has_an_hour_less_or_more_when_the_clock_changes(noon: str, hours: int) -> None:
    day = trading_day(_at(f"{noon}T12:00:00"))
    assert (day.end - day.start) // HOUR == hours
    assert day.end - day.halt == HOUR


def test_days_follow_each_other_without_a_gap() -> None:
    day = trading_day(_at("2024-01-01T12:00:00"))
    for _ in range(400):
        after = trading_day(day.end)
        assert after.start == day.end
        assert (after.date - day.date).days == 1
        assert trading_day(day.end - 1) == day
        day = after


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, 2**62))
def test_any_moment_lies_in_its_day(moment: int) -> None:
    day = trading_day(moment)
    assert day.start <= moment < day.end
    assert day.start < day.halt < day.end
    assert (day.date, (day.start, day.end)) == (plain_day(moment), day_bounds(plain_day(moment)))


@pytest.mark.parametrize("moment", [0, 2**63 - 1])
def test_the_ends_of_time_have_a_day(moment: int) -> None:
    assert trading_day(moment).start <= moment < trading_day(moment).end
