"""Footprints from trades alone: dictionaries of lots by price, every pair of prices looked at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from .bars import Bar
from .records import ASK, BID
from .tape import Trade

HALF_IN: Final = 30
"""Bars in which a closed one loses half of its weight in what is usual."""
ENOUGH: Final = 20
"""Prices of closed bars, by weight, that tell what is usual."""

Lots = dict[int, int]
"""Lots by tick."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Lots bought, sold and without an aggressor by tick; `imbalances` and `stacks` name their side as trades do."""

    low: int
    high: int
    buy: Lots
    sell: Lots
    none: Lots
    imbalances: set[tuple[str, int]]
    stacks: set[tuple[str, int, int]]
    unfinished_high: bool
    unfinished_low: bool


def lots_by_tick(trades: Iterable[Trade], side: str) -> Lots:
    """Add up the lots of one side at each price."""
    lots: Lots = {}
    for trade in trades:
        if trade.side == side and trade.size:
            lots[trade.tick] = lots.get(trade.tick, 0) + trade.size
    return lots


def footprint(bar: Bar, ratio: float, least: float, stacked: int) -> Footprint:
    """Read everything out of the trades of a bar."""
    buy, sell, none = (lots_by_tick(bar.members, side) for side in (BID, ASK, ""))
    found = imbalances(buy, sell, bar.low, bar.high, ratio, least)
    return Footprint(
        low=bar.low,
        high=bar.high,
        buy=buy,
        sell=sell,
        none=none,
        imbalances=found,
        stacks=stacks(found, stacked),
        unfinished_high=bar.high in buy and bar.high in sell,
        unfinished_low=bar.low in buy and bar.low in sell,
    )


def imbalances(buy: Lots, sell: Lots, low: int, high: int, ratio: float, least: float) -> set[tuple[str, int]]:
    """Compare lots bought at each price with lots sold a tick lower, within the range."""
    found: set[tuple[str, int]] = set()
    for tick in range(low + 1, high + 1):
        bought, sold = buy.get(tick, 0), sell.get(tick - 1, 0)
        if bought and bought >= ratio * sold and bought - sold >= least:
            found.add((BID, tick))
        if sold and sold >= ratio * bought and sold - bought >= least:
            found.add((ASK, tick - 1))
    return found


def stacks(found: set[tuple[str, int]], stacked: int) -> set[tuple[str, int, int]]:
    """Return the longest runs of imbalances of one side at consecutive prices."""
    runs: set[tuple[str, int, int]] = set()
    for side, low in found:
        if (side, low - 1) in found:
            continue
        high = low
        while (side, high + 1) in found:
            high += 1
        if high - low + 1 >= stacked:
            runs.add((side, low, high))
    return runs


def least_differences(bars: Sequence[Bar], multiple: float) -> list[float]:
    """Return for each bar what a price must outweigh its counterpart by, from the bars before it."""
    least: list[float] = []
    for number in range(len(bars)):
        lots, prices = 0.0, 0.0
        for age, bar in enumerate(reversed(bars[:number])):
            weight = 0.5 ** (age / HALF_IN)
            lots += weight * sum(trade.size for trade in bar.members if trade.side)
            prices += weight * len({trade.tick for trade in bar.members if trade.size})
        least.append(multiple * lots / (2 * prices) if prices >= ENOUGH else inf)
    return least
