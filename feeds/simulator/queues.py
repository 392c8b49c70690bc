"""Who waits where: queues in time priority at every price, best prices, and stop orders by trigger."""

from feeds.simulator.compiled import compiled, inlined, signed
from feeds.simulator.layout import ASK, BID, LADDER, NO_ASK, NO_BID, NOBODY, Market


@compiled
def join(market: Market, slot: int) -> None:
    """Put an order at the back of the queue at its price."""
    order = market.orders[slot]
    level = market.levels[order.side, order.tick]
    order.prev = level.tail
    order.next = NOBODY
    if level.tail == NOBODY:
        level.head = slot
    else:
        market.orders[level.tail].next = slot
    level.tail = slot
    level.orders += 1
    level.lots += order.shown
    now = market.now[0]
    if order.side == BID:
        now.best_bid = max(signed(now.best_bid), signed(order.tick))
    else:
        now.best_ask = min(signed(now.best_ask), signed(order.tick))


@compiled
def leave(market: Market, slot: int) -> None:
    """Take an order out of its queue."""
    order = market.orders[slot]
    level = market.levels[order.side, order.tick]
    if order.prev == NOBODY:
        level.head = order.next
    else:
        market.orders[order.prev].next = order.next
    if order.next == NOBODY:
        level.tail = order.prev
    else:
        market.orders[order.next].prev = order.prev
    level.orders -= 1
    level.lots -= order.shown
    if level.orders == 0:
        _next_best(market, signed(order.side), signed(order.tick))


@compiled
def _next_best(market: Market, side: int, emptied: int) -> None:
    """Find the best price anew after a level has become empty."""
    now = market.now[0]
    tick = emptied
    if side == BID and tick == now.best_bid:
        while tick > NO_BID and market.levels[BID, tick].orders == 0:
            tick -= 1
        now.best_bid = tick
    elif side == ASK and tick == now.best_ask:
        while tick < NO_ASK and market.levels[ASK, tick].orders == 0:
            tick += 1
        now.best_ask = tick


@inlined
def is_crossing(market: Market, side: int, tick: int) -> bool:
    """Whether an order of `side` at `tick` would trade."""
    now = market.now[0]
    if side == BID:
        return bool(now.best_ask != NO_ASK and tick >= now.best_ask)
    return bool(now.best_bid != NO_BID and tick <= now.best_bid)


@inlined
def best_of(market: Market, side: int) -> int:
    """Return the best price of a side; `NO_BID` or `NO_ASK` where nothing rests."""
    return signed(market.now[0].best_bid) if side == BID else signed(market.now[0].best_ask)


@compiled
def hold_stop(market: Market, slot: int) -> None:
    """Put a stop order behind those of its trigger."""
    stop = market.stops[slot]
    level = market.stop_levels[stop.side, stop.tick]
    stop.prev = level.tail
    stop.next = NOBODY
    if level.tail == NOBODY:
        level.head = slot
    else:
        market.stops[level.tail].next = slot
    level.tail = slot
    level.orders += 1
    now = market.now[0]
    if stop.side == BID:
        now.buy_stop = min(signed(now.buy_stop), signed(stop.tick))
    else:
        now.sell_stop = max(signed(now.sell_stop), signed(stop.tick))


@compiled
def release_stop(market: Market, slot: int) -> None:
    """Take a stop order away: it fires or is withdrawn."""
    stop = market.stops[slot]
    level = market.stop_levels[stop.side, stop.tick]
    if stop.prev == NOBODY:
        level.head = stop.next
    else:
        market.stops[stop.prev].next = stop.next
    if stop.next == NOBODY:
        level.tail = stop.prev
    else:
        market.stops[stop.next].prev = stop.prev
    level.orders -= 1
    now = market.now[0]
    tick = signed(stop.tick)
    if stop.side == BID and tick == now.buy_stop:
        while tick < LADDER and market.stop_levels[BID, tick].orders == 0:
            tick += 1
        now.buy_stop = tick
    elif stop.side == ASK and tick == now.sell_stop:
        while tick >= 0 and market.stop_levels[ASK, tick].orders == 0:
            tick -= 1
        now.sell_stop = tick
    stop.id = 0
    stop.next = now.stop_free
    now.stop_free = slot
    now.stop_room += 1
