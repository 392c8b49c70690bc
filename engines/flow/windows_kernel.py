"""The compiled flow windows: exact sums of the newest seconds, what is usual for them, and the bias.

A window holds the trades with `clock - length < time <= clock`: a trade leaves it when the clock has moved on by its
length. Each entry and each exit changes the bias, in the order of time, so it does not matter when anybody looks.

**What is usual** is told by windows of the same length that do not overlap, cut by the clock (a window of ten seconds
begins at :00, :10, ...), those in which nothing traded left out. Two readings are averaged where both are there: of
today, each window losing weight with every later one, and of earlier days at the same time of the trading day, ten
minutes before and after included. It is looked up when such a window begins.
"""

from typing import Any

import numpy as np

from engines.book.layout import TRADE_BUY, TRADE_SELL, RecordArray
from engines.compiled import compiled, inlined
from engines.flow.windows_layout import (
    BIAS_BUY,
    BIAS_NONE,
    BIAS_SELL,
    BUCKET_NS,
    BUCKETS,
    DONE,
    ENOUGH,
    ENOUGH_EARLIER,
    GROW_RING,
    WindowArrays,
)


@inlined
def _note_bias(window: Any, enter: float, leave: float) -> None:
    """Move the bias: it begins `enter` deviations from the mean, on the side of the delta, and ends within `leave`."""
    if window.deviation <= 0:
        window.bias = BIAS_NONE
        return
    delta = window.buy - window.sell
    away = (delta - window.mean) / window.deviation
    if delta > 0 and away >= enter:
        window.bias = BIAS_BUY
    elif delta < 0 and away <= -enter:
        window.bias = BIAS_SELL
    elif (window.bias == BIAS_BUY and (delta <= 0 or away < leave)) or (
        window.bias == BIAS_SELL and (delta >= 0 or away > -leave)
    ):
        window.bias = BIAS_NONE


@compiled
def pass_time(flow: WindowArrays, clock: int, enter: float, leave: float) -> None:
    """Take out of every window what is too old at `clock`."""
    written = flow.now[0].written
    for number in range(len(flow.windows)):
        window = flow.windows[number]
        while window.oldest < written:
            moment = flow.ring[window.oldest & (len(flow.ring) - 1)]
            if moment.clock > clock - window.length:
                break
            window.buy -= moment.buy
            window.sell -= moment.sell
            window.none -= moment.none
            window.oldest += 1
            _note_bias(window, enter, leave)


@inlined
def _bucket(flow: WindowArrays, clock: int) -> int:
    bucket: int = min(max((clock - flow.now[0].day_start) // BUCKET_NS, 0), BUCKETS - 1)
    return bucket


@inlined
def _add(moments: Any, delta: int) -> None:
    moments.count += 1.0
    moments.sum += delta
    moments.squares += float(delta) * delta


@compiled
def end_window(flow: WindowArrays, number: int) -> None:
    """End the running window of those that do not overlap, if there is one."""
    window = flow.windows[number]
    today = flow.today[number]
    if window.end > 0:
        today.count *= window.fading
        today.sum *= window.fading
        today.squares *= window.fading
        _add(today, window.delta)
        _add(flow.running[number, _bucket(flow, window.end - window.length)], window.delta)
    window.end = 0
    window.delta = 0


@compiled
def _look_up_usual(flow: WindowArrays, number: int, clock: int) -> None:
    window = flow.windows[number]
    today = flow.today[number]
    earlier = flow.earlier[number, _bucket(flow, clock)]
    mean = 0.0
    squares = 0.0
    readings = 0
    if today.count >= ENOUGH:
        mean += today.sum / today.count
        squares += today.squares / today.count
        readings += 1
    if earlier.count >= ENOUGH_EARLIER:
        mean += earlier.sum / earlier.count
        squares += earlier.squares / earlier.count
        readings += 1
    window.mean = 0.0
    window.deviation = 0.0
    if readings > 0:
        window.mean = mean / readings
        window.deviation = np.sqrt(max(squares / readings - window.mean * window.mean, 0.0))


@compiled
def _add_to_ring(flow: WindowArrays, trade: Any) -> None:
    now = flow.now[0]
    mask = len(flow.ring) - 1
    moment = flow.ring[(now.written - 1) & mask]
    if now.written == 0 or moment.clock != trade.clock:
        moment = flow.ring[now.written & mask]
        now.written += 1
        moment.clock = trade.clock
        moment.buy = 0
        moment.sell = 0
        moment.none = 0
    if trade.side == TRADE_BUY:
        moment.buy += trade.size
    elif trade.side == TRADE_SELL:
        moment.sell += trade.size
    else:
        moment.none += trade.size


@compiled
def take_trades(flow: WindowArrays, trades: RecordArray, start: int, enter: float, leave: float) -> tuple[int, int]:
    """Take TRADE rows from `start` on, those with a time; return (position reached, DONE or GROW_RING)."""
    for position in range(start, len(trades)):
        trade = trades[position]
        if trade.clock <= 0 or trade.size <= 0:
            continue
        pass_time(flow, trade.clock, enter, leave)
        longest = flow.windows[len(flow.windows) - 1]
        if flow.now[0].written - longest.oldest == len(flow.ring):
            return position, GROW_RING
        _add_to_ring(flow, trade)
        for number in range(len(flow.windows)):
            window = flow.windows[number]
            if trade.clock >= window.end:
                end_window(flow, number)
                window.end = (trade.clock // window.length + 1) * window.length
                _look_up_usual(flow, number, trade.clock)
            if trade.side == TRADE_BUY:
                window.buy += trade.size
                window.delta += trade.size
            elif trade.side == TRADE_SELL:
                window.sell += trade.size
                window.delta -= trade.size
            else:
                window.none += trade.size
            _note_bias(window, enter, leave)
    return len(trades), DONE
