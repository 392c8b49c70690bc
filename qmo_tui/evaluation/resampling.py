"""How far a mean can be trusted, by drawing what it is of again."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

LEAST: Final = 5
"""Fewer values can look alike by chance, and their bootstrap then says they always are."""
RESAMPLES: Final = 10_000
_MOST_AT_ONCE: Final = 4_000_000
"""Values drawn at once, so that many values take no more memory than some."""
_SEED: Final = 1
"""The bootstrap draws the same samples in every run."""


def mean_interval(values: "Sequence[float] | npt.NDArray[np.float64]") -> tuple[float, float] | None:
    """Return the 95 % interval of a mean (percentile bootstrap); None of fewer than `LEAST` values."""
    if len(values) < LEAST:
        return None
    known = np.asarray(values, np.float64)
    dice, at_once = np.random.default_rng(_SEED), max(1, _MOST_AT_ONCE // len(known))
    means = [
        known[dice.integers(0, len(known), (min(at_once, RESAMPLES - done), len(known)))].mean(axis=1)
        for done in range(0, RESAMPLES, at_once)
    ]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return float(low), float(high)
