"""The diary: everything that will happen at a known time, the next thing first (a binary heap)."""

from typing import Any

from feeds.simulator.compiled import compiled
from feeds.simulator.layout import DUES, Market


@compiled
def write_down(market: Market, time: int, what: int, slot: int, order_id: Any) -> None:
    """Note that something is due at a time; a full diary forgets it, so that orders stay longer."""
    now = market.now[0]
    dues = market.dues
    if now.dues == DUES:
        return
    place = now.dues
    now.dues += 1
    while place > 0:
        parent = (place - 1) >> 1
        if dues[parent].time <= time:
            break
        _copy(market, parent, place)
        place = parent
    due = dues[place]
    due.time = time
    due.what = what
    due.slot = slot
    due.id = order_id


@compiled
def cross_out(market: Market) -> None:
    """Take the first entry away."""
    now = market.now[0]
    dues = market.dues
    now.dues -= 1
    last = now.dues
    place = 0
    time = dues[last].time
    while True:
        child = 2 * place + 1
        if child >= last:
            break
        if child + 1 < last and dues[child + 1].time < dues[child].time:
            child += 1
        if dues[child].time >= time:
            break
        _copy(market, child, place)
        place = child
    _copy(market, last, place)


@compiled
def _copy(market: Market, source: int, target: int) -> None:
    here, there = market.dues[source], market.dues[target]
    there.time = here.time
    there.what = here.what
    there.slot = here.slot
    there.id = here.id
