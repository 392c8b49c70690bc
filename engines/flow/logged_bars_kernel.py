"""The compiled reading of bars for the event log: of each, what its footprint and cumulative delta tell."""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engines.book.layout import TRADE_BUY, TRADE_SELL
from engines.compiled import compiled
from engines.flow.divergence_kernel import judge
from engines.flow.footprint_kernel import (
    SHEET_ROWS,
    WIDEST,
    Sheet,
    Stacks,
    find_imbalances,
    find_stacks,
    read_closed,
    read_open,
)
from engines.flow.layout import CLOSED, HISTORY, FlowArrays, RecordArray

TOLD: Final = np.dtype(
    [
        ("kept", np.bool_),  # whether there is a footprint
        ("unfinished_high", np.bool_),
        ("unfinished_low", np.bool_),
        ("stacks", np.int64),
        ("diverged", np.int64),  # 1 at its high, -1 at its low, 0 where there is no divergence
        ("tick", np.int64),  # the extreme of a divergence
        ("earlier_end", np.int64),  # end of the bar whose extreme it exceeded, ns
        ("earlier_tick", np.int64),
    ],
    align=True,
)
"""What is told of one bar."""


class ToldArrays(NamedTuple):
    """What the kernel works with.

    Attributes:
        sheet: The footprint at hand, see `engines.flow.footprint_kernel`.
        found: Its stacks, in columns.
        told: TOLD of each bar, output.
        stacks: Side, lowest and highest tick of each bar's stacks, those of buying first, bar after bar; output.
    """

    sheet: Sheet
    found: Stacks
    told: RecordArray
    stacks: npt.NDArray[np.int64]


def told_arrays() -> ToldArrays:
    """Return arrays with room for as many bars as are handed on at once."""
    return ToldArrays(
        sheet=np.zeros((SHEET_ROWS, WIDEST), np.int64),
        found=np.zeros((WIDEST + 1, 3), np.int64),
        told=np.zeros(CLOSED, TOLD),
        stacks=np.zeros((WIDEST + 1, 3), np.int64),
    )


class Rules(NamedTuple):
    """The settings it goes by, as in `engines.flow.settings`."""

    imbalance_ratio: float
    stacked: int
    divergence_bars: int
    divergence_shortfall: float


@compiled
def read_bars(flow: FlowArrays, bars: RecordArray, start: int, rules: Rules, out: ToldArrays) -> int:
    """Tell of BAR rows from `start` on, closed ones or the open ones; return the position reached.

    What is told of the first of them stands first. It stops short where the stacks might not fit: call again.
    """
    stacks = 0
    for position in range(start, len(bars)):
        bar = bars[position]
        told = out.told[position - start]
        is_open = bar.number == flow.written[bar.interval]
        if is_open:
            least = flow.usual[bar.interval].least
            count = read_open(flow, bar.interval, out.sheet)
        else:
            least = flow.footprints[bar.interval, bar.number % HISTORY].least
            count = read_closed(flow, bar.interval, bar.number, out.sheet)
        told.kept = count > 0
        told.stacks = 0
        told.diverged = 0
        if count > 0:
            find_imbalances(out.sheet, count, rules.imbalance_ratio, least)
            found = find_stacks(out.sheet, count, rules.stacked, out.found)
            if stacks + found > len(out.stacks):
                return position
            for number in range(found):
                out.stacks[stacks, 0] = out.found[number, 0]
                out.stacks[stacks, 1] = out.found[number, 1] + bar.low
                out.stacks[stacks, 2] = out.found[number, 2] + bar.low
                stacks += 1
            told.stacks = found
            told.unfinished_high = out.sheet[TRADE_BUY, count - 1] > 0 and out.sheet[TRADE_SELL, count - 1] > 0
            told.unfinished_low = out.sheet[TRADE_BUY, 0] > 0 and out.sheet[TRADE_SELL, 0] > 0
        if not is_open:
            _tell_divergence(flow, bar.interval, bar.number, rules, told)
    return len(bars)


@compiled
def _tell_divergence(flow: FlowArrays, interval: int, number: int, rules: Rules, told: Any) -> None:
    history = flow.history[interval]
    first = max(number - rules.divergence_bars, 0)
    sign, earlier = judge(history, number, first, flow.now[0].day_start, rules.divergence_shortfall)
    told.diverged = sign
    if sign != 0:
        bar = history[number % HISTORY]
        before = history[earlier % HISTORY]
        told.tick = bar.high if sign > 0 else bar.low
        told.earlier_end = before.end
        told.earlier_tick = before.high if sign > 0 else before.low
