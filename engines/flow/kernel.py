"""The compiled flow engine: trades in, bars and volume at price out.

A trade belongs to the bars of the clock at its record; before the first credible time to none. A bar closes as soon as
the clock reaches its end, whether or not another trade comes; intervals without a trade have no bar, and the next bar
says how many it follows. Bars that close together are handed on in the order of their ends, short intervals first.

A bar's order-flow imbalance is what the running sum of it gained between the borders of its interval: from the newest
second that ended at its begin or before to the newest that ended at its end or before. Seconds and bars that end
together are taken in that order, so it does not matter when either is handed in.
"""

from typing import Any

from engines.book.layout import FARTHEST, REACH, TRADE_BUY, TRADE_SELL, UNKNOWN_OFI, RecordArray
from engines.compiled import compiled
from engines.flow.footprint_kernel import add_to_footprint, begin_footprint, keep_footprint
from engines.flow.layout import (
    DONE,
    GROW_LADDER,
    HISTORY,
    INTERVAL_SECONDS,
    MOST_CELLS,
    OUTPUT_FULL,
    SECOND_NS,
    SESSION,
    FlowArrays,
)
from engines.flow.profile_kernel import add_to_profile, keep_profile

_COUNT = len(INTERVAL_SECONDS)


@compiled
def advance(flow: FlowArrays, seconds: RecordArray, clock: int) -> None:
    """Take the SECOND rows from `now.second` on and close the bars that end at or before `clock`, in their order.

    Room for one bar of each interval is in `closed`.
    """
    now = flow.now[0]
    while True:
        first = -1
        for interval in range(_COUNT):
            end = flow.bars[interval].end
            if 0 < end <= clock and (first < 0 or end < flow.bars[first].end):
                first = interval
        until = clock if first < 0 else flow.bars[first].end
        while now.second < len(seconds) and seconds[now.second].end <= until:
            _take_second(flow, seconds[now.second])
            now.second += 1
        if first < 0:
            return
        _close_bar(flow, first)


@compiled
def _take_second(flow: FlowArrays, second: Any) -> None:
    now = flow.now[0]
    if second.ofi == UNKNOWN_OFI:
        return
    for interval in range(_COUNT):
        border = flow.borders[interval]
        length = INTERVAL_SECONDS[interval] * SECOND_NS
        start = now.day_start if interval == SESSION else (second.end - SECOND_NS) // length * length
        if border.start != start:
            border.start = start
            border.ofi = now.ofi
    now.quoted = True
    now.ofi = second.ofi


@compiled
def _close_bar(flow: FlowArrays, interval: int) -> None:
    now = flow.now[0]
    bar = flow.bars[interval]
    border = flow.borders[interval]
    place = flow.written[interval] % HISTORY
    bar.ofi = UNKNOWN_OFI
    if now.quoted:
        bar.ofi = now.ofi - border.ofi if border.start == bar.start else 0
    bar.number = flow.written[interval]
    flow.closed[now.closed] = bar
    now.closed += 1
    flow.history[interval, place] = bar
    keep_profile(flow, interval, place)
    keep_footprint(flow, interval, place)
    flow.written[interval] += 1
    flow.ended[interval] = bar.end
    bar.end = 0


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
    bar.low_delta = 0
    bar.high_delta = 0
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
def _add_to_bars(flow: FlowArrays, trade: Any, near: bool, least: float) -> None:
    tick = trade.tick
    size = trade.size
    for interval in range(_COUNT):
        bar = flow.bars[interval]
        if bar.end == 0:
            _open_bar(flow, interval, trade.clock, tick)
            begin_footprint(flow, interval, least)
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
        bar.low_delta = min(bar.low_delta, bar.buy - bar.sell)
        bar.high_delta = max(bar.high_delta, bar.buy - bar.sell)
        bar.cvd = flow.now[0].cvd
        if near:
            add_to_footprint(flow, interval, trade)


@compiled
def take_trades(
    flow: FlowArrays, trades: RecordArray, seconds: RecordArray, start: int, least: float
) -> tuple[int, int]:
    """Take TRADE rows from `start` on and the SECOND rows of the same stretch; return (position reached, reason).

    The reason is DONE, GROW_LADDER (to hold `now.wanted`) or OUTPUT_FULL (empty `closed`); call again after acting.
    `least` is for `begin_footprint`.
    """
    now = flow.now[0]
    for position in range(start, len(trades)):
        trade = trades[position]
        tick = trade.tick
        if now.closed + 2 * _COUNT > len(flow.closed) or now.cells > MOST_CELLS:
            return position, OUTPUT_FULL
        if not now.has_origin:
            now.has_origin = True
            now.origin = min(max(tick, -FARTHEST), FARTHEST)
        near = now.origin - REACH <= tick <= now.origin + REACH
        column = tick - now.base
        if near and not 0 <= column < flow.ladder.shape[1]:
            now.wanted = tick
            return position, GROW_LADDER
        advance(flow, seconds, trade.clock)
        if near:
            add_to_profile(flow, trade)
        _add_to_totals(flow, trade)
        if trade.clock > 0:
            _add_to_bars(flow, trade, near, least)
    if now.second < len(seconds):
        advance(flow, seconds, seconds[len(seconds) - 1].end)
    return len(trades), DONE
