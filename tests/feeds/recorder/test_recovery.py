"""What a crash leaves behind: every sound frame is kept, nothing is deleted, and each finding is said."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.dbn.zstd import frame_ends
from feeds.recorder import FindingKind, GapPlace, recover, verify
from feeds.recorder.frames import sound_frames
from tests.feeds.recorder.given import (
    RECORD,
    Recording,
    days,
    flow,
    fresh,
    held,
    mapping,
    plan,
    read_by_library,
    recordings,
    sidecar,
)
from tests.feeds.streams import SECOND, saved, stream

FRAMES = 4
A_FRAME = 20


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes, bytes]:
    """Return (name, bytes, sidecar) of a partial file of a header and four frames of twenty records."""
    folder = tmp_path_factory.mktemp("crashed")
    recording = Recording(folder)
    for number in range(FRAMES):
        recording.give(flow(A_FRAME, order_id=number))
        recording.wait(30)
    path = recording.partial()
    kept = (
        path.name,
        path.read_bytes(),
        path.with_name(path.name.removesuffix(".dbn.zst.partial") + ".json").read_bytes(),
    )
    recording.close()
    return kept


Leave = Callable[[bytes], Path]


@pytest.fixture
def leave(tmp_path: Path, crashed: tuple[str, bytes, bytes]) -> Leave:
    """Return what leaves a partial file of given bytes, with its sidecar, in the folder of live recordings."""

    def leave(data: bytes) -> Path:
        folder = tmp_path / "live"
        folder.mkdir(exist_ok=True)
        name, _, told = crashed
        saved(folder / (name.removesuffix(".dbn.zst.partial") + ".json"), told)
        return saved(folder / name, data)

    return leave


def ends(data: bytes, tmp_path: Path) -> list[int]:
    with saved(tmp_path / "ends", data).open("rb") as file:
        return list(frame_ends(file))


def everything() -> bytes:
    return b"".join(flow(A_FRAME, order_id=number).tobytes() for number in range(FRAMES))


def test_file_without_an_open_frame_is_closed_as_it_is(
    tmp_path: Path, leave: Leave, crashed: tuple[str, bytes, bytes]
) -> None:
    leave(crashed[1])
    (finding,) = recover(tmp_path)
    (path,) = recordings(tmp_path)
    assert (finding.kind, finding.path, finding.records, finding.cut_bytes) == (FindingKind.RECOVERED, path, 80, 0)
    assert finding.text == f"{path.name} was left unfinished: 80 records kept, up to 2024-01-02 10:00:19 UTC"
    assert path.read_bytes() == crashed[1]
    assert verify(path).sound
    told = sidecar(path)
    assert (told.recovered, told.state, told.records, told.cut, told.cut_bytes) == (True, "closed", 80, None, None)
    assert (told.provenance, told.symbol, told.trading_day, told.program) == (
        "live",
        "GC.v.0",
        "2024-01-02",
        "qmo test",
    )
    assert [(gap.place, gap.start) for gap in told.gaps] == [(GapPlace.STOP, told.ts_event and told.ts_event.last)]
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name, path.name.replace("dbn.zst", "json")]
    assert recover(tmp_path) == []


def test_cut_anywhere_keeps_every_whole_frame_and_the_rest_aside(
    tmp_path: Path, leave: Leave, crashed: tuple[str, bytes, bytes]
) -> None:
    data = crashed[1]
    header, *frames = ends(data, tmp_path)
    near = {end + off for end in (header, *frames) for off in (-1, 0, 1)}
    for length in sorted({*range(header + 1, len(data), 29), *near} - {header - 1, header, len(data) + 1}):
        leave(data[:length])
        (finding,) = recover(tmp_path)
        whole = [end for end in frames if end <= length]
        if not whole:
            assert finding.kind is FindingKind.SET_ASIDE
            assert finding.path.read_bytes() == data[:length]
        else:
            (path,) = recordings(tmp_path)
            assert (finding.records, finding.cut_bytes) == (len(whole) * A_FRAME, length - whole[-1])
            assert path.read_bytes() == data[: whole[-1]]
            assert verify(path).sound
            cut = path.with_name(path.name.replace(".dbn.zst", ".cut"))
            assert cut.exists() == (length > whole[-1])
            if cut.exists():
                assert cut.read_bytes() == data[whole[-1] : length]
                assert (sidecar(path).cut, sidecar(path).cut_bytes) == (cut.name, length - whole[-1])
                assert (
                    f"; {length - whole[-1]:,} bytes after them could not be read and are in {cut.name}" in finding.text
                )
        for one in (tmp_path / "live").iterdir():
            one.unlink()


@pytest.mark.parametrize("length", [0, 1, 7, 30])
def test_file_cut_inside_its_first_frame_is_kept_aside_and_said(
    tmp_path: Path, leave: Leave, crashed: tuple[str, bytes, bytes], length: int
) -> None:
    left = leave(crashed[1][:length])
    (finding,) = recover(tmp_path)
    stem = left.name.removesuffix(".dbn.zst.partial")
    assert (finding.kind, finding.path.name) == (FindingKind.SET_ASIDE, f"{stem}.unreadable")
    what = "is empty" if length == 0 else "has no DBN header"
    assert finding.text == f"{left.name} {what}: kept as {stem}.unreadable ({length} bytes)"
    assert finding.path.read_bytes() == crashed[1][:length]
    assert recordings(tmp_path) == []
    assert recover(tmp_path) == []


def test_file_that_holds_only_what_it_repeats_is_kept_aside(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(mapping(), flow(61))
    data = recording.partial()
    left = {one.name: one.read_bytes() for one in data.parent.iterdir() if "0103" in one.name}
    recording.close()
    again = tmp_path / "again"
    again.mkdir()
    for name, content in left.items():
        saved(again / name, content)
    (finding,) = recover(again)
    assert finding.kind is FindingKind.SET_ASIDE
    assert "holds no record" in finding.text


def test_zeros_where_the_file_system_had_reserved_room_are_cut_without_a_word_about_data(
    tmp_path: Path, leave: Leave, crashed: tuple[str, bytes, bytes]
) -> None:
    leave(crashed[1] + bytes(5_000))
    (finding,) = recover(tmp_path)
    (path,) = recordings(tmp_path)
    assert path.read_bytes() == crashed[1]
    assert "could not be read" not in finding.text
    assert (sidecar(path).cut, sidecar(path).cut_bytes) == (None, 5_000)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_damage_anywhere_keeps_the_frames_before_it_and_loses_no_byte(
    tmp_path_factory: pytest.TempPathFactory, crashed: tuple[str, bytes, bytes], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    name, whole, _ = crashed
    place = data.draw(st.integers(0, len(whole) - 1))
    size = data.draw(st.integers(1, 40))
    with_damage = whole[:place] + data.draw(st.binary(min_size=size, max_size=size)) + whole[place + size :]
    (folder / "live").mkdir()
    saved(folder / "live" / name, with_damage)
    (finding,) = recover(folder)
    undamaged = sum(end <= place for end in ends(whole, folder)) - 1
    if finding.kind is FindingKind.SET_ASIDE:
        assert undamaged <= 0
        assert finding.path.read_bytes() == with_damage
        return
    (path,) = recordings(folder)
    kept = b"".join(held(path))
    assert everything().startswith(kept)
    assert len(kept) >= undamaged * A_FRAME * RECORD
    assert read_by_library(path) == kept
    assert verify(path).sound
    cut = path.with_name(path.name.replace(".dbn.zst", ".cut"))
    assert path.read_bytes() + (cut.read_bytes() if cut.exists() else b"") == with_damage


def test_frame_that_looks_whole_but_fails_its_checksum_is_not_believed(
    tmp_path: Path, leave: Leave, crashed: tuple[str, bytes, bytes]
) -> None:
    data = crashed[1]
    leave(data[:-1] + bytes([data[-1] ^ 1]))
    (finding,) = recover(tmp_path)
    assert finding.records == (FRAMES - 1) * A_FRAME


@pytest.mark.parametrize("part", [1, 55])
def test_part_of_a_record_at_the_end_of_a_sound_frame_is_cut(tmp_path: Path, part: int) -> None:
    """No frame of ours ends so; one written by another program may."""
    frames = [stream(flow(5)), flow(5).tobytes(), flow(3).tobytes() + flow(1).tobytes()[:part]]
    packed = [zstandard.ZstdCompressor(write_checksum=True).compress(frame) for frame in frames]
    left = saved(tmp_path / "other.dbn.zst.partial", b"".join(packed))
    (finding,) = recover(tmp_path)
    path = tmp_path / "other.dbn.zst"
    assert (finding.path, finding.records) == (path, 13)
    assert b"".join(held(path)) == flow(5).tobytes() * 2 + flow(3).tobytes() == read_by_library(path)
    assert (tmp_path / "other.cut").read_bytes() == packed[2]
    assert verify(path).sound
    assert not left.exists()


def test_record_that_runs_over_two_frames_and_breaks_off_is_cut(tmp_path: Path) -> None:
    body = stream(flow(7))
    frames = [body[:-100], body[-100:-60], body[-60:-10]]
    saved(tmp_path / "other.dbn.zst.partial", b"".join(zstandard.ZstdCompressor().compress(one) for one in frames))
    (finding,) = recover(tmp_path)
    assert finding.records == 6
    assert b"".join(held(tmp_path / "other.dbn.zst")) == flow(6).tobytes()
    assert verify(tmp_path / "other.dbn.zst").sound


def test_without_a_sidecar_the_file_speaks_for_itself_and_the_rest_is_unknown(
    tmp_path: Path, leave: Leave, crashed: tuple[str, bytes, bytes]
) -> None:
    left = leave(crashed[1])
    left.with_name(left.name.replace(".dbn.zst.partial", ".json")).write_bytes(b'{"half')
    (finding,) = recover(tmp_path)
    told = sidecar(finding.path)
    assert (told.records, told.dataset, told.symbol, told.provenance, told.started) == (
        80,
        "GLBX.MDP3",
        None,
        None,
        None,
    )


def test_crash_between_the_last_sidecar_and_the_last_name_left_nothing_out(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(10))
    recording.close()
    (path,) = recordings(tmp_path)
    path.rename(path.with_name(path.name + ".partial"))
    (finding,) = recover(tmp_path)
    assert (finding.records, sidecar(path).gaps, sidecar(path).recovered) == (10, [], True)


def test_what_the_disk_lost_although_it_had_confirmed_it_is_said(
    tmp_path: Path, leave: Leave, crashed: tuple[str, bytes, bytes]
) -> None:
    leave(crashed[1][: ends(crashed[1], tmp_path)[2]])
    (finding,) = recover(tmp_path)
    assert finding.text.endswith("; its sidecar had counted 80: the disk lost what it had confirmed")


def test_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(10))
    recording.wait(5)
    before = {one.name: one.read_bytes() for one in (tmp_path / "live").iterdir()}
    (finding,) = recover(tmp_path)
    assert finding.kind is FindingKind.IN_USE
    assert "another process" in finding.text
    assert {one.name: one.read_bytes() for one in (tmp_path / "live").iterdir()} == before
    recording.close()
    assert recover(tmp_path) == []
    assert verify(recordings(tmp_path)[0]).sound


def test_two_recorders_on_one_folder_write_two_files(tmp_path: Path) -> None:
    one, other = Recording(tmp_path), Recording(tmp_path)
    for number in range(5):
        one.give(flow(3, order_id=number))
        other.give(flow(3, order_id=100 + number))
        one.wait(5)
        other.wait(5)
    one.close()
    assert [finding.kind for finding in recover(tmp_path)] == [FindingKind.IN_USE]
    other.close()
    first, second = recordings(tmp_path)
    assert b"".join(held(first)) == b"".join(flow(3, order_id=number).tobytes() for number in range(5))
    assert b"".join(held(second)) == b"".join(flow(3, order_id=100 + number).tobytes() for number in range(5))


def test_recorder_takes_another_name_where_recovery_holds_the_file_it_has_just_made(tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    name = "GLBX.MDP3-GC.v.0-20240102-100000.dbn.zst.partial"
    held_open = os.open(live / name, os.O_RDWR | os.O_CREAT)
    fcntl.flock(held_open, fcntl.LOCK_EX)
    recording = Recording(tmp_path)
    recording.give(flow(1))
    recording.close()
    os.close(held_open)
    assert [path.name for path in recordings(tmp_path)] == ["GLBX.MDP3-GC.v.0-20240102-100000_002.dbn.zst"]


def test_recording_of_that_name_is_never_replaced(
    tmp_path: Path, leave: Leave, crashed: tuple[str, bytes, bytes]
) -> None:
    left = leave(crashed[1])
    precious = saved(left.with_name(left.name.removesuffix(".partial")), b"precious")
    (finding,) = recover(tmp_path)
    assert finding.kind is FindingKind.FAILED
    assert "is there already" in finding.text
    assert precious.read_bytes() == b"precious"
    assert left.read_bytes() == crashed[1]


def test_finished_recordings_and_other_files_are_not_touched(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(10))
    recording.close()
    other = saved(tmp_path / "live" / "notes.partial", b"mine")
    before = {one.name: one.read_bytes() for one in (tmp_path / "live").iterdir()}
    assert recover(tmp_path) == []
    assert {one.name: one.read_bytes() for one in (tmp_path / "live").iterdir()} == before
    assert other.exists()


def test_folder_that_is_not_there_holds_nothing_to_recover(tmp_path: Path) -> None:
    assert recover(tmp_path / "nowhere") == []


# ------------------------------------------------------------------------------------------------------ verification


def recorded(folder: Path) -> Path:
    recording = Recording(folder, plan())
    recording.give(flow(10))
    recording.wait(5)
    recording.give(flow(10))
    recording.close()
    (path,) = recordings(folder)
    return path


def test_sound_recording_verifies(tmp_path: Path) -> None:
    found = verify(recorded(tmp_path))
    assert (found.sound, found.records, found.problems) == (True, 20, ())


def test_changed_record_is_found_by_the_digest(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    with path.open("rb") as file:
        frames = [frame.content for frame in sound_frames(file)]
    frames[1] = frames[1][:-1] + bytes([frames[1][-1] ^ 1])
    path.write_bytes(b"".join(zstandard.ZstdCompressor(level=1, write_checksum=True).compress(one) for one in frames))
    assert "its records are not those that were written: the digest differs" in verify(path).problems


@pytest.mark.parametrize("kept", [0, 10, -1])
def test_cut_recording_is_found(tmp_path: Path, kept: int) -> None:
    path = recorded(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])
    assert not verify(path).sound


def test_recording_without_its_sidecar_is_not_called_sound(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    path.with_name(path.name.replace(".dbn.zst", ".json")).unlink()
    (problem,) = verify(path).problems
    assert "no sidecar" in problem


def test_missing_frame_is_found(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    with path.open("rb") as file:
        frames = list(sound_frames(file))
    path.write_bytes(path.read_bytes()[: frames[1].end])
    assert verify(path).problems[0] == "it holds 10 records, its sidecar says 20"


def test_records_of_all_files_are_those_given(tmp_path: Path) -> None:
    recorded(tmp_path)
    assert fresh(recordings(tmp_path)) == flow(10).tobytes() * 2
