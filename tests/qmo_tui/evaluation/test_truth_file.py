"""Truth files: what is read of them, and what is said of those that are none."""

import json
from pathlib import Path
from typing import Any

import pytest

from feeds.simulator.script import Plan
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings
from qmo_tui.errors import QmoError
from qmo_tui.evaluation.truth_file import KINDS, Iceberg, Stop, read_truth, take_truth
from qmo_tui.exit_codes import ExitCode
from tests.feeds.simulator.sessions import simulated

from .market import episode, iceberg, stop


def written(folder: Path, *lines: dict[str, Any]) -> Path:
    path = folder / "truth.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_file_says_the_same_as_the_market_itself(tmp_path: Path) -> None:
    truth = simulated(1)[1]
    assert read_truth(written(tmp_path, *truth)) == take_truth(truth)


def test_lines_are_typed(tmp_path: Path) -> None:
    plain, fired = read_truth(written(tmp_path, iceberg(), stop()))
    assert isinstance(plain, Iceberg)
    assert isinstance(fired, Stop)
    assert (plain.hidden_fills[0][2], fired.first, fired.last) == (7, 4200.5, 4200.6)


def test_kinds_that_no_detector_is_held_against_are_passed_over(tmp_path: Path) -> None:
    others = [{"kind": "regime", "ts": 1}, {"kind": "a kind to come", "ts": 2}]
    assert len(read_truth(written(tmp_path, *others, stop()))) == 1
    assert read_truth(written(tmp_path, *others)) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "tells nothing of a simulated session"),
        ('{"kind": "bar", "ts": 1}\n', "tells nothing of a simulated session"),
        ("DBN\x01", "line 1: JSON is malformed"),
        ('{"ts": 1}\n', "line 1: Object missing required field `kind`"),
        (json.dumps(stop()) + "\n" + json.dumps(iceberg() | {"hidden_fills": 3}), "line 2: Expected `array`"),
        (json.dumps(episode("sweep"))[:-9], "line 1: "),
    ],
    ids=["empty", "event-log", "not-json", "no-kind", "wrong-type", "cut"],
)
def test_what_is_no_truth_is_told_in_one_line(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(content)
    with pytest.raises(QmoError) as failure:
        read_truth(path)
    assert says in str(failure.value)
    assert str(path) in str(failure.value)
    assert failure.value.exit_code == ExitCode.UNREADABLE


def test_a_file_that_is_not_there_is_a_matter_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(QmoError, match="no such file") as failure:
        read_truth(tmp_path / "nowhere.jsonl")
    assert failure.value.exit_code == ExitCode.USAGE
    with pytest.raises(QmoError) as folder:
        read_truth(tmp_path)
    assert folder.value.exit_code == ExitCode.UNREADABLE


def test_every_kind_of_the_table_is_one_that_the_market_plants() -> None:
    simulation = Simulation(SimulationSettings(seed=3))
    planted: set[str] = set()
    for block in range(12):
        plans: list[Plan] = simulation._script.block(block, DEFAULT_START)
        planted.update(plan.kind for plan in plans)
    assert KINDS - {"stop"} <= planted
