"""The compiled volume profile: point of control, value area and nodes, over lots at consecutive ticks.

Every trade counts with its lots, those without an aggressor too: an auction is traded volume. Lots stand in arrays of
shape (sides, ticks), so that the sides of one tick are summed where it is read.

**Point of control**: the price with most lots; of several the one nearest to the middle between the lowest and highest
traded price; of two equally near the lower. It follows each trade; all prices are looked at again only where several
share the most lots and a trade widens the range, which moves the middle.

**Value area** (two rows, as the CBOT made it): begin at the point of control; compare the lots of the two rows above
with those of the two below, and take the pair that holds more, the upper one where they are equal; stop as soon as
70 % of all lots are held. Beyond the traded range there are no rows: at its ends a pair is a single row or none.

**Nodes**: smoothed by weights 1, 2, 1, a high-volume node is a peak that rises by a quarter of the highest one above
the deepest point on the way to anything higher, on both sides (its prominence; beyond the range there is nothing). A
low-volume node is the deepest point between two high ones. Of equal ticks in a row the lowest counts.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engines.compiled import compiled, inlined
from engines.flow.layout import SQUARE_BITS, FlowArrays

VALUE_TENTHS: Final = 7
"""Tenths of all lots that the value area holds at least."""
PROMINENCE_SHARE: Final = 4
"""A node's prominence is at least the highest peak divided by this."""
_SQUARE_MASK: Final = (1 << SQUARE_BITS) - 1

Lots = npt.NDArray[np.int64]
Columns = npt.NDArray[np.int64]


@inlined
def _lots_at(lots: Lots, column: int) -> int:
    total = 0
    for side in range(lots.shape[0]):
        total += lots[side, column]
    return total


@compiled
def point_of_control(lots: Lots, lowest: int, highest: int) -> int:
    """Return the column of the point of control between two columns that hold lots."""
    best = lowest
    most = _lots_at(lots, lowest)
    for column in range(lowest + 1, highest + 1):
        here = _lots_at(lots, column)
        nearer = abs(2 * column - lowest - highest) < abs(2 * best - lowest - highest)
        if here > most or (here == most and nearer):
            best = column
            most = here
    return best


@compiled
def value_area(lots: Lots, lowest: int, highest: int, control: int, volume: int) -> tuple[int, int]:
    """Return the first and last column of the value area around the column `control`; `volume` is the sum of all."""
    low = control
    high = control
    held = _lots_at(lots, control)
    while 10 * held < VALUE_TENTHS * volume and (low > lowest or high < highest):
        rows_above = min(2, highest - high)
        rows_below = min(2, low - lowest)
        above = 0
        for column in range(high + 1, high + rows_above + 1):
            above += _lots_at(lots, column)
        below = 0
        for column in range(low - rows_below, low):
            below += _lots_at(lots, column)
        if rows_below == 0 or (rows_above > 0 and above >= below):
            high += rows_above
            held += above
        else:
            low -= rows_below
            held += below
    return low, high


@inlined
def _smoothed(lots: Lots, lowest: int, highest: int, column: int) -> int:
    total = 2 * _lots_at(lots, column)
    if column > lowest:
        total += _lots_at(lots, column - 1)
    if column < highest:
        total += _lots_at(lots, column + 1)
    return total


@compiled
def find_nodes(lots: Lots, lowest: int, highest: int, found: Columns) -> int:
    """Write the columns of high and low nodes in turn, a high one first and last; return how many.

    `found` has room for as many as there are columns. Turning points that lie far enough apart are the peaks of enough
    prominence, and what is deepest between them.
    """
    most = 0
    for column in range(lowest, highest + 1):
        most = max(most, _smoothed(lots, lowest, highest, column))
    far_enough = (most + PROMINENCE_SHARE - 1) // PROMINENCE_SHARE
    count = 0
    rising = False
    place = lowest - 1
    extreme = 0
    for column in range(lowest, highest + 2):
        here = _smoothed(lots, lowest, highest, column) if column <= highest else 0
        turned = here <= extreme - far_enough if rising else here >= extreme + far_enough
        if turned:
            if place >= lowest:
                found[count] = place
                count += 1
            rising = not rising
        if turned or (here > extreme if rising else here < extreme):
            place = column
            extreme = here
    return count


@inlined
def add_to_profile(flow: FlowArrays, trade: Any) -> None:
    """Add a trade within the ladder to volume at price, point of control and moments."""
    now = flow.now[0]
    size = trade.size
    tick = trade.tick
    if size <= 0:
        return
    flow.ladder[trade.side, tick - now.base] += size
    distance = tick - now.origin
    square = distance * distance
    now.weighted += size * distance
    now.squares_high += size * (square >> SQUARE_BITS)
    now.squares_low += size * (square & _SQUARE_MASK)
    first = now.profile_volume == 0
    if first:
        now.since = trade.clock
        now.low = tick
        now.high = tick
    wider = tick < now.low or tick > now.high
    now.low = min(now.low, tick)
    now.high = max(now.high, tick)
    now.profile_volume += size
    _move_point_of_control(flow, tick, wider)


@inlined
def _move_point_of_control(flow: FlowArrays, tick: int, wider: bool) -> None:
    """Follow a trade at `tick`, which widened the range or not."""
    now = flow.now[0]
    here = _lots_at(flow.ladder, tick - now.base)
    if here > now.poc_volume:
        now.poc = tick
        now.poc_volume = here
        now.poc_ties = 1
        return
    if here == now.poc_volume:
        now.poc_ties += 1
        middle = now.low + now.high
        farther = abs(2 * tick - middle) - abs(2 * now.poc - middle)
        if farther < 0 or (farther == 0 and tick < now.poc):
            now.poc = tick
    if wider and now.poc_ties > 1:
        now.poc = now.base + point_of_control(flow.ladder, now.low - now.base, now.high - now.base)


@compiled
def find_value_area(flow: FlowArrays) -> None:
    """Bring the value area up to the newest trade; while nothing has traded it stays as it is."""
    now = flow.now[0]
    if now.valued == now.profile_volume:
        return
    low, high = value_area(flow.ladder, now.low - now.base, now.high - now.base, now.poc - now.base, now.profile_volume)
    now.value_low = now.base + low
    now.value_high = now.base + high
    now.valued = now.profile_volume


@compiled
def keep_profile(flow: FlowArrays, interval: int, place: int) -> None:
    """Write down the day's profile for a bar that closes into `place` of its history."""
    find_value_area(flow)
    now = flow.now[0]
    row = flow.developed[interval, place]
    row.origin = now.origin
    row.volume = now.profile_volume
    row.weighted = now.weighted
    row.squares_high = now.squares_high
    row.squares_low = now.squares_low
    row.poc = now.poc
    row.value_low = now.value_low
    row.value_high = now.value_high
