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

from engines.events import AggressorSide
from engines.flow.bars import Bars
from engines.flow.divergence_kernel import judge
from engines.flow.layout import HISTORY
from engines.flow.settings import FlowSettings
from engines.view import Divergence

SIDES: Final[dict[int, AggressorSide]] = {1: "sell", -1: "buy"}
"""The side that price speaks for after a divergence at a high (1) or a low (-1)."""


class Diverged(NamedTuple):
    """A divergence at a bar, and the number of the bar whose extreme it exceeded."""

    side: AggressorSide
    earlier: int


def find(bars: Bars, interval: str, number: int, settings: FlowSettings) -> Diverged | None:
    """Return the divergence at the closed bar of that number; None where there is none."""
    first = max(number - settings.divergence_bars, 0)
    history, day_start = bars.history(interval), int(bars.now["day_start"])
    sign, earlier = judge(history, number, first, day_start, settings.divergence_shortfall)
    return Diverged(SIDES[sign], earlier) if sign else None


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
