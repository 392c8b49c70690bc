"""What traders asked the matching engine for, written down where somebody wants to ask it again (`rematch`)."""

from typing import Any

from feeds.simulator.compiled import inlined
from feeds.simulator.layout import Market


@inlined
def note(market: Market, what: int, order_id: Any, side: int, tick: int, lots: int) -> Any:
    """Append a REQUEST row, for which room is there, and return it; `display`, `owner` and `rests` are 0."""
    now = market.now[0]
    row = market.requests[now.requests]
    now.requests += 1
    row.time = now.clock
    row.id = order_id
    row.what = what
    row.side = side
    row.tick = tick
    row.lots = lots
    row.display = 0
    row.owner = 0
    row.rests = 0
    return row
