"""The compiled comparison of a closed bar with those before it; `divergence.py` has the rule."""

from typing import Final

import numpy as np

from engines.compiled import compiled
from engines.flow.layout import HISTORY, RecordArray

FEWEST: Final = 5
"""Bars before it that a bar is compared with at least."""


@compiled
def _compare(history: RecordArray, number: int, first: int, day_start: int, sign: int) -> tuple[int, float]:
    """Compare the high of bar `number` (`sign` 1) or its low (-1) with the bars of its day from number `first` on.

    Return the number of the bar whose extreme it exceeded and the lack of cumulative delta in mean sizes of a bar's
    delta; (-1, 0) where there is no new extreme or no lack.
    """
    bar = history[number % HISTORY]
    price = sign * (bar.high if sign > 0 else bar.low)
    run = sign * (bar.cvd - bar.buy + bar.sell + (bar.high_delta if sign > 0 else bar.low_delta))
    earlier = -1
    best_price = 0
    best_run = 0
    sizes = 0
    count = 0
    for before in range(number - 1, first - 1, -1):
        other = history[before % HISTORY]
        if other.start < day_start:
            break
        other_price = sign * (other.high if sign > 0 else other.low)
        delta = other.buy - other.sell
        other_run = sign * (other.cvd - delta + (other.high_delta if sign > 0 else other.low_delta))
        if count == 0 or other_price > best_price:
            best_price = other_price
            earlier = before
        best_run = other_run if count == 0 else max(best_run, other_run)
        sizes += abs(delta)
        count += 1
    lack = best_run - run
    if count < FEWEST or price <= best_price or earlier == number - 1 or lack <= 0:
        return -1, 0.0
    return earlier, lack * count / sizes if sizes > 0 else np.inf


@compiled
def judge(history: RecordArray, number: int, first: int, day_start: int, shortfall: float) -> tuple[int, int]:
    """Compare the closed bar `number` with those of its day from number `first` on.

    Return (1 for a divergence at its high, -1 at its low, the number of the bar whose extreme it exceeded); (0, -1)
    where there is none. `history` is the ring of one interval's closed BAR rows.
    """
    at_high, lack_at_high = _compare(history, number, first, day_start, 1)
    at_low, lack_at_low = _compare(history, number, first, day_start, -1)
    is_at_high = at_high >= 0 and lack_at_high >= shortfall
    is_at_low = at_low >= 0 and lack_at_low >= shortfall
    if is_at_high and not is_at_low:
        return 1, at_high
    if is_at_low and not is_at_high:
        return -1, at_low
    return 0, -1
