"""`qmo news` through the installed command."""

import json
from pathlib import Path

import pytest

from qmo_tui.exit_codes import ExitCode
from tests.engines.timing.clocks import utc
from tests.qmo_tui.command import error_line, qmo

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:test
BEGIN:VEVENT
DTSTART;TZID=America/New_York:20991210T083000
SUMMARY:CPI
PRIORITY:1
END:VEVENT
BEGIN:VEVENT
DTSTART:20991216T190000Z
SUMMARY:claims
RRULE:FREQ=WEEKLY
END:VEVENT
BEGIN:VEVENT
DTSTART:20200101T133000Z
SUMMARY:old
END:VEVENT
END:VCALENDAR
"""


def test_an_import_is_listed_and_what_is_left_out_is_named(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "calendar.ics"
    file.write_text(CALENDAR, encoding="utf-8")
    path = home / "news.csv"

    run = qmo("news", "import", str(file), "--importance", "low")
    assert run.returncode == ExitCode.DONE
    assert run.stdout == f"{path}: 2 added, 0 known already, 1 left out\n"
    assert run.stderr == (
        f"qmo: left out: {file} line 9: claims recurs: add the dates you want to your calendar by hand\n"
    )
    again = json.loads(qmo("news", "import", str(file), "--importance", "low", "--json").stdout)
    assert (again["added"], again["known"], len(again["left_out"])) == (0, 2, 1)

    listed = qmo("news", "list").stdout.splitlines()
    assert listed == [
        f"{path}: 2 events, 1 over (--all lists them)",
        "Thu 2099-12-10 08:30 EST  high    CPI  (no prompt 08:25 to 08:45)",
    ]
    everything = json.loads(qmo("news", "list", "--all", "--json").stdout)["events"]
    assert [(one["name"], one["importance"]) for one in everything] == [("old", "low"), ("CPI", "high")]
    assert everything[0]["no_prompt"] is None
    assert everything[1]["no_prompt"] == {"from": utc("2099-12-10 13:25"), "to": utc("2099-12-10 13:45")}


def test_wrong_options_and_files_are_one_line(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "calendar.ics"
    file.write_text(CALENDAR, encoding="utf-8")
    run = qmo("news", "import", str(file), "--importance", "huge")
    assert run.returncode == ExitCode.USAGE
    assert error_line(run) == "--importance: 'huge' is no importance: write high, medium or low"
    run = qmo("news", "import", str(file), "--zone", "Mars")
    assert "--zone Mars: no time zone" in error_line(run)
    run = qmo("news", "import", str(file))
    assert run.returncode == ExitCode.UNREADABLE
    assert f"{file} line 14: old states no importance" in error_line(run)
    assert not (home / "news.csv").exists()


def test_a_bad_line_stops_every_command_that_needs_the_calendar(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABENTO_API_KEY", f"db-{'a' * 29}")
    home.mkdir()
    (home / "news.csv").write_text("2026-12-10 08:30 UTC, high\n", encoding="utf-8")
    run = qmo("news", "list")
    assert run.returncode == ExitCode.USAGE
    assert error_line(run).startswith(f"{home / 'news.csv'} line 1: 2 fields")
    assert error_line(qmo()).startswith(f"{home / 'news.csv'} line 1: 2 fields")
