"""The compiled watch over remembered zones: which trade touches one, and how price reacts to each touch.

A trade costs three comparisons: between two prices and before a moment nothing can happen, and only the range of what
traded is kept. At a trade that reaches one of the three, every zone and every watched touch is looked at.

**Touch.** A zone is armed once price has traded `leave` ticks or more away from its near edge, on the side that it
supports (a bid zone's upper one). The first trade at or beyond the near edge after that is a touch and disarms it: one
touch a visit, however long price stays.

**Reaction.** From the near edge, favourable is away from the zone. A touch has held when price is `leave` ticks away
before it was `through` ticks beyond the far edge; the other way round it has failed. Excursions at a horizon are those
of trades before it.
"""

from typing import Any

from engines.book.layout import BID, NEVER, RecordArray
from engines.compiled import compiled
from engines.zones.memory_layout import (
    FAILED,
    HAS_FAILED,
    HELD,
    HORIZONS,
    NO_PRICE,
    OPEN,
    REACTED,
    TOUCHED,
    WAS_HELD,
    MemoryArrays,
)

_HORIZONS = len(HORIZONS)
_STEPS_A_VISIT = _HORIZONS + 1


@compiled
def settle(memory: MemoryArrays) -> None:
    """Bring the excursions of watched touches up to the newest trade."""
    watch = memory.watch[0]
    if watch.low > watch.high:
        return
    for place in range(watch.visits):
        visit = memory.visits[place]
        up = watch.high - visit.near
        down = visit.near - watch.low
        visit.best = max(visit.best, up if visit.side == BID else down)
        visit.worst = max(visit.worst, down if visit.side == BID else up)
    watch.low = NO_PRICE
    watch.high = -NO_PRICE


@compiled
def look_out(memory: MemoryArrays) -> None:
    """Find the prices and the moment before which nothing can happen; to be called when zones or touches changed."""
    watch = memory.watch[0]
    below = -NO_PRICE
    above = NO_PRICE
    break_below = -NO_PRICE
    break_above = NO_PRICE
    until = NEVER
    for place in range(watch.places):
        zone = memory.places[place]
        if zone.side == BID:
            break_below = max(break_below, zone.low)
            if zone.armed:
                below = max(below, zone.high)
            else:
                above = min(above, zone.high + watch.leave)
        else:
            break_above = min(break_above, zone.high)
            if zone.armed:
                above = min(above, zone.low)
            else:
                below = max(below, zone.low - watch.leave)
    for place in range(watch.visits):
        visit = memory.visits[place]
        until = min(until, visit.clock + HORIZONS[visit.horizon])
        if visit.verdict == OPEN:
            if visit.side == BID:
                above = min(above, visit.near + visit.goal)
                below = max(below, visit.near - visit.limit)
            else:
                below = max(below, visit.near - visit.goal)
                above = min(above, visit.near + visit.limit)
    watch.below = below
    watch.above = above
    watch.until = until
    watch.break_below = break_below
    watch.break_above = break_above


@compiled
def place_zone(memory: MemoryArrays, number: int, low: int, high: int, side: int) -> None:
    """Take in a zone that is new or changed its band or side; there is room for it. Call `rearm` after all of them."""
    watch = memory.watch[0]
    place = 0
    while place < watch.places and memory.places[place].zone != number:
        place += 1
    zone = memory.places[place]
    if place == watch.places:
        watch.places += 1
        zone.armed = False
    elif zone.side != side:
        zone.armed = False
    zone.zone = number
    zone.low = low
    zone.high = high
    zone.side = side


@compiled
def let_go(memory: MemoryArrays, number: int) -> None:
    """Forget a zone and its touches; call `rearm` after all of them."""
    watch = memory.watch[0]
    kept = 0
    for place in range(watch.places):
        if memory.places[place].zone != number:
            if kept < place:
                memory.places[kept] = memory.places[place]
            kept += 1
    watch.places = kept
    kept = 0
    for place in range(watch.visits):
        if memory.visits[place].zone != number:
            if kept < place:
                memory.visits[kept] = memory.visits[place]
            kept += 1
    watch.visits = kept


@compiled
def fail_touches(memory: MemoryArrays, number: int) -> None:
    """Note that the touches of a zone which neither held nor failed have failed."""
    for place in range(memory.watch[0].visits):
        visit = memory.visits[place]
        if visit.zone == number and visit.verdict == OPEN:
            visit.verdict = FAILED


@compiled
def rearm(memory: MemoryArrays) -> None:
    """Arm the zones that price is far enough from, and those no more that it is at."""
    watch = memory.watch[0]
    for place in range(watch.places):
        zone = memory.places[place]
        away = -1
        if watch.last != NO_PRICE:
            away = watch.last - zone.high if zone.side == BID else zone.low - watch.last
        zone.armed = (zone.armed and away > 0) or away >= watch.leave
    look_out(memory)


@compiled
def _tell(memory: MemoryArrays, visit: Any, what: int, trade: Any) -> None:
    watch = memory.watch[0]
    step = memory.steps[watch.steps]
    step.visit = visit.visit
    step.zone = visit.zone
    step.clock = trade.clock
    step.index = trade.index
    step.order_id = trade.order_id
    step.tick = trade.tick
    step.size = trade.size
    step.near = visit.near
    step.goal = visit.goal
    step.limit = visit.limit
    step.best = visit.best
    step.worst = visit.worst
    step.side = visit.side
    step.what = what
    watch.steps += 1


@compiled
def _read_horizons(memory: MemoryArrays, trade: Any) -> None:
    """Tell the reactions whose horizon is over, and let go of touches with none left."""
    watch = memory.watch[0]
    kept = 0
    for place in range(watch.visits):
        visit = memory.visits[place]
        while visit.horizon < _HORIZONS and trade.clock >= visit.clock + HORIZONS[visit.horizon]:
            _tell(memory, visit, REACTED + visit.horizon, trade)
            visit.horizon += 1
        if visit.horizon < _HORIZONS:
            if kept < place:
                memory.visits[kept] = memory.visits[place]
            kept += 1
    watch.visits = kept


@compiled
def _judge(memory: MemoryArrays, visit: Any, trade: Any) -> None:
    """Take a trade into a touch's excursions, and say whether it decides the touch."""
    up = trade.tick - visit.near
    visit.best = max(visit.best, up if visit.side == BID else -up)
    visit.worst = max(visit.worst, -up if visit.side == BID else up)
    if visit.verdict != OPEN:
        return
    if visit.best >= visit.goal:
        visit.verdict = HELD
        _tell(memory, visit, WAS_HELD, trade)
    elif visit.worst >= visit.limit:
        visit.verdict = FAILED
        _tell(memory, visit, HAS_FAILED, trade)


@compiled
def _visit(memory: MemoryArrays, zone: Any, trade: Any) -> None:
    watch = memory.watch[0]
    visit = memory.visits[watch.visits]
    watch.visits += 1
    watch.visited += 1
    visit.visit = watch.visited
    visit.zone = zone.zone
    visit.clock = trade.clock
    visit.near = zone.high if zone.side == BID else zone.low
    visit.goal = watch.leave
    visit.limit = zone.high - zone.low + watch.through
    visit.best = 0
    visit.worst = 0
    visit.horizon = 0
    visit.side = zone.side
    visit.verdict = OPEN
    _tell(memory, visit, TOUCHED, trade)
    _judge(memory, visit, trade)


@compiled
def _look_at_zones(memory: MemoryArrays, trade: Any) -> None:
    watch = memory.watch[0]
    for place in range(watch.places):
        zone = memory.places[place]
        away = trade.tick - zone.high if zone.side == BID else zone.low - trade.tick
        if away >= watch.leave:
            zone.armed = True
        elif zone.armed and away <= 0:
            zone.armed = False
            _visit(memory, zone, trade)


@compiled
def watch_trades(memory: MemoryArrays, trades: RecordArray, start: int, stop: int) -> int:
    """Take TRADE rows from `start` to before `stop`; return the position reached.

    It stops short where what may happen next might not fit into `steps` or `visits`: empty the one, or grow the other,
    and call again. Both hold one trade's worth when `steps` is empty and `visits` has room for a touch of every zone.
    """
    watch = memory.watch[0]
    for position in range(start, stop):
        trade = trades[position]
        tick = trade.tick
        clock = trade.clock
        if clock <= 0:
            continue
        if watch.below < tick < watch.above and clock < watch.until:
            watch.low = min(watch.low, tick)
            watch.high = max(watch.high, tick)
        else:
            most = _STEPS_A_VISIT * watch.visits + 2 * watch.places
            if watch.steps + most > len(memory.steps) or watch.visits + watch.places > len(memory.visits):
                return position
            settle(memory)
            _read_horizons(memory, trade)
            for place in range(watch.visits):
                _judge(memory, memory.visits[place], trade)
            _look_at_zones(memory, trade)
            look_out(memory)
        watch.clock = clock
        watch.last = tick
    return stop
