"""`qmo evaluate`: a recording and its truth, seeds in memory, and what is said when the two do not fit."""

import json
from pathlib import Path
from typing import Any

import pytest

from qmo_tui.exit_codes import ExitCode
from tests.qmo_tui.command import error_line, qmo


def simulate(folder: Path, seed: int) -> tuple[str, str]:
    recording, truth = folder / f"{seed}.dbn.zst", folder / f"{seed}.jsonl"
    run = qmo("simulate", "--out", str(recording), "--truth", str(truth), "--minutes", "3", "--seed", str(seed))
    assert run.returncode == 0, run.stderr
    return str(recording), str(truth)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return a recording and its truth."""
    return simulate(tmp_path_factory.mktemp("seven"), 7)


def evaluated(*arguments: str) -> dict[str, Any]:
    run = qmo("evaluate", *arguments, "--json")
    assert run.returncode == 0, run.stderr
    told: dict[str, Any] = json.loads(run.stdout)
    return told


def row(told: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (row for row in told["detectors"] if row["name"] == name)
    return dict(found)


def test_a_recording_is_held_against_its_truth(session: tuple[str, str]) -> None:
    told = evaluated(session[0], "--truth", session[1])
    native = row(told, "native icebergs")
    assert (native["precision"], native["recall"], native["f1"]) == (1.0, 1.0, 1.0)
    assert native["exact"] == native["truth"] > 5
    assert (told["file"], told["truth"], told["schema"]) == (*session, "mbo")
    assert row(told, "inferred icebergs")["standing"] == "other schema"


def test_a_seed_in_memory_gives_what_its_file_gives(session: tuple[str, str]) -> None:
    from_file = evaluated(session[0], "--truth", session[1])
    in_memory = evaluated("--seeds", "7", "--minutes", "3")
    assert in_memory["detectors"] == from_file["detectors"]
    assert (in_memory["records"], in_memory["things"]) == (from_file["records"], from_file["things"])


def test_a_converted_recording_is_held_against_the_same_truth(session: tuple[str, str], tmp_path: Path) -> None:
    by_price = tmp_path / "levels.dbn.zst"
    run = qmo("convert", session[0], "--schema", "mbp-10", "--out", str(by_price))
    assert run.returncode == 0, run.stderr
    from_file = row(evaluated(str(by_price), "--truth", session[1]), "inferred icebergs")
    in_memory = row(evaluated("--seeds", "7", "--minutes", "3", "--schema", "mbp-10"), "inferred icebergs")
    assert from_file["precision"] == 1.0
    counts = ("truth", "found", "matched", "exact")
    assert [from_file[name] for name in counts] == [in_memory[name] for name in counts]


def test_several_seeds_are_one_evaluation() -> None:
    told = evaluated("--seeds", "8,7", "--minutes", "0.3")
    assert (told["seeds"], told["minutes"]) == ([8, 7], 0.3)
    assert told["records"] > evaluated("--seeds", "7", "--minutes", "0.3")["records"]


def test_the_table_is_for_people_and_lists_what_is_asked_for(session: tuple[str, str]) -> None:
    run = qmo("evaluate", session[0], "--truth", session[1], "--misses", "3")
    assert run.returncode == 0, run.stderr
    heading, columns, *rows = run.stdout.splitlines()
    assert "records (mbo)" in heading
    assert columns.split()[0] == "detector"
    assert [row.split()[0] for row in rows] == ["native", "stops", "inferred", "synthetic", "absorption", "sweeps"]


def test_the_truth_of_another_session_is_unreadable(session: tuple[str, str], tmp_path: Path) -> None:
    other = simulate(tmp_path, 8)
    run = qmo("evaluate", session[0], "--truth", other[1])
    assert run.returncode == ExitCode.UNREADABLE
    assert "the truth is not that of 7.dbn.zst" in error_line(run)


def test_a_damaged_truth_names_its_line(session: tuple[str, str], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jsonl"
    lines = Path(session[1]).read_text().splitlines()
    damaged.write_text("\n".join([*lines[:3], lines[3][:-7], *lines[4:]]))
    run = qmo("evaluate", session[0], "--truth", str(damaged))
    assert run.returncode == ExitCode.UNREADABLE
    assert f"{damaged}, line 4: " in error_line(run)


@pytest.mark.parametrize("missing", ["recording", "truth"])
def test_a_file_that_is_missing_is_named(session: tuple[str, str], tmp_path: Path, missing: str) -> None:
    nowhere = str(tmp_path / "nowhere")
    recording, truth = (nowhere, session[1]) if missing == "recording" else (session[0], nowhere)
    run = qmo("evaluate", recording, "--truth", truth)
    assert run.returncode == (ExitCode.UNREADABLE if missing == "recording" else ExitCode.USAGE)
    assert nowhere in error_line(run)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give a recording and its truth"),
        (["a.dbn", "--seeds", "1"], "give a recording and its truth"),
        (["a.dbn"], "--truth is missing"),
        (["--seeds", "1", "--truth", "a.jsonl"], "the market knows its own truth"),
        (["--seeds", "9-7"], "from the lower to the higher"),
        (["--seeds", "0-1000"], "at most 1,000"),
        (["--seeds", "seven"], "give numbers such as 101-110"),
        (["--seeds", "1-"], "give numbers such as 101-110"),
        (["--seeds", "1", "--schema", "ohlcv-1m"], "give one of mbo, mbp-10, mbp-1"),
    ],
    ids=["nothing", "both", "no-truth", "truth-and-seeds", "backwards", "too-many", "word", "open", "schema"],
)
def test_usage_is_told_in_one_line(arguments: list[str], says: str) -> None:
    run = qmo("evaluate", *arguments)
    assert run.returncode == ExitCode.USAGE
    assert says in error_line(run)


def test_a_recording_without_order_flow_has_nothing_to_evaluate(session: tuple[str, str], tmp_path: Path) -> None:
    from feeds.dbn import DbnWriter
    from feeds.recording import Recording
    from feeds.records import Schema

    bare = tmp_path / "bare.dbn"
    recording = Recording([Path(session[0])])
    assert recording.files[0].metadata is not None
    with DbnWriter(bare, recording.files[0].metadata) as writer:
        for batch in recording.batches():
            if batch.schema is Schema.DEFINITION:
                writer.write(batch)
    run = qmo("evaluate", str(bare), "--truth", session[1])
    assert run.returncode == ExitCode.UNREADABLE
    assert "holds no order flow to evaluate" in error_line(run)


def test_bars_say_nothing_that_could_be_held_against_the_truth(session: tuple[str, str], tmp_path: Path) -> None:
    bars = tmp_path / "bars.dbn"
    assert qmo("convert", session[0], "--schema", "ohlcv-1m", "--out", str(bars)).returncode == 0
    run = qmo("evaluate", str(bars), "--truth", session[1])
    assert run.returncode == ExitCode.UNREADABLE
    assert "bars.dbn holds no order flow to evaluate" in error_line(run)
