"""A probability that is shown: as fitted where readings are like those seen, the base rate far outside of them."""

import pytest

from qmo_tui.calibration.inputs import NAMES, Inputs
from qmo_tui.calibration.model import Input, Model, Weights, logistic

BASE = 0.4
SEEN = tuple(Input(name, mean=0.0, deviation=0.5, low=-1.0, high=1.0, missing=0.0) for name in NAMES)
FIT = Weights((1.0, *[0.0] * (len(NAMES) - 1)), intercept=0.0, slope=0.8, offset=-0.4, base=BASE)
QUIET: Inputs = (0.0,) * len(NAMES)


def draw(offset: float) -> Weights:
    return Weights(FIT.weights, FIT.intercept, FIT.slope, FIT.offset + offset, BASE)


MODEL = Model(SEEN, FIT, tuple(draw(number / 10) for number in range(-10, 11)))


def reading(**known: float | None) -> Inputs:
    return tuple(known.get(name, 0.0) for name in NAMES)


def test_a_reading_like_those_seen_has_the_probability_that_was_fitted() -> None:
    estimate = MODEL.estimate(reading(QMO=0.5))
    assert estimate.probability == pytest.approx(logistic(0.8 * 1.0 - 0.4))
    assert estimate.probability == pytest.approx(MODEL.probability(reading(QMO=0.5)))
    assert estimate.inside == 1.0


def test_four_fifths_of_the_resampled_fits_lie_within_the_interval() -> None:
    estimate = MODEL.estimate(QUIET)
    held = [estimate.low <= logistic(one.offset) <= estimate.high for one in MODEL.draws]
    assert 17 <= sum(held) <= 18
    assert estimate.low < estimate.probability < estimate.high


def test_each_deviation_outside_of_what_was_seen_halves_the_difference_to_the_base_rate() -> None:
    edge = MODEL.estimate(reading(QMO=1.0)).probability
    for deviations in (1, 2, 4):
        estimate = MODEL.estimate(reading(QMO=1.0 + 0.5 * deviations))
        assert estimate.inside == pytest.approx(0.5**deviations)
        assert estimate.probability - BASE == pytest.approx((edge - BASE) * 0.5**deviations)
    assert MODEL.estimate(reading(QMO=1.0, volatility=9.0)).probability == pytest.approx(BASE, abs=1e-4)


def test_an_input_that_was_always_known_and_is_not_now_counts_as_a_deviation_outside() -> None:
    assert MODEL.estimate(reading(QMO=None)).inside == 0.5
    seldom = tuple(Input(name, 0.0, 0.5, -1.0, 1.0, missing=0.1) for name in NAMES)
    assert Model(seldom, FIT, ()).estimate(reading(QMO=None)).inside == 1.0


def test_an_input_that_never_varied_carries_nothing_and_is_outside_elsewhere() -> None:
    still = (Input("QMO", 0.2, 0.0, 0.2, 0.2, 0.0), *SEEN[1:])
    model = Model(still, FIT, ())
    assert model.estimate(reading(QMO=0.2)).probability == pytest.approx(logistic(-0.4))
    assert model.estimate(reading(QMO=0.9)).inside == 0.5


def test_without_trust_there_is_only_the_base_rate() -> None:
    estimate = MODEL.estimate(reading(QMO=1.0), trust=0.0)
    assert (estimate.probability, estimate.low, estimate.high) == (BASE, BASE, BASE)


@pytest.mark.parametrize("score", [-800.0, -1.0, 0.0, 1.0, 800.0])
def test_log_odds_of_any_size_are_a_probability(score: float) -> None:
    assert logistic(score) + logistic(-score) == pytest.approx(1.0)
