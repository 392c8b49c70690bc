"""`qmo memory` in a shell: what is remembered, and the spread over a roll."""

import json
from pathlib import Path

import pytest

from qmo_tui.exit_codes import ExitCode
from qmo_tui.memory_file import Contract, MemoryFile, read_memory
from tests.engines.zones.memory_market import remembering, zone
from tests.qmo_tui.command import error_line, qmo

FEBRUARY = Contract("GLBX.MDP3", "GCG4", 17_077, 100_000_000)


@pytest.fixture
def path(home: Path) -> Path:
    """The memory of live sessions, with two zones in it."""
    file = MemoryFile(home / "memory.db")
    file.open()
    zones = (zone(1, 20_000, 20_003, held=2, judged=3, touches=4), zone(2, 20_500, side="ask", flipped=True, session=7))
    file.save({FEBRUARY: remembering(*zones)})
    file.close()
    return file.path


def test_nothing_is_remembered_before_the_first_session(home: Path) -> None:
    run = qmo("memory")
    assert (run.returncode, run.stdout) == (ExitCode.DONE, f"{home / 'memory.db'}: 0 contracts\n")
    assert not home.joinpath("memory.db").exists()


def test_zones_are_listed_the_highest_first(path: Path) -> None:
    assert qmo("memory").stdout.splitlines() == [
        f"{path}: 1 contracts",
        "",
        "GCG4 (GLBX.MDP3): 2 zones, 10 sessions seen",
        "zone            side  low         high        held      touches  age  lots  found by",
        "memory-2        ask   2050        2050        --        0        3    1.0   native iceberg, flipped",
        "memory-1        bid   2000        2000.3      2 of 3    4        0    1.0   native iceberg",
    ]


def test_a_script_reads_the_same_as_json(path: Path) -> None:
    told = json.loads(qmo("memory", str(path), "--json").stdout)
    (contract,) = told["contracts"]
    assert (contract["symbol"], contract["tick"], contract["sessions"]) == ("GCG4", 0.1, 10)
    zones = [(found["id"], found["side"], found["low"], found["high"], found["age"]) for found in contract["zones"]]
    assert zones == [("memory-1", "bid", 2000.0, 2000.3, 0), ("memory-2", "ask", 2050.0, 2050.0, 3)]


def test_a_spread_is_noted_for_the_next_contract(path: Path) -> None:
    run = qmo("memory", "--spread", "GCG4", "GCJ4", "18.2")
    assert run.stdout.splitlines()[-1] == "GCJ4 trades +18.2 above GCG4 (given)"
    (spread,) = read_memory(path).spreads
    assert (spread.earlier, spread.later, spread.offset) == ("GCG4", "GCJ4", 18_200_000_000)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["GCZ3", "GCG4", "1"], "remembers nothing of GCZ3", id="a contract that is not known"),
        pytest.param(["GCG4", "GCJ4", "18.25"], "no multiple of the tick of GCG4, 0.1", id="between two ticks"),
    ],
)
def test_a_spread_that_cannot_be_is_refused(path: Path, arguments: list[str], expected: str) -> None:
    run = qmo("memory", "--spread", *arguments)
    assert run.returncode == ExitCode.USAGE
    assert expected in error_line(run)
    assert read_memory(path).spreads == []


def test_a_file_that_is_no_memory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("not a database at all, but long enough to look like something" * 10)
    run = qmo("memory", str(tmp_path / "notes.db"))
    assert run.returncode == ExitCode.UNREADABLE
    assert "notes.db is damaged (file is not a database)" in error_line(run)
    assert [path.name for path in tmp_path.glob("notes*")] == ["notes.db"]
