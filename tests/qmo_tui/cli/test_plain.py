"""`--plain` as a pipe reads it: lines of text without a terminal, from a recording to its end and from the demo."""

import signal
import subprocess
from pathlib import Path

from qmo_tui.exit_codes import ExitCode
from tests.qmo_tui.command import QMO, error_line, heed_interrupts, qmo


def test_a_recording_is_told_to_its_end_in_lines(data: Path, tmp_path: Path) -> None:
    session = str(data / "esh4-20231225.mbo.dbn.zst")
    run = qmo("replay", session, "--plain", "--speed", "max", "--to", "2023-12-25T23:10:00")
    assert (run.returncode, run.stderr) == (ExitCode.DONE, "")
    assert run.stdout.isascii()
    assert "\x1b" not in run.stdout
    lines = run.stdout.splitlines()
    assert all(line.startswith(("replay ", "--:--:-- note: preparing")) for line in lines)
    assert any(line.endswith("market: ESH4, mbo, replay, from esh4-20231225.mbo.dbn.zst") for line in lines)
    told = [line for line in lines if " iceberg: native " in line and line.endswith("filled")]
    log = tmp_path / "log.jsonl"
    assert qmo("replay", session, "--headless", "--events", str(log), "--to", "2023-12-25T23:10:00").returncode == 0
    assert len(told) == sum('"state":"detected"' in line for line in log.read_text().splitlines()) > 0
    times = [line.split()[1] for line in lines if " bar 1m: " in line]
    assert times == sorted(times)


def test_the_demo_is_told_until_somebody_ends_it() -> None:
    with subprocess.Popen(
        [QMO, "demo", "--plain", "--speed", "20"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    ) as process:
        assert process.stdout is not None
        assert any(" bar 1m: " in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (ExitCode.INTERRUPTED, "")


def test_what_contradicts_itself_is_refused_in_one_line() -> None:
    run = qmo("replay", "gold.dbn", "--plain", "--headless")
    assert run.returncode == ExitCode.USAGE
    assert "give one of them" in error_line(run)
    run = qmo("--plain", "demo")
    assert run.returncode == ExitCode.USAGE
    assert error_line(run) == "--plain goes behind the command: `qmo demo --plain`"
