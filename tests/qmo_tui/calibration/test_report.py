"""What the trader reads: nothing like a probability before there are enough outcomes, everything after."""

import re
from functools import cache
from pathlib import Path

import msgspec

from qmo_tui.calibration.calibration_file import Stored
from qmo_tui.calibration.report import as_object, text
from qmo_tui.plots.calibration import draw_reliability
from qmo_tui.setting_tables.engines import Calibration
from qmo_tui.settings import Settings
from tests.qmo_tui.calibration.planted import Truth, calibrated, sessions


@cache
def told(scores: int = 40, days: int = 30) -> Stored:
    made, _ = sessions(days, Truth(-0.4, {"QMO": 1.5, "IMO": 1.0}), scores=scores)
    return calibrated(made)


def test_too_few_outcomes_are_counted_and_no_share_of_them_is_told() -> None:
    few = told(scores=10, days=7)
    said = text(few)
    assert "not calibrated (70): 300 outcomes are needed" in said
    assert not re.search(r"0\.\d|%|base rate|share|skill|probab|target", said)
    held = as_object(few)
    assert (held["calibrated"], held["model"], held["base_rate"], held["fitted"]) == (False, None, None, None)
    assert held["ended"] == {}


def test_one_session_is_told_as_one() -> None:
    assert text(told(scores=1, days=1)).startswith("1 outcome of GC in 1 session, 2026-")


def test_an_embargo_that_leaves_nothing_to_learn_from_is_said() -> None:
    made, _ = sessions(6, Truth(), scores=52)
    longest = msgspec.structs.replace(Settings(), calibration=Calibration(embargo=10_000))
    assert "not calibrated (312): no session has two before it" in text(calibrated(made, longest))


def test_a_calibration_is_told_with_everything_it_rests_on() -> None:
    said = text(told())
    assert said.startswith("1,200 outcomes of GC in 30 sessions, 2026-01-05 to 2026-02-13")
    assert "3 average minute ranges its way before 3 against it, within 60 min, net of 2.5 ticks" in said
    for row in ("fitted to the pillars", "fixed weights, recalibrated", "fixed weights, as they are"):
        assert row in said
    assert "better than the base rate" in said
    for pillar in ("QMO", "IMO", "Gann", "Astro", "Cycle"):
        assert re.search(rf"^{pillar} .*2026-01-05$", said, re.MULTILINE)
    assert re.search(r"^Gann .*wrong times$", said, re.MULTILINE)


def test_every_bin_has_a_line_with_its_interval_drawn() -> None:
    stored = told()
    assert stored.fitted is not None
    lines = [line for line in text(stored).splitlines() if re.match(r"0\.\d{3} +\d+ +\d+ ", line)]
    assert len(lines) == len(stored.fitted.bins) == 10
    for line, one in zip(lines, stored.fitted.bins, strict=True):
        assert line.startswith(f"{one.predicted:.3f}")
        assert "@" in line or ("o" in line and "*" in line)


def test_json_holds_the_report_and_not_the_resampled_fits() -> None:
    held = msgspec.json.decode(msgspec.json.encode(as_object(told())))
    assert held["calibrated"] is True
    assert held["n"] == 1_200
    assert len(held["fitted"]["bins"]) == 10
    assert set(held["model"]) == {"inputs", "fit"}
    assert len(held["model"]["fit"]["weights"]) == len(held["model"]["inputs"]) == 8


def test_the_picture_is_the_same_for_the_same_calibration(tmp_path: Path) -> None:
    stored = told()
    assert stored.fitted is not None
    assert stored.score is not None
    path = draw_reliability(tmp_path, "GC", stored.fitted, stored.score)
    drawn = path.read_bytes()
    assert path.name == "calibration-GC.svg"
    assert b"won, with 95 %" in drawn
    assert draw_reliability(tmp_path, "GC", stored.fitted, stored.score).read_bytes() == drawn
