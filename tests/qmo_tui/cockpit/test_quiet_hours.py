"""Quiet hours: a stretch of the day by New York's clock or the machine's, over midnight and through clock changes."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from qmo_tui.cockpit.quiet_hours import quiet_hours
from qmo_tui.settings import SettingsError, load

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> int:
    """Return a UTC time in nanoseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("moment", "covered"),
    [
        ("2026-01-08T02:59:59", False),
        ("2026-01-08T03:00:00", True),
        ("2026-01-08T05:00:00", True),
        ("2026-01-08T11:29:59", True),
        ("2026-01-08T11:30:00", False),
    ],
    ids=["a second before", "22:00", "midnight", "the last second", "06:30"],
)
def test_they_go_over_midnight_in_new_york(moment: str, covered: bool) -> None:
    assert quiet_hours("22:00-06:30", NEW_YORK).covers(at(moment)) is covered


def test_they_follow_new_york_through_the_change_of_clocks() -> None:
    quiet = quiet_hours("12:00-13:00", NEW_YORK)
    assert quiet.covers(at("2026-03-06T17:30:00"))
    assert not quiet.covers(at("2026-03-09T17:30:00"))
    assert quiet.covers(at("2026-03-09T16:30:00"))


def test_the_local_clock_is_the_machine_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert quiet_hours("00:00-01:00", None).covers(at("2026-01-07T15:30:00"))
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("span", ["", "08:00-08:00"])
def test_no_stretch_is_never_quiet(span: str) -> None:
    assert not any(quiet_hours(span, NEW_YORK).covers(at(f"2026-01-07T{hour:02}:00:00")) for hour in range(24))


@pytest.mark.parametrize("text", ["22-6", "24:00-06:00", "22:00", "22:00-06:60"])
def test_what_is_no_stretch_of_a_day_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(SettingsError, match=r'QMO_ALERTS_QUIET: .*such as "22:00-06:30"'):
        load(environment={"QMO_ALERTS_QUIET": text})
