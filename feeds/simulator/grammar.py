"""What the exchange publishes: one matching event as CME market-by-order records.

An event is `T (F...)` for every aggressor and price, then the changes of the book, one record an order; the last one
carries F_LAST. A fill names the whole amount taken from one order, even beyond what it displayed. An order that is gone
is a C with the size that the event found displayed, an order that still rests is an M with what it displays now, a new
one is an A. Bids stand before asks, best price first; reloaded icebergs come last on their side, in the order in which
they went to the back of the queue, since a reader puts them there record by record.
"""

from typing import Any, Final

import numpy as np

from feeds.records import (
    ACTION_ADD,
    ACTION_CANCEL,
    ACTION_CLEAR,
    ACTION_FILL,
    ACTION_MODIFY,
    ACTION_TRADE,
    F_BAD_TS_RECV,
    F_LAST,
    F_SNAPSHOT,
    SIDE_ASK,
    SIDE_BID,
    SIDE_NONE,
    UNDEFINED_PRICE,
)
from feeds.simulator.chance import below
from feeds.simulator.compiled import compiled, inlined, signed
from feeds.simulator.diary import write_down
from feeds.simulator.layout import (
    ASK,
    BID,
    DUE_ACTOR,
    HIDDEN_ENTERED,
    HIDDEN_FILLED,
    HIDDEN_LEFT,
    HIDDEN_MOVED,
    LADDER,
    NOBODY,
    NONE,
    RECORDS,
    SWING_MINUTES,
    Market,
)

MBO_WORDS: Final = 14
MBO_RTYPE: Final = 160
NO_PUBLISHER: Final = 0
_NO_ID: Final = np.uint64(0)
_LEAST_TRANSIT_NS: Final = 80_000
_TRANSIT_SPREAD_NS: Final = 80_000
_LEAST_DELTA_NS: Final = 9_000
_DELTA_SPREAD_NS: Final = 12_000
_MINUTE_NS: Final = 60_000_000_000


@inlined
def _wire_side(side: int) -> int:
    if side == BID:
        return SIDE_BID
    return SIDE_ASK if side == ASK else SIDE_NONE


@inlined
def _put(market: Market, action: int, side: int, tick: int, lots: int, order_id: Any) -> None:
    """Append one record of the running event. Room for it is there."""
    now = market.now[0]
    record = market.records[now.records]
    now.records += 1
    record.length = MBO_WORDS
    record.rtype = MBO_RTYPE
    record.publisher_id = NO_PUBLISHER
    record.instrument_id = now.instrument_id
    record.ts_event = now.clock
    record.order_id = order_id
    record.price = tick * now.tick_size
    record.size = lots
    record.flags = 0
    record.channel_id = 0
    record.action = action
    record.side = _wire_side(side)
    record.ts_recv = now.received
    record.ts_in_delta = _LEAST_DELTA_NS
    record.sequence = now.sequence


@compiled
def publish(market: Market) -> None:
    """End the running matching event: write its records, and the truth of what they do not show."""
    now = market.now[0]
    if now.prints == 0 and now.touches == 0:
        return
    if not now.muted:
        transit = _LEAST_TRANSIT_NS + below(market, _TRANSIT_SPREAD_NS)
        now.received = max(signed(now.received), signed(now.clock) + transit)
        first = signed(now.records)
        _put_prints(market)
        now.sequence += 1
        _put_changes(market, BID)
        _put_changes(market, ASK)
        market.records[now.records - 1].flags = F_LAST
        delta = _LEAST_DELTA_NS + below(market, _DELTA_SPREAD_NS)
        for row in range(first, now.records):
            market.records[row].ts_in_delta = delta
    if now.prints > 0:
        _note_swing(market)
    _settle(market)
    now.event += 1
    now.prints = 0
    now.fills = 0
    now.touches = 0
    now.reloads = 0
    now.event_high = -1
    now.event_low = LADDER


@compiled
def _put_prints(market: Market) -> None:
    now = market.now[0]
    fill = 0
    for number in range(now.prints):
        row = market.prints[number]
        _put(market, ACTION_TRADE, signed(row.side), signed(row.tick), signed(row.lots), row.id)
        if row.own:
            _put(market, ACTION_FILL, signed(row.side), signed(row.tick), signed(row.lots), row.id)
        for _ in range(row.fills):
            passive = market.fills[fill]
            fill += 1
            _put(market, ACTION_FILL, signed(passive.side), signed(row.tick), signed(passive.lots), passive.id)


@compiled
def _put_changes(market: Market, side: int) -> None:
    """Write what became of the touched orders of one side."""
    now = market.now[0]
    newest = 0
    for number in range(now.touches):
        touch = market.touches[number]
        if touch.side == side and (touch.reload == 0 or touch.gone):
            _put_change(market, number)
    while True:
        following = NOBODY
        for number in range(now.touches if now.reloads else 0):
            touch = market.touches[number]
            waits = touch.side == side and touch.reload > newest and not touch.gone
            if waits and (following == NOBODY or touch.reload < market.touches[following].reload):
                following = number
        if following == NOBODY:
            break
        newest = signed(market.touches[following].reload)
        _put_change(market, following)


@compiled
def _put_change(market: Market, number: int) -> None:
    touch = market.touches[number]
    order = market.orders[touch.slot]
    side = signed(touch.side)
    if touch.gone:
        _put(market, ACTION_CANCEL, side, signed(touch.tick), signed(touch.before), touch.id)
    else:
        action = ACTION_ADD if touch.is_new else ACTION_MODIFY
        _put(market, action, side, signed(order.tick), signed(order.shown), touch.id)


@compiled
def _settle(market: Market) -> None:
    """Let go of the touched orders: free what is gone, tell the truth, wake the actors that wait for a fill."""
    now = market.now[0]
    for number in range(now.touches):
        touch = market.touches[number]
        slot = signed(touch.slot)
        order = market.orders[slot]
        order.touch = NOBODY
        if order.display > 0:
            _tell_hidden(market, number)
        if not touch.gone:
            continue
        if order.actor != NOBODY and touch.passive > 0:
            actor = market.actors[order.actor]
            wake = signed(now.clock) + signed(actor.pause)
            write_down(market, wake, DUE_ACTOR, signed(order.actor), np.uint64(actor.plan))
        order.id = _NO_ID
        order.next = now.order_free
        now.order_free = slot
        now.order_room += 1
        now.resting -= 1


@compiled
def _tell_hidden(market: Market, number: int) -> None:
    touch = market.touches[number]
    slot = signed(touch.slot)
    order = market.orders[slot]
    what = HIDDEN_MOVED
    if touch.is_new:
        what = HIDDEN_ENTERED
    elif touch.passive > 0:
        what = HIDDEN_FILLED
    elif touch.gone:
        what = HIDDEN_LEFT
    tell(market, what, signed(order.side), signed(order.tick), touch.id, plan_of(market, slot))
    if market.now[0].muted:
        return
    row = market.truths[market.now[0].truths - 1]
    row.lots = touch.passive
    row.before = touch.before
    row.after = 0 if touch.gone else order.shown
    row.hidden = order.hidden
    row.display = order.display
    row.gone = touch.gone


@inlined
def plan_of(market: Market, slot: int) -> int:
    """Return the plan that an order belongs to; NOBODY for one of the background."""
    actor = signed(market.orders[slot].actor)
    return NOBODY if actor == NOBODY else signed(market.actors[actor].plan)


@compiled
def tell(market: Market, what: int, side: int, tick: int, order_id: Any, plan: int) -> None:
    """Append a truth row. Room for it is there; nothing is told while the market warms up."""
    now = market.now[0]
    if now.muted:
        return
    row = market.truths[now.truths]
    now.truths += 1
    row.ts = now.clock
    row.event = now.event
    row.id = order_id
    row.what = what
    row.side = side
    row.tick = tick
    row.lots = 0
    row.before = 0
    row.after = 0
    row.hidden = 0
    row.display = 0
    row.gone = 0
    row.plan = plan


@compiled
def _note_swing(market: Market) -> None:
    """Keep the highest and lowest trade of each minute."""
    now = market.now[0]
    minute = now.clock // _MINUTE_NS
    while now.swing_minute < minute:
        now.swing_minute = max(signed(now.swing_minute) + 1, minute - SWING_MINUTES)
        market.swings[now.swing_minute % SWING_MINUTES, 0] = -1
        market.swings[now.swing_minute % SWING_MINUTES, 1] = LADDER
    place = minute % SWING_MINUTES
    market.swings[place, 0] = max(market.swings[place, 0], signed(now.event_high))
    market.swings[place, 1] = min(market.swings[place, 1], signed(now.event_low))


# --- snapshots --------------------------------------------------------------------------------------------------------


@compiled
def begin_snapshot(market: Market) -> None:
    """Write the clear that opens a snapshot; an empty book is this record alone."""
    now = market.now[0]
    now.received = max(signed(now.received), signed(now.clock))
    _put(market, ACTION_CLEAR, NONE, 0, 0, _NO_ID)
    record = market.records[now.records - 1]
    record.price = UNDEFINED_PRICE
    record.flags = F_SNAPSHOT | F_BAD_TS_RECV
    if now.resting == 0:
        record.flags |= F_LAST


@compiled
def snapshot_level(market: Market, side: int, tick: int) -> bool:
    """Write the orders of one price in time priority, with the times they entered; False where room is missing."""
    now = market.now[0]
    level = market.levels[side, tick]
    if now.records + level.orders > RECORDS or now.truths + level.orders > len(market.truths):
        return False
    slot = signed(level.head)
    while slot != NOBODY:
        order = market.orders[slot]
        _put(market, ACTION_ADD, side, tick, signed(order.shown), order.id)
        record = market.records[now.records - 1]
        record.ts_event = order.entered
        record.flags = F_SNAPSHOT | F_BAD_TS_RECV
        if order.display > 0:
            tell(market, HIDDEN_ENTERED, side, tick, order.id, plan_of(market, slot))
            row = market.truths[now.truths - 1]
            row.after = order.shown
            row.hidden = order.hidden
            row.display = order.display
        slot = signed(order.next)
    return True
