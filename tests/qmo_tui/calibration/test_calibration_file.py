"""The stored calibration: whole or not at all, and set aside where it is damaged."""

from functools import cache
from pathlib import Path

import msgspec
import pytest

from qmo_tui.calibration.calibration_file import (
    CalibrationDamagedError,
    Stored,
    calibration_file,
    open_calibration,
    read_calibration,
    write_calibration,
)
from qmo_tui.errors import QmoError
from tests.qmo_tui.calibration.planted import Truth, calibrated, sessions


@cache
def stored() -> Stored:
    made, _ = sessions(9, Truth(-0.2, {"QMO": 1.0}))
    return calibrated(made)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "calibration" / "GC.json"
    assert read_calibration(path) is None
    write_calibration(path, stored())
    assert stored().model is not None
    assert read_calibration(path) == stored()
    assert [file.name for file in path.parent.iterdir()] == ["GC.json"]


def test_simulated_sessions_have_a_file_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QMO_HOME", str(tmp_path))
    assert calibration_file("GC", simulated=False) == tmp_path / "calibration" / "GC.json"
    assert calibration_file("GC", simulated=True) == tmp_path / "calibration" / "demo" / "GC.json"


@pytest.mark.parametrize("cut", [0, 1, 500, -2])
def test_a_file_that_is_not_whole_is_set_aside_and_said_in_one_line(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "GC.json"
    write_calibration(path, stored())
    path.write_bytes(path.read_bytes()[:cut])
    kept = path.read_bytes()
    found, remark = open_calibration(path)
    assert found is None
    assert remark is not None
    assert "\n" not in remark
    assert remark.startswith("calibration: GC.json is damaged")
    (aside,) = tmp_path.iterdir()
    assert aside.name.startswith("GC.json.broken-")
    assert aside.name in remark
    assert aside.read_bytes() == kept
    assert open_calibration(path) == (None, None)


def test_a_file_of_another_format_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "GC.json"
    write_calibration(path, msgspec.structs.replace(stored(), format=99))
    with pytest.raises(CalibrationDamagedError, match="format 99"):
        read_calibration(path)


def test_a_file_that_cannot_be_read_is_told_and_left_where_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "GC.json"
    folder.mkdir()
    assert open_calibration(folder) == (None, f"calibration: {folder}: Is a directory")
    assert folder.is_dir()


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "GC.json"
    write_calibration(path, stored())
    # What is written first cannot be: a folder stands in its place.
    (tmp_path / "GC.json.new").mkdir()
    with pytest.raises(QmoError, match=r"GC\.json cannot be written"):
        write_calibration(path, msgspec.structs.replace(stored(), n=1))
    assert read_calibration(path) == stored()


def test_a_write_that_was_cut_short_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "GC.json"
    write_calibration(path, stored())
    (tmp_path / "GC.json.new").write_bytes(b'{"format":1,')
    assert read_calibration(path) == stored()
    write_calibration(path, stored())
    assert [file.name for file in tmp_path.iterdir()] == ["GC.json"]
