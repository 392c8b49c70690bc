"""Two hundred processes killed with -9 at random moments of recording: nothing that was on the disk is lost."""

import os
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from feeds.recorder import FindingKind, recover, verify
from tests.feeds.recorder.given import fresh, held, read_by_library, recordings, sidecar
from tests.feeds.recorder.killed_child import stream

ROUNDS = 10
KILLS_A_ROUND = 20
AT_ONCE = 4
MOST_CONFIRMED = 5_000
A_FEW_FRAMES = 0.02
"""Seconds, of which a random part goes by before each kill."""
PATIENCE = 60.0


@pytest.fixture(scope="module")
def parent() -> Iterator[subprocess.Popen[str]]:
    """Return the process that starts the children; it imports once, so that they start at once."""
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-m", "tests.feeds.recorder.killed_child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def started(parent: subprocess.Popen[str], seed: int, folder: Path) -> int:
    """Start a child and return a descriptor of its process."""
    assert parent.stdin is not None
    assert parent.stdout is not None
    folder.mkdir()
    parent.stdin.write(f"{seed} {folder}\n")
    parent.stdin.flush()
    return os.pidfd_open(int(parent.stdout.readline()))


def kill(process: int) -> None:
    """Kill a process and see it end."""
    try:
        signal.pidfd_send_signal(process, signal.SIGKILL)
        assert select.select([process], [], [], 30)[0]
    finally:
        os.close(process)


def acknowledged(folder: Path) -> int:
    told = folder / "acknowledged"
    return int.from_bytes(told.read_bytes(), "little") if told.exists() else 0


def next_due(due: dict[Path, int]) -> Path:
    """Return the first folder whose child has been told of as many records on the disk as are due."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for folder, records in due.items():
            if acknowledged(folder) >= records:
                return folder
        time.sleep(0.001)
    raise AssertionError("the children do not record")


@pytest.mark.parametrize("number", range(ROUNDS))
def test_killed_at_any_moment_what_was_confirmed_is_kept_and_is_a_prefix_of_what_was_given(
    parent: subprocess.Popen[str], tmp_path: Path, number: int
) -> None:
    random = Random(number)
    outcomes: Counter[str] = Counter()
    for group in range(0, KILLS_A_ROUND, AT_ONCE):
        seeds = [number * KILLS_A_ROUND + group + one for one in range(AT_ONCE)]
        children = {tmp_path / str(seed): started(parent, seed, tmp_path / str(seed)) for seed in seeds}
        due = {folder: int(MOST_CONFIRMED * random.random() ** 2) for folder in children}
        while due:
            folder = next_due(due)
            time.sleep(random.random() * A_FEW_FRAMES)
            kill(children[folder])
            del due[folder]
        for folder in children:
            check(folder, outcomes)
    assert outcomes[FindingKind.RECOVERED] > 0
    assert outcomes["acknowledged"] > 0


def check(folder: Path, outcomes: Counter[str]) -> None:
    confirmed = acknowledged(folder)
    left = sorted(folder.rglob("*.partial"))
    findings = recover(folder)
    assert len(findings) == len(left) <= 1
    assert recover(folder) == []
    paths = recordings(folder)
    records = sum(len(held(path)) - sidecar(path).repeated for path in paths)
    assert fresh(paths) == b"".join(stream()[:records])
    assert records >= confirmed
    for finding in findings:
        outcomes[finding.kind] += 1
        assert finding.kind in {FindingKind.RECOVERED, FindingKind.SET_ASIDE}
        if finding.kind is FindingKind.RECOVERED:
            assert sidecar(finding.path).recovered
            assert finding.records == len(held(finding.path))
            assert read_by_library(finding.path) == b"".join(held(finding.path))
    for path in paths:
        assert verify(path).problems == ()
    outcomes["acknowledged"] += confirmed > 0
    left_over = {path for path in (folder / "live").glob("*") if path.suffix not in {".unreadable", ".cut"}}
    left_over -= {path.with_name(path.name + ".json") for path in (folder / "live").glob("*.unreadable")}
    assert left_over == {*paths, *(path.with_name(path.name.replace(".dbn.zst", ".json")) for path in paths)}


def test_recovery_beside_a_process_that_records_harms_nothing(parent: subprocess.Popen[str], tmp_path: Path) -> None:
    folder, outcomes = tmp_path / "busy", Counter[str]()
    child = started(parent, 1, folder)
    seen: Counter[FindingKind] = Counter()
    for records in range(0, 4_000, 40):
        next_due({folder: records})
        seen.update(finding.kind for finding in recover(folder) if finding.records != 0)
    kill(child)
    check(folder, outcomes)
    assert set(seen) == {FindingKind.IN_USE}
