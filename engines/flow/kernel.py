"""The compiled flow engine: trades in, bars and volume at price out.

A trade belongs to the bars of the clock at its record; before the first credible time to none. A bar closes as soon as
the clock reaches its end, whether or not another trade comes; intervals without a trade have no bar, and the next bar
says how many it follows. Bars that close together are handed on in the order of their ends, short intervals first.
"""

from typing import Any

from engines.book.layout import FARTHEST, REACH, TRADE_BUY, TRADE_SELL, RecordArray
from engines.compiled import compiled
from engines.flow.layout import (
    DONE,
    GROW_LADDER,
    HISTORY,
    INTERVAL_SECONDS,
    OUTPUT_FULL,
    SECOND_NS,
    SESSION,
    FlowArrays,
)
from engines.flow.profile_kernel import add_to_profile, keep_profile

_COUNT = len(INTERVAL_SECONDS)


@compiled
def close_bars(flow: FlowArrays, clock: int) -> None:
    """Close every bar that ends at or before `clock`; room for one bar of each interval is in `closed`."""
    now = flow.now[0]
    while True:
        first = -1
        for interval in range(_COUNT):
            end = flow.bars[interval].end
            if 0 < end <= clock and (first < 0 or end < flow.bars[first].end):
                first = interval
        if first < 0:
            return
        flow.closed[now.closed] = flow.bars[first]
        now.closed += 1
        place = flow.written[first] % HISTORY
        flow.history[first, place] = flow.bars[first]
        keep_profile(flow, first, place)
        flow.written[first] += 1
        flow.ended[first] = flow.bars[first].end
        flow.bars[first].end = 0


@compiled
def _open_bar(flow: FlowArrays, interval: int, clock: int, tick: int) -> None:
    now = flow.now[0]
    bar = flow.bars[interval]
    length = INTERVAL_SECONDS[interval] * SECOND_NS
    bar.interval = interval
    bar.start = now.day_start if interval == SESSION else clock // length * length
    bar.end = now.day_end if interval == SESSION else bar.start + length
    bar.open = tick
    bar.high = tick
    bar.low = tick
    bar.volume = 0
    bar.buy = 0
    bar.sell = 0
    bar.none = 0
    bar.trades = 0
    bar.gap = 0
    if interval != SESSION and flow.ended[interval] > 0:
        bar.gap = (bar.start - flow.ended[interval]) // length


@compiled
def _add_to_totals(flow: FlowArrays, trade: Any) -> None:
    now = flow.now[0]
    size = trade.size
    if trade.side == TRADE_BUY:
        now.buy += size
        now.cvd += size
    elif trade.side == TRADE_SELL:
        now.sell += size
        now.cvd -= size
    else:
        now.none += size
    now.trades += 1
    now.volume += size
    now.day_volume += size
    now.day_trades += 1
    now.last_tick = trade.tick
    now.last_size = size
    now.last_side = trade.side


@compiled
def _add_to_bars(flow: FlowArrays, trade: Any) -> None:
    tick = trade.tick
    size = trade.size
    for interval in range(_COUNT):
        bar = flow.bars[interval]
        if bar.end == 0:
            _open_bar(flow, interval, trade.clock, tick)
        bar.high = max(bar.high, tick)
        bar.low = min(bar.low, tick)
        bar.close = tick
        bar.volume += size
        if trade.side == TRADE_BUY:
            bar.buy += size
        elif trade.side == TRADE_SELL:
            bar.sell += size
        else:
            bar.none += size
        bar.trades += 1
        bar.cvd = flow.now[0].cvd


@compiled
def take_trades(flow: FlowArrays, trades: RecordArray, start: int) -> tuple[int, int]:
    """Take TRADE rows from `start` on; return (position reached, reason).

    The reason is DONE, GROW_LADDER (to hold `now.wanted`) or OUTPUT_FULL (empty `closed`); call again after acting.
    """
    now = flow.now[0]
    for position in range(start, len(trades)):
        trade = trades[position]
        tick = trade.tick
        if now.closed + _COUNT > len(flow.closed):
            return position, OUTPUT_FULL
        if not now.has_origin:
            now.has_origin = True
            now.origin = min(max(tick, -FARTHEST), FARTHEST)
        near = now.origin - REACH <= tick <= now.origin + REACH
        column = tick - now.base
        if near and not 0 <= column < flow.ladder.shape[1]:
            now.wanted = tick
            return position, GROW_LADDER
        close_bars(flow, trade.clock)
        if near:
            add_to_profile(flow, trade)
        _add_to_totals(flow, trade)
        if trade.clock > 0:
            _add_to_bars(flow, trade)
    return len(trades), DONE
