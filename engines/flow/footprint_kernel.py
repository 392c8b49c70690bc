"""The compiled footprint: lots at each price of every open bar, and what is kept of it when the bar closes.

An open bar's lots stand in the columns of the day's ladder; a closed bar's in cells, one a price that traded, which are
never changed again. What its interval usually trades at a price is known before a bar begins and holds for all of it,
so no reading of a closed bar depends on what came later.
"""

from typing import Any, Final

import numpy as np

from engines.book.layout import TRADE_BUY, TRADE_NONE, TRADE_SELL
from engines.compiled import compiled, inlined
from engines.flow.layout import CELLS, MOST_CELLS, FlowArrays

FADING: Final = 0.5 ** (1 / 30)
"""Weight a closed bar loses with each one after it: half of it in thirty."""
ENOUGH_CELLS: Final = 20
"""Prices of closed bars that tell what is usual."""


@inlined
def add_to_footprint(flow: FlowArrays, interval: int, trade: Any) -> None:
    """Add a trade within the ladder to the footprint of the open bar."""
    if trade.size > 0:
        flow.traded[interval, trade.side, trade.tick - flow.now[0].base] += trade.size


@compiled
def begin_footprint(flow: FlowArrays, interval: int, least: float) -> None:
    """Set what a price of the bar that opens must outweigh its counterpart by: `least` times a side's usual lots."""
    usual = flow.usual[interval]
    usual.least = np.inf
    if usual.cells >= ENOUGH_CELLS:
        usual.least = least * usual.lots / (2 * usual.cells)


@compiled
def keep_footprint(flow: FlowArrays, interval: int, place: int) -> None:
    """Move the footprint of the bar that closes into `place` of its history to cells."""
    now = flow.now[0]
    bar = flow.bars[interval]
    kept = flow.footprints[interval, place]
    usual = flow.usual[interval]
    traded = flow.traded[interval]
    first = flow.cells_written[interval]
    count = 0
    lots = 0
    lowest = max(bar.low - now.base, 0)
    highest = min(bar.high - now.base, traded.shape[1] - 1)
    for column in range(lowest, highest + 1):
        buy = traded[TRADE_BUY, column]
        sell = traded[TRADE_SELL, column]
        none = traded[TRADE_NONE, column]
        if buy + sell + none == 0:
            continue
        if count < MOST_CELLS:
            cell = flow.cells[interval, (first + count) % CELLS]
            cell.tick = now.base + column
            cell.buy = buy
            cell.sell = sell
            cell.none = none
        count += 1
        lots += buy + sell
        traded[TRADE_BUY, column] = 0
        traded[TRADE_SELL, column] = 0
        traded[TRADE_NONE, column] = 0
    kept.first = first
    kept.least = usual.least
    kept.count = count if count <= MOST_CELLS else -1
    flow.cells_written[interval] += max(kept.count, 0)
    now.cells += max(kept.count, 0)
    usual.lots = usual.lots * FADING + lots
    usual.cells = usual.cells * FADING + count
