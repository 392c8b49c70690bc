"""The compiled watch for trades beyond pools: it counts what a run takes, and stops where something is to be decided.

It stops *before* the trade that decides, and is called again from there once the caller has changed what is waited for,
until nothing is left to decide about that trade; then the trade counts. So a decision rests on earlier trades only.
"""

from typing import Any

from engines.book.layout import KIND_STOP, KIND_UNKNOWN, TRADE_BUY, TRADE_NONE, TRADE_SELL, RecordArray
from engines.compiled import compiled, inlined
from engines.flow.layout import SECOND_NS
from engines.zones.sweeps_layout import (
    BACK,
    BURST_SECONDS,
    CROSSED,
    DEPTH,
    DONE,
    HIGHS,
    KEPT,
    KNOWN_LOTS,
    LOTS,
    SIDES,
    STOP_LOTS,
    TOO_FAR,
    TOO_LATE,
    WatchArrays,
)


@inlined
def _reach(side: int, tick: int) -> int:
    return tick if side == HIGHS else -tick


@inlined
def _reason(run: Any, reach: int, clock: int) -> int:
    """Tell what a trade decides about a side."""
    if run.running:
        if clock > run.deadline:
            return TOO_LATE
        if reach > run.limit:
            return TOO_FAR
        if reach < run.level:
            return BACK
    return CROSSED if reach > run.next else DONE


@compiled
def _burst(run: Any, what: int, clock: int, lots: int) -> int:
    """Add lots to the newest seconds and return what these hold together."""
    second = clock // SECOND_NS
    for passed in range(max(run.seconds[what] + 1, second - BURST_SECONDS + 1), second + 1):
        run.bursts[what, passed % BURST_SECONDS] = 0
    run.seconds[what] = second
    run.bursts[what, second % BURST_SECONDS] += lots
    together = 0
    for place in range(BURST_SECONDS):
        together += run.bursts[what, place]
    return together


@inlined
def _count_delta(run: Any, trade: Any, reach: int) -> None:
    if reach > run.extreme:
        run.extreme = reach
        run.extreme_clock = trade.clock
        run.buy_before += run.buy_after
        run.sell_before += run.sell_after
        run.buy_after = 0
        run.sell_after = 0
    if trade.side == TRADE_BUY:
        if reach == run.extreme:
            run.buy_before += trade.size
        else:
            run.buy_after += trade.size
    elif trade.side == TRADE_SELL:
        if reach == run.extreme:
            run.sell_before += trade.size
        else:
            run.sell_after += trade.size


@inlined
def _keep(run: Any, trade: Any) -> None:
    kept = run.kept[run.trades % KEPT]
    kept.index = trade.index
    kept.clock = trade.clock
    kept.order_id = trade.order_id
    kept.tick = trade.tick
    kept.size = trade.size
    kept.side = trade.side
    kept.kind = trade.kind
    run.trades += 1
    run.volume += trade.size


@inlined
def _count(run: Any, side: int, trade: Any, reach: int) -> None:
    """Add a trade to the run of a side; a side's own aggressors have its number (buyers run through highs)."""
    run.last = reach
    _count_delta(run, trade, reach)
    beyond = reach - run.first
    if beyond <= 0:
        return
    _keep(run, trade)
    if trade.side != side:
        return
    run.burst = max(run.burst, _burst(run, LOTS, trade.clock, trade.size))
    if trade.kind == KIND_STOP:
        run.stop_burst = max(run.stop_burst, _burst(run, STOP_LOTS, trade.clock, trade.size))
        place = min(beyond, DEPTH - 1)
        run.stop_orders += trade.first
        run.stops[0, place] += trade.first
        run.stops[1, place] += trade.size


@compiled
def watch_trades(watch: WatchArrays, trades: RecordArray, start: int, stop: int) -> tuple[int, int, int, int, int, int]:
    """Take TRADE rows from `start` on, those before `stop`, and stop before one that decides something.

    Returns the position reached, the side and why it stopped there, and clock, tick and event of that trade.
    """
    for position in range(start, stop):
        trade = trades[position]
        for side in range(SIDES):
            reason = _reason(watch.runs[side], _reach(side, trade.tick), trade.clock)
            if reason != DONE:
                return position, side, reason, trade.clock, trade.tick, trade.event
        for side in range(SIDES):
            run = watch.runs[side]
            if run.running:
                _count(run, side, trade, _reach(side, trade.tick))
        if trade.side != TRADE_NONE:
            watch.usual[LOTS] += trade.size
            if trade.kind == KIND_STOP:
                watch.usual[STOP_LOTS] += trade.size
            if trade.kind != KIND_UNKNOWN:
                watch.usual[KNOWN_LOTS] += trade.size
    return stop, 0, DONE, 0, 0, 0
