"""What is usual, for the absorption engine: lots into one zone, and the price change that aggressive lots cause.

Learned at the end of each slot, a stretch of fixed length; slots follow each other without overlap, and those in which
nothing traded teach nothing.

**Volume.** A sample is log(1 + lots) into the busiest zone of one side in the window that ends with the slot; the
logarithm because volume is heavy-tailed. What is usual is their median, and 1.4826 times the median absolute deviation,
over the newest samples. Once earlier days have told enough of the same five minutes of the trading day, volume must be
unusual by both.

**Impact.** Price change = b * (buy - sell lots) / depth. Noise grows with what trades, so squares are weighed by
1 / abs(pressure), which makes b the change in the direction of the pressure, summed, by the pressure, summed; both
forget. Depth is the mean of the lots displayed where trades came, 1 where that is unknown. The deviation of what the
fit gets wrong is that of a random walk in traded volume: sqrt(pi / 2) times the mean of abs(error) / sqrt(activity),
where activity is all aggressive lots / depth. Order-flow imbalance would be no measure of pressure here: it already
counts what comes back into the queue.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from engines.book.layout import ASK, BID, TRADE_BUY, TRADE_NONE
from engines.compiled import compiled, inlined, signed
from engines.zones.absorption_layout import BUCKET_NS, BUCKETS, LATELY, SAMPLES, AbsorptionArrays
from engines.zones.absorption_window import leave, lots_into

_TO_DEVIATION: Final = 1.4826
"""From a median absolute deviation to a standard deviation, of a normal distribution."""
_MEAN_TO_DEVIATION: Final = 1.2533141373155003
"""From a mean absolute error to a standard deviation, of a normal distribution: sqrt(pi / 2)."""
_LEAST_SPREAD: Final = 0.25
"""Of log(1 + lots): however regular volume has been, a quarter more is nothing unusual."""
_LEAST_DEVIATION: Final = 0.5
"""Ticks: price moves in whole ones."""
_LEAST_OF_DAY: Final = 40
"""Samples from earlier days that make a baseline of a time of day."""


@inlined
def volume_z(memory: AbsorptionArrays, lots: int) -> float:
    """Return how unusual so many lots into one zone are, in deviations."""
    now = memory.now[0]
    value = np.log1p(np.float64(lots))
    z: float = (value - now.middle) / now.spread
    if now.knows_time_of_day:
        z = min(z, (value - now.middle_of_day) / now.spread_of_day)
    return z


@inlined
def impact_z(memory: AbsorptionArrays, pressure: int, activity: int, change: int) -> float:
    """Return by how many deviations the price fell short, upwards, of what aggressive lots usually do to it.

    Args:
        memory: All arrays.
        pressure: Buy less sell lots.
        activity: Buy and sell lots.
        change: What the price did, ticks.
    """
    now = memory.now[0]
    if now.pressure_sum <= 0 or now.error_weight <= 0 or activity <= 0:
        return 0.0
    depth = _depth(memory)
    expected = now.change_sum / now.pressure_sum * (pressure / depth)
    error = _MEAN_TO_DEVIATION * (now.error_sum / now.error_weight)
    deviations: float = (expected - change) / max(error * np.sqrt(activity / depth), _LEAST_DEVIATION)
    return deviations


@inlined
def _depth(memory: AbsorptionArrays) -> float:
    now = memory.now[0]
    return max(now.depth_sum / now.depth_weight, 1.0) if now.depth_weight > 0 else 1.0


@compiled
def close_slot(memory: AbsorptionArrays) -> None:
    """Learn from the slot that has ended; something has traded in it."""
    now, limits = memory.now[0], memory.limits[0]
    start = now.slot * limits.slot
    leave(memory, start + limits.slot - 1 - limits.window)
    bought = 0
    sold = 0
    displayed = 0
    shown = 0
    into_bid = 0
    into_ask = 0
    for place in range(now.first, now.last):
        trade = memory.window[place & (len(memory.window) - 1)]
        if trade.side == TRADE_NONE:
            continue
        if trade.side == TRADE_BUY:
            into_ask = max(into_ask, lots_into(memory, ASK, trade.tick))
        else:
            into_bid = max(into_bid, lots_into(memory, BID, trade.tick))
        if trade.clock < start:
            continue
        if trade.side == TRADE_BUY:
            bought += trade.size
        else:
            sold += trade.size
        if trade.displayed >= 0:
            displayed += trade.displayed
            shown += 1
    last = memory.window[(now.last - 1) & (len(memory.window) - 1)].tick
    if shown > 0:
        now.depth_sum = now.depth_sum * limits.forgetting + displayed / shown
        now.depth_weight = now.depth_weight * limits.forgetting + 1.0
    if now.has_slot_before and bought + sold > 0:
        _fit(memory, bought - sold, bought + sold, last - now.slot_before)
    now.slot_before = last
    now.has_slot_before = True
    _sample(memory, into_bid)
    _sample(memory, into_ask)
    now.slots += 1


@compiled
def _fit(memory: AbsorptionArrays, pressure: int, activity: int, change: int) -> None:
    now, keep, depth = memory.now[0], memory.limits[0].forgetting, _depth(memory)
    if now.pressure_sum > 0:
        error = change - now.change_sum / now.pressure_sum * (pressure / depth)
        now.error_sum = now.error_sum * keep + abs(error) / np.sqrt(activity / depth)
        now.error_weight = now.error_weight * keep + 1.0
    if pressure != 0:
        now.pressure_sum = now.pressure_sum * keep + abs(pressure) / depth
        now.change_sum = now.change_sum * keep + (change if pressure > 0 else -change)


@inlined
def _bucket(memory: AbsorptionArrays) -> int:
    """Return the row of the baseline of the slot's time of day."""
    now = memory.now[0]
    into_day = signed(now.slot * memory.limits[0].slot - now.day_start)
    return 1 + min(max(into_day // BUCKET_NS, 0), BUCKETS - 1)


@compiled
def _sample(memory: AbsorptionArrays, lots: int) -> None:
    if lots > 0:
        value = np.log1p(np.float64(lots))
        _rank(memory, LATELY, memory.limits[0].lately, value)
        _rank(memory, _bucket(memory), SAMPLES, value)


@compiled
def _rank(memory: AbsorptionArrays, row: int, most: int, value: float) -> None:
    """Add a sample to a baseline; beyond `most`, its oldest one goes."""
    samples, ranked = memory.samples[row], memory.ranked[row]
    taken = memory.sampled[row]
    count = min(taken, most)
    place = count if taken < most else _rank_of(ranked, count, samples[taken % most])
    while place > 0 and ranked[place - 1] > value:
        ranked[place] = ranked[place - 1]
        place -= 1
    while place + 1 < count and ranked[place + 1] < value:
        ranked[place] = ranked[place + 1]
        place += 1
    ranked[place] = value
    samples[taken % most] = value
    memory.sampled[row] = taken + 1


@inlined
def _rank_of(ranked: npt.NDArray[np.float64], count: int, value: float) -> int:
    """Return the first of `count` places in order of size that holds a value or more."""
    first = 0
    while first < count:
        middle = (first + count) // 2
        if ranked[middle] < value:
            first = middle + 1
        else:
            count = middle
    return first


@compiled
def state_usual(memory: AbsorptionArrays) -> None:
    """State what is usual in the slot that begins."""
    now, limits = memory.now[0], memory.limits[0]
    count = min(memory.sampled[LATELY], limits.lately)
    if count == 0:
        return
    now.middle, now.spread = _middle_and_spread(memory, LATELY, count)
    needed = now.middle + limits.volume_z * now.spread
    bucket = _bucket(memory)
    now.knows_time_of_day = memory.sampled_before[bucket] >= _LEAST_OF_DAY
    if now.knows_time_of_day:
        count = min(memory.sampled[bucket], SAMPLES)
        now.middle_of_day, now.spread_of_day = _middle_and_spread(memory, bucket, count)
        needed = max(needed, now.middle_of_day + limits.volume_z * now.spread_of_day)
    now.usual_lots = np.expm1(now.middle)
    now.needed_lots = np.int64(np.ceil(np.expm1(needed)))


@compiled
def _middle_and_spread(memory: AbsorptionArrays, row: int, count: int) -> tuple[float, float]:
    """Return the median of a baseline and 1.4826 times its median absolute deviation."""
    ranked = memory.ranked[row]
    middle = (ranked[(count - 1) // 2] + ranked[count // 2]) / 2.0
    deviation = _deviation(ranked, count, middle, count // 2)
    smaller = deviation if count % 2 else _deviation(ranked, count, middle, count // 2 - 1)
    return middle, max(_TO_DEVIATION * ((smaller + deviation) / 2.0), _LEAST_SPREAD)


@compiled
def _deviation(ranked: npt.NDArray[np.float64], count: int, middle: float, place: int) -> float:
    """Return the deviation from the middle that has a place among all of them in order of size, from 0.

    Deviations below the middle and above it stand in order of size already, seen from the middle outwards. So the
    smallest `place + 1` of both together are some of the ones below and the rest of the ones above, and how many below
    is found by halving: too few as long as the next one below is smaller than the last one taken above.
    """
    halves = (count - 1) // 2 + 1
    least = max(0, place + 1 - (count - halves))
    most = min(halves, place + 1)
    while least < most:
        taken = (least + most) // 2
        if middle - ranked[halves - 1 - taken] < ranked[halves + place - taken] - middle:
            least = taken + 1
        else:
            most = taken
    below = middle - ranked[halves - least] if least > 0 else 0.0
    above = ranked[halves + place - least] - middle if least <= place else 0.0
    return max(below, above)
