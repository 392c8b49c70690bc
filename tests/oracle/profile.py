"""Volume profile and VWAP from trades alone: dictionaries of lots by tick, exact fractions, every price looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from .bars import trading_day
from .tape import Trade

Lots = dict[int, int]
"""Lots by tick."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What volume at price says; `nodes` are high and low ones in turn."""

    volume: int
    low: int
    high: int
    poc: int
    value_low: int
    value_high: int
    vwap: Fraction
    variance: Fraction
    nodes: list[int]


def lots_by_tick(trades: Iterable[Trade]) -> Lots:
    """Add up lots at each price."""
    lots: Lots = {}
    for trade in trades:
        if trade.size:
            lots[trade.tick] = lots.get(trade.tick, 0) + trade.size
    return lots


def of_the_day(trades: Iterable[Trade], ts: int) -> list[Trade]:
    """Return the trades before a time that belong to the trading day running just before it."""
    today = trading_day(ts - 1)
    return [trade for trade in trades if trade.ts is not None and trade.ts < ts and trading_day(trade.ts) == today]


def profile(lots: Lots) -> Profile | None:
    """Read everything out of lots by tick; None where nothing traded."""
    if not lots:
        return None
    volume = sum(lots.values())
    mean = Fraction(sum(tick * count for tick, count in lots.items()), volume)
    variance = sum((Fraction(tick) - mean) ** 2 * count for tick, count in lots.items()) / volume
    value_low, value_high = value_area(lots)
    return Profile(
        volume=volume,
        low=min(lots),
        high=max(lots),
        poc=point_of_control(lots),
        value_low=value_low,
        value_high=value_high,
        vwap=mean,
        variance=Fraction(variance),
        nodes=nodes(lots),
    )


def point_of_control(lots: Lots) -> int:
    """Return the price with most lots, nearest to the middle of the range, then the lowest."""
    middle = Fraction(min(lots) + max(lots), 2)
    return min(lots, key=lambda tick: (-lots[tick], abs(tick - middle), tick))


def value_area(lots: Lots) -> tuple[int, int]:
    """Return lowest and highest price of the value area: pairs of rows, the larger first, ties above, until 70 %."""
    inside = {point_of_control(lots)}
    while sum(lots.get(tick, 0) for tick in inside) < Fraction(70, 100) * sum(lots.values()):
        above = [tick for tick in (max(inside) + 1, max(inside) + 2) if tick <= max(lots)]
        below = [tick for tick in (min(inside) - 1, min(inside) - 2) if tick >= min(lots)]
        pairs = [pair for pair in (above, below) if pair]
        inside.update(max(pairs, key=lambda pair: sum(lots.get(tick, 0) for tick in pair)))
    return min(inside), max(inside)


def nodes(lots: Lots) -> list[int]:
    """Return peaks with a prominence of a quarter of the highest, and the deepest price between each two."""
    ticks = range(min(lots) - 1, max(lots) + 2)
    smooth = dict.fromkeys(ticks, 0)
    for tick in ticks[1:-1]:
        smooth[tick] = lots.get(tick - 1, 0) + 2 * lots.get(tick, 0) + lots.get(tick + 1, 0)
    least = Fraction(max(smooth.values()), 4)
    peaks: list[int] = []
    for tick in ticks[1:-1]:
        if smooth[tick] - saddle(smooth, tick) >= least and not _repeats(smooth, peaks, tick):
            peaks.append(tick)
    found = peaks[:1]
    for before, peak in pairwise(peaks):
        found += [min(range(before, peak), key=lambda tick: (smooth[tick], tick)), peak]
    return found


def saddle(smooth: Lots, peak: int) -> int:
    """Return the deepest point on the way to anything higher, on the side where that is less deep."""
    deepest = []
    for step in (1, -1):
        tick, least = peak, smooth[peak]
        while tick in smooth and smooth[tick] <= smooth[peak]:
            least = min(least, smooth[tick])
            tick += step
        deepest.append(least)
    return max(deepest)


def _repeats(smooth: Lots, peaks: list[int], tick: int) -> bool:
    """Whether a peak is as high as the one before it, with nothing deep enough between them to part them."""
    if not peaks or smooth[peaks[-1]] != smooth[tick]:
        return False
    between = min(smooth[place] for place in range(peaks[-1], tick))
    return 4 * (smooth[tick] - between) < max(smooth.values())
