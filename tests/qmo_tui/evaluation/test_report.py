"""An evaluation on the screen and for scripts: what is unknown is said to be, and nothing is rounded up to all."""

from dataclasses import replace

import pytest

from feeds.records import Schema
from qmo_tui.evaluation.evaluating import Evaluation, Row, Standing
from qmo_tui.evaluation.report import as_object, incidents, table
from qmo_tui.evaluation.scores import Incident, Score

from .market import at, detector

ALL_BUT_ONE = Score(truth=10_000, found=9_999, matched=9_999, compared=9_999, exact=9_998, delays=(0, 1_500_000_000))
ZONES = Score(truth=8, found=9, matched=6, aside=2, controls=8, control_hits=1)
MISSED = Incident("seed 101", at(100.25), "bid", 4200.5, 1, "6412777230735")
FALSE = Incident("seed 102", at(101), "ask", 4200.6, 2, "absorption-3", "no_absorption")


def evaluated(*rows: Row) -> Evaluation:
    return Evaluation(Schema.MBO, 1_000, 20, list(rows))


def cells(text: str, name: str) -> str:
    (line,) = (line for line in text.splitlines() if line.startswith(name))
    return " ".join(line.removeprefix(name).split())


def test_a_row_tells_its_counts_shares_with_intervals_exactness_and_delay() -> None:
    text = table(evaluated(Row(detector("native icebergs"), Standing.SCORED, ALL_BUT_ONE)))
    assert cells(text, "native icebergs") == (
        "icebergs 10,000 9,999 9,999 1.000 (0.999-1.000) 0.999 (0.999-1.000) 0.999 9,998 of 9,999 1.5 s"
    )


def test_what_was_not_scored_is_unknown_and_says_why() -> None:
    text = table(
        evaluated(
            Row(detector("stops"), Standing.OTHER_SCHEMA, Score(truth=5)),
            Row(detector("sweeps"), Standing.NO_DETECTOR, Score(truth=3)),
        )
    )
    assert cells(text, "stops") == "orders 5 -- -- -- -- -- -- -- needs mbo"
    assert cells(text, "sweeps").endswith("-- no detector")


def test_shares_of_nothing_are_unknown() -> None:
    text = table(evaluated(Row(detector("stops"), Standing.SCORED, Score())))
    assert cells(text, "stops") == "orders 0 0 0 -- -- -- -- --"


def test_controls_are_told_beside_the_row() -> None:
    text = table(evaluated(Row(detector("absorption"), Standing.SCORED, ZONES)))
    assert cells(text, "absorption").endswith("2 aside; took 1 of 8 controls, F1 against them 0.800")


def test_lines_of_the_table_are_aligned() -> None:
    rows = [Row(detector(name), Standing.SCORED, ALL_BUT_ONE) for name in ("stops", "native icebergs")]
    first, *others = table(evaluated(*rows)).splitlines()
    assert {line.index("1.000 (") for line in others} == {first.index("precision")}


def test_a_table_that_is_wider_than_the_terminal_names_each_detector_again() -> None:
    rows = [Row(detector(name), Standing.SCORED, ALL_BUT_ONE) for name in ("stops", "native icebergs")]
    told = table(evaluated(*rows), 80)
    assert all(len(line) <= 80 for line in told.splitlines())
    assert told.count("\nnative icebergs  ") == told.count("detector  ") > 1


def test_misses_are_listed_with_time_price_and_id_and_the_rest_is_counted() -> None:
    score = replace(ZONES, missed=[MISSED] * 3, false=[FALSE])
    evaluation = evaluated(Row(detector("absorption"), Standing.SCORED, score))
    assert incidents(evaluation, 2).splitlines() == [
        "",
        "absorption, missed: 3",
        *["  seed 101  2026-10-05 12:01:40.250000000  bid  4200.5  x1  6412777230735"] * 2,
        "  and 1 more",
        "",
        "absorption, false: 1",
        "  seed 102  2026-10-05 12:01:41.000000000  ask  4200.6  x2  absorption-3  no_absorption",
    ]
    assert incidents(evaluation, 0) == ""


def test_the_object_has_the_same_names_whether_scored_or_not() -> None:
    rows = [
        Row(detector("absorption"), Standing.SCORED, replace(ZONES, missed=[MISSED] * 3)),
        Row(detector("sweeps"), Standing.NO_DETECTOR, Score(truth=3)),
    ]
    scored, unscored = as_object(evaluated(*rows), 2)["detectors"]
    assert list(scored) == list(unscored)
    assert scored["precision"] == pytest.approx(6 / 9)
    assert scored["recall"] == pytest.approx(6 / 8)
    assert scored["f1_against_controls"] == pytest.approx(12 / 15)
    assert scored["missed"] == [MISSED, MISSED]
    assert (unscored["truth"], unscored["standing"]) == (3, "no detector")
    assert {unscored[name] for name in ("found", "precision", "recall", "f1", "missed")} == {None}
