"""What is collected of a session's events: signed inputs, prices, and scores that do not overlap."""

import math

import numpy as np
import pytest

from engines.events import Event
from qmo_tui.calibration.collecting import Listener, sample
from qmo_tui.calibration.inputs import Ranges, inputs_of, signed_pillars
from qmo_tui.calibration.outcomes import Barriers
from tests.qmo_tui.calibration.lines import MINUTE, SECOND, START, TICK, bar, pillar, pillars
from tests.qmo_tui.calibration.planted import Truth, calibrated
from tests.qmo_tui.calibration.planted_market import collected

BARRIERS = Barriers(target=3.0, stop=3.0, horizon=10 * MINUTE, costs=0.0)
TOLD = (
    pillar("QMO", "buy", 0.8),
    pillar("IMO", "sell", 0.3),
    pillar("Gann", None, 0.9),
    pillar("Astro", None, 0.4),
    pillar("Cycle", available=False),
)


def minutes(count: int, first: int = START - 60 * MINUTE) -> list[Event]:
    """Return quiet minutes of 6 ticks, then seconds of one tick from the end of them on."""
    return [bar(first + number * MINUTE, "1m", 1003, 997) for number in range(count)]


def seconds(count: int, high: int = 1001, low: int = 999) -> list[Event]:
    return [bar(START + number * 10 * SECOND, "1s", high, low) for number in range(count)]


def heard(*events: Event) -> Listener:
    listener = Listener(TICK)
    for event in events:
        listener.hear([event])
    return listener


def test_pillars_count_for_and_against_the_side_and_those_of_time_count_for_themselves() -> None:
    signed = signed_pillars(pillars(START, "sell", *TOLD).pillars)
    assert signed == (0.8, -0.3, 0.0, 0.4, None)
    assert inputs_of(signed, "sell", START, None)[:5] == (-0.8, 0.3, 0.0, 0.4, None)
    assert inputs_of(signed, "buy", START, None)[:5] == signed


def test_the_time_of_the_trading_day_is_a_place_on_a_circle() -> None:
    # 15:00 UTC is sixteen hours after 17:00 in Chicago.
    *_, sine, cosine, volatility = inputs_of((None,) * 5, "buy", START, 0.7)
    assert (sine, cosine) == pytest.approx((math.sin(4 * math.pi / 3), math.cos(4 * math.pi / 3)))
    assert volatility == 0.7


def test_volatility_is_the_newest_range_beside_the_usual_one() -> None:
    assert Ranges(TICK).volatility is None
    ranges = Ranges(TICK)
    ranges.hear(minutes(60))
    assert ranges.volatility == pytest.approx(0.0)
    ranges.hear([bar(START + number * MINUTE, "1m", 1012, 988) for number in range(20)])
    assert ranges.volatility is not None
    assert ranges.volatility > 0.8


def test_bars_that_were_cut_by_the_end_of_the_data_teach_nothing() -> None:
    ranges = Ranges(TICK)
    ranges.hear(minutes(10))
    ranges.hear([bar(START, "1m", 2000, 1000, complete=False)])
    assert ranges.newest.ticks == 6.0


def test_a_score_becomes_an_outcome_with_what_was_known_then() -> None:
    listener = heard(*minutes(60), pillars(START, "buy", *TOLD), *seconds(60))
    # What comes later, a wild minute, is not among its inputs.
    listener.hear([bar(START + 11 * MINUTE, "1m", 1100, 900)])
    (outcome,), left_out = sample(listener.readings, listener.prices(START + 12 * MINUTE), BARRIERS)
    assert left_out == 0
    assert (outcome.ts, outcome.end, outcome.session) == (START, START + 10 * MINUTE, "2026-01-05")
    assert (outcome.side, outcome.won, outcome.how, outcome.confidence) == ("buy", False, "time", 0.5)
    assert outcome.inputs[:5] == (0.8, -0.3, 0.0, 0.4, None)
    assert outcome.inputs[-1] == pytest.approx(0.0)


def test_scores_are_read_again_once_the_one_before_is_decided() -> None:
    later = [pillars(START + number * MINUTE, "buy", *TOLD) for number in range(26)]
    listener = heard(*minutes(60), *later, *seconds(360))
    outcomes, left_out = sample(listener.readings, listener.prices(START + 60 * MINUTE), BARRIERS)
    assert [(outcome.ts - START) // MINUTE for outcome in outcomes] == [0, 10, 20]
    assert left_out == 0


def test_a_reading_without_a_side_is_no_score() -> None:
    listener = heard(*minutes(60), pillars(START, None, *TOLD), *seconds(60))
    assert sample(listener.readings, listener.prices(START + 60 * MINUTE), BARRIERS) == ([], 0)
    assert len(listener.readings) == 1


def test_a_score_before_the_first_minutes_have_a_range_is_none() -> None:
    listener = heard(pillars(START, "buy", *TOLD), *seconds(60))
    assert sample(listener.readings, listener.prices(START + 60 * MINUTE), BARRIERS) == ([], 0)


def test_a_score_whose_horizon_was_not_recorded_is_left_out() -> None:
    listener = heard(*minutes(60), pillars(START, "buy", *TOLD), *seconds(12))
    assert sample(listener.readings, listener.prices(START + 2 * MINUTE), BARRIERS) == ([], 1)


def test_where_no_seconds_are_told_minutes_decide() -> None:
    up = [bar(START + number * MINUTE, "1m", 1003 + 5 * number, 997 + 5 * number) for number in range(11)]
    listener = heard(*minutes(60), pillars(START, "buy", *TOLD), *up)
    (outcome,), _ = sample(listener.readings, listener.prices(None), BARRIERS)
    # Entered at 1,000, the target at 1,018 is first touched by the minute whose high is 1,018.
    assert (outcome.won, outcome.how, outcome.end) == (True, "target", START + 4 * MINUTE)


def test_a_probability_planted_in_the_lines_of_a_market_is_recovered() -> None:
    made, chances = collected(60, Truth(-0.9, {"QMO": 1.5, "IMO": 1.2}), scores=42)
    outcomes = [outcome for one in made for outcome in one.outcomes]
    # Every score is decided by a barrier before the next one comes.
    assert len(outcomes) == len(chances)
    assert {outcome.how for outcome in outcomes} == {"target", "stop"}
    stored = calibrated(made)
    assert stored.model is not None
    assert stored.fitted is not None
    said = np.array([stored.model.probability(outcome.inputs) for outcome in outcomes])
    assert np.abs(said - np.array(chances)).mean() <= 0.05
    assert stored.fitted.skill_interval[0] > 0
