"""What the footprint of a bar tells: imbalances, stacks of them, and auctions that are not over.

**Diagonal imbalance.** Buyers who lift the offer at one price met sellers who hit the bid a tick lower, at the same
time: so lots bought at a price are weighed against lots sold one tick below it, and lots sold against lots bought one
tick above. One side outweighs the other where it traded at least `imbalance_ratio` times as much, and more by at least
the bar's least difference: `imbalance_least` times what one side usually traded at a price of the newest bars, as known
when the bar began. Until enough bars closed nothing is called an imbalance.

A price inside the bar at which nothing traded counts as zero lots, so the difference alone decides. Beyond the bar's
range there was no auction to compare with: buying at its low and selling at its high are never imbalances.

**Stack.** Imbalances of one side at `stacked` or more prices, each a tick from the next.

**Unfinished auction.** Both sides traded at the extreme: nobody had stopped trading there when price turned.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engines.events import AggressorSide
from engines.flow.bars import Bars
from engines.flow.layout import RecordArray
from engines.flow.settings import FlowSettings
from engines.view import BarRow, Footprint, FootprintRow, Stack

WIDEST: Final = 4_096
"""Ticks of a bar's range; a wider bar has no footprint."""
_KEPT: Final = 1_024
"""Footprints of closed bars kept ready for the next view."""

_Lots = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


class Imbalances(NamedTuple):
    """Where a side outweighed its diagonal counterpart, lowest price first."""

    buy: _Flags
    sell: _Flags


def find_imbalances(buy: _Lots, sell: _Lots, ratio: float, least: float) -> Imbalances:
    """Weigh lots bought and sold at consecutive ticks, the lowest first, along the diagonal."""
    found = Imbalances(np.zeros(len(buy), np.bool_), np.zeros(len(buy), np.bool_))
    above, below = buy[1:], sell[:-1]
    found.buy[1:] = (above > 0) & (above >= ratio * below) & (above - below >= least)
    found.sell[:-1] = (below > 0) & (below >= ratio * above) & (below - above >= least)
    return found


def find_stacks(flags: _Flags, side: AggressorSide, low: int, stacked: int) -> list[Stack]:
    """Return runs of at least `stacked` imbalances of one side; `low` is the tick of the first flag."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.view(np.int8), [0]])))
    firsts, ends = edges[::2].tolist(), edges[1::2].tolist()
    return [
        Stack(side, low + first, low + end - 1)
        for first, end in zip(firsts, ends, strict=True)
        if end - first >= stacked
    ]


class Footprints:
    """Footprints of one instrument's bars; those of closed bars are made once."""

    def __init__(self, bars: Bars, settings: FlowSettings) -> None:
        self._bars = bars
        self._settings = settings
        self._made: dict[tuple[str, int], Footprint | None] = {}

    def beside(self, shown: Sequence[BarRow], interval: str, count: int) -> tuple[Footprint, ...]:
        """Return the footprints of the newest `count` of the bars shown, oldest first; none where it is not kept."""
        newest = shown[-count:] if count > 0 else ()
        first = self._bars.closed(interval) - sum(bar.complete for bar in newest)
        found = [self.of(interval, first + place, (bar.start, bar.low, bar.high)) for place, bar in enumerate(newest)]
        return tuple(footprint for footprint in found if footprint is not None)

    def of(self, interval: str, number: int, bar: tuple[int, int, int]) -> Footprint | None:
        """Return the footprint of the bar of that number, told by (start, low, high).

        None where it is not kept, or the bar too wide.
        """
        key = (interval, number)
        if number < self._bars.closed(interval) and key not in self._made:
            if len(self._made) >= _KEPT:
                del self._made[next(iter(self._made))]
            self._made[key] = self._make(interval, number, *bar)
        return self._made[key] if key in self._made else self._make(interval, number, *bar)

    def _make(self, interval: str, number: int, start: int, low: int, high: int) -> Footprint | None:
        kept, cells = self._bars.traded_in(interval, range(number, number + 1))
        if not kept or not 0 <= high - low < WIDEST:
            return None
        buy, sell, none = _by_tick(cells, low, high)
        flags = find_imbalances(
            buy, sell, self._settings.imbalance_ratio, self._bars.least_difference(interval, number)
        )
        stacks = [
            *find_stacks(flags.buy, "buy", low, self._settings.stacked),
            *find_stacks(flags.sell, "sell", low, self._settings.stacked),
        ]
        columns = (range(low, high + 1), buy.tolist(), sell.tolist(), none.tolist())
        rows = zip(*(column[::-1] for column in (*columns, flags.buy.tolist(), flags.sell.tolist())), strict=True)
        return Footprint(
            start=start,
            rows=tuple(FootprintRow(*row) for row in rows),
            stacks=tuple(sorted(stacks, key=lambda stack: (stack.low, stack.high, stack.side))),
            unfinished_high=bool(buy[-1] and sell[-1]),
            unfinished_low=bool(buy[0] and sell[0]),
        )


def _by_tick(cells: RecordArray, low: int, high: int) -> tuple[_Lots, _Lots, _Lots]:
    """Spread a bar's cells over every tick of its range: lots bought, sold, and without an aggressor."""
    columns = cells["tick"] - low
    spread = np.zeros((3, high - low + 1), np.int64)
    for row, name in enumerate(("buy", "sell", "none")):
        spread[row, columns] = cells[name]
    return spread[0], spread[1], spread[2]
