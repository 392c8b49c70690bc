"""Background flow: the many traders who are nobody in particular.

Arrivals excite each other (a Hawkes process with three memories) and follow the activity of the time of day. An
arrival is a limit order, an aggressor or a stop. Every limit order has a patience, drawn at birth; when it ends the
order leaves or, if it is a restless one, moves, most often not before something happens. Whenever somebody trades,
machines rush in, and orders flee a touch that has become thin. Aggressors follow a fair price that nobody sees: it
wanders, drifts in trends and returns in ranges, and drives lend it a push while they run.
"""

import math
from typing import Final

from feeds.simulator.chance import bell, below, from_urn, share, waiting
from feeds.simulator.compiled import compiled, inlined, signed
from feeds.simulator.diary import write_down
from feeds.simulator.implied import meet_implied
from feeds.simulator.layout import (
    ASK,
    BID,
    DISPLAYS,
    DUE_ORDER,
    DUE_REACTION,
    DUE_STOP,
    DUES,
    EDGE,
    FAR,
    FLEETING,
    LADDER,
    LOTS_ADDED,
    LOTS_TRADED,
    NEAR,
    NO_ASK,
    NO_BID,
    NOBODY,
    PACE_MINUTES,
    PATIENT,
    REACTION,
    STOPS_AWAY,
    Market,
)
from feeds.simulator.matching import cancel, enter_limit, enter_stop, move, resize
from feeds.simulator.queues import best_of

_SECOND_NS: Final = 1_000_000_000
_MINUTE_NS: Final = 60 * _SECOND_NS
_LEAST_ACTIVITY: Final = 0.002
_DAY_SECONDS: Final = 86_400.0
_MOST_LEAN: Final = 0.42
"""How far from even the share of buyers may get."""
_REACH_SHARE: Final = 0.12
"""Of aggressors, who pay beyond the touch."""
_REST_SHARE: Final = 0.35
"""Of aggressors, whose remainder stays in the book."""
_REACTING: Final = 16
"""Orders at a touch that watch it, the newest."""
_BEHIND: Final = 4
"""Levels behind the touch that it is measured by."""
_ROOM: Final = 2_048
_FARTHEST: Final = 80
"""Ticks behind the touch from which orders are looked after no less often."""
_MOST_STOPPED: Final = 2
"""Lots of a stop, at most."""
_STOP_PATIENCE_NS: Final = 180 * _SECOND_NS


# --- when -------------------------------------------------------------------------------------------------------------


@inlined
def _activity(market: Market) -> float:
    now = market.now[0]
    minute = (signed(now.clock) - signed(now.pace_from)) // _MINUTE_NS
    return float(max(market.pace[min(max(minute, 0), PACE_MINUTES - 1)], _LEAST_ACTIVITY))


@compiled
def plan_arrival(market: Market) -> None:
    """Draw the time of the next arrival, by thinning. The excitement is that of the clock."""
    now, settings = market.now[0], market.settings[0]
    own = 1.0 - settings.fast_share - settings.middle_share - settings.slow_share
    base = settings.arrivals * own * _activity(market)
    fast, middle, slow = now.fast, now.middle, now.slow
    elapsed = 0.0
    while True:
        bound = base + fast + middle + slow
        wait = waiting(market, bound)
        elapsed += wait
        fast *= math.exp(-settings.fast_rate * wait)
        middle *= math.exp(-settings.middle_rate * wait)
        slow *= math.exp(-settings.slow_rate * wait)
        if share(market) * bound <= base + fast + middle + slow:
            break
    now.next_arrival = now.clock + signed(elapsed * _SECOND_NS)


@compiled
def excite(market: Market) -> None:
    """Let an arrival set off others, now and in the seconds to come."""
    now, settings = market.now[0], market.settings[0]
    _calm_down(market)
    now.fast += settings.fast_share * settings.fast_rate
    now.middle += settings.middle_share * settings.middle_rate
    now.slow += settings.slow_share * settings.slow_rate


@compiled
def react(market: Market) -> None:
    """Somebody has traded: machines come at once, and who stands at a touch that has become thin leaves it."""
    now, settings = market.now[0], market.settings[0]
    _calm_down(market)
    now.fast += settings.rush * settings.fast_rate
    _flee(market, BID)
    _flee(market, ASK)


@inlined
def _calm_down(market: Market) -> None:
    """Let excitement die away up to the clock."""
    now, settings = market.now[0], market.settings[0]
    seconds = max((signed(now.clock) - signed(now.excited_at)) / _SECOND_NS, 0.0)
    now.excited_at = now.clock
    now.fast *= math.exp(-settings.fast_rate * seconds)
    now.middle *= math.exp(-settings.middle_rate * seconds)
    now.slow *= math.exp(-settings.slow_rate * seconds)


@compiled
def _flee(market: Market, side: int) -> None:
    now, settings = market.now[0], market.settings[0]
    tick = best_of(market, side)
    if tick in (NO_BID, NO_ASK):
        return
    usual = 0
    for behind in range(1, 1 + _BEHIND):
        usual += market.levels[side, tick + (-behind if side == BID else behind)].lots
    if market.levels[side, tick].lots * _BEHIND >= settings.flee_below * usual:
        return
    slot = signed(market.levels[side, tick].tail)
    for _ in range(_REACTING):
        if slot == NOBODY:
            break
        order = market.orders[slot]
        if order.actor == NOBODY and order.display == 0 and share(market) < settings.flee_share:
            _appoint(market, slot, signed(now.clock) + from_urn(market, REACTION), DUE_REACTION)
        slot = signed(order.prev)


@inlined
def _appoint(market: Market, slot: int, time: int, what: int) -> None:
    """Note when an order will be looked at; what was noted of it before counts no more."""
    market.orders[slot].due = time
    write_down(market, time, what, slot, market.orders[slot].id)


@compiled
def wander(market: Market) -> None:
    """Let the fair price go on from when it was last looked at."""
    now, settings = market.now[0], market.settings[0]
    seconds = (signed(now.clock) - signed(now.fair_at)) / _SECOND_NS
    if seconds <= 0.0:
        return
    now.fair_at = now.clock
    now.fair += now.drift * seconds
    now.fair += now.volatility * math.sqrt(seconds * _activity(market)) * bell(market)
    now.fair += (settings.home - now.fair) * min(seconds / _DAY_SECONDS, 1.0)
    now.fair = min(max(now.fair, 2.0 * EDGE), LADDER - 2.0 * EDGE)


# --- what -------------------------------------------------------------------------------------------------------------


@compiled
def arrive(market: Market) -> None:
    """One of the many acts."""
    settings = market.settings[0]
    chance = share(market)
    if chance < settings.trade_share:
        _trade(market)
    elif chance < settings.trade_share + settings.stop_share:
        _leave_stop(market)
    elif share(market) < settings.restless_share:
        _quote(market, True)
    else:
        _quote(market, False)


@inlined
def touch_of(market: Market, side: int) -> int:
    """Return the best price of a side, or one beside the fair price where the side is empty."""
    now = market.now[0]
    fair = signed(now.fair)
    if side == BID:
        if now.best_bid != NO_BID:
            return signed(now.best_bid)
        return fair - 1 if now.best_ask == NO_ASK else min(fair, signed(now.best_ask)) - 1
    if now.best_ask != NO_ASK:
        return signed(now.best_ask)
    return fair + 1 if now.best_bid == NO_BID else max(fair, signed(now.best_bid)) + 1


@inlined
def _lean(market: Market) -> float:
    """Return how much buyers outnumber sellers: the fair price above the market draws them, below it sellers."""
    now, settings = market.now[0], market.settings[0]
    middle = 0.5 * (touch_of(market, BID) + touch_of(market, ASK))
    pull = settings.follow * (now.fair + now.push - middle)
    return float(min(max(pull, -_MOST_LEAN), _MOST_LEAN))


@inlined
def _owner(market: Market) -> int:
    settings = market.settings[0]
    return 1 + below(market, signed(settings.owners)) if share(market) < settings.owned_share else 0


@inlined
def within(tick: int) -> int:
    """Return the price nobody goes beyond."""
    return min(max(tick, EDGE), LADDER - EDGE)


@compiled
def _trade(market: Market) -> None:
    now, settings = market.now[0], market.settings[0]
    side = BID if share(market) < 0.5 + _lean(market) else ASK
    lots = from_urn(market, LOTS_TRADED)
    if settings.implied_share > 0.0 and now.continuous and share(market) < settings.implied_share:
        meet_implied(market, side, lots)
        return
    passive = ASK if side == BID else BID
    reach = 1 + below(market, 4) if share(market) < _REACH_SHARE or not now.continuous else 0
    tick = touch_of(market, passive) + (reach if side == BID else -reach)
    rests = share(market) < _REST_SHARE or not now.continuous
    slot = enter_limit(market, side, within(tick), lots, 0, _owner(market), NOBODY, rests)
    if slot != NOBODY:
        _give_patience(market, slot, False)


@compiled
def _leave_stop(market: Market) -> None:
    """Leave a stop some way behind the market: buyers' above it, sellers' below."""
    side = BID if share(market) < 0.5 else ASK
    passive = ASK if side == BID else BID
    distance = from_urn(market, STOPS_AWAY)
    tick = touch_of(market, passive) + (distance if side == BID else -distance)
    slot = enter_stop(market, side, within(tick), 1 + below(market, _MOST_STOPPED), NOBODY)
    if slot != NOBODY:
        time = signed(market.now[0].clock) + signed(_STOP_PATIENCE_NS * share(market))
        write_down(market, time, DUE_STOP, slot, market.stops[slot].id)


@compiled
def _quote(market: Market, restless: bool) -> None:
    """Rest a limit order."""
    now, settings = market.now[0], market.settings[0]
    if now.order_room < _ROOM or now.dues > DUES - _ROOM:
        return
    side = BID if share(market) < 0.5 + 0.5 * _lean(market) else ASK
    distance = from_urn(market, FAR if restless else NEAR)
    lots = from_urn(market, LOTS_ADDED)
    display = 0
    if share(market) < settings.iceberg_share:
        display = from_urn(market, DISPLAYS)
        lots = display * (3 + below(market, 12)) + below(market, display)
    tick = _place(market, side, distance)
    slot = enter_limit(market, side, tick, lots, display, _owner(market), NOBODY, True)
    if slot != NOBODY:
        market.orders[slot].restless = restless
        _give_patience(market, slot, restless)


@compiled
def _place(market: Market, side: int, distance: int) -> int:
    """Return a price some ticks behind the touch that does not trade; at the touch it may improve a wide spread."""
    now = market.now[0]
    bid, ask = touch_of(market, BID), touch_of(market, ASK)
    if not now.continuous:
        fair = signed(now.fair) + below(market, 5) - 2
        return within(fair - distance if side == BID else fair + distance)
    gap = ask - bid
    if distance == 0 and gap > 1 and share(market) < market.settings[0].improve_share:
        distance = -1 - below(market, gap - 1)
    return within(min(bid - distance, ask - 1) if side == BID else max(ask + distance, bid + 1))


@compiled
def _behind(market: Market, slot: int) -> int:
    """Return how many ticks an order stands behind the touch of its side."""
    order = market.orders[slot]
    if order.side == BID:
        return max(touch_of(market, BID) - signed(order.tick), 0)
    return max(signed(order.tick) - touch_of(market, ASK), 0)


@compiled
def _give_patience(market: Market, slot: int, restless: bool) -> None:
    """Decide when an order will be looked at again: soon at the touch, late where it stands far behind."""
    patience = from_urn(market, PATIENT if restless else FLEETING) * (0.6 + 0.8 * share(market))
    if restless:
        behind = min(_behind(market, slot), _FARTHEST)
        patience *= 1.0 + behind * (1.0 + behind / 4.0)
    time = signed(market.now[0].clock) + signed(patience * market.settings[0].calm)
    _appoint(market, slot, time, DUE_ORDER)


@compiled
def end_patience(market: Market, slot: int) -> None:
    """An order has waited long enough: it acts, or waits for something to happen first."""
    now = market.now[0]
    if now.continuous and share(market) < market.settings[0].await_share:
        time = max(signed(now.next_arrival), signed(now.clock)) + from_urn(market, REACTION)
        _appoint(market, slot, time, DUE_REACTION)
    else:
        lose_patience(market, slot)


@compiled
def lose_patience(market: Market, slot: int) -> None:
    """An order acts: it leaves, moves, or, rarely, goes into the market."""
    now, settings = market.now[0], market.settings[0]
    order = market.orders[slot]
    if not order.restless or share(market) < settings.leave_share:
        cancel(market, slot)
        return
    side = signed(order.side)
    if now.continuous and share(market) < settings.cross_share and order.display == 0:
        _give_patience(market, slot, True)
        move(market, slot, touch_of(market, ASK if side == BID else BID))
        return
    distance = from_urn(market, FAR)
    if distance > 12:
        # What stands far away is adjusted a little, not sent somewhere else.
        distance = max(_behind(market, slot) + below(market, 9) - 4, 0)
    tick = _place(market, side, distance)
    _give_patience(market, slot, True)
    if tick != order.tick:
        move(market, slot, tick)
    elif order.display == 0 and order.shown > 1:
        resize(market, slot, 1 + below(market, signed(order.shown) - 1))


@compiled
def fill_book(market: Market, levels: int, orders: int) -> None:
    """Lay down a first book around the fair price: `orders` a side at every price of the first, fewer farther away."""
    for distance in range(levels):
        count = max(1, orders * 40 // (40 + distance)) if distance < 200 or distance % 5 == 0 else 0
        for _ in range(count):
            for side in range(2):
                behind = distance + 1
                tick = signed(market.now[0].fair) + (-behind if side == BID else behind)
                lots = from_urn(market, LOTS_ADDED)
                slot = enter_limit(market, side, within(tick), lots, 0, _owner(market), NOBODY, True)
                if slot != NOBODY:
                    market.orders[slot].restless = True
                    _give_patience(market, slot, True)
