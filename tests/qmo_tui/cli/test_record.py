"""`qmo record` and `qmo --record` as a shell runs them, against `qmo gateway`."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.dbn import DbnFile
from feeds.records import Schema
from qmo_tui.exit_codes import ExitCode
from tests.market import write_session
from tests.qmo_tui.command import QMO, error_line, heed_interrupts, qmo

KEY = "db-ThisKeyBelongsToNobodyAtAll99"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "session.dbn.zst"
    write_session(path, 6, minutes=0.2)
    return path


@pytest.fixture
def gateway(session: Path) -> Iterator[str]:
    """Serve the session, and return the gateway's address."""
    command = [str(QMO), "gateway", str(session), "--speed", "max", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield f"127.0.0.1:{told['port']}"
        process.kill()


def environment(gateway: str) -> dict[str, str]:
    return os.environ | {"DATABENTO_API_KEY": KEY, "QMO_DATABENTO_GATEWAY": gateway, "QMO_FEED_CONTEXT": "false"}


def started(gateway: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(QMO), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(gateway),
        preexec_fn=heed_interrupts,
    )


def lines_until(process: subprocess.Popen[str], word: str) -> list[str]:
    """Read what a process says on stderr, up to the first line with a word."""
    assert process.stderr is not None
    lines: list[str] = []
    while not lines or word not in lines[-1]:
        line = process.stderr.readline()
        assert line, lines
        lines.append(line)
    return lines


def orders(path: Path) -> int:
    return sum(len(batch) for batch in DbnFile(path).batches() if batch.schema is Schema.MBO)


@pytest.mark.parametrize(
    ("ending", "code"),
    [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.DONE), (signal.SIGHUP, ExitCode.DONE)],
    ids=["int", "term", "hup"],
)
def test_it_records_until_told_to_stop_and_closes_its_file(
    gateway: str, session: Path, home: Path, ending: signal.Signals, code: ExitCode
) -> None:
    process = started(gateway, "--record")
    lines_until(process, "following GCG4 for GC.v.0")
    process.send_signal(ending)
    out, rest = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert "on disk" in rest
    (recorded,) = (home / "recordings" / "live").glob("*.dbn.zst")
    assert not list((home / "recordings").rglob("*.partial"))
    assert orders(recorded) == orders(session)
    assert KEY not in rest


def test_it_tells_scripts_how_it_stands(gateway: str, session: Path, tmp_path: Path) -> None:
    process = started(gateway, "record", "--out", str(tmp_path / "out"), "--for", "1h", "--json")
    assert process.stdout is not None
    told: list[dict[str, Any]] = []
    while not told or told[-1]["received"] <= orders(session):
        told.append(json.loads(process.stdout.readline()))
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    told += [json.loads(line) for line in out.splitlines()]
    assert process.returncode == ExitCode.DONE
    assert [line["kind"] for line in told] == ["recording"] * (len(told) - 1) + ["ended"]
    assert (told[-1]["symbol"], told[-1]["lost"]) == ("GCG4", 0)
    assert told[-1]["recorded"] >= told[-1]["received"] > orders(session)
    (recorded,) = (tmp_path / "out" / "live").glob("*.dbn.zst")
    assert orders(recorded) == orders(session)


def test_a_folder_that_cannot_be_written_is_told_at_once_and_the_feed_is_kept(gateway: str, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder should be")
    process = started(gateway, "record", "--out", str(tmp_path / "out"))
    said = lines_until(process, "following GCG4")
    if not any("is not a folder" in line for line in said):
        said += lines_until(process, "is not a folder")
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=30)
    assert process.returncode == ExitCode.INTERRUPTED
    assert "lost" in rest


def test_a_recording_of_which_nothing_reached_the_disk_is_no_success(gateway: str, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder should be")
    process = started(gateway, "record", "--out", str(tmp_path / "out"))
    lines_until(process, "following GCG4")
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=30)
    assert process.returncode == ExitCode.USAGE
    assert "nothing was recorded" in rest.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--for", "soon"], "--for soon: give a time such as 90, 30s, 15m or 8h"),
        (["--schema", "ohlcv-1m"], '--schema: \'ohlcv-1m\' is not "mbo", "mbp-10" or "mbp-1"'),
        (["--symbol", "GC v 0"], "--symbol: 'GC v 0' is not a contract"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_connected(arguments: list[str], expected: str) -> None:
    run = qmo("record", *arguments)
    assert run.returncode == ExitCode.USAGE
    assert expected in error_line(run)


def test_nobody_there_is_no_success(home: Path) -> None:
    run = qmo("record", "--for", "1s", environment=environment("127.0.0.1:9"))
    assert run.returncode == ExitCode.CONNECTION
    assert "nothing was received" in run.stderr.splitlines()[-1]
