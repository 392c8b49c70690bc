"""How far the clock is off, told by records that come as they happen, and by no others."""

from pathlib import Path

import numpy as np
import pytest

from feeds.databento.gateway import Service
from feeds.recording import Recording
from feeds.records import F_BAD_TS_RECV, F_SNAPSHOT, UNDEFINED_TIME, Schema
from qmo_tui.checking.clock import ClockComparison
from tests.feeds.streams import SECOND, START, trades

from .checked import checked, market_clock
from .gold import definition, gold

PACED = Service(speed=1.0, restamp=True)
YEAR = 365 * 86_400 * SECOND


@pytest.mark.parametrize("off", [0.0, 3.0, -2.5, 7_200.0])
def test_a_clock_that_is_off_is_told_by_how_much(recording: Recording, off: float) -> None:
    made = checked(recording, service=PACED, clock=lambda: market_clock() + round(off * SECOND))
    assert made.report.clock.seconds == pytest.approx(off, abs=0.01)


def test_one_schema_with_records_is_enough(tmp_path: Path) -> None:
    made = checked(gold(tmp_path, [Schema.TRADES], defined=definition()), service=PACED)
    assert made.report.clock.seconds == pytest.approx(0.0, abs=0.01)


def test_the_shortest_way_here_counts() -> None:
    comparison = ClockComparison()
    for second, way in enumerate((0.3, 0.02, 0.11)):
        captured = START + second * SECOND
        comparison.take(trades(1, ts_recv=captured), captured + round(way * SECOND))
    assert comparison.skew.seconds == pytest.approx(0.02)


def test_a_recording_as_fast_as_it_is_read_tells_nothing(recording: Recording) -> None:
    clock = checked(recording).report.clock
    assert (clock.seconds, clock.why[:36]) == (None, "the records do not come as they happ")


def test_a_recording_in_fast_motion_tells_nothing(recording: Recording) -> None:
    clock = checked(recording, service=Service(speed=20.0, restamp=True)).report.clock
    assert clock.seconds is None


def test_a_recording_of_another_year_tells_nothing_and_is_called_one(recording: Recording) -> None:
    clock = checked(recording, service=Service(speed=1.0), clock=lambda: market_clock() + YEAR).report.clock
    assert clock.seconds is None
    assert clock.why.startswith("the records are of 2024-01-02: a recording")


def test_nothing_came(tmp_path: Path) -> None:
    clock = checked(gold(tmp_path, [], defined=definition())).report.clock
    assert (clock.seconds, clock.why) == (None, "no live record came to compare it with")


def test_a_single_moment_tells_nothing() -> None:
    comparison = ClockComparison()
    comparison.take(trades(3, ts_recv=START), START + SECOND)
    assert comparison.skew.why == "too few records came to compare it with"


@pytest.mark.parametrize("fields", [{"flags": F_SNAPSHOT}, {"flags": F_BAD_TS_RECV}, {"ts_recv": UNDEFINED_TIME}])
def test_times_that_are_none_are_left_out(fields: dict[str, int]) -> None:
    comparison = ClockComparison()
    comparison.take(trades(2, **fields), START)
    assert comparison.skew.why == "no live record came to compare it with"


def test_the_same_records_again_are_no_live_market() -> None:
    comparison = ClockComparison()
    for again in np.arange(5):
        comparison.take(trades(1), START + int(again) * SECOND // 4)
    assert comparison.skew.seconds is None
