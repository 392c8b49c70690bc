"""`qmo replay` as a shell runs it: figures, event log, errors in one line, interruption, terminals."""

import gzip
import json
import os
import pty
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feeds.dbn import DbnFile, DbnWriter
from qmo_tui.exit_codes import ExitCode
from tests.feeds.streams import orders, stream
from tests.market import write_session
from tests.qmo_tui.command import QMO, error_line, heed_interrupts, qmo
from tests.qmo_tui.recordings import repeated

ES = "esh4-20231225.mbo.dbn.zst"
DEFINITIONS = "esu4-nqu4.definition.dbn.zst"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulated") / "session.dbn.zst"
    write_session(path, seed=11, minutes=0.5)
    return path


@pytest.fixture(scope="module")
def long(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the real session twenty times over, 1.4 million records."""
    return repeated(data / ES, tmp_path_factory.mktemp("long") / "long.dbn.zst", 20)


def headless(*arguments: str | Path) -> dict[str, Any]:
    run = qmo("replay", *map(str, arguments), "--headless", "--json")
    assert (run.stderr, run.returncode) == ("", ExitCode.DONE)
    assert len(run.stdout.splitlines()) == 1
    summary: dict[str, Any] = json.loads(run.stdout)
    return summary


def refused(code: ExitCode, *arguments: str | Path) -> str:
    run = qmo("replay", *map(str, arguments))
    assert run.returncode == code, run.stderr
    return error_line(run)


# ---------------------------------------------------------------------------------------------------------- figures


@pytest.fixture(scope="module")
def played(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the summary and the event log of the real session."""
    log = tmp_path_factory.mktemp("log") / "events.jsonl"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("QMO_HOME", str(log.parent / "home"))
        summary = headless(data / ES, "--events", log)
    return summary, [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_real_session_has_its_known_figures(played: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    summary, log = played
    expected = {
        "records": 68_792,
        "volume": 9_892,
        "buy_volume": 5_322,
        "sell_volume": 4_526,
        "none_volume": 44,
        "resting_orders": 11_217,
        "best_bid": 4810.00,
        "best_ask": 4810.25,
        "unknown_orders": 0,
        "crossed_events": 0,
        "fifo_violations": 0,
        "icebergs": {
            "native": {"ids": 13, "refreshes": 83, "lots": 491},
            "synthetic": {"ids": 141, "refreshes": 310, "lots": 401, "said": 0, "estimate": 0.056, "estimate_n": 560},
        },
        "notes": [],
    }
    assert {name: summary[name] for name in expected} == expected
    assert 0 < summary["peak_rss_mb"] <= 350
    stops = [line for line in log if line["kind"] == "stops"]
    assert (len(stops), sum(line["orders"] for line in stops)) == (45, 100)


def test_event_log_is_whole_and_in_order(played: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    summary, log = played
    assert log[0]["kind"] == "session"
    assert log[-1] == summary
    assert {line["kind"] for line in log[1:-1]} >= {"bar", "stops", "iceberg", "absorption", "sweep", "memory"}
    assert all(list(line)[:2] == ["kind", "ts"] for line in log)
    times = [line["ts"] for line in log]
    assert times == sorted(times)
    session = log[0]
    assert (session["symbol"], session["schema"], session["dataset"]) == ("ESH4", "mbo", "GLBX.MDP3")
    assert (session["tick"], session["multiplier"], session["source"]) == (0.25, 50.0, ES)


def test_digest_is_the_same_in_another_process_and_for_other_batches(
    data: Path, played: tuple[dict[str, Any], list[dict[str, Any]]]
) -> None:
    assert headless(data / ES, "--batch", "777")["digest"] == played[0]["digest"]


def test_summary_for_people(data: Path) -> None:
    run = qmo("replay", str(data / ES), "--headless")
    assert (run.stderr, run.returncode) == ("", ExitCode.DONE)
    told = {line[:24].strip(): line[24:] for line in run.stdout.splitlines()}
    assert told["records"] == "68,792"
    assert told["volume"] == "9,892"
    assert told["resting orders"] == "11,217"
    assert told["best bid"] == "4810.0"
    assert told["icebergs"].startswith("native ids 13, refreshes 83, lots 491, synthetic ids ")
    assert all(len(line) > 24 and line[24] != " " for line in run.stdout.splitlines())


def test_recording_of_definitions_alone_says_what_they_describe(data: Path) -> None:
    summary = headless(data / DEFINITIONS)
    assert summary["records"] == 2
    assert {one["symbol"]: one["tick"] for one in summary["instruments"]} == {"ESU4": 0.25, "NQU4": 0.25}
    assert (summary["best_bid"], summary["resting_orders"], summary["icebergs"]) == (None, None, None)


def test_other_schemas_and_several_files_are_read(data: Path) -> None:
    summary = headless(*(data / f"esu4-{name}.dbn.zst" for name in ("20240701.mbp-1", "nqu4.definition")))
    assert (summary["trades"], summary["resting_orders"]) == (120, None)
    assert summary["instruments"][0]["multiplier"] == 50.0


def test_span_is_logged_and_stops_where_it_is_told(data: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    span = ("--from", "2023-12-25T18:10:00-05:00", "--to", "2023-12-25T23:30")
    summary = headless(data / ES, *span, "--events", log)
    first, last = 1_703_545_800_000_000_000, 1_703_547_000_000_000_000
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert all(first <= line["ts"] <= last for line in lines[1:])
    assert len(lines) > 20
    assert last - 10**9 < summary["ts"] < last
    assert 44_000 < summary["records"] < 45_000


def test_symbol_chooses_the_contract(data: Path) -> None:
    bars = data / "esu4-nqu4-20240701.ohlcv-1m.dbn.zst"
    volumes = [headless(bars, "--symbol", symbol)["volume"] for symbol in ("ESU4", "nqu4")]
    assert volumes[0] > volumes[1] > 0


# ------------------------------------------------------------------------------------------------------- wrong usage


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--headless", "--batch", "0"], "--batch"),
        (["--headless", "--speed", "fast"], "--speed fast: give a number of times real time, such as 60, or max"),
        (["--headless", "--speed", "-1"], "--speed"),
        (["--headless", "--speed", "nan"], "--speed"),
        (["--headless", "--from", "noon"], "--from noon: give an ISO date and time"),
        (
            ["--headless", "--from", "2024-01-02", "--to", "2024-01-02"],
            "--from 2024-01-02 is not before --to 2024-01-02",
        ),
        (
            ["--headless", "--from", "2030-01-02"],
            "nothing is to be played: --from is after the end of the recording, 2024-",
        ),
        (["--to", "2020-01-02"], "nothing is to be played: --to is not after the start of the recording, 2024-"),
        (["--json"], "--events, --batch and --json go with --headless"),
        (["--headless", "--symbol", "GCZ9"], "the recording does not hold GCZ9; it holds GCG4"),
        (
            ["--headless", "--events", "/no/such/folder/log"],
            "the event log /no/such/folder/log cannot be written: No such",
        ),
        (["--headless", "--events", "/"], "the event log / cannot be written: Is a directory"),
        ([], "the cockpit needs a terminal (not so: stdin, stdout, stderr); without one, use --plain or --headless"),
    ],
)
def test_wrong_usage_is_one_line(simulated: Path, flags: list[str], says: str) -> None:
    assert says in refused(ExitCode.USAGE, simulated, *flags)


@pytest.mark.parametrize("flags", [["--plain"], ["--headless"], []], ids=["plain", "headless", "cockpit"])
def test_a_beginning_after_the_end_that_the_header_tells_is_refused(
    simulated: Path, tmp_path: Path, flags: list[str]
) -> None:
    told = DbnFile(simulated).metadata
    assert told is not None
    with DbnWriter(tmp_path / "whole.dbn", replace(told, end=told.start + 60 * 10**9)) as writer:
        for batch in DbnFile(simulated).batches():
            writer.write(batch)
    line = refused(ExitCode.USAGE, tmp_path / "whole.dbn", *flags, "--from", "2030-01-02")
    assert "nothing is to be played: --from is after the end of the recording, 2024-01-02T14:" in line


def test_no_file_is_wrong_usage() -> None:
    assert "FILE..." in refused(ExitCode.USAGE, "--headless")


def test_unknown_product_says_what_to_add(simulated: Path, tmp_path: Path) -> None:
    metadata = DbnFile(simulated).metadata
    assert metadata is not None
    unknown = tmp_path / "unknown.dbn"
    unknown.write_bytes(metadata.encode().replace(b"GCG4", b"HGG4") + orders(1).tobytes())
    contract = int(metadata.mappings[0].intervals[0].symbol)
    with DbnWriter(tmp_path / "flow.dbn", DbnFile(unknown).metadata or metadata) as writer:
        writer.write(orders(3, instrument_id=contract))
    line = refused(ExitCode.USAGE, tmp_path / "flow.dbn", "--headless")
    assert "add [instruments.HG] with tick and multiplier to your settings" in line


def test_definition_that_contradicts_the_settings_says_which(data: Path) -> None:
    run = qmo(
        "replay",
        *(str(data / f"esu4-{name}.dbn.zst") for name in ("20240701.mbp-1", "nqu4.definition")),
        "--headless",
        environment=os.environ | {"QMO_INSTRUMENTS_ES_TICK": "0.5", "QMO_INSTRUMENTS_ES_MULTIPLIER": "50"},
    )
    assert run.returncode == ExitCode.USAGE
    assert "ESU4: its definition record says tick 0.25, the settings expect 0.5" in error_line(run)


def test_event_log_does_not_replace_the_recording(simulated: Path) -> None:
    before = simulated.read_bytes()
    assert "would replace the recording" in refused(ExitCode.USAGE, simulated, "--headless", "--events", simulated)
    assert simulated.read_bytes() == before


# --------------------------------------------------------------------------------------------------- unreadable data


def broken_files() -> dict[str, bytes]:
    whole = stream(orders(5))
    return {
        "empty.dbn": b"",
        "text.dbn": b"time,price\n1,2\n",
        "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(64),
        "session.dbn.gz": gzip.compress(whole),
        "header.dbn": whole[:50],
        "claims.dbn": b"DBN\x03\xff\xff\xff\xff" + bytes(64),
        "version.dbn": b"DBN\x04" + whole[4:],
        "zero.dbn": whole + bytes(56),
        "short.dbn": whole + b"\x02" + bytes(55),
        "noise.dbn.zst": b"\x28\xb5\x2f\xfd" + b"noise" * 20,
        "a\nb\x1b[31m.dbn": b"",
    }


@pytest.mark.parametrize("name", broken_files())
def test_unreadable_data_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(broken_files()[name])
    line = refused(ExitCode.UNREADABLE, tmp_path / name, "--headless", "--json", "--symbol", "42")
    assert line.startswith(f"{tmp_path}/")
    assert line.isprintable()


def test_path_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "missing.dbn"
    assert refused(ExitCode.UNREADABLE, missing) == f"{missing}: No such file or directory"
    (tmp_path / "folder").mkdir()
    assert "no .dbn or .dbn.zst file in this folder" in refused(ExitCode.UNREADABLE, tmp_path / "folder")
    assert "save it to a file first" in refused(ExitCode.UNREADABLE, "/dev/null")


def test_file_without_permission_is_one_line(simulated: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked.dbn.zst"
    locked.write_bytes(simulated.read_bytes())
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        pytest.skip("needs a user whom permissions bind; root reads everything")
    assert refused(ExitCode.UNREADABLE, locked) == f"{locked}: Permission denied"


def test_cut_recording_is_played_and_the_cut_is_told_once(data: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.dbn.zst"
    cut.write_bytes((data / ES).read_bytes()[:-100])
    run = qmo("replay", str(cut), "--headless", "--json")
    assert run.returncode == ExitCode.DONE
    note = "cut.dbn.zst: the file ends inside a compressed frame: its last records are lost"
    assert run.stderr == f"qmo: {note}\n"
    assert json.loads(run.stdout)["notes"] == [note]


def test_break_amid_a_recording_is_told_and_the_log_keeps_what_came_before(simulated: Path, tmp_path: Path) -> None:
    metadata = DbnFile(simulated).metadata
    assert metadata is not None
    with DbnWriter(tmp_path / "broken.dbn", metadata) as writer:
        for batch in DbnFile(simulated).batches():
            writer.write(batch)
    with (tmp_path / "broken.dbn").open("ab") as file:
        file.write(bytes(56))
    log = tmp_path / "log"
    line = refused(ExitCode.UNREADABLE, tmp_path / "broken.dbn", "--headless", "--json", "--events", log)
    assert "broken record at byte" in line
    assert json.loads(log.read_text(encoding="utf-8").splitlines()[0])["kind"] == "session"


# ------------------------------------------------------------------------------------------------- memory, terminals


def test_memory_does_not_grow_with_the_file(data: Path, long: Path, tmp_path: Path) -> None:
    short_run = headless(data / ES, "--events", tmp_path / "short")
    long_run = headless(long, "--events", tmp_path / "long")
    assert long_run["records"] == 20 * short_run["records"]
    assert long_run["volume"] > short_run["volume"]
    assert long_run["peak_rss_mb"] - short_run["peak_rss_mb"] < 30
    assert long_run["peak_rss_mb"] <= 350


@contextmanager
def terminal() -> Iterator[tuple[int, Callable[[bytes], bytes]]]:
    """Open a terminal; yield its end for a program, and a function that reads the other up to some bytes."""
    ours, theirs = pty.openpty()

    def read_until(wanted: bytes) -> bytes:
        seen = b""
        while wanted not in seen:
            seen += os.read(ours, 65_536)
        return seen

    try:
        yield theirs, read_until
    finally:
        os.close(ours)


def test_progress_is_for_terminals_and_stdout_stays_pure(long: Path) -> None:
    with terminal() as (stderr, read_until):
        command = [str(QMO), "replay", str(long), "--headless", "--json"]
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "160"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=environment) as process:
            os.close(stderr)
            told = read_until(b"long.dbn.zst")
            out, _ = process.communicate(timeout=60)
    assert b"preparing the engines" in told
    assert process.returncode == ExitCode.DONE
    assert json.loads(out)["records"] == 20 * 68_792


@pytest.mark.parametrize("elsewhere", ["stdin", "stdout", "stderr"])
def test_the_cockpit_needs_all_of_the_terminal(tmp_path: Path, elsewhere: str) -> None:
    recording = tmp_path / "session.dbn"
    write_session(recording)
    with terminal() as (end, _):
        streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), end) | {elsewhere: subprocess.PIPE}
        process = subprocess.Popen([str(QMO), "replay", str(recording)], **streams)
        os.close(end)
        process.communicate(timeout=60)
    assert process.returncode == ExitCode.USAGE


def test_interrupt_ends_at_once_and_leaves_whole_lines(long: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with terminal() as (stderr, read_until):
        command = [str(QMO), "replay", str(long), "--headless", "--json", "--batch", "64", "--events", str(log)]
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "160"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, env=environment, preexec_fn=heed_interrupts
        ) as process:
            os.close(stderr)
            read_until(b"long.dbn.zst")
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=5)
    assert (process.returncode, out) == (ExitCode.INTERRUPTED, b"")
    text = log.read_text(encoding="utf-8")
    assert text.endswith("\n")
    kinds = [json.loads(line)["kind"] for line in text.splitlines()]
    assert kinds[0] == "session"
    assert "summary" not in kinds


def test_reader_that_goes_away_is_not_an_error(data: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [str(QMO), "replay", str(data / DEFINITIONS), "--headless"]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, text=True) as process:
        os.close(writing)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (ExitCode.DONE, "")


def test_closed_stderr_is_not_an_error(data: Path) -> None:
    run = subprocess.run(
        ["sh", "-c", f'exec "{QMO}" replay "{data / DEFINITIONS}" --headless --json 2>&-'],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == ExitCode.DONE
    assert json.loads(run.stdout)["records"] > 0
