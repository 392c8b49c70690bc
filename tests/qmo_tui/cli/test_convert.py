"""`qmo convert`: the files it writes play again, what it tells, and how it refuses."""

import json
from pathlib import Path
from typing import Any

import databento
import pytest

from engines.book.by_price import load
from engines.warm_up import warm_up
from feeds.dbn import DbnFile
from feeds.records import DEMO_DATASET, Provenance
from feeds.simulator.session import Simulation
from tests.feeds.streams import saved, stream, trades
from tests.market import write_session
from tests.qmo_tui.command import error_line, qmo

SCHEMAS = ("mbp-10", "mbp-1", "trades", "ohlcv-1m")
ESU4 = "esu4-20240701.{}.dbn.zst"


def told(*arguments: str | Path) -> dict[str, Any]:
    """Run a command that must go well and return its JSON line."""
    run = qmo(*map(str, arguments), "--json")
    assert (run.returncode, run.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated session; the kernels compiled, which the commands below then find."""
    Simulation()
    load()
    warm_up()
    path = tmp_path_factory.mktemp("simulated") / "session.dbn.zst"
    told("simulate", "--out", path, "--minutes", "1")
    return path


@pytest.fixture(scope="module")
def before(simulated: Path) -> dict[str, Any]:
    """What playing the simulated session itself tells."""
    return told("replay", simulated, "--headless")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_simulated_session_stays_simulated_and_plays_again_with_its_tick(
    simulated: Path, before: dict[str, Any], tmp_path: Path, schema: str
) -> None:
    out = tmp_path / f"{schema}.dbn.zst"
    made = told("convert", simulated, "--schema", schema, "--out", out)
    assert (made["schema"], made["derived_from"], made["dataset"]) == (schema, "mbo", DEMO_DATASET)
    assert made["records_in"] == sum(made["counts"].values()) > made["records_out"] > 0
    assert DbnFile(out).provenance is Provenance.DEMO
    assert databento.DBNStore.from_bytes(out.read_bytes()).metadata.dataset == DEMO_DATASET

    log = tmp_path / "events.jsonl"
    summary = told("replay", out, "--headless", "--events", log)
    first = json.loads(log.read_text().splitlines()[0])
    assert (first["provenance"], first["symbol"], first["tick"], first["multiplier"]) == ("demo", "GCZ6", 0.1, 100.0)
    assert (summary["records"], summary["volume"]) == (made["records_out"], before["volume"])
    if schema.startswith("mbp"):
        assert (summary["best_bid"], summary["best_ask"]) == (before["best_bid"], before["best_ask"])


def test_real_trades_come_out_of_the_real_market_by_price(data: Path, tmp_path: Path) -> None:
    made = told("convert", data / ESU4.format("mbp-1"), "--schema", "trades", "--out", tmp_path / "out.dbn")
    assert (made["records_in"], made["records_out"], made["derived_from"]) == (2_288, 120, "mbp-1")
    ours, real = (
        databento.DBNStore.from_bytes(path.read_bytes()).to_ndarray()
        for path in (tmp_path / "out.dbn", data / ESU4.format("trades"))
    )
    assert ours.tobytes() == real.tobytes()


def test_people_are_told_in_two_lines(tmp_path: Path) -> None:
    write_session(tmp_path / "in.dbn", 4)
    run = qmo("convert", str(tmp_path / "in.dbn"), "--schema", "trades", "--out", str(tmp_path / "out.dbn"))
    assert (run.returncode, run.stderr) == (0, "")
    first, second = run.stdout.splitlines()
    assert first.startswith(f"{tmp_path / 'out.dbn'}: ")
    assert first.endswith(" records of trades, dataset GLBX.MDP3")
    assert second.startswith("from in.dbn: ")


def test_a_broken_recording_ends_with_one_line_and_the_file_up_to_there(tmp_path: Path) -> None:
    saved(tmp_path / "in.dbn", stream(trades(300)) + bytes(200))
    run = qmo("convert", str(tmp_path / "in.dbn"), "--schema", "ohlcv-1m", "--out", str(tmp_path / "out.dbn"))
    assert run.returncode == 4
    assert error_line(run).endswith(f"the 300 records before it are converted in {tmp_path / 'out.dbn'}")
    assert DbnFile(tmp_path / "out.dbn").metadata is not None


def test_a_cut_recording_is_noted(tmp_path: Path) -> None:
    saved(tmp_path / "in.dbn", stream(trades(300))[:-7])
    run = qmo("convert", str(tmp_path / "in.dbn"), "--schema", "ohlcv-1m", "--out", str(tmp_path / "out.dbn"), "--json")
    assert run.returncode == 0
    assert json.loads(run.stdout)["notes"] == ["in.dbn: the file ends inside a record: 41 bytes left out"]
    assert run.stderr == "qmo: in.dbn: the file ends inside a record: 41 bytes left out\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (
            ["in.dbn", "--schema", "mbp-10", "--out", "out.dbn"],
            4,
            "in.dbn: mbp-10 is derived from mbo; this holds trades",
        ),
        (["in.dbn", "--schema", "tbbo", "--out", "out.dbn"], 2, "'tbbo' is not one of 'mbp-10', 'mbp-1'"),
        (["in.dbn", "--schema", "trades", "--out", "in.dbn"], 2, "is there already"),
        (["in.dbn", "--schema", "ohlcv-1m", "--out", "none/out.dbn"], 2, "cannot be written: No such file"),
        (["none.dbn", "--schema", "ohlcv-1m", "--out", "out.dbn"], 4, "No such file"),
        (["bad.dbn", "--schema", "ohlcv-1m", "--out", "out.dbn"], 4, "bad.dbn"),
    ],
    ids=["needs orders", "unknown schema", "there already", "no folder", "no recording", "not dbn"],
)
def test_it_refuses_in_one_line(tmp_path: Path, arguments: list[str], code: int, says: str) -> None:
    saved(tmp_path / "in.dbn", stream(trades(3)))
    (tmp_path / "bad.dbn").write_bytes(b"no market data")
    named = [str(tmp_path / each) if each.endswith(".dbn") else each for each in arguments]
    run = qmo("convert", *named)
    assert run.returncode == code
    assert says in error_line(run)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["bad.dbn", "in.dbn"]
