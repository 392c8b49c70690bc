"""Implied liquidity: what the calendar spreads make possible in our outright, and market by order does not show.

Whoever quotes the spread and whoever quotes the other month together quote our month too. Such a quote has no order id
and stands behind all orders of its price. It shows in three ways only:

- An aggressor takes all that the book shows at the touch and more: its T exceeds its F's by the implied lots.
- A quote stands inside the spread: an aggressor trades with it alone, a T without F and without a change of the book.
- A spread trades against our orders: a T without side and id for the leg, whose F's name no side either.
"""

from typing import Any, Final

import numpy as np

from feeds.simulator.chance import below, share
from feeds.simulator.compiled import compiled, signed
from feeds.simulator.grammar import publish
from feeds.simulator.layout import ASK, BID, NO_ASK, NO_BID, NONE, Market
from feeds.simulator.matching import aggress, fire_stops, new_id, note_price, take
from feeds.simulator.queues import best_of

_NO_ID: Final = np.uint64(0)
_LEG_SHARE: Final = 0.35
"""Of these meetings, the spreads' own trades; what the book does not allow otherwise becomes one too."""
_MOST_QUOTED: Final = 12
"""Lots of an implied quote, at most."""
_THIN: Final = 24
"""Lots at the touch up to which an aggressor takes all of them for what stands behind."""


@compiled
def meet_implied(market: Market, side: int, lots: int) -> None:
    """Let an aggressor of a side meet implied liquidity, in one of the ways that the book it finds allows."""
    now = market.now[0]
    if now.best_bid == NO_BID or now.best_ask == NO_ASK:
        return
    passive = ASK if side == BID else BID
    tick = best_of(market, passive)
    shown = signed(market.levels[passive, tick].lots)
    as_leg = share(market) < _LEG_SHARE
    if not as_leg and now.best_ask - now.best_bid > 1:
        _trade_inside(market, side, lots)
    elif not as_leg and shown <= _THIN:
        _take_all(market, side, tick, shown)
    else:
        _trade_leg(market, passive, tick, lots)
    publish(market)


@compiled
def _trade_inside(market: Market, side: int, lots: int) -> None:
    """Trade with a quote that is a tick better than the touch; what it leaves over goes on to the touch."""
    order_id = new_id(market)
    passive = ASK if side == BID else BID
    touch = best_of(market, passive)
    taken = min(lots, 1 + below(market, _MOST_QUOTED))
    _print(market, order_id, side, touch + (-1 if side == BID else 1), taken)
    aggress(market, order_id, side, touch, lots - taken, 0, False)
    fire_stops(market, side)


@compiled
def _take_all(market: Market, side: int, tick: int, shown: int) -> None:
    """Take all that is shown at the touch and what is implied behind it, in one trade."""
    now = market.now[0]
    quoted = 1 + below(market, _MOST_QUOTED)
    left = aggress(market, new_id(market), side, tick, shown + quoted, 0, False)
    # Hidden lots of the price come first; they may leave nothing to the quote.
    if now.prints > 0 and left > 0:
        market.prints[now.prints - 1].lots += left
        now.volume += left
    fire_stops(market, side)


@compiled
def _trade_leg(market: Market, passive: int, tick: int, lots: int) -> None:
    """A spread trades, and one of its legs against the orders at our touch. Stops do not look at such trades."""
    now = market.now[0]
    _print(market, _NO_ID, NONE, tick, 0)
    taken = take(market, passive, tick, lots, 0, NONE)
    market.prints[now.prints - 1].lots = taken
    now.volume += taken


@compiled
def _print(market: Market, order_id: Any, side: int, tick: int, lots: int) -> None:
    """Begin a trade whose lots nobody in the book gave."""
    now = market.now[0]
    row = market.prints[now.prints]
    now.prints += 1
    row.id = order_id
    row.side = side
    row.tick = tick
    row.lots = lots
    row.fills = 0
    row.own = False
    now.volume += lots
    note_price(market, tick)
