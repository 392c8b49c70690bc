"""`qmo simulate`: a file that any DBN reader reads, that says it is simulated, and its truth."""

import json
from pathlib import Path
from typing import Any

import databento
import pytest

from feeds.recording import Recording
from feeds.records import DEMO_DATASET, Provenance
from feeds.simulator.session import Simulation
from tests.qmo_tui.command import error_line, qmo


def simulate(folder: Path, *options: str, name: str = "session.dbn.zst") -> dict[str, Any]:
    run = qmo("simulate", "--out", str(folder / name), "--minutes", "2", "--json", *options)
    assert run.returncode == 0, run.stderr
    told: dict[str, Any] = json.loads(run.stdout)
    return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulated")


@pytest.fixture(scope="module")
def made(folder: Path) -> dict[str, Any]:
    Simulation()  # compiles the kernels where they are new, which the commands below then find
    return simulate(folder, "--truth", str(folder / "truth.jsonl"))


def test_the_file_replays_without_a_fault_and_says_demo(folder: Path, made: dict[str, Any]) -> None:
    log = folder / "events.jsonl"
    run = qmo("replay", made["file"], "--headless", "--json", "--events", str(log))
    assert run.returncode == 0, run.stderr
    summary = json.loads(run.stdout)
    assert summary["records"] == made["records"]
    wrong = ("unknown_orders", "crossed_events", "fifo_violations", "late_records", "off_tick", "bad_records")
    assert {name: summary[name] for name in wrong} == dict.fromkeys(wrong, 0)
    first = json.loads(log.read_text().splitlines()[0])
    assert (first["provenance"], first["dataset"], first["symbol"]) == ("demo", DEMO_DATASET, "GCZ6")
    assert (first["tick"], first["multiplier"]) == (0.1, 100.0)


def test_its_batches_are_demo_wherever_the_file_goes(folder: Path, made: dict[str, Any]) -> None:
    recording = Recording([Path(made["file"])])
    assert recording.provenance is Provenance.DEMO
    assert {batch.provenance for batch in recording.batches()} == {Provenance.DEMO}


def test_databento_reads_it(made: dict[str, Any]) -> None:
    store = databento.DBNStore.from_bytes(Path(made["file"]).read_bytes())
    assert store.metadata.dataset == DEMO_DATASET
    assert len(store.to_ndarray(schema="mbo")) + len(store.to_ndarray(schema="definition")) + 1 == made["records"]
    (definition,) = (record for record in store if isinstance(record, databento.InstrumentDefMsg))
    assert (definition.raw_symbol, definition.pretty_min_price_increment) == ("GCZ6", 0.1)


def test_the_truth_is_one_json_line_a_thing(folder: Path, made: dict[str, Any]) -> None:
    lines = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]
    assert len(lines) == sum(made["planted"].values())
    icebergs = [line for line in lines if line["kind"] == "iceberg"]
    assert all(line["display"] >= 1 and line["total"] >= line["filled"] for line in icebergs)


def event_digest(made: dict[str, Any], batch: int) -> str:
    """Return the digest of all events that the engines find in a session, so many records at a time."""
    run = qmo("replay", made["file"], "--headless", "--json", "--batch", str(batch))
    assert run.returncode == 0, run.stderr
    digest: str = json.loads(run.stdout)["digest"]
    return digest


def test_the_same_seed_gives_the_same_bytes_and_the_same_events(folder: Path, made: dict[str, Any]) -> None:
    again = simulate(folder, name="again.dbn.zst")
    assert again["digest"] == made["digest"]
    assert Path(again["file"]).read_bytes() == Path(made["file"]).read_bytes()
    assert event_digest(again, batch=777) == event_digest(made, batch=65_536)
    assert simulate(folder, "--seed", "2", name="other.dbn.zst")["digest"] != made["digest"]


def test_what_is_there_is_not_overwritten(made: dict[str, Any]) -> None:
    before = Path(made["file"]).read_bytes()
    run = qmo("simulate", "--out", made["file"], "--minutes", "1")
    assert run.returncode == 2
    assert "is there already" in error_line(run)
    assert Path(made["file"]).read_bytes() == before


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    run = qmo("simulate", "--out", str(tmp_path / "nowhere" / "a.dbn"), "--minutes", "1")
    assert run.returncode == 2
    assert "nowhere" in error_line(run)


def test_truth_and_records_need_files_of_their_own(tmp_path: Path) -> None:
    run = qmo("simulate", "--out", str(tmp_path / "a.dbn"), "--truth", str(tmp_path / "a.dbn"))
    assert run.returncode == 2
    assert "file of its own" in error_line(run)


def test_a_session_may_begin_before_the_open(tmp_path: Path) -> None:
    made = simulate(tmp_path, "--start", "2026-10-05T17:59:00-04:00")
    run = qmo("replay", made["file"], "--headless", "--json")
    summary = json.loads(run.stdout)
    assert summary["none_volume"] > 0
    assert summary["crossed_events"] == 0
    assert summary["auction_crossed_events"] > 0


def test_its_shape_is_shown_beside_a_real_session(data: Path, tmp_path: Path) -> None:
    real = data / "esh4-20231225.mbo.dbn.zst"
    plots = tmp_path / "new" / "pictures"
    made = simulate(tmp_path, "--minutes", "4", "--beside", str(real), "--plots", str(plots))
    assert {figure["name"] for figure in made["figures"] if not figure["kept"]} == set()
    assert len(made["figures"]) > 20
    assert sorted(map(str, plots.iterdir())) == sorted(made["plots"])
    assert "ESH4, recorded" in (plots / "realism-book.svg").read_text()


def test_pictures_need_something_to_be_held_beside(tmp_path: Path) -> None:
    run = qmo("simulate", "--out", str(tmp_path / "a.dbn"), "--plots", str(tmp_path))
    assert run.returncode == 2
    assert "--beside" in error_line(run)
    assert not (tmp_path / "a.dbn").exists()


def test_implied_liquidity_leaves_its_trades_and_no_fault(tmp_path: Path) -> None:
    made = simulate(tmp_path, "--implied", "0.3")
    run = qmo("replay", made["file"], "--headless", "--json")
    summary = json.loads(run.stdout)
    assert summary["none_volume"] > 0
    wrong = ("unknown_orders", "crossed_events", "fifo_violations", "bad_records")
    assert {name: summary[name] for name in wrong} == dict.fromkeys(wrong, 0)
