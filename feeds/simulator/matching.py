"""The matching engine: price-time priority, display quantities, stops, self-match prevention, the opening auction.

Everything a trader can do is one function here: it changes the book, collects the trades, fills and changed orders of
the running matching event, and publishes the event. Simplification: a stop fires only on trades of its own direction.
"""

from typing import Any, Final

import numpy as np

from feeds.simulator.chance import below
from feeds.simulator.compiled import compiled, inlined, signed
from feeds.simulator.grammar import publish, tell
from feeds.simulator.layout import (
    ASK,
    BID,
    CANCEL,
    ENTER_LIMIT,
    ENTER_STOP,
    LADDER,
    MOVE,
    NO_ASK,
    NO_BID,
    NOBODY,
    NONE,
    PRINTS,
    RESIZE,
    STOP_FIRED,
    WITHDRAW_STOP,
    Market,
)
from feeds.simulator.queues import best_of, hold_stop, is_crossing, join, leave, release_stop
from feeds.simulator.requests import note

_NO_ID: Final = np.uint64(0)
_ID_STEP: Final = 6
"""Ids run over all products of the exchange: the next one is up to this much higher."""
_PROTECTION: Final = 20
"""Ticks beyond its trigger that a stop trades to; what is left then is withdrawn."""
_SPARE: Final = 8


@inlined
def new_id(market: Market) -> Any:
    """Return the next order id; ids grow with entry."""
    now = market.now[0]
    now.next_id += np.uint64(1 + below(market, _ID_STEP))
    return now.next_id


@inlined
def has_room(market: Market) -> bool:
    """Whether the running event may take one more trade, fill or changed order."""
    now = market.now[0]
    most = max(signed(now.prints), signed(now.fills), signed(now.touches))
    return most < PRINTS - _SPARE


# --- what traders do --------------------------------------------------------------------------------------------------


@compiled
def enter_limit(
    market: Market, side: int, tick: int, lots: int, display: int, owner: int, actor: int, rests: bool
) -> int:
    """Enter a limit order, an iceberg where `display` is not 0; return its slot, or NOBODY where nothing rests.

    `rests` False makes it immediate-or-cancel: what does not trade at once is gone unseen.
    """
    now = market.now[0]
    order_id = new_id(market)
    if now.noting:
        row = note(market, ENTER_LIMIT, order_id, side, tick, lots)
        row.display = display
        row.owner = owner
        row.rests = rests
    left = lots
    if now.continuous and is_crossing(market, side, tick):
        left = aggress(market, order_id, side, tick, lots, owner, False)
    slot = NOBODY
    if left > 0 and rests and now.order_room > _SPARE and not (now.continuous and is_crossing(market, side, tick)):
        shown = left if display == 0 else min(display - (lots - left) % display, left)
        slot = _rest(market, order_id, side, tick, shown, left - shown, display, owner, actor)
    fire_stops(market, side)
    publish(market)
    return slot


@compiled
def cancel(market: Market, slot: int) -> None:
    """Withdraw a resting order."""
    if market.now[0].noting:
        note(market, CANCEL, market.orders[slot].id, 0, 0, 0)
    row = _touch(market, slot)
    market.touches[row].gone = True
    leave(market, slot)
    publish(market)


@compiled
def move(market: Market, slot: int, tick: int) -> None:
    """Change the price of a resting order, which goes to the back there; an ordinary one may go into the market."""
    now = market.now[0]
    order = market.orders[slot]
    if now.noting:
        note(market, MOVE, order.id, 0, tick, 0)
    side = signed(order.side)
    crosses = now.continuous and is_crossing(market, side, tick)
    if crosses and order.display > 0:
        return
    row = _touch(market, slot)
    leave(market, slot)
    if crosses:
        left = aggress(market, order.id, side, tick, signed(order.shown), signed(order.owner), True)
        order.shown = left
        if left == 0 or is_crossing(market, side, tick):
            market.touches[row].gone = True
        else:
            order.tick = tick
            join(market, slot)
        fire_stops(market, side)
    else:
        order.tick = tick
        join(market, slot)
    publish(market)


@compiled
def resize(market: Market, slot: int, lots: int) -> None:
    """Change the lots of an ordinary resting order: fewer keep their turn, more go to the back."""
    order = market.orders[slot]
    if market.now[0].noting:
        note(market, RESIZE, order.id, 0, 0, lots)
    _touch(market, slot)
    if lots <= order.shown:
        level = market.levels[order.side, order.tick]
        level.lots -= signed(order.shown) - lots
        order.shown = lots
    else:
        leave(market, slot)
        order.shown = lots
        join(market, slot)
    publish(market)


@compiled
def enter_stop(market: Market, side: int, trigger: int, lots: int, plan: int) -> int:
    """Leave a stop order with the exchange, unseen; return its slot, or NOBODY where there is no room."""
    now = market.now[0]
    slot = signed(now.stop_free)
    if slot == NOBODY:
        return NOBODY
    stop = market.stops[slot]
    now.stop_free = stop.next
    now.stop_room -= 1
    stop.id = new_id(market)
    stop.tick = trigger
    stop.lots = lots
    stop.side = side
    stop.plan = plan
    if now.noting:
        note(market, ENTER_STOP, stop.id, side, trigger, lots)
    hold_stop(market, slot)
    return slot


@compiled
def withdraw_stop(market: Market, slot: int) -> None:
    """Take a stop order back before it fires."""
    if market.now[0].noting:
        note(market, WITHDRAW_STOP, market.stops[slot].id, 0, 0, 0)
    release_stop(market, slot)


@compiled
def hold_auction(market: Market) -> None:
    """Trade everything that crosses at one price, published without sides, and open continuous trading."""
    now = market.now[0]
    volume = 0
    price = 0
    now.prints = 1
    row = market.prints[0]
    row.fills = 0
    row.own = False
    while now.best_bid != NO_BID and now.best_ask != NO_ASK and now.best_bid >= now.best_ask and has_room(market):
        bid = signed(market.levels[BID, now.best_bid].head)
        ask = signed(market.levels[ASK, now.best_ask].head)
        price = (signed(now.best_bid) + signed(now.best_ask)) // 2
        lots = min(signed(market.orders[bid].shown), signed(market.orders[ask].shown))
        volume += lots
        _fill(market, bid, lots, NONE)
        _fill(market, ask, lots, NONE)
    now.continuous = True
    if volume == 0:
        now.prints = 0
        return
    row.id = _NO_ID
    row.side = NONE
    row.tick = price
    row.lots = volume
    note_price(market, price)
    publish(market)


# --- how orders meet --------------------------------------------------------------------------------------------------


@compiled
def aggress(market: Market, order_id: Any, side: int, limit: int, lots: int, owner: int, own: bool) -> int:
    """Trade up to a limit, one print a price, and return the lots that are left."""
    now = market.now[0]
    passive = ASK if side == BID else BID
    left = lots
    while left > 0 and has_room(market):
        tick = best_of(market, passive)
        if tick in (NO_BID, NO_ASK) or (tick > limit if side == BID else tick < limit):
            break
        row = market.prints[now.prints]
        now.prints += 1
        row.id = order_id
        row.side = side
        row.tick = tick
        row.fills = 0
        row.own = own
        taken = take(market, passive, tick, left, owner, passive)
        row.lots = taken
        left -= taken
        if taken == 0:
            now.prints -= 1
        else:
            now.volume += taken
            note_price(market, tick)
    return left


@compiled
def take(market: Market, side: int, tick: int, lots: int, owner: int, told: int) -> int:
    """Fill the queue of one price clip by clip; orders of the same owner are taken away instead.

    `told` is the side that the fills name: their own, or none.
    """
    left = lots
    level = market.levels[side, tick]
    while left > 0 and level.orders > 0 and has_room(market):
        slot = signed(level.head)
        order = market.orders[slot]
        if owner != 0 and order.owner == owner:
            row = _touch(market, slot)
            market.touches[row].gone = True
            leave(market, slot)
            continue
        taken = min(left, signed(order.shown))
        left -= taken
        _fill(market, slot, taken, told)
    return lots - left


@compiled
def _fill(market: Market, slot: int, lots: int, side: int) -> None:
    """Fill an order by at most what it shows; an exhausted display reloads at the back of the queue."""
    now = market.now[0]
    order = market.orders[slot]
    number = _touch(market, slot)
    touch = market.touches[number]
    touch.passive += lots
    if touch.print != now.prints:
        touch.print = now.prints
        touch.fill = now.fills
        fill = market.fills[now.fills]
        now.fills += 1
        fill.id = order.id
        fill.side = side
        fill.lots = 0
        market.prints[now.prints - 1].fills += 1
    market.fills[touch.fill].lots += lots
    market.levels[order.side, order.tick].lots -= lots
    order.shown -= lots
    if order.shown > 0:
        return
    leave(market, slot)
    if order.hidden > 0:
        order.shown = min(signed(order.display), signed(order.hidden))
        order.hidden -= order.shown
        join(market, slot)
        now.reloads += 1
        touch.reload = now.reloads
    else:
        touch.gone = True


@compiled
def _rest(
    market: Market,
    order_id: Any,
    side: int,
    tick: int,
    shown: int,
    hidden: int,
    display: int,
    owner: int,
    actor: int,
) -> int:
    """Put a new order, or what is left of it after it traded, into the book."""
    now = market.now[0]
    slot = signed(now.order_free)
    order = market.orders[slot]
    now.order_free = order.next
    now.order_room -= 1
    now.resting += 1
    order.id = order_id
    order.entered = now.clock
    order.tick = tick
    order.side = side
    order.shown = shown
    order.hidden = hidden
    order.display = display
    order.owner = owner
    order.actor = actor
    order.restless = 0
    order.touch = NOBODY
    join(market, slot)
    row = _touch(market, slot)
    market.touches[row].is_new = True
    return slot


@compiled
def _touch(market: Market, slot: int) -> int:
    """Return the row of an order in the running event, made at the first touch."""
    now = market.now[0]
    order = market.orders[slot]
    if order.touch != NOBODY:
        return signed(order.touch)
    number = signed(now.touches)
    now.touches += 1
    order.touch = number
    touch = market.touches[number]
    touch.id = order.id
    touch.slot = slot
    touch.before = order.shown
    touch.tick = order.tick
    touch.side = order.side
    touch.passive = 0
    touch.reload = 0
    touch.gone = False
    touch.is_new = False
    touch.print = 0
    touch.fill = 0
    return number


@inlined
def note_price(market: Market, tick: int) -> None:
    """Take the price of a trade for the newest, and for the reach of the running event."""
    now = market.now[0]
    now.last = tick
    now.event_high = max(signed(now.event_high), tick)
    now.event_low = min(signed(now.event_low), tick)


@compiled
def fire_stops(market: Market, side: int) -> None:
    """Let the stops of one direction fire that the event's trades have reached, and those that their trades reach."""
    now = market.now[0]
    if now.prints == 0:
        return
    initiator = market.prints[0].id
    while has_room(market):
        trigger = signed(now.buy_stop) if side == BID else signed(now.sell_stop)
        if trigger < 0 or trigger >= LADDER:
            break
        if now.event_high < trigger if side == BID else now.event_low > trigger:
            break
        slot = signed(market.stop_levels[side, trigger].head)
        stop = market.stops[slot]
        order_id, lots, plan = stop.id, signed(stop.lots), signed(stop.plan)
        release_stop(market, slot)
        before = signed(now.prints)
        limit = trigger + (_PROTECTION if side == BID else -_PROTECTION)
        left = aggress(market, order_id, side, limit, lots, 0, False)
        if now.prints > before and not now.muted:
            tell(market, STOP_FIRED, side, trigger, order_id, plan)
            row = market.truths[now.truths - 1]
            row.lots = lots - left
            row.before = market.prints[before].tick
            row.after = market.prints[now.prints - 1].tick
            row.gone = order_id < initiator
