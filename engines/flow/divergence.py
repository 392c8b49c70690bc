"""Divergence: price makes a new extreme, and cumulative delta does not come along.

Asked of every closed bar about the `divergence_bars` bars before it in the same trading day (fewer while the day is
young, but five at least). There is a divergence at its high where

- its high stands above all of theirs, and the highest of theirs is not the bar just before it: price went away first;
- the highest cumulative delta in it stays below the highest of theirs, by at least `divergence_shortfall` times the
  mean size of their deltas.

At a low everything is turned over. A bar that does both is between two sides and tells none. It rests on closed bars
alone and is judged as a bar closes, so nothing later changes it. It stands until a later bar closes beyond its price,
`divergence_bars` more bars have closed, or the trading day ends.
"""

from typing import Final, NamedTuple

import numpy as np

from engines.compiled import compiled
from engines.events import AggressorSide
from engines.flow.bars import Bars
from engines.flow.layout import HISTORY, RecordArray
from engines.flow.settings import FlowSettings
from engines.view import Divergence

FEWEST: Final = 5
"""Bars before it that a bar is compared with at least."""


class Diverged(NamedTuple):
    """A divergence at a bar, and the number of the bar whose extreme it exceeded."""

    side: AggressorSide
    earlier: int


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


def find(bars: Bars, interval: str, number: int, settings: FlowSettings) -> Diverged | None:
    """Return the divergence at the closed bar of that number; None where there is none."""
    first = max(number - settings.divergence_bars, 0)
    history, day_start = bars.history(interval), int(bars.now["day_start"])
    at_high, at_low = (
        earlier if earlier >= 0 and lack >= settings.divergence_shortfall else None
        for earlier, lack in (_compare(history, number, first, day_start, sign) for sign in (1, -1))
    )
    if at_high is not None and at_low is None:
        return Diverged("sell", at_high)
    if at_low is not None and at_high is None:
        return Diverged("buy", at_low)
    return None


def newest(bars: Bars, interval: str, settings: FlowSettings) -> Divergence | None:
    """Return the newest divergence of an interval that still stands."""
    history, closed = bars.history(interval), bars.closed(interval)
    closes: list[int] = []
    for number in range(closed - 1, max(closed - 1 - settings.divergence_bars, -1), -1):
        bar = history[number % HISTORY]
        if bar["start"] < bars.now["day_start"]:
            return None
        found = find(bars, interval, number, settings)
        if found is not None:
            divergence = as_divergence(bars, interval, number, found)
            sign = 1 if divergence.side == "sell" else -1
            if all(sign * close <= sign * divergence.tick for close in closes):
                return divergence
        closes.append(int(bar["close"]))
    return None


def as_divergence(bars: Bars, interval: str, number: int, found: Diverged) -> Divergence:
    """Tell a divergence with the ends and prices of its two bars."""
    history = bars.history(interval)
    bar, earlier = history[number % HISTORY], history[found.earlier % HISTORY]
    extreme = "high" if found.side == "sell" else "low"
    return Divergence(
        side=found.side,
        ts=int(bar["end"]),
        tick=int(bar[extreme]),
        earlier_ts=int(earlier["end"]),
        earlier_tick=int(earlier[extreme]),
    )
