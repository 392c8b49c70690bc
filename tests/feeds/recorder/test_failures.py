"""Disks that fill up, folders that go away, denied permissions: told at once, survived, and counted honestly."""

import errno
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.recorder import (
    FindingKind,
    GapPlace,
    NoticeKind,
    RecorderSettings,
    StartReason,
    TroubleKind,
    recover,
    verify,
)
from feeds.recorder.notices import trouble_of
from tests.feeds.recorder.given import (
    RECORD,
    Recording,
    days,
    definition,
    flow,
    fresh,
    held,
    mapping,
    recordings,
    sidecar,
)
from tests.feeds.streams import SECOND, saved

ROOT = Path(__file__).resolve().parents[3]
SHORT = RecorderSettings(retry_seconds=10)


def trouble(recording: Recording) -> TroubleKind:
    found = [notice.trouble for notice in recording.notices if notice.trouble is not None]
    return found[-1].kind


# ------------------------------------------------------------------- folders and files that go away under the recorder


def test_folder_whose_name_a_file_has_is_told_before_the_first_record_and_recording_begins_once_it_is_gone(
    tmp_path: Path,
) -> None:
    in_the_way = saved(tmp_path / "live", b"mine")
    recording = Recording(tmp_path, settings=SHORT)
    assert trouble(recording) is TroubleKind.FOLDER_MISSING
    (line,) = recording.told(NoticeKind.TROUBLE)
    assert line == (
        f"not recording: {tmp_path}/live is not a folder: move away the file that has its name; trying again every 10 s"
    )
    recording.give(flow(10))
    recording.wait(9.9)
    in_the_way.unlink()
    assert recording.told(NoticeKind.RESUMED) == []
    recording.wait(0.1)
    recording.close()
    assert fresh(recordings(tmp_path)) == flow(10).tobytes()
    assert recording.told(NoticeKind.RESUMED) == [f"recording again in {tmp_path}/live"]
    assert recording.told(NoticeKind.LEFT_OUT) == []


def test_trouble_that_goes_on_is_told_once(tmp_path: Path) -> None:
    saved(tmp_path / "live", b"mine")
    recording = Recording(tmp_path, settings=SHORT)
    for _ in range(10):
        recording.give(flow(1))
        recording.wait(10)
    assert len(recording.told(NoticeKind.TROUBLE)) == 1
    recording.close()
    assert recording.series.lost_records == 10
    assert recording.told(NoticeKind.LEFT_OUT) == [
        "10 records are not recorded: the recording ended while the disk took nothing"
    ]


def test_missing_folder_is_made(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "not" / "yet" / "there")
    recording.give(flow(1))
    recording.close()
    assert len(recordings(tmp_path / "not" / "yet" / "there")) == 1


def test_a_file_that_came_to_nothing_is_begun_again_as_what_it_was(tmp_path: Path) -> None:
    recording = Recording(tmp_path, settings=SHORT)
    recording.give(mapping(), definition(), flow(10))
    shutil.rmtree(tmp_path / "live")
    recording.wait(5)
    recording.wait(0)
    recording.close()
    (path,) = recordings(tmp_path)
    assert fresh([path]) == mapping().tobytes() + definition().tobytes() + flow(10).tobytes()
    told = sidecar(path)
    assert (told.started, told.repeated, told.gaps) == (StartReason.FIRST, 0, [])


def test_removed_folder_is_told_counted_and_made_again(tmp_path: Path) -> None:
    recording = Recording(tmp_path, settings=SHORT)
    recording.give(mapping(), definition(), flow(10))
    recording.wait(5)
    shutil.rmtree(tmp_path / "live")
    recording.give(flow(10, order_id=9))
    recording.wait(5)
    assert trouble(recording) is TroubleKind.FILE_GONE
    recording.wait(0)
    recording.give(flow(10, order_id=10))
    recording.close()
    (path,) = recordings(tmp_path)
    assert fresh([path]) == flow(10, order_id=9).tobytes() + flow(10, order_id=10).tobytes()
    told = sidecar(path)
    assert (told.started, told.repeated) == (StartReason.TROUBLE, 2)
    assert [(gap.place, gap.records, gap.bytes) for gap in told.gaps] == [
        (GapPlace.RECORDER, 12, 520 + 176 + 10 * RECORD)
    ]
    assert recording.series.lost_records == 12
    assert recording.series.synced_records == 32
    assert verify(path).sound


@pytest.mark.parametrize("how", ["removed", "moved"])
def test_file_that_is_taken_away_is_noticed_and_a_new_one_begun(tmp_path: Path, how: str) -> None:
    recording = Recording(tmp_path, settings=SHORT)
    recording.give(flow(10))
    recording.wait(5)
    path = recording.partial()
    if how == "removed":
        path.unlink()
    else:
        path.rename(tmp_path / "elsewhere.dbn.zst")
        assert b"".join(held(tmp_path / "elsewhere.dbn.zst")) == flow(10).tobytes()
    recording.give(flow(10, order_id=9))
    recording.wait(5)
    recording.wait(0)
    recording.close()
    assert fresh(recordings(tmp_path)) == flow(10, order_id=9).tobytes()
    assert "moved or removed" in recording.told(NoticeKind.TROUBLE)[0]


def test_file_that_is_taken_away_before_it_is_finished_is_noticed_at_the_end(tmp_path: Path) -> None:
    recording = Recording(tmp_path, settings=SHORT)
    recording.give(flow(10))
    recording.wait(5)
    recording.partial().unlink()
    recording.close()
    assert recordings(tmp_path) == []
    assert recording.series.lost_records == 10
    assert not list((tmp_path / "live").glob("*.partial"))


def test_sidecar_that_cannot_be_written_is_told_and_the_records_go_on(tmp_path: Path) -> None:
    recording = Recording(tmp_path, settings=SHORT)
    recording.give(flow(10))
    path = recording.partial()
    told = path.with_name(path.name.replace(".dbn.zst.partial", ".json"))
    in_the_way = told.with_name(told.name + ".tmp")
    in_the_way.mkdir()
    recording.wait(30)
    recording.wait(30)
    (line,) = recording.told(NoticeKind.SIDECAR_STALE)
    assert line.startswith(f"the sidecar of {path.name} is not kept up to date")
    assert recording.series.trouble is None
    in_the_way.rmdir()
    recording.give(flow(10, order_id=9))
    recording.close()
    assert len(recordings(tmp_path)) == 1
    assert verify(recordings(tmp_path)[0]).sound


def test_file_that_cannot_be_finished_stays_as_it_is_and_is_recovered_at_the_next_start(tmp_path: Path) -> None:
    recording = Recording(tmp_path, settings=SHORT)
    recording.give(flow(10))
    path = recording.partial()
    in_the_way = path.with_name(path.name.replace(".dbn.zst.partial", ".json.tmp"))
    in_the_way.mkdir()
    recording.close()
    assert recordings(tmp_path) == []
    assert len(recording.told(NoticeKind.TROUBLE)) == 1
    assert recording.told(NoticeKind.FILE_UNFINISHED) == [
        f"{path} could not be finished: the next start puts it in order"
    ]
    in_the_way.rmdir()
    (finding,) = recover(tmp_path)
    assert (finding.kind, finding.records) == (FindingKind.RECOVERED, 10)
    assert fresh(recordings(tmp_path)) == flow(10).tobytes()


def test_file_that_cannot_be_finished_at_the_change_of_day_is_finished_later(tmp_path: Path) -> None:
    recording = Recording(tmp_path, settings=SHORT, day_of=days(60 * SECOND))
    recording.give(flow(10))
    path = recording.partial()
    in_the_way = path.with_name(path.name.replace(".dbn.zst.partial", ".json.tmp"))
    in_the_way.mkdir()
    recording.give(flow(100))
    assert recording.series.trouble is not None
    in_the_way.rmdir()
    recording.give(flow(10, order_id=5))
    recording.wait(10)
    recording.close()
    assert fresh(recordings(tmp_path)) == flow(10).tobytes() + flow(100).tobytes() + flow(10, order_id=5).tobytes()
    assert recording.series.lost_records == 0


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, TroubleKind.DISK_FULL),
        (errno.EDQUOT, TroubleKind.DISK_FULL),
        (errno.EFBIG, TroubleKind.DISK_FULL),
        (errno.EACCES, TroubleKind.NOT_PERMITTED),
        (errno.EPERM, TroubleKind.NOT_PERMITTED),
        (errno.EROFS, TroubleKind.READ_ONLY),
        (errno.ENOENT, TroubleKind.FOLDER_MISSING),
        (errno.ENOTDIR, TroubleKind.FOLDER_MISSING),
        (errno.EIO, TroubleKind.DISK_ERROR),
    ],
    ids=lambda value: errno.errorcode[value] if isinstance(value, int) else "",
)
def test_every_trouble_is_one_line_that_names_the_place(code: int, kind: TroubleKind) -> None:
    found = trouble_of(OSError(code, "said by the system"), Path("/recordings/live"))
    assert found.kind is kind
    assert "/recordings/live" in found.text
    assert "\n" not in found.text


# --------------------------------------------------------------------------------- disks that fail, in a process apart


def mounted(command: list[str], folder: Path, size: str) -> list[str]:
    """Return a command that runs another with a disk of its own, of a size, at a folder; or skip the test."""
    script = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'
    start = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", size, str(folder)]
    if shutil.which("unshare") is None or subprocess.run([*start, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a kernel that lets a process mount a small disk for itself (unshare)")
    return [*start, *command]


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder that everybody may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def run(scenario: str, place: Path, disk: str | None = None) -> dict[str, Any]:
    """Run a scenario, on a disk of this size where one is named, and return what it found."""
    folder, out = place / "recordings", place / "found.json"
    folder.mkdir()
    command = [sys.executable, "-m", "tests.feeds.recorder.failing_disk_child", scenario, str(folder), str(out)]
    command = command if disk is None else mounted(command, folder, disk)
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def check_nothing_lost(found: dict[str, Any], kind: TroubleKind) -> None:
    assert found["all"]
    assert (found["lost"], found["gaps"], found["problems"], found["partial"]) == (0, [], [], [])
    kinds = [told[0] for told in found["notices"]]
    assert kinds.count(NoticeKind.TROUBLE) >= 1
    assert {told[2] for told in found["notices"] if told[2]} == {kind}
    assert NoticeKind.RESUMED in kinds
    assert NoticeKind.LEFT_OUT not in kinds


def test_largest_file_size_is_survived_without_a_record_lost(place: Path) -> None:
    found = run("size_limit", place)
    check_nothing_lost(found, TroubleKind.DISK_FULL)
    assert found["started"][:2] == ["first", "trouble"]


def test_full_disk_is_survived_without_a_record_lost(place: Path) -> None:
    found = run("disk_full", place, "2m")
    check_nothing_lost(found, TroubleKind.DISK_FULL)
    (line, *_) = [told[1] for told in found["notices"] if told[0] == NoticeKind.TROUBLE]
    assert line.startswith(f"not recording: no space left in {place}/recordings/live")


def test_full_disk_with_a_full_queue_is_a_gap_that_is_counted_to_the_record(place: Path) -> None:
    found = run("disk_full_for_long", place, "2m")
    assert found["lost"] > 0
    assert found["kept"] + found["lost"] == found["given"]
    assert sum(records for _, records in found["gaps"]) == found["lost"]
    assert {told[2] for told in found["notices"] if told[2]} == {TroubleKind.DISK_FULL, TroubleKind.QUEUE_FULL}
    assert found["problems"] == []
    assert "gap" in found["started"]


def test_disk_that_is_full_to_the_end_leaves_what_was_written_and_says_what_was_not(place: Path) -> None:
    found = run("disk_full_to_the_end", place, "2m")
    assert found["prefix"]
    assert found["lost"] > 0
    assert found["kept"] + found["lost"] == found["given"]
    assert [told[1] for told in found["notices"] if told[0] == NoticeKind.LEFT_OUT] == [
        f"{found['lost']:,} records are not recorded: the recording ended while the disk took nothing"
    ]
    assert found["partial"] == []
    assert len(found["findings"]) == len(found["partial before"])


def test_read_only_disk_is_told_at_once_and_recording_begins_once_it_can_be_written(place: Path) -> None:
    found = run("read_only", place, "2m")
    check_nothing_lost(found, TroubleKind.READ_ONLY)


def test_denied_folder_is_told_at_once_and_recording_begins_once_it_is_let_in(place: Path) -> None:
    found = run("no_permission", place)
    check_nothing_lost(found, TroubleKind.NOT_PERMITTED)
