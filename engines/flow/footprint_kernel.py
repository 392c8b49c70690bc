"""The compiled footprint: lots at each price of every bar, imbalances, and stacks of them.

An open bar's lots stand in the columns of the day's ladder; a closed bar's in cells, one a price that traded, which are
never changed again. What its interval usually trades at a price is known before a bar begins and holds for all of it,
so no reading of a closed bar depends on what came later.

**Diagonal imbalance.** Buyers who lift the offer at one price met sellers who hit the bid a tick lower, at the same
time: so lots bought at a price are weighed against lots sold one tick below it, and lots sold against lots bought one
tick above. One side outweighs the other where it traded at least `imbalance_ratio` times as much, and more by at least
the bar's least difference: `imbalance_least` times what one side usually traded at a price of the newest bars, as known
when the bar began. Until enough bars closed nothing is called an imbalance.

A price inside the bar at which nothing traded counts as zero lots, so the difference alone decides. Beyond the bar's
range there was no auction to compare with: buying at its low and selling at its high are never imbalances.

**Stack.** Imbalances of one side at `stacked` or more prices, each a tick from the next.

**Sheet.** A footprint is read into an array of shape (5, ticks), one column a tick of the bar's range, the lowest
first: lots bought, sold and without an aggressor, then 1 where buying and where selling is an imbalance.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engines.book.layout import TRADE_BUY, TRADE_NONE, TRADE_SELL
from engines.compiled import compiled, inlined
from engines.flow.layout import CELLS, HISTORY, MOST_CELLS, FlowArrays

FADING: Final = 0.5 ** (1 / 30)
"""Weight a closed bar loses with each one after it: half of it in thirty."""
ENOUGH_CELLS: Final = 20
"""Prices of closed bars that tell what is usual."""
BUY_IMBALANCE: Final = 3
SELL_IMBALANCE: Final = 4
SHEET_ROWS: Final = 5
WIDEST: Final = 4_096
"""Ticks of a bar's range; a wider bar has no footprint."""

Sheet = npt.NDArray[np.int64]
Stacks = npt.NDArray[np.int64]


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


@compiled
def find_imbalances(sheet: Sheet, count: int, ratio: float, least: float) -> None:
    """Weigh the lots in the first `count` columns of a sheet along the diagonal, and write down the imbalances."""
    for column in range(count):
        sheet[BUY_IMBALANCE, column] = 0
        sheet[SELL_IMBALANCE, column] = 0
    for column in range(count - 1):
        sell = sheet[TRADE_SELL, column]
        buy = sheet[TRADE_BUY, column + 1]
        if buy > 0 and buy >= ratio * sell and buy - sell >= least:
            sheet[BUY_IMBALANCE, column + 1] = 1
        if sell > 0 and sell >= ratio * buy and sell - buy >= least:
            sheet[SELL_IMBALANCE, column] = 1


@compiled
def find_stacks(sheet: Sheet, count: int, stacked: int, stacks: Stacks) -> int:
    """Write (side, first column, last column) of each stack to `stacks`, those of buying first; return how many."""
    found = 0
    for side in (TRADE_BUY, TRADE_SELL):
        run = 0
        for column in range(count + 1):
            if column < count and sheet[BUY_IMBALANCE + side, column] == 1:
                run += 1
                continue
            if run >= stacked:
                stacks[found, 0] = side
                stacks[found, 1] = column - run
                stacks[found, 2] = column - 1
                found += 1
            run = 0
    return found


@compiled
def read_open(flow: FlowArrays, interval: int, sheet: Sheet) -> int:
    """Copy what the open bar traded to a sheet; return how many columns that are, 0 where they are too many."""
    bar = flow.bars[interval]
    count = bar.high - bar.low + 1
    if not 0 < count <= sheet.shape[1]:
        return 0
    first = bar.low - flow.now[0].base
    for side in range(flow.traded.shape[1]):
        for column in range(count):
            there = 0 <= first + column < flow.traded.shape[2]
            sheet[side, column] = flow.traded[interval, side, first + column] if there else 0
    return int(count)


@compiled
def read_closed(flow: FlowArrays, interval: int, number: int, sheet: Sheet) -> int:
    """Copy what a closed bar traded to a sheet; return its columns, 0 where they are not kept or too many."""
    bar = flow.history[interval, number % HISTORY]
    kept = flow.footprints[interval, number % HISTORY]
    count = bar.high - bar.low + 1
    gone = bar.number != number or kept.count < 0 or kept.first < flow.cells_written[interval] - CELLS
    if gone or not 0 < count <= sheet.shape[1]:
        return 0
    for side in range(flow.traded.shape[1]):
        for column in range(count):
            sheet[side, column] = 0
    for place in range(kept.first, kept.first + kept.count):
        cell = flow.cells[interval, place % CELLS]
        sheet[TRADE_BUY, cell.tick - bar.low] = cell.buy
        sheet[TRADE_SELL, cell.tick - bar.low] = cell.sell
        sheet[TRADE_NONE, cell.tick - bar.low] = cell.none
    return int(count)
