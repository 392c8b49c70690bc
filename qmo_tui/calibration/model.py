"""The stored model: what a shown probability is made of. Plain arithmetic, so that a session can afford it."""

from collections.abc import Sequence
from math import exp

import msgspec

from qmo_tui.calibration.inputs import Inputs

_INTERVAL = (0.1, 0.9)
"""Of the resampled fits: an 80 % interval."""
_UNSEEN_MISSING = 1.0
"""How far outside an input counts, in deviations, that is unknown now and was always known."""


class Input(msgspec.Struct, frozen=True):
    """One input as it was in the outcomes fitted.

    Attributes:
        mean: Of those known; stands in where it is unknown.
        deviation: Standard deviation; 0 where it never varied, and then it carries no weight.
        low: Least value seen.
        high: Greatest value seen.
        missing: Share of outcomes in which it was unknown.
    """

    name: str
    mean: float
    deviation: float
    low: float
    high: float
    missing: float


class Weights(msgspec.Struct, frozen=True, array_like=True):
    """One fit: weights of the standardised inputs, and the recalibration that later outcomes gave.

    `p = 1 / (1 + exp(-(slope * (intercept + sum of weights) + offset)))`; `base` is the share won in what was fitted.
    """

    weights: tuple[float, ...]
    intercept: float
    slope: float
    offset: float
    base: float


class Estimate(msgspec.Struct, frozen=True):
    """What the model says of one reading.

    Attributes:
        probability: That the target comes first.
        low: Lower end of the 80 % interval of resampled fits.
        high: Upper end.
        inside: 1 where all inputs lie within what was seen; towards 0 the farther one lies outside.
    """

    probability: float
    low: float
    high: float
    inside: float


class Model(msgspec.Struct, frozen=True):
    """A fit with its uncertainty: `draws` are fits to sessions drawn again, with the inputs standardised alike."""

    inputs: tuple[Input, ...]
    fit: Weights
    draws: tuple[Weights, ...]

    def probability(self, inputs: Inputs) -> float:
        """Return the probability for one reading, as fitted, wherever its inputs lie."""
        return _probability(self.fit, self._standardised(inputs))

    def estimate(self, inputs: Inputs, *, trust: float = 1.0) -> Estimate:
        """Return the probability for one reading, shrunk to the base rate where inputs lie outside of what was seen.

        They are moved to the nearest that was seen, and what is left of the difference to the base rate falls by half
        for every standard deviation that the farthest of them lies outside. `trust`, from 0 to 1, shrinks it further.
        """
        values = self._standardised(self._nearest(inputs))
        inside = 0.5 ** self._outside(inputs)
        shrunk = [
            draw.base + trust * inside * (_probability(draw, values) - draw.base) for draw in (self.fit, *self.draws)
        ]
        spread = sorted(shrunk)
        low, high = (spread[round(share * (len(spread) - 1))] for share in _INTERVAL)
        return Estimate(shrunk[0], min(low, shrunk[0]), max(high, shrunk[0]), inside)

    def _standardised(self, inputs: Inputs) -> list[float]:
        return [
            0.0 if value is None or not seen.deviation else (value - seen.mean) / seen.deviation
            for value, seen in zip(inputs, self.inputs, strict=True)
        ]

    def _nearest(self, inputs: Inputs) -> Inputs:
        return tuple(
            None if value is None else min(max(value, seen.low), seen.high)
            for value, seen in zip(inputs, self.inputs, strict=True)
        )

    def _outside(self, inputs: Inputs) -> float:
        """Return by how many standard deviations the farthest input lies outside of what was seen."""
        return max(_excess(value, seen) for value, seen in zip(inputs, self.inputs, strict=True))


def _excess(value: float | None, seen: Input) -> float:
    if value is None:
        return 0.0 if seen.missing else _UNSEEN_MISSING
    excess = max(seen.low - value, value - seen.high, 0.0)
    return excess / seen.deviation if seen.deviation else float(excess > 0)


def _probability(fit: Weights, values: Sequence[float]) -> float:
    score = fit.intercept + sum(weight * value for weight, value in zip(fit.weights, values, strict=True))
    return logistic(fit.slope * score + fit.offset)


def logistic(score: float) -> float:
    """Return the probability whose log odds are `score`."""
    return 1.0 / (1.0 + exp(-score)) if score >= 0 else exp(score) / (1.0 + exp(score))
