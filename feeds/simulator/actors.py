"""Planted actors: small state machines that carry out what the script laid down, in terms of the market they find.

The script (Python, from the seed) says when, how much and how; an actor chooses its price when it begins, because only
then is the market known. Each wake-up is one entry in the diary. An actor whose order is filled is woken by the fill.
"""

from typing import Final

import numpy as np

from feeds.simulator.chance import below, share
from feeds.simulator.compiled import compiled, inlined, signed
from feeds.simulator.diary import write_down
from feeds.simulator.flow import touch_of, within
from feeds.simulator.grammar import tell
from feeds.simulator.layout import (
    ACTOR_BEGAN,
    ACTOR_ENDED,
    ACTOR_POSTED,
    ACTOR_PULLED,
    ASK,
    BID,
    BY_CANCEL,
    BY_SWEEP,
    CLUSTER,
    DRIVE,
    DUE_ACTOR,
    DUE_STOP,
    ICEBERG,
    LAYER,
    MOOD,
    NOBODY,
    SLICER,
    STAYS,
    SWING_MINUTES,
    WALL,
    Market,
)
from feeds.simulator.matching import cancel, enter_limit, enter_stop
from feeds.simulator.queues import is_crossing

_NO_ID: Final = np.uint64(0)
_PATIENCE_NS: Final = 50_000_000
"""How long a slicer waits where its price would trade."""
_REACH: Final = 4
"""Ticks beyond the touch that a drive without a goal pays."""
_SWING_SPAN: Final = 20
"""Minutes in which a swing is looked for."""
_LEAST_AWAY: Final = 5
_MOST_AWAY: Final = 20
"""Ticks from the touch that a swing must have, and ticks beyond them that it may have."""


@compiled
def act(market: Market, number: int) -> None:
    """Let an actor do what is due."""
    actor = market.actors[number]
    if actor.stage == NOBODY:
        return
    if not market.now[0].continuous and actor.kind != MOOD:
        _end(market, number)
    elif actor.kind == MOOD:
        _set_mood(market, number)
    elif actor.kind in (ICEBERG, LAYER):
        _work_order(market, number)
    elif actor.kind in (SLICER, WALL):
        _work_clips(market, number)
    elif actor.kind == DRIVE:
        _drive(market, number)
    else:
        _plant_stops(market, number)


@inlined
def _wake(market: Market, number: int, pause: int) -> None:
    time = signed(market.now[0].clock) + pause
    write_down(market, time, DUE_ACTOR, number, np.uint64(market.actors[number].plan))


@inlined
def _is_alive(market: Market, number: int) -> bool:
    """Whether the actor's order rests."""
    actor = market.actors[number]
    return bool(actor.slot != NOBODY and market.orders[actor.slot].id == actor.order_id)


@compiled
def _begin(market: Market, number: int) -> None:
    """Start the actor's time and choose its price: so many ticks behind the touch of its side."""
    actor = market.actors[number]
    actor.stage = 1
    actor.until += market.now[0].clock
    side = signed(actor.side)
    distance = signed(actor.distance)
    bid, ask = touch_of(market, BID), touch_of(market, ASK)
    actor.tick = within(min(bid - distance, ask - 1) if side == BID else max(ask + distance, bid + 1))


@compiled
def _end(market: Market, number: int) -> None:
    """The actor is done: it takes its order away and frees its row."""
    actor = market.actors[number]
    if _is_alive(market, number):
        tell(market, ACTOR_PULLED, signed(actor.side), signed(actor.tick), actor.order_id, signed(actor.plan))
        _fill_in(market, signed(market.orders[actor.slot].shown))
        cancel(market, signed(actor.slot))
    tell(market, ACTOR_ENDED, signed(actor.side), signed(actor.tick), actor.order_id, signed(actor.plan))
    _fill_in(market, signed(actor.used))
    actor.stage = NOBODY
    actor.slot = NOBODY


@inlined
def _fill_in(market: Market, lots: int) -> None:
    """Add to the newest truth row its lots and what it saw of the market."""
    now = market.now[0]
    if not now.muted:
        row = market.truths[now.truths - 1]
        row.lots = lots
        row.before = now.best_bid
        row.after = now.best_ask


@compiled
def _set_mood(market: Market, number: int) -> None:
    actor, now = market.actors[number], market.now[0]
    now.drift = actor.drift
    now.volatility = actor.volatility
    now.fair += actor.jump
    tell(market, ACTOR_BEGAN, BID, signed(now.fair), _NO_ID, signed(actor.plan))
    _fill_in(market, 0)
    actor.stage = NOBODY


# --- resting orders ---------------------------------------------------------------------------------------------------


@compiled
def _work_order(market: Market, number: int) -> None:
    """Rest one order, an iceberg or a layer, and see to its end."""
    actor = market.actors[number]
    if actor.stage == 0:
        _begin(market, number)
        side, lots = signed(actor.side), signed(actor.lots)
        slot = enter_limit(market, side, signed(actor.tick), lots, signed(actor.display), 0, number, True)
        if slot == NOBODY:
            _end(market, number)
            return
        actor.slot = slot
        actor.order_id = market.orders[slot].id
        tell(market, ACTOR_BEGAN, side, signed(actor.tick), actor.order_id, signed(actor.plan))
        _fill_in(market, lots)
        _wake(market, number, signed(actor.until) - signed(market.now[0].clock))
        return
    if not _is_alive(market, number) or actor.ending == BY_CANCEL:
        _end(market, number)
    elif market.now[0].clock < actor.until:
        return
    elif actor.ending == BY_SWEEP:
        _hit(market, number, _lots_through(market, signed(actor.side), signed(actor.tick)))
        _end(market, number)
    else:
        _hit(market, number, 1 + below(market, 2 * signed(actor.clip)))
        _wake(market, number, signed(actor.pause * (0.5 + share(market))))


@compiled
def _hit(market: Market, number: int, lots: int) -> None:
    """Trade against the actor's price, and everything on the way there."""
    actor = market.actors[number]
    other = ASK if actor.side == BID else BID
    enter_limit(market, other, signed(actor.tick), lots, 0, 0, NOBODY, False)


@compiled
def _lots_through(market: Market, side: int, tick: int) -> int:
    """Return all lots, hidden ones too, from the touch of a side to a price."""
    lots = 0
    place = touch_of(market, side)
    while place >= tick if side == BID else place <= tick:
        slot = signed(market.levels[side, place].head)
        while slot != NOBODY:
            order = market.orders[slot]
            lots += signed(order.shown) + signed(order.hidden)
            slot = signed(order.next)
        place += -1 if side == BID else 1
    return lots


@compiled
def _work_clips(market: Market, number: int) -> None:
    """Post clip after clip at one price, each under a new id, until the lots are spent or the time is over."""
    actor = market.actors[number]
    if actor.stage == 0:
        _begin(market, number)
        side = signed(actor.side)
        tell(market, ACTOR_BEGAN, side, signed(actor.tick), _NO_ID, signed(actor.plan))
        _fill_in(market, signed(actor.lots))
        _wake(market, number, signed(actor.until) - signed(market.now[0].clock))
    elif _is_alive(market, number) and market.now[0].clock < actor.until:
        return
    side, tick = signed(actor.side), signed(actor.tick)
    if actor.lots <= 0 or market.now[0].clock >= actor.until:
        _end(market, number)
        return
    if actor.kind == SLICER and is_crossing(market, side, tick):
        _wake(market, number, _PATIENCE_NS)
        return
    # A wall defends its price: what has come through it is taken, and the rest of the clip stands there.
    lots = min(signed(actor.clip), signed(actor.lots))
    slot = enter_limit(market, side, tick, lots, 0, 0, number, True)
    actor.lots -= lots
    actor.used += lots
    actor.slot = slot
    if slot == NOBODY:
        _wake(market, number, signed(actor.pause))
        return
    actor.order_id = market.orders[slot].id
    tell(market, ACTOR_POSTED, side, tick, actor.order_id, signed(actor.plan))
    _fill_in(market, signed(market.orders[slot].shown))


# --- aggressors and stops ---------------------------------------------------------------------------------------------


@compiled
def _drive(market: Market, number: int) -> None:
    """Send aggressive orders until the goal is reached, the lots are spent or the time is over.

    With a wall as partner it trades down to the wall's price, with a cluster until the farthest stop is reached.
    """
    actor, now = market.actors[number], market.now[0]
    side = signed(actor.side)
    passive = ASK if side == BID else BID
    if actor.stage == 0:
        actor.stage = 1
        actor.until += now.clock
        actor.tick = touch_of(market, passive)
        now.push += actor.jump
        tell(market, ACTOR_BEGAN, side, signed(actor.tick), _NO_ID, signed(actor.plan))
        _fill_in(market, signed(actor.lots))
    goal = NOBODY
    limit = touch_of(market, passive) + (_REACH if side == BID else -_REACH)
    if actor.partner != NOBODY:
        partner = market.actors[actor.partner]
        if partner.plan == actor.plan and partner.kind == CLUSTER:
            goal = signed(partner.target)
        elif partner.plan == actor.plan and partner.stage == 1:
            limit = signed(partner.tick)
    reached = goal != NOBODY and (now.last >= goal if side == BID else now.last <= goal)
    if reached or actor.lots <= 0 or now.clock >= actor.until:
        now.push -= actor.jump
        if actor.ending == STAYS:
            now.fair = signed(now.last) + 0.5 * actor.jump
        actor.tick = now.last
        _end(market, number)
        return
    lots = min(1 + below(market, 2 * signed(actor.clip)), signed(actor.lots))
    before = signed(now.volume)
    enter_limit(market, side, within(limit), lots, 0, 0, NOBODY, False)
    actor.used += signed(now.volume) - before
    actor.lots -= lots
    _wake(market, number, signed(actor.pause * (0.4 + 1.2 * share(market))))


@compiled
def _plant_stops(market: Market, number: int) -> None:
    """Leave stop orders beyond the newest swing; `tick` is the swing, `target` the farthest stop."""
    actor = market.actors[number]
    if actor.stage != 0:
        _end(market, number)
        return
    _begin(market, number)
    side = signed(actor.side)
    swing = _swing(market, side)
    away = 1 if side == BID else -1
    actor.tick = swing
    actor.target = swing + away * (1 + signed(actor.distance))
    tell(market, ACTOR_BEGAN, side, swing, _NO_ID, signed(actor.plan))
    _fill_in(market, signed(actor.count))
    for placed in range(actor.count):
        # One stands at the far end, so that who takes them all goes that far.
        beyond = signed(actor.distance) if placed == 0 else below(market, signed(actor.distance) + 1)
        trigger = within(swing + away * (1 + beyond))
        lots = 1 + below(market, 2 * signed(actor.clip))
        slot = enter_stop(market, side, trigger, lots, signed(actor.plan))
        if slot == NOBODY:
            break
        tell(market, ACTOR_POSTED, side, trigger, market.stops[slot].id, signed(actor.plan))
        _fill_in(market, lots)
        write_down(market, signed(actor.until), DUE_STOP, slot, market.stops[slot].id)
    _wake(market, number, signed(actor.until) - signed(market.now[0].clock))


@compiled
def _swing(market: Market, side: int) -> int:
    """Return the nearest high above the market, or low below it, of the last minutes; where there is none, a price."""
    now = market.now[0]
    nearest = touch_of(market, ASK) + _LEAST_AWAY if side == BID else touch_of(market, BID) - _LEAST_AWAY
    for back in range(1, _SWING_SPAN):
        minute = max(signed(now.swing_minute) - back, 0) % SWING_MINUTES
        high, low = market.swings[minute, 0], market.swings[minute, 1]
        if side == BID and nearest <= high <= nearest + _MOST_AWAY:
            return signed(high)
        if side == ASK and nearest - _MOST_AWAY <= low <= nearest:
            return signed(low)
    return nearest
