"""Where user files are."""

from pathlib import Path

import pytest

from qmo_tui import paths


def test_home_variable_puts_every_user_file_in_one_folder(home: Path) -> None:
    assert paths.config_folder() == paths.data_folder() == paths.state_folder() == home
    assert paths.user_config_file() == home / "config.toml"
    assert paths.log_file() == home / "logs" / "qmo.log"
    assert not home.exists()


def test_without_it_the_platform_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QMO_HOME", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert paths.config_folder() == tmp_path / "config" / "qmo"
    assert paths.data_folder() == tmp_path / "data" / "qmo"
    assert paths.state_folder() == tmp_path / "state" / "qmo"


def test_relative_home_does_not_move_with_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QMO_HOME", "mine")
    assert paths.config_folder() == tmp_path / "mine"
