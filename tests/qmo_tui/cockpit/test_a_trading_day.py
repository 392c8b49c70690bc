"""A trading day on a terminal: start, zones, a prompt, a trade, a break of the line, exit, and what is kept of it."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from feeds.dbn import DbnFile, DbnWriter
from feeds.records import F_BAD_TS_RECV, F_SNAPSHOT, UNDEFINED_TIME, Schema
from tests.qmo_tui.cockpit.line_to_cut import LineToCut
from tests.qmo_tui.command import PATIENCE_SECONDS, QMO, qmo
from tests.qmo_tui.pseudo_terminal import Terminal

KEY: Final = "db-" + "A" * 29
SEED: Final = 8
HISTORY_SECONDS: Final = 615
"""Of the session, what the gateway sends at once: engines learn from it what is usual. A prompt arises 18 s later."""
MINUTES: Final = 60
"""Ten of them are history, and the rest at its speed goes on for longer than a busy machine needs."""
SPEED: Final = 5
AGAIN_SECONDS: Final = 5.0
SETTINGS: Final = """
[mentor]
least_lean = 0.05
arm = 0.1
disarm = 0.05
coverage = 0.3
dwell_seconds = 0
[entry]
order = "market"
life_seconds = 600
moved_ticks = 100
least_stop_ticks = 60
most_stop = 100
least_reward_risk = 0
[feed]
context = false
stable_seconds = 0
"""
"""A simulated market means nothing by what it does: at the packaged thresholds it makes no prompt in hours, and a
stop of the usual width may be reached while the test reads the screen."""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return a simulated session without capture times, most of which counts as what was before.

    By its capture times `qmo` would see that the market goes faster than its own clock, and call it late.
    """
    made, bare = tmp_path / "made.dbn", tmp_path / "day.mbo.dbn"
    run = qmo("simulate", "--seed", str(SEED), "--rate", "60", "--minutes", str(MINUTES), "--out", str(made))
    assert run.returncode == 0, run.stderr
    file = DbnFile(made)
    assert file.metadata is not None
    opening = None
    with DbnWriter(bare, file.metadata) as writer:
        for batch in file.batches():
            if batch.schema is Schema.STATUS:
                continue  # it has a time, and what comes after it would not be history any more
            records = batch.records.copy()
            if batch.schema is Schema.MBO:
                live, times = (records["flags"] & F_SNAPSHOT) == 0, records["ts_event"].astype(np.int64)
                if opening is None and live.any():
                    opening = int(times[live][0]) + HISTORY_SECONDS * 1_000_000_000
                records["ts_recv"][live] = UNDEFINED_TIME
                records["flags"][live & (times < (opening or 0))] |= F_BAD_TS_RECV
            writer.write(records)
    return bare


@pytest.fixture
def gateway(recording: Path) -> Iterator[int]:
    """Serve the session; return the port."""
    arguments = [str(QMO), "gateway", str(recording), "--speed", str(SPEED), "--json"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    port: int = json.loads(process.stdout.readline())["port"]
    yield port
    process.terminate()
    process.communicate(timeout=PATIENCE_SECONDS)


def send_what_is_asked_for(terminal: Terminal) -> None:
    """Arm the prompt of the prompt row by its key, and send it once it has certainly been painted.

    Right after a break of the line it may be refused, as the screen says, until the book stands again.
    """
    lines = terminal.until("n rejects")
    key = next(found[1] for line in lines if (found := re.match(r" (\w) arms ", line)))
    terminal.press(key)
    while not terminal.shows("y sends", within=AGAIN_SECONDS):
        terminal.until("n rejects")
        terminal.press(key)
    terminal.press("t")
    terminal.until("theme ")
    terminal.press("y")


def test_a_trading_day_from_the_first_zone_to_the_report(home: Path, gateway: int) -> None:
    home.mkdir()
    (home / "config.toml").write_text(SETTINGS, encoding="utf-8")
    with ExitStack() as opened:
        line = opened.enter_context(LineToCut(gateway))
        address = f"127.0.0.1:{line.port}"
        terminal = Terminal([], (120, 40), DATABENTO_API_KEY=KEY, QMO_DATABENTO_GATEWAY=address)
        opened.callback(terminal.close)

        terminal.until(" LIVE ")
        terminal.until("book valid")
        terminal.until("native ice", "absorption")
        send_what_is_asked_for(terminal)
        terminal.until(" short ")

        line.cut()
        terminal.until("RECONNECTING")
        terminal.until("interrupted 1x")
        terminal.until(" LIVE ")
        terminal.until(" short ")

        terminal.press("X")
        send_what_is_asked_for(terminal)
        terminal.until(" flat ")
        terminal.press("q")
        assert terminal.exit_code() == 0

    (trade,) = json.loads(qmo("journal", "--json").stdout)["trades"]
    assert (trade["account"], trade["side"], trade["trigger"]) == ("paper", "sell", "sweep_reclaim")
    assert trade["reason"].startswith("closed: ")
    report = qmo("report", str(trade["session"]))
    assert report.returncode == 0, report.stderr
    told = [line.split() for line in report.stdout.splitlines()]
    assert ["trades", "closed", "1"] in [words[:3] for words in told]
    assert any(words[:1] == [trade["trade"]] and words[-1] == trade["outcome"] for words in told)
    assert any(words[:1] == ["reconnecting"] for words in told)
