"""Crash files: enough to find a defect, nothing that must stay with the trader, and never too many."""

from pathlib import Path

import pytest

from qmo_tui import __version__
from qmo_tui.crash_files import KEPT, crash_files, crash_report, headline, write_crash_file
from qmo_tui.settings import load, settings_digest

KEY = "db-ThisKeyBelongsToNobodyAtAll99"


def defect() -> Exception:
    """An error whose frame holds a key, as a local variable and in its words."""

    def ask(key: str) -> None:
        raise KeyError(f"no answer to {key}")

    with pytest.raises(KeyError) as raised:
        ask(KEY)
    return raised.value


def test_a_report_tells_the_calls_the_version_the_settings_and_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    told = crash_report(defect(), ["demo", "--seed", "3"])
    assert f"version:  qmo {__version__}, Python 3." in told
    assert "command:  qmo demo --seed 3\n" in told
    assert f"settings: {settings_digest(load().settings)}\n" in told
    assert "TERM=xterm-kitty" in told
    assert 'raise KeyError(f"no answer to {key}")' in told


def test_a_report_holds_no_key_and_no_variables() -> None:
    told = crash_report(defect(), ["record", "--symbol", KEY])
    assert KEY[3:] not in told
    assert "key = " not in told
    assert "--symbol db-***" in told


def test_settings_that_cannot_be_read_do_not_hide_the_crash(home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("cockpit = 3\n")
    assert "settings: -- " in crash_report(defect(), [])


def test_a_file_is_its_owners_and_names_its_error(home: Path) -> None:
    path = write_crash_file(defect(), ["demo"])
    assert path is not None
    assert path.parent == home / "crashes"
    assert path.stat().st_mode & 0o077 == 0
    assert crash_files() == [path]
    assert headline(path) == "KeyError: 'no answer to db-***'"


def test_the_oldest_go_beyond_what_is_kept(home: Path) -> None:
    written = [write_crash_file(defect(), [str(number)]) for number in range(KEPT + 3)]
    assert crash_files() == written[:2:-1]


def test_a_folder_that_cannot_be_made_costs_the_file_alone(home: Path) -> None:
    home.write_text("in the way")
    assert write_crash_file(defect(), []) is None
    assert crash_files() == []
