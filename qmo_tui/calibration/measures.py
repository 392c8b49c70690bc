"""How good probabilities were: Brier skill, log loss, calibration error, reliability, each with its interval.

**Skill** is 1 - BS / BS_base, with BS the Brier score (mean squared error of the probability). The base is the share
won among the very outcomes measured: a stricter rival than what was known beforehand, so that a drift of that share is
not taken for skill. Intervals draw whole sessions again, since outcomes of one session resemble each other.
"""

from typing import Final

import msgspec
import numpy as np

from qmo_tui.calibration.fitting import Flags, Numbers
from qmo_tui.evaluation.scores import wilson

Interval = tuple[float, float]

BINS: Final = 10
_LEAST_IN_BIN: Final = 30
_RESAMPLES: Final = 1_000
_SEED: Final = 1
_SURE: Final = 1e-6
"""Probabilities are kept so far from 0 and 1 where their logarithm is taken."""


class Bin(msgspec.Struct, frozen=True):
    """Outcomes of about the same predicted probability: its mean, and the share of them that were won."""

    predicted: float
    won: int
    n: int
    share: float
    interval: Interval


class Measured(msgspec.Struct, frozen=True):
    """One kind of probability, measured; intervals are 95 %.

    Attributes:
        n: Outcomes measured.
        base_rate: Share of them won.
        ece: Mean distance of predicted from won over bins of equal mass. It is never 0 of a finite number of outcomes.
    """

    n: int
    base_rate: float
    brier: float
    base_brier: float
    skill: float
    skill_interval: Interval
    log_loss: float
    base_log_loss: float
    ece: float
    ece_interval: Interval
    bins: tuple[Bin, ...]


def measure(probabilities: Numbers, won: Flags, sessions: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Measured:
    """Hold probabilities against outcomes; `sessions` numbers the session of each from 0."""
    base = float(won.mean())
    errors = (probabilities - won) ** 2
    skills, eces = _resampled(probabilities, won, sessions)
    return Measured(
        n=len(won),
        base_rate=base,
        brier=float(errors.mean()),
        base_brier=base * (1 - base),
        skill=_skill(float(errors.mean()), base),
        skill_interval=_middle(skills),
        log_loss=_log_loss(probabilities, won),
        base_log_loss=_log_loss(np.full(len(won), base), won),
        ece=calibration_error(probabilities, won),
        ece_interval=_middle(eces),
        bins=reliability(probabilities, won),
    )


def _skill(brier: float, base: float) -> float:
    """Return the Brier skill; 0 where all outcomes are alike, since there is nothing to be better at."""
    return 1.0 - brier / (base * (1 - base)) if 0 < base < 1 else 0.0


def _log_loss(probabilities: Numbers, won: Flags) -> float:
    sure = probabilities.clip(_SURE, 1 - _SURE)
    return float(-np.log(np.where(won, sure, 1 - sure)).mean())


def _resampled(
    probabilities: Numbers, won: Flags, sessions: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[list[float], list[float]]:
    """Return skill and calibration error of sessions drawn again."""
    members = [np.flatnonzero(sessions == one) for one in np.unique(sessions)]
    dice = np.random.default_rng(_SEED)
    skills, eces = [], []
    for _ in range(_RESAMPLES):
        rows = np.concatenate([members[one] for one in dice.integers(0, len(members), len(members))])
        drawn, came = probabilities[rows], won[rows]
        skills.append(_skill(float(((drawn - came) ** 2).mean()), float(came.mean())))
        eces.append(calibration_error(drawn, came))
    return skills, eces


def _middle(values: list[float]) -> Interval:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def calibration_error(probabilities: Numbers, won: Flags) -> float:
    """Return the expected calibration error over bins of equal mass."""
    order, borders = _bins(probabilities)
    distances = np.add.reduceat((probabilities - won)[order], borders)
    return float(np.abs(distances).sum() / len(won))


def reliability(probabilities: Numbers, won: Flags) -> tuple[Bin, ...]:
    """Return bins of equal mass, the lowest probabilities first, each with a Wilson interval of its share."""
    order, borders = _bins(probabilities)
    found = []
    for rows in np.split(order, borders[1:]):
        hits, n = int(won[rows].sum()), len(rows)
        found.append(Bin(float(probabilities[rows].mean()), hits, n, hits / n, wilson(hits, n) or (0.0, 1.0)))
    return tuple(found)


def _bins(
    probabilities: Numbers,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return the order of probabilities, and where in it each bin begins."""
    count = max(1, min(BINS, len(probabilities) // _LEAST_IN_BIN))
    order = np.asarray(np.argsort(probabilities, kind="stable"), np.int64)
    return order, np.asarray(np.arange(count) * len(order) // count, np.int64)
