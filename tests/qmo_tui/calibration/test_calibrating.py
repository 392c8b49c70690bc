"""What is worth something is found, and what is worth nothing is not: planted probabilities and negative controls."""

from functools import cache

import msgspec
import numpy as np
import pytest

from qmo_tui.calibration.calibrating import apart
from qmo_tui.calibration.calibration_file import Stored
from qmo_tui.calibration.collecting import Collected
from qmo_tui.calibration.fitting import before, fit, split
from qmo_tui.calibration.measures import calibration_error, measure, reliability
from qmo_tui.calibration.outcomes import MINUTE_NS, Outcome
from qmo_tui.calibration.shifted_dates import shift_tests
from qmo_tui.calibration.walk_forward import blocks, walk_forward
from qmo_tui.errors import QmoError
from tests.qmo_tui.calibration.planted import Truth, calibrated, sessions

TRUTH = Truth(-0.6, {"QMO": 1.2, "IMO": 1.0, "Gann": 0.5})
NOTHING = Truth(-0.2)
HOUR = 60 * MINUTE_NS
Rows = list[Outcome]


@cache
def planted() -> tuple[Stored, Rows, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return the calibration of eighty sessions, their outcomes and the probability that each won with."""
    made, chances = sessions(80, TRUTH)
    return calibrated(made), [outcome for one in made for outcome in one.outcomes], np.array(chances)


def outcomes_of(made: list[Collected]) -> Rows:
    return [outcome for one in made for outcome in one.outcomes]


# ------------------------------------------------------------------------------------------------- a known probability


def test_a_planted_probability_is_recovered_within_a_twentieth() -> None:
    stored, outcomes, chances = planted()
    assert stored.model is not None
    said = np.array([stored.model.probability(outcome.inputs) for outcome in outcomes])
    assert np.abs(said - chances).mean() <= 0.05
    # And over the whole of what was planted, from scores that seldom win to those that mostly do.
    order = np.argsort(chances)
    for tenth in np.array_split(order, 10):
        assert said[tenth].mean() == pytest.approx(chances[tenth].mean(), abs=0.08)


def test_skill_is_shown_on_sessions_the_fit_had_not_seen() -> None:
    stored, outcomes, chances = planted()
    assert stored.fitted is not None
    assert stored.score is not None
    low, high = stored.fitted.skill_interval
    won = np.array([outcome.won for outcome in outcomes])
    base = won.mean()
    best = 1 - ((chances - won) ** 2).mean() / (base * (1 - base))
    assert 0 < low < stored.fitted.skill < high
    assert stored.fitted.skill <= best + 0.01
    assert stored.fitted.ece <= 0.05
    # The same pillars with fixed weights are worth less, and nothing as a probability.
    assert stored.score.skill < stored.fitted.skill


def test_an_interval_of_eighty_percent_holds_most_known_probabilities() -> None:
    stored, outcomes, chances = planted()
    assert stored.model is not None
    estimates = [stored.model.estimate(outcome.inputs) for outcome in outcomes]
    held = [one.low <= chance <= one.high for one, chance in zip(estimates, chances, strict=True)]
    assert np.mean(held) > 0.5
    assert np.mean([one.high - one.low for one in estimates]) < 0.2


def test_only_pillars_that_carry_something_are_better_than_at_wrong_times() -> None:
    stored, _, _ = planted()
    corrected = {test.name: test.corrected for test in stored.shifts}
    assert corrected["Gann"] is not None
    assert corrected["Gann"] < 0.05
    assert min(corrected["Astro"] or 0, corrected["Cycle"] or 0) > 0.05


# --------------------------------------------------------------------------------------------------- negative controls


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_labels_give_no_skill(seed: int) -> None:
    made, _ = sessions(30, TRUTH, seed)
    outcomes = outcomes_of(made)
    labels = [outcome.won for outcome in outcomes]
    np.random.default_rng(seed).shuffle(labels)
    shuffled = [msgspec.structs.replace(outcome, won=won) for outcome, won in zip(outcomes, labels, strict=True)]
    predicted = walk_forward(shuffled, ridge=10.0, embargo=HOUR)
    measured = measure(predicted.fitted, predicted.won, predicted.sessions)
    assert measured.skill_interval[0] <= 0
    assert measured.skill < 0.01


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shifted_dates_give_no_skill(seed: int) -> None:
    made, _ = sessions(30, TRUTH, seed)
    outcomes = outcomes_of(made)
    # Each score gets the pillars of one five sessions and some hours later.
    shift = 5 * 40 + 7
    moved = [
        msgspec.structs.replace(outcome, inputs=outcomes[(place + shift) % len(outcomes)].inputs)
        for place, outcome in enumerate(outcomes)
    ]
    predicted = walk_forward(moved, ridge=10.0, embargo=HOUR)
    assert measure(predicted.fitted, predicted.won, predicted.sessions).skill_interval[0] <= 0


def test_pillars_that_know_nothing_are_seldom_called_better_than_at_wrong_times() -> None:
    found = []
    for seed in range(12):
        made, _ = sessions(12, NOTHING, seed)
        readings = [reading for one in made for reading in one.readings]
        found += [test.corrected for test in shift_tests(readings, outcomes_of(made), 1_000)]
    assert len(found) == 36
    assert sum(one is not None and one < 0.05 for one in found) <= 4


def test_a_pillar_that_is_never_there_has_no_p_value() -> None:
    made, _ = sessions(8, NOTHING)
    readings = [
        msgspec.structs.replace(reading, pillars=(*reading.pillars[:3], None, 0.0))
        for one in made
        for reading in one.readings
    ]
    tests = {test.name: test for test in shift_tests(readings, outcomes_of(made), 1_000)}
    assert tests["Gann"].p_value is not None
    assert (tests["Astro"].p_value, tests["Cycle"].corrected) == (None, None)


# ------------------------------------------------------------------------------------------------ what may be learned


def leaking(seed: int) -> Rows:
    """Return sessions in which market state knows nothing, but for the last, on which it happens to be right.

    Every second score before it is decided only on that last day, by what moves it: its label is of the future that is
    to be tested, and market state agrees with it just as well.
    """
    dice = np.random.default_rng(seed)
    made, _ = sessions(12, NOTHING, seed)
    last = made[-1].outcomes[0]
    rows: Rows = []
    for place, outcome in enumerate(outcomes_of(made)):
        leans, late = bool(dice.random() < 0.5), place % 2 == 1
        right = 0.8 if late or outcome.session == last.session else 0.5
        won = leans == bool(dice.random() < right)
        end = last.ts + HOUR if late and outcome.session < last.session else outcome.end
        rows.append(msgspec.structs.replace(outcome, end=end, won=won, inputs=(float(leans), *outcome.inputs[1:])))
    return rows


def skill_on_the_last_day(rows: Rows) -> float:
    predicted = walk_forward(rows, ridge=10.0, embargo=HOUR)
    last = predicted.sessions == predicted.sessions.max()
    return measure(predicted.fitted[last], predicted.won[last], predicted.sessions[last]).skill


def test_labels_that_overlap_what_is_tested_are_purged() -> None:
    for block in blocks(leaking(1), HOUR):
        begins = min(outcome.ts for outcome in block.tested)
        assert block.training
        assert all(outcome.end + HOUR <= begins for outcome in block.training)
        earlier, later = split(block.training, HOUR)
        assert all(outcome.end + HOUR <= min(other.ts for other in later) for outcome in earlier)


def test_a_label_of_the_future_teaches_nothing() -> None:
    seeds = range(1, 7)
    assert np.mean([skill_on_the_last_day(leaking(seed)) for seed in seeds]) <= 0
    # Had every label been known at once, it would have taught what nobody could know before that day.
    at_once = [[msgspec.structs.replace(outcome, end=outcome.ts + 1) for outcome in leaking(seed)] for seed in seeds]
    assert np.mean([skill_on_the_last_day(rows) for rows in at_once]) > 0.1


def test_what_was_decided_within_the_embargo_is_not_learned_from() -> None:
    made, _ = sessions(2, NOTHING)
    first, second = made[0].outcomes, made[1].outcomes
    gap = second[0].ts - first[-1].end
    assert before(first, second, gap) == first
    assert before(first, second, gap + 1) == first[:-1]


def test_a_weight_against_its_claim_is_not_believed() -> None:
    made, _ = sessions(40, Truth(0.0, {"QMO": -1.5, "IMO": 1.5}))
    model = fit(outcomes_of(made), ridge=10.0, embargo=HOUR)
    qmo, imo, *_ = model.fit.weights
    assert qmo == 0.0
    assert imo > 0.1


def test_recordings_that_tell_the_same_time_count_once() -> None:
    made, _ = sessions(2, NOTHING)
    kept, dropped = apart([*outcomes_of(made), *outcomes_of(made)])
    assert (kept, dropped) == (outcomes_of(made), 80)


# -------------------------------------------------------------------------------------------------------- too little


def test_fewer_than_three_hundred_outcomes_are_not_calibrated() -> None:
    made, _ = sessions(7, TRUTH, scores=42)
    stored = calibrated(made)
    assert (stored.n, stored.model, stored.base_rate, stored.fitted, stored.pillars) == (294, None, None, None, ())


def test_few_sessions_are_not_calibrated_however_many_outcomes_they_hold() -> None:
    made, _ = sessions(5, TRUTH, scores=52)
    crowded = [replace_outcomes(one, [*one.outcomes, *later(one.outcomes)]) for one in made]
    stored = calibrated(crowded)
    assert stored.n > 300
    assert stored.model is None


def replace_outcomes(one: Collected, outcomes: Rows) -> Collected:
    return msgspec.structs.replace(one, outcomes=outcomes)


def later(outcomes: Rows) -> Rows:
    """Return the outcomes once more, each right after itself."""
    return [msgspec.structs.replace(outcome, ts=outcome.end, end=outcome.end + 4 * MINUTE_NS) for outcome in outcomes]


def test_different_markets_are_not_thrown_together() -> None:
    made, _ = sessions(2, NOTHING)
    with pytest.raises(QmoError, match=r"different markets \(GC, simulated GC\)"):
        calibrated([made[0], msgspec.structs.replace(made[1], simulated=True)])


# ------------------------------------------------------------------------------------------------------- the measures


def test_measures_of_probabilities_that_are_right_and_wrong() -> None:
    dice = np.random.default_rng(1)
    chances = dice.uniform(0.1, 0.9, 4_000)
    won, number = dice.random(4_000) < chances, np.arange(4_000) // 100
    right, base = measure(chances, won, number), measure(np.full(4_000, won.mean()), won, number)
    wrong = measure(1 - chances, won, number)
    assert right.skill > 0.15
    assert right.ece < 0.03
    assert base.skill == pytest.approx(0.0, abs=1e-9)
    assert base.ece < 0.06
    assert wrong.skill < -0.2
    assert wrong.ece > 0.3
    assert base.log_loss == pytest.approx(base.base_log_loss)
    assert right.log_loss < base.log_loss < wrong.log_loss


def test_bins_have_equal_mass_and_hold_the_share_won() -> None:
    probabilities = np.linspace(0, 1, 300)
    won = probabilities > 0.5
    bins = reliability(probabilities, won)
    assert [one.n for one in bins] == [30] * 10
    assert [one.won for one in bins] == [0] * 5 + [30] * 5
    assert all(one.interval[0] <= one.share <= one.interval[1] for one in bins)
    assert calibration_error(probabilities, won) == pytest.approx(0.25, abs=0.01)


def test_the_same_outcomes_give_the_same_calibration() -> None:
    made, _ = sessions(10, TRUTH)
    assert msgspec.json.encode(calibrated(made)) == msgspec.json.encode(calibrated(made))
