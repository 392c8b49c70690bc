"""Fitting: ridge logistic regression on the earlier sessions, recalibrated (Platt) on the later ones.

The ridge pulls every weight towards none, so that a few hundred outcomes cannot make much of noise. A pillar claims to
speak for its side, and a weight against its claim is not believed: the pillar is left out and the rest fitted again.
Recalibration asks outcomes that came after those fitted how much of the fit's spread was true; it may say none of it,
but never turns it round.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from qmo_tui.calibration.inputs import CLAIMS, NAMES
from qmo_tui.calibration.model import Input, Model, Weights
from qmo_tui.calibration.outcomes import Outcome

DRAWS: Final = 100
"""Fits to sessions drawn again, which the interval is read from."""
LATER: Final = 1 / 3
"""Share of the sessions, the last ones, that recalibration is kept for."""
_SEED: Final = 1
_PLATT_RIDGE: Final = 1.0
_SOLVER: Final = "newton-cholesky"
"""Made for few inputs and many outcomes; a handful of steps, the same on every machine but for the last digits."""
_LEAST_SPREAD: Final = 1e-9

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def sessions_of(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the sessions in which outcomes were read, in the order of their dates."""
    return sorted({outcome.session for outcome in outcomes})


def before(outcomes: Sequence[Outcome], later: Sequence[Outcome], embargo: int) -> list[Outcome]:
    """Return the outcomes that may teach what `later` ones are tested on: those decided an embargo (ns) before them.

    What was not yet decided then, or so shortly before that both saw the same move, is purged.
    """
    if not later:
        return list(outcomes)
    first = min(outcome.ts for outcome in later)
    return [outcome for outcome in outcomes if outcome.end + embargo <= first]


def split(outcomes: Sequence[Outcome], embargo: int) -> tuple[list[Outcome], list[Outcome]]:
    """Return the outcomes of the earlier sessions, purged, and those of the later third, at least one session."""
    sessions = sessions_of(outcomes)
    kept = set(sessions[len(sessions) - max(1, round(LATER * len(sessions))) :])
    later = [outcome for outcome in outcomes if outcome.session in kept]
    earlier = [outcome for outcome in outcomes if outcome.session not in kept]
    return before(earlier, later, embargo), later


def matrix_of(outcomes: Sequence[Outcome]) -> Numbers:
    """Return the inputs of outcomes, one a row; NaN is unknown."""
    rows = [[np.nan if value is None else value for value in outcome.inputs] for outcome in outcomes]
    return np.array(rows, np.float64).reshape(-1, len(NAMES))


def won_of(outcomes: Sequence[Outcome]) -> Flags:
    """Return which outcomes were won."""
    return np.array([outcome.won for outcome in outcomes], np.bool_)


def fit(outcomes: Sequence[Outcome], *, ridge: float, embargo: int, draws: int = 0) -> Model:
    """Fit the model to outcomes of at least two sessions; `draws` fits to sessions drawn again go with it."""
    earlier, later = split(outcomes, embargo)
    seen = tuple(_seen(name, column) for name, column in zip(NAMES, matrix_of(outcomes).T, strict=True))
    early, late = _Block(earlier, seen), _Block(later, seen)
    whole = _weights(early.all, late.all, ridge)
    dice = np.random.default_rng(_SEED)
    drawn = tuple(_weights(early.drawn(dice), late.drawn(dice), ridge) for _ in range(draws))
    return Model(seen, whole, drawn)


def _seen(name: str, column: Numbers) -> Input:
    known = column[~np.isnan(column)]
    if not len(known):
        return Input(name, 0.0, 0.0, 0.0, 0.0, 1.0)
    deviation = float(known.std())
    return Input(
        name,
        float(known.mean()),
        deviation if deviation > _LEAST_SPREAD else 0.0,
        float(known.min()),
        float(known.max()),
        1.0 - len(known) / len(column),
    )


_Pair = tuple[Numbers, Flags]


class _Block:
    """Outcomes of some sessions as standardised inputs and results, to be drawn session by session."""

    def __init__(self, outcomes: Sequence[Outcome], seen: Sequence[Input]) -> None:
        ordered = sorted(outcomes, key=lambda outcome: outcome.session)
        means, deviations = np.array([one.mean for one in seen]), np.array([one.deviation for one in seen])
        values = (matrix_of(ordered) - means) / np.where(deviations > 0, deviations, 1.0)
        self._values = np.where(np.isnan(values) | (deviations == 0), 0.0, values)
        self._won = won_of(ordered)
        names = [outcome.session for outcome in ordered]
        borders = [0, *(at for at, (one, two) in enumerate(pairwise(names), 1) if one != two), len(names)]
        self._sessions = [np.arange(start, end) for start, end in pairwise(borders)]

    @property
    def all(self) -> _Pair:
        return self._values, self._won

    def drawn(self, dice: np.random.Generator) -> _Pair:
        """Return as many sessions as there are, drawn with replacement."""
        rows = np.concatenate(
            [self._sessions[one] for one in dice.integers(0, len(self._sessions), len(self._sessions))]
        )
        return self._values[rows], self._won[rows]


def _weights(early: _Pair, late: _Pair, ridge: float) -> Weights:
    """Fit the early block and recalibrate on the late one."""
    weights, intercept = _claimed(*early, ridge)
    slope, offset = recalibration(intercept + late[0] @ weights, late[1])
    base = float(np.concatenate([early[1], late[1]]).mean())
    return Weights(tuple(weights.tolist()), intercept, slope, offset, base)


def _claimed(values: Numbers, won: Flags, ridge: float) -> tuple[Numbers, float]:
    """Return weights and intercept, without the pillars that would weigh against their claim."""
    used = np.ptp(values, axis=0) > 0 if len(values) else np.zeros(len(NAMES), np.bool_)
    claims = np.array([name in CLAIMS for name in NAMES])
    while True:
        weights, intercept = _ridge(values, won, used, ridge)
        against = used & claims & (weights < 0)
        if not against.any():
            return weights, intercept
        used = used & ~against


def _ridge(values: Numbers, won: Flags, used: Flags, ridge: float) -> tuple[Numbers, float]:
    """Return the weights of ridge logistic regression, 0 for inputs not used, and the intercept."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - SciPy takes a second, which only fitting pays

    weights = np.zeros(values.shape[1])
    if not used.any() or won.all() or not won.any():
        return weights, _log_odds(won)
    fitted = LogisticRegression(C=1.0 / ridge, solver=_SOLVER).fit(values[:, used], won)
    weights[used] = fitted.coef_[0]
    return weights, float(fitted.intercept_[0])


def recalibration(scores: Numbers, won: Flags) -> tuple[float, float]:
    """Return (slope, offset) of log odds in a score by Platt's method: a logistic regression of later outcomes on it.

    A slope below 0 becomes 0, and the offset the log odds of those outcomes: the score then tells nothing.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - as above

    spread = float(scores.std()) if len(scores) else 0.0
    if spread > _LEAST_SPREAD and won.any() and not won.all():
        middle = float(scores.mean())
        fitted = LogisticRegression(C=1.0 / _PLATT_RIDGE, solver=_SOLVER).fit(
            ((scores - middle) / spread).reshape(-1, 1), won
        )
        slope = float(fitted.coef_[0, 0]) / spread
        if slope > 0:
            return slope, float(fitted.intercept_[0]) - slope * middle
    return 0.0, _log_odds(won)


def _log_odds(won: Flags) -> float:
    """Return the log odds of the share won, with one more of each, so that a few outcomes are never certain."""
    hits = int(won.sum())
    return float(np.log((hits + 1) / (len(won) - hits + 1)))
