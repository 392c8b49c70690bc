"""`qmo calibrate` as a shell runs it: simulated sessions, bad files, a terminal and none, interrupts and kills."""

import json
import os
import signal
import subprocess
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Any

import pexpect
import pytest

from qmo_tui import __version__
from qmo_tui.calibration.calibration_file import read_calibration, write_calibration
from qmo_tui.calibration.side_by_side import Done, Failed, Progress, collect_all
from qmo_tui.exit_codes import ExitCode
from qmo_tui.settings import Settings
from tests.qmo_tui.calibration.planted import Truth, calibrated, sessions
from tests.qmo_tui.command import PATIENCE_SECONDS, QMO, error_line, heed_interrupts, qmo


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return two simulated sessions of two days."""
    folder = tmp_path_factory.mktemp("calibrate")
    paths = [folder / f"{day}.dbn.zst" for day in (5, 6)]
    for path, day in zip(paths, (5, 6), strict=True):
        start = f"2026-10-0{day}T13:30:00"
        run = qmo("simulate", "--out", str(path), "--minutes", "30", "--seed", f"{day}", "--start", start)
        assert run.returncode == 0, run.stderr
    return [str(path) for path in paths]


def home(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment with a home of its own, and outcomes that a short session has some of."""
    return os.environ | {"QMO_HOME": str(folder), "QMO_CALIBRATION_HORIZON": "3"} | more


def told(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.fixture(scope="module")
def counted(recordings: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, Path]:
    """Return what the command told of both as JSON and on stderr, and its home."""
    folder = tmp_path_factory.mktemp("home")
    run = qmo("calibrate", *recordings, "--json", environment=home(folder))
    assert run.returncode == ExitCode.DONE, run.stderr
    return told(run), run.stderr, folder


def test_sessions_are_replayed_and_their_outcomes_counted(counted: tuple[dict[str, Any], str, Path]) -> None:
    found, complaints, folder = counted
    assert (found["product"], found["simulated"], found["version"]) == ("GC", True, __version__)
    assert found["recordings"] == ["5.dbn.zst", "6.dbn.zst"]
    assert found["n"] > 0
    assert set(found["sessions"]) <= {"2026-10-05", "2026-10-06"}
    assert (found["calibrated"], found["base_rate"], found["model"]) == (False, None, None)
    # Without a terminal a line a recording says what it gave.
    assert len(complaints.splitlines()) == 2
    stored = read_calibration(folder / "calibration" / "demo" / "GC.json")
    assert stored is not None
    assert (stored.n, list(stored.sessions), stored.model) == (found["n"], found["sessions"], None)
    assert "stored as" in found["kept"]


def test_few_outcomes_are_said_to_be_few_whatever_the_order_of_files(
    recordings: list[str], counted: tuple[dict[str, Any], str, Path], tmp_path: Path
) -> None:
    run = qmo("calibrate", *reversed(recordings), environment=home(tmp_path))
    assert run.returncode == ExitCode.DONE, run.stderr
    assert f"not calibrated ({counted[0]['n']}): 300 outcomes are needed" in run.stdout
    assert "within 3 min" in run.stdout
    of_one, of_other = (folder / "calibration" / "demo" / "GC.json" for folder in (counted[2], tmp_path))
    assert of_one.read_bytes() == of_other.read_bytes()


def test_a_bad_file_is_said_in_one_line_and_the_others_count(recordings: list[str], tmp_path: Path) -> None:
    bad, missing = tmp_path / "bad.dbn", tmp_path / "missing.dbn"
    bad.write_bytes(b"this is no recording at all")
    run = qmo("calibrate", str(bad), recordings[0], str(missing), "--json", environment=home(tmp_path))
    assert run.returncode == ExitCode.UNREADABLE
    assert told(run)["recordings"] == ["5.dbn.zst"]
    assert len(told(run)["failed"]) == 2
    lines = run.stderr.splitlines()
    assert len(lines) == 3
    assert sum("bad.dbn" in line for line in lines) == sum("missing.dbn" in line for line in lines) == 1


def test_where_no_file_can_be_read_nothing_is_kept(tmp_path: Path) -> None:
    run = qmo("calibrate", str(tmp_path / "missing.dbn"), environment=home(tmp_path))
    assert run.returncode == ExitCode.UNREADABLE
    assert "missing.dbn" in error_line(run)
    assert not (tmp_path / "calibration").exists()


def test_a_calibration_is_not_replaced_by_none(recordings: list[str], tmp_path: Path) -> None:
    path = tmp_path / "calibration" / "demo" / "GC.json"
    made, _ = sessions(9, Truth(-0.2, {"QMO": 1.0}))
    stored = calibrated(made)
    write_calibration(path, stored)
    run = qmo("calibrate", recordings[0], environment=home(tmp_path))
    assert run.returncode == ExitCode.DONE
    assert "not stored" in run.stdout
    assert read_calibration(path) == stored


def test_a_damaged_calibration_is_set_aside_in_one_line(recordings: list[str], tmp_path: Path) -> None:
    path = tmp_path / "calibration" / "demo" / "GC.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"format":1')
    run = qmo("calibrate", recordings[0], environment=home(tmp_path))
    assert run.returncode == ExitCode.DONE
    assert sum("damaged" in line for line in run.stderr.splitlines()) == 1
    assert read_calibration(path) is not None
    assert any(file.name.startswith("GC.json.broken-") for file in path.parent.iterdir())


def until_it_reads(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process of the command's reads a recording; on a machine that tells the children of one."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("this system does not tell the children of a process")
    while not any(b"spawn_main" in _command_line(child) for child in children.read_text().split()):
        assert process.poll() is None, "it ended before it read"


def _command_line(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def begun(recordings: list[str], folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [str(QMO), "calibrate", *recordings],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=home(folder),
        preexec_fn=heed_interrupts,
    )
    until_it_reads(process)
    return process


def test_an_interrupt_ends_it_with_130_and_keeps_nothing(recordings: list[str], tmp_path: Path) -> None:
    process = begun(recordings, tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=PATIENCE_SECONDS) == (b"", b"")
    assert process.returncode == ExitCode.INTERRUPTED
    assert not (tmp_path / "calibration").exists()


def test_a_kill_in_the_middle_leaves_the_stored_file_whole_and_no_process(
    recordings: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "calibration" / "demo" / "GC.json"
    made, _ = sessions(9, Truth(-0.2, {"QMO": 1.0}))
    stored = calibrated(made)
    write_calibration(path, stored)
    process = begun(recordings, tmp_path)
    process.kill()
    # Both streams end once nobody holds them any more: the processes that read recordings are gone as well.
    process.communicate(timeout=PATIENCE_SECONDS)
    assert read_calibration(path) == stored


def test_a_process_that_is_killed_loses_its_own_recording_alone(recordings: list[str]) -> None:
    lost, kept = (Path(recording) for recording in recordings)
    found: list[BaseProcess] = []

    def end_its_reader() -> None:
        while not found:
            found.extend(child for child in active_children() if child.name == str(lost))
        found[0].kill()

    killer = Thread(target=end_its_reader)
    killer.start()
    ended = [word for word in collect_all([lost, kept], Settings(), at_once=2) if not isinstance(word, Progress)]
    killer.join()
    (failed,) = (word for word in ended if isinstance(word, Failed))
    (done,) = (word for word in ended if isinstance(word, Done))
    assert failed == Failed(lost, "5.dbn.zst: its process ended (SIGKILL)", ExitCode.UNEXPECTED)
    assert done.collected.source == "6.dbn.zst"


def test_a_terminal_shows_a_bar_and_ctrl_c_ends_it(recordings: list[str], tmp_path: Path) -> None:
    known = home(tmp_path, TERM="xterm-256color")
    known = {name: value for name, value in known.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}

    def shown(paths: list[str]) -> Any:
        child = pexpect.spawn(
            str(QMO), ["calibrate", *paths], dimensions=(40, 132), env=known, timeout=PATIENCE_SECONDS
        )
        child.expect("calibrating")
        return child

    many = [tmp_path / f"{number}.dbn.zst" for number in range(60)]
    for path in many:
        path.symlink_to(recordings[0])
    cut = shown([*map(str, many)])  # more than are done before the interrupt arrives
    cut.sendintr()
    cut.expect(pexpect.EOF)
    cut.close()
    assert cut.exitstatus == ExitCode.INTERRUPTED
    whole = shown(recordings)
    whole.expect("of 2 recordings")
    whole.expect(r"not calibrated \(")
    whole.expect(pexpect.EOF)
    whole.close()
    assert whole.exitstatus == ExitCode.DONE


def test_recordings_of_different_markets_are_refused(recordings: list[str], data: Path, tmp_path: Path) -> None:
    real = data / "esh4-20231225.mbo.dbn.zst"
    run = qmo("calibrate", str(real), recordings[0], environment=home(tmp_path))
    assert run.returncode == ExitCode.USAGE
    assert "qmo: the recordings are of different markets (ES, simulated GC): calibrate one at a time" in run.stderr
    assert not (tmp_path / "calibration").exists()
