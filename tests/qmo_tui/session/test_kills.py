"""A desk that is killed at any moment goes on with what it held: nothing doubled, nothing lost, the ladder agreeing."""

import json
import subprocess
import sys
from pathlib import Path

KILLS = 30
ROOT = Path(__file__).resolve().parents[3]


def test_a_desk_goes_on_after_kills_with_what_its_journal_holds() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.qmo_tui.session.killed_desk", str(KILLS)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    rounds = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(rounds) == KILLS
    held = 0
    for kept in rounds:
        resumed, covered = map(int, kept["resumed"].split())
        assert resumed == held
        assert covered == abs(held)
        assert kept["counted"] == kept["opened"]
        assert kept["banked"] in {kept["closed"], kept["made"]}
        held = kept["held"]
    assert any(kept["held"] for kept in rounds), "some were killed while a position was open"
    assert rounds[-1]["opened"] > 10
