"""The trailing window of the absorption engine: trades come in, and leave it as time goes on."""

from typing import Any

from engines.book.layout import ASK, BID, TRADE_NONE, TRADE_SELL
from engines.compiled import compiled, inlined
from engines.zones.absorption_layout import CELLS, AbsorptionArrays


@inlined
def passive_side(trade: Any) -> int:
    """Return the side that a trade with an aggressor hit."""
    return BID if trade.side == TRADE_SELL else ASK


@inlined
def enter(memory: AbsorptionArrays, trade: Any) -> None:
    """Let a trade into the window; there is room in its ring."""
    now = memory.now[0]
    memory.window[now.last & (len(memory.window) - 1)] = trade
    now.last += 1
    if trade.side != TRADE_NONE:
        cell = memory.cells[passive_side(trade), trade.tick & (CELLS - 1)]
        if cell.tick != trade.tick:  # of a price that far off, nothing counts any more
            cell.tick = trade.tick
            cell.lots = 0
        cell.lots += trade.size


@compiled
def leave(memory: AbsorptionArrays, until: int) -> None:
    """Let go of every trade whose clock is not after `until`."""
    now = memory.now[0]
    while now.first < now.last:
        gone = memory.window[now.first & (len(memory.window) - 1)]
        if gone.clock > until:
            return
        if gone.side != TRADE_NONE:
            cell = memory.cells[passive_side(gone), gone.tick & (CELLS - 1)]
            if cell.tick == gone.tick:
                cell.lots -= gone.size
        now.first += 1


@inlined
def lots_into(memory: AbsorptionArrays, side: int, tick: int) -> int:
    """Return the lots of the window into the zone whose far end, as the aggressor sees it, is at a tick."""
    lots = 0
    back = 1 if side == BID else -1
    for level in range(memory.limits[0].zone_ticks):
        place = tick + back * level
        cell = memory.cells[side, place & (CELLS - 1)]
        if cell.tick == place:
            lots += cell.lots
    return lots
