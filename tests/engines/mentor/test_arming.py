"""Arming: a score that stays high for long enough, without jitter."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.events import AggressorSide
from engines.mentor.confidence import Arming, ConfidenceSettings, Score
from tests.engines.mentor.days import MINUTE

RULES = ConfidenceSettings(arm=0.75, disarm=0.68, dwell=2 * MINUTE)


def armed_at(rules: ConfidenceSettings, scores: list[tuple[int, AggressorSide | None, float]]) -> list[bool]:
    arming, found = Arming(rules), []
    for ts, side, confidence in scores:
        arming.take(ts, Score(side, None if side is None else confidence, 1.0))
        found.append(arming.armed)
    return found


def minutes(*confidences: float) -> list[tuple[int, AggressorSide | None, float]]:
    return [(place * MINUTE, "buy", confidence) for place, confidence in enumerate(confidences)]


def test_it_arms_once_the_score_has_been_high_for_the_dwell() -> None:
    assert armed_at(RULES, minutes(0.8, 0.8, 0.76, 0.8)) == [False, False, True, True]


def test_a_dip_begins_the_dwell_anew() -> None:
    assert armed_at(RULES, minutes(0.8, 0.74, 0.8, 0.8, 0.8)) == [False, False, False, False, True]


def test_it_stays_armed_down_to_the_lower_threshold() -> None:
    assert armed_at(RULES, minutes(0.8, 0.8, 0.8, 0.69, 0.68, 0.67)) == [False, False, True, True, True, False]


def test_another_side_or_none_disarms_at_once() -> None:
    high = minutes(0.8, 0.8, 0.8)
    assert armed_at(RULES, [*high, (3 * MINUTE, "sell", 0.9)])[-2:] == [True, False]
    assert armed_at(RULES, [*high, (3 * MINUTE, None, 0.0)])[-2:] == [True, False]


def test_each_side_has_a_dwell_of_its_own() -> None:
    turning: list[tuple[int, AggressorSide | None, float]] = [
        (place * MINUTE, "buy" if place < 2 else "sell", 0.9) for place in range(5)
    ]
    assert armed_at(RULES, turning) == [False, False, False, False, True]


def test_since_is_the_reading_that_changed_it() -> None:
    arming = Arming(RULES)
    for ts, side, confidence in minutes(0.8, 0.8, 0.8, 0.8):
        arming.take(ts, Score(side, confidence, 1.0))
    assert arming.since == 2 * MINUTE


def test_what_was_never_armed_is_not_disarmed_since_anything() -> None:
    arming = Arming(RULES)
    for ts, side, confidence in minutes(0.2, 0.8, 0.2):
        arming.take(ts, Score(side, confidence, 1.0))
    assert (arming.armed, arming.since) == (False, None)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.sampled_from(["buy", "sell", None]), st.floats(0.6, 0.9)),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, 6),
)
def test_it_never_jitters(steps: list[tuple[int, AggressorSide | None, float]], dwell: int) -> None:
    """It arms once in a dwell at most, only on a high score held through it, and each change is a change."""
    rules = ConfidenceSettings(dwell=dwell * MINUTE)
    ts, scores = 0, list[tuple[int, AggressorSide | None, float]]()
    for gap, side, confidence in steps:
        ts += gap * MINUTE
        scores.append((ts, side, confidence))
    armed = armed_at(rules, scores)
    changes = [place for place in range(len(armed)) if armed[place] != (place > 0 and armed[place - 1])]
    for before, place in zip([None, *changes], changes, strict=False):
        if not armed[place]:
            continue
        held = [score for score in scores[: place + 1] if score[0] >= scores[place][0] - rules.dwell]
        assert all(side == scores[place][1] and confidence >= rules.arm for _, side, confidence in held)
        if before is not None:
            assert scores[place][0] - scores[before][0] >= rules.dwell
    assert all(
        side is not None and confidence >= rules.disarm
        for (_, side, confidence), on in zip(scores, armed, strict=True)
        if on
    )


def test_it_lapses_where_readings_cease_and_begins_anew_after_the_silence() -> None:
    arming = Arming(RULES)
    for ts, side, confidence in minutes(0.8, 0.8, 0.8):
        arming.take(ts, Score(side, confidence, 1.0))
    end = 2 * MINUTE + RULES.lapse
    assert (arming.lapse(end), arming.armed) == (None, True)
    assert (arming.lapse(end + 1), arming.armed, arming.since) == (end, False, end)
    assert arming.lapse(end + MINUTE) is None
    found = []
    for place in range(10, 13):
        arming.take(place * MINUTE, Score("buy", 0.9, 1.0))
        found.append(arming.armed)
    assert found == [False, False, True]


def test_a_longer_bar_that_ends_in_a_silence_keeps_nothing_armed() -> None:
    arming = Arming(RULES)
    for ts, side, confidence in minutes(0.8, 0.8, 0.8):
        arming.take(ts, Score(side, confidence, 1.0))
    arming.take(4 * MINUTE, Score("buy", 0.8, 1.0), traded=2 * MINUTE)
    assert arming.armed
    assert arming.lapse(2 * MINUTE + RULES.lapse + 1) == 2 * MINUTE + RULES.lapse


def test_a_silence_is_no_dwell() -> None:
    """One high reading before a halt and one after it are no score that was held."""
    arming = Arming(RULES)
    arming.take(0, Score("buy", 0.9, 1.0))
    assert arming.lapse(60 * MINUTE) is None
    arming.take(60 * MINUTE, Score("buy", 0.9, 1.0))
    assert not arming.armed
