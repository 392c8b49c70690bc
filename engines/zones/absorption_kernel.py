"""The compiled absorption engine: trades in, steps in the life of zones out.

A trade that hits a price looks back over the trailing window: how much was hit there and right before it, how far price
got beyond, what came back into the queue, and how far price should have gone. What is usual stands in
`absorption_usual`, what the window holds in `absorption_window`.
"""

from typing import Any, Final

import numpy as np

from engines.book.layout import BID, NO_EVENT, TRADE_BUY, TRADE_NONE, RecordArray
from engines.compiled import compiled, inlined, signed
from engines.zones.absorption_layout import (
    AGED,
    CLOSED_BEYOND,
    CONFIRMED,
    DAY_ENDED,
    DONE,
    FORMED,
    GAVE_WAY,
    GROW_WINDOW,
    KEPT,
    PRESSED,
    RANGES,
    STEPPED,
    TOUCHED,
    TRADED_THROUGH,
    ZONES,
    AbsorptionArrays,
)
from engines.zones.absorption_usual import close_slot, impact_z, state_usual, volume_z
from engines.zones.absorption_window import enter, leave, lots_into, passive_side

_END_OF_TIME: Final = 2**63 - 1
_LEAST_AWAY: Final = 3.0
"""Ticks that price must have been away for its return to be one, however quiet minutes are."""
_LEAST_RANGES: Final = 5
"""Traded minutes that must be known before one's range is called usual."""
_LOOKS: Final = 60
"""Close looks at a side in one window, at most."""


@compiled
def take_stretch(
    memory: AbsorptionArrays, trades: RecordArray, minutes: RecordArray, position: int, minute: int
) -> tuple[int, int, int]:
    """Take TRADE rows and the BAR rows of minutes from two positions on, a minute before the trades from its end on.

    Returns the positions reached and a reason: DONE, GROW_WINDOW (double its ring) or STEPPED (empty `steps`). Call
    again after acting.
    """
    now = memory.now[0]
    while position < len(trades) or minute < len(minutes):
        if minute < len(minutes) and (position == len(trades) or trades[position].clock >= minutes[minute].end):
            _close_minute(memory, minutes[minute])
            minute += 1
        elif now.last - now.first == len(memory.window):
            return position, minute, GROW_WINDOW
        else:
            if trades[position].clock > 0:
                _take_trade(memory, trades[position])
            position += 1
        if now.steps:
            return position, minute, STEPPED
    return position, minute, DONE


@inlined
def _take_trade(memory: AbsorptionArrays, trade: Any) -> None:
    _move_window(memory, trade)
    if memory.now[0].live:
        _follow(memory, trade)
    if trade.side != TRADE_NONE:
        _look(memory, trade)


@compiled
def _close_minute(memory: AbsorptionArrays, minute: Any) -> None:
    """Take a closed minute: its close breaks zones that it lies beyond, and time ends old ones."""
    now, limits = memory.now[0], memory.limits[0]
    memory.ranges[now.minutes % RANGES] = minute.high - minute.low
    now.minutes += 1
    known = min(now.minutes, RANGES)
    if known >= _LEAST_RANGES:
        together = 0
        for place in range(known):
            together += memory.ranges[place]
        now.minute_range = together / known
    if now.live == 0:
        return
    for row in range(now.rows):
        zone = memory.zones[row]
        if zone.number == 0:
            continue
        beyond = _beyond(zone, minute.close)
        if beyond > limits.progress:
            _end(memory, row, CLOSED_BEYOND, (minute.end, NO_EVENT), beyond)
        elif minute.end - zone.newest > limits.age:
            _end(memory, row, AGED, (minute.end, NO_EVENT), minute.end - zone.newest)


@compiled
def end_day(memory: AbsorptionArrays, ts: int) -> None:
    """End every zone with its trading day, and empty the window."""
    now = memory.now[0]
    for row in range(now.rows):
        if memory.zones[row].number:
            _end(memory, row, DAY_ENDED, (ts, NO_EVENT), 0)
    if now.last > now.first:
        close_slot(memory)
    leave(memory, _END_OF_TIME)
    now.has_slot_before = False
    memory.looked[:] = 0


@inlined
def _move_window(memory: AbsorptionArrays, trade: Any) -> None:
    """Let a trade into the window and old ones out; learn from the slot that it ends."""
    now, limits = memory.now[0], memory.limits[0]
    slot = trade.clock // limits.slot
    if slot != now.slot:
        if now.last > now.first:
            close_slot(memory)
        now.slot = slot
        state_usual(memory)
    leave(memory, trade.clock - limits.window)
    enter(memory, trade)


# --- finding absorption -----------------------------------------------------------------------------------------------


@compiled
def _look(memory: AbsorptionArrays, trade: Any) -> None:
    """Ask whether what this trade hits absorbs, if enough has traded into it."""
    now, limits = memory.now[0], memory.limits[0]
    side = passive_side(trade)
    if now.slots < limits.slots or now.needed_lots == 0 or lots_into(memory, side, trade.tick) < now.needed_lots:
        return
    if trade.clock < memory.looked[side] + limits.window // _LOOKS:
        return
    memory.looked[side] = trade.clock
    row = _measure(memory, trade, side)
    found = memory.finding[0]
    if found.lots < now.needed_lots or found.impact_z < limits.impact_z:
        return
    if found.refill < limits.refill:  # what is unknown is not less
        return
    if row < 0:
        _form(memory, trade)
    else:
        _press(memory, trade, row)


@compiled
def _measure(memory: AbsorptionArrays, trade: Any, side: int) -> int:
    """Measure the zone that a trade hits into `finding`; return the row of the live zone that it belongs to, or -1.

    Looking back ends at the start of the window, where price was last too far beyond, and at the newest finding in the
    same zone, so that no lot is found absorbed twice. What counts begins with the first trade into the zone.
    """
    now, limits, found = memory.now[0], memory.limits[0], memory.finding[0]
    back = (limits.zone_ticks - 1) * (1 if side == BID else -1)
    found.side = side
    found.low = min(trade.tick, trade.tick + back)
    found.high = max(trade.tick, trade.tick + back)
    found.lots = 0
    found.deepest = 0
    found.pressure_on = 0
    found.activity_on = 0
    found.tells_queue = True
    memory.sums[0] = 0
    row = _zone_at(memory, trade.clock)
    after = memory.zones[row].pressed if row >= 0 else trade.clock - limits.window
    place = now.last - 1
    while place >= now.first:
        one = memory.window[place & (len(memory.window) - 1)]
        beyond = _beyond(found, one.tick)
        if one.clock <= after or beyond > limits.progress:
            break
        found.deepest = max(found.deepest, beyond)
        if one.side != TRADE_NONE:
            _weigh(memory, one, place)
        place -= 1
    found.refill = _came_back(memory) / found.lots if found.tells_queue and found.lots > 0 else np.nan
    found.volume_z = volume_z(memory, found.lots)
    upwards = impact_z(memory, found.pressure, found.activity, trade.tick - found.begun)
    found.impact_z = -upwards if side == BID else upwards
    return row


@inlined
def _weigh(memory: AbsorptionArrays, one: Any, place: int) -> None:
    """Take an earlier trade into the measures; if it hit the zone, everything from it on counts."""
    found, sums = memory.finding[0], memory.sums
    found.activity_on += one.size
    found.pressure_on += one.size if one.side == TRADE_BUY else -one.size
    if passive_side(one) != found.side or not found.low <= one.tick <= found.high:
        return
    found.place = place
    found.since = one.clock
    found.begun = one.tick
    found.progress = found.deepest
    found.pressure = found.pressure_on
    found.activity = found.activity_on
    found.lots += one.size
    found.tells_queue = found.tells_queue and one.stacked >= 0
    level = one.tick - found.low
    came = one.stacked - one.pulled + one.refilled
    if sums[0, level] == 0:
        sums[0, level] = 1
        sums[2, level] = came
    sums[1, level] = came


@inlined
def _came_back(memory: AbsorptionArrays) -> int:
    """Return the lots that came into the zone's queues, less those pulled, from its first trade to its last."""
    came = 0
    for level in range(memory.limits[0].zone_ticks):
        if memory.sums[0, level]:
            came += memory.sums[2, level] - memory.sums[1, level]
    return came


@compiled
def _zone_at(memory: AbsorptionArrays, clock: int) -> int:
    """Return the row of the live zone that the finding belongs to: the nearest, then the newest; -1 if none."""
    now, limits, found = memory.now[0], memory.limits[0], memory.finding[0]
    most_ticks = limits.zone_ticks + 2 * limits.merge_ticks
    best = -1
    best_apart = limits.merge_ticks + 1
    for row in range(now.rows):
        zone = memory.zones[row]
        if zone.number == 0 or zone.side != found.side or clock - zone.pressed > limits.merge_time:
            continue
        if max(found.high, zone.high) - min(found.low, zone.low) + 1 > most_ticks:
            continue
        apart = max(found.low - zone.high, zone.low - found.high, 0)
        if apart < best_apart or (apart == best_apart and best >= 0 and zone.number > memory.zones[best].number):
            best = row
            best_apart = apart
    return best


@compiled
def _form(memory: AbsorptionArrays, trade: Any) -> None:
    """Begin a zone; those that it overlaps give way to it."""
    now, found = memory.now[0], memory.finding[0]
    row = 0
    while memory.zones[row].number:
        row += 1
    for other in range(now.rows):
        zone = memory.zones[other]
        if zone.number and zone.side == found.side and zone.low <= found.high and found.low <= zone.high:
            _end(memory, other, GAVE_WAY, (trade.clock, trade.event), 0)
    zone = memory.zones[row]
    now.zones += 1
    now.live += 1
    now.rows = max(now.rows, row + 1)
    zone.number = now.zones
    zone.side = found.side
    zone.low = found.low
    zone.high = found.high
    zone.since = found.since
    zone.lots = 0
    zone.count = 0
    zone.touches = 1
    zone.through = 0
    zone.away = False
    zone.confirmed = False
    _count_found(memory, row, found.low, found.high)
    _take_measures(memory, row, trade.clock)
    _tell(memory, row, FORMED, (trade.clock, trade.event), found.lots)
    if now.live > ZONES:
        _let_one_go(memory, trade)


@compiled
def _let_one_go(memory: AbsorptionArrays, trade: Any) -> None:
    """End the zone that was pressed least recently, of equal ones the oldest."""
    now = memory.now[0]
    oldest = -1
    for row in range(now.rows):
        zone = memory.zones[row]
        if zone.number == 0:
            continue
        known = memory.zones[oldest]
        if oldest < 0 or zone.pressed < known.pressed or (zone.pressed == known.pressed and zone.number < known.number):
            oldest = row
    _end(memory, oldest, GAVE_WAY, (trade.clock, trade.event), 0)


@compiled
def _press(memory: AbsorptionArrays, trade: Any, row: int) -> None:
    """Take a finding into a live zone, which grows to hold it."""
    found, zone = memory.finding[0], memory.zones[row]
    low, high = zone.low, zone.high
    zone.low = min(low, found.low)
    zone.high = max(high, found.high)
    _count_found(memory, row, found.low, min(found.high, low - 1))
    _count_found(memory, row, max(found.low, high + 1), found.high)
    _take_measures(memory, row, trade.clock)
    _tell(memory, row, PRESSED, (trade.clock, trade.event), found.lots)


@compiled
def _count_found(memory: AbsorptionArrays, row: int, low: int, high: int) -> None:
    """Count the trades that were found at some ticks into a zone that did not hold these ticks before."""
    now, found = memory.now[0], memory.finding[0]
    for place in range(found.place, now.last):
        one = memory.window[place & (len(memory.window) - 1)]
        if one.side != TRADE_NONE and passive_side(one) == found.side and low <= one.tick <= high:
            _count(memory, row, one)


@inlined
def _count(memory: AbsorptionArrays, row: int, trade: Any) -> None:
    zone = memory.zones[row]
    memory.kept[row, zone.count % KEPT] = trade
    zone.count += 1
    zone.lots += trade.size
    zone.newest = trade.clock


@inlined
def _take_measures(memory: AbsorptionArrays, row: int, clock: int) -> None:
    found, zone = memory.finding[0], memory.zones[row]
    zone.pressed = clock
    zone.progress = found.progress
    zone.refill = found.refill
    zone.volume_z = found.volume_z
    zone.impact_z = found.impact_z


# --- the life of a zone -----------------------------------------------------------------------------------------------


@compiled
def _follow(memory: AbsorptionArrays, trade: Any) -> None:
    """Let every live zone see a trade."""
    now, limits = memory.now[0], memory.limits[0]
    for row in range(now.rows):
        zone = memory.zones[row]
        if zone.number == 0:
            continue
        if trade.clock - zone.newest > limits.age:
            _end(memory, row, AGED, (trade.clock, trade.event), trade.clock - zone.newest)
            continue
        beyond = _beyond(zone, trade.tick)
        ahead = zone.low - zone.high - beyond
        if beyond > 0:
            _press_through(memory, row, trade, beyond)
            continue
        zone.through = 0
        if ahead <= 0:
            _enter_zone(memory, row, trade)
        elif now.minute_range > 0 and ahead >= max(_LEAST_AWAY, limits.touch_range * now.minute_range):
            zone.away = True
            if not zone.confirmed and ahead >= limits.confirm_range * now.minute_range:
                zone.confirmed = True
                _tell(memory, row, CONFIRMED, (trade.clock, trade.event), ahead)


@inlined
def _press_through(memory: AbsorptionArrays, row: int, trade: Any, beyond: int) -> None:
    """Count a trade on the bad side of a zone: far enough and often enough, it breaks."""
    now, limits, zone = memory.now[0], memory.limits[0], memory.zones[row]
    if beyond >= limits.break_ticks:
        zone.through += trade.size
        if zone.through >= limits.break_volume * now.usual_lots:
            _end(memory, row, TRADED_THROUGH, (trade.clock, trade.event), zone.through)


@inlined
def _enter_zone(memory: AbsorptionArrays, row: int, trade: Any) -> None:
    """Take a trade at a price of the zone."""
    zone = memory.zones[row]
    if trade.side != TRADE_NONE and passive_side(trade) == zone.side:
        _count(memory, row, trade)
    if zone.away:
        zone.away = False
        zone.touches += 1
        _tell(memory, row, TOUCHED, (trade.clock, trade.event), zone.touches)


@inlined
def _beyond(zone: Any, tick: int) -> int:
    """Return by how many ticks a price lies on the bad side of a zone; not above 0 inside it and on the good side."""
    return signed(zone.low - tick if zone.side == BID else tick - zone.high)


@compiled
def _end(memory: AbsorptionArrays, row: int, what: int, moment: tuple[int, int], amount: int) -> None:
    _tell(memory, row, what, moment, amount)
    now = memory.now[0]
    memory.zones[row].number = 0
    now.live -= 1
    while now.rows > 0 and memory.zones[now.rows - 1].number == 0:
        now.rows -= 1


@compiled
def _tell(memory: AbsorptionArrays, row: int, what: int, moment: tuple[int, int], amount: int) -> None:
    """Hand on a step; `moment` is its time and the matching event of the trade that made it, or NO_EVENT."""
    now = memory.now[0]
    step = memory.steps[now.steps]
    step.what = what
    step.row = row
    step.ts, step.event = moment
    step.amount = amount
    memory.told[now.steps] = memory.zones[row]
    now.steps += 1
