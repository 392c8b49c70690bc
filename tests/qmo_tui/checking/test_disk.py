"""Room for recordings: looked at, never touched."""

import shutil
from pathlib import Path

import pytest

from qmo_tui.checking.disk import look_at_disk


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("made", ["", "recordings", "recordings/live"])
def test_where_there_is_room_nothing_is_left_behind(tmp_path: Path, made: str) -> None:
    folder = tmp_path / "recordings"
    (tmp_path / made).mkdir(parents=True, exist_ok=True)
    before = everything_in(tmp_path)
    disk = look_at_disk(folder)
    assert everything_in(tmp_path) == before
    assert (disk.folder, disk.why, disk.unfinished) == (folder, "", ())
    assert disk.free_bytes == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)


def test_what_was_left_unfinished_is_named_and_left_alone(tmp_path: Path) -> None:
    names = ["GLBX.MDP3-GC.v.0-20261103-143005", "GLBX.MDP3-GC.v.0-20261104-090000"]
    (tmp_path / "live").mkdir()
    for name in names:
        (tmp_path / "live" / f"{name}.dbn.zst.partial").write_bytes(b"DBN")
    (tmp_path / "live" / "GLBX.MDP3-GC.v.0-20261105-000000.dbn.zst").write_bytes(b"")
    before = everything_in(tmp_path)
    disk = look_at_disk(tmp_path)
    assert [path.name for path in disk.unfinished] == [f"{name}.dbn.zst.partial" for name in names]
    assert everything_in(tmp_path) == before


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.write_text("not a folder")
    assert look_at_disk(folder).why == f"{folder} is not a folder"


def test_a_place_that_takes_no_file_is_told() -> None:
    assert look_at_disk(Path("/proc/recordings")).why.startswith("/proc: ")
