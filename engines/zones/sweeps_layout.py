"""The memory of the sweep watch: one run beyond pools for each side, and the trades that made it.

Prices are told as *reach*: ticks for the side of highs, ticks times -1 for the side of lows, so that beyond a pool is
always more and both sides are one rule.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

RecordArray = npt.NDArray[Any]

HIGHS: Final = 0
LOWS: Final = 1
SIDES: Final = 2
UNREACHED: Final = 2**62
"""A reach that no trade has."""
DEPTH: Final = 256
"""Ticks beyond the first pool of a run for which stops are told price by price; farther ones count at the last."""
KEPT: Final = 64
"""Trades kept of a run."""
BURST_SECONDS: Final = 5
"""Seconds of the clock that a burst is measured over."""

# Places in `bursts` and `usual`.
STOP_LOTS: Final = 0
LOTS: Final = 1
KNOWN_LOTS: Final = 2
"""Lots of aggressors whose kind is known; in `usual` alone."""

# Why the watch stopped before a trade.
DONE: Final = 0
CROSSED: Final = 1
BACK: Final = 2
TOO_FAR: Final = 3
TOO_LATE: Final = 4

RUN: Final = np.dtype(
    [
        ("next", np.int64),  # reach of the nearest pool that has not been crossed; UNREACHED where there is none
        ("running", np.bool_),
        ("level", np.int64),  # reach of the main pool: a trade below it is back inside
        ("limit", np.int64),  # a trade above this reach is an accepted break
        ("deadline", np.int64),  # ns
        ("first", np.int64),  # reach of the first pool crossed, from which stops are told
        ("began", np.int64),  # clock of the trade that crossed it
        ("last", np.int64),  # reach of the newest trade
        ("extreme", np.int64),  # reach
        ("extreme_clock", np.int64),
        ("trades", np.int64),  # trades beyond the first pool
        ("volume", np.int64),  # their lots
        ("stop_burst", np.int64),  # most lots of stops of its own side beyond it within BURST_SECONDS
        ("burst", np.int64),  # the same of all aggressors of its own side
        # aggressors' lots until the market left the extreme, and after it
        ("buy_before", np.int64),
        ("sell_before", np.int64),
        ("buy_after", np.int64),
        ("sell_after", np.int64),
    ],
    align=True,
)
"""One side: what is waited for, and the run that goes on."""
_NO_RUN: Final = np.zeros((), RUN)

RUN_TRADE: Final = np.dtype(
    [
        ("index", np.int64),
        ("clock", np.int64),
        ("order_id", np.uint64),
        ("tick", np.int64),
        ("size", np.int64),
        ("side", np.int8),
        ("kind", np.int8),
    ],
    align=True,
)
"""One trade beyond the first pool of a run."""


class WatchArrays(NamedTuple):
    """Everything the watch works on.

    Attributes:
        runs: RUN, one a side.
        stops: Stop orders and lots of stops that traded at each tick beyond the first pool, shape (2, 2, DEPTH).
        bursts: Lots of each of the newest seconds, of stops and of all, shape (2, 2, BURST_SECONDS).
        seconds: The newest second that `bursts` holds, shape (2, 2).
        kept: RUN_TRADE, the newest trades of each run in a ring, shape (2, KEPT).
        usual: Lots of aggressors since the start: of stops, of all, of those of a known kind.
    """

    runs: RecordArray
    stops: npt.NDArray[np.int64]
    bursts: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.int64]
    kept: RecordArray
    usual: npt.NDArray[np.int64]


def new_watch() -> WatchArrays:
    """Return a watch that waits for nothing."""
    arrays = WatchArrays(
        runs=np.zeros(SIDES, RUN),
        stops=np.zeros((SIDES, 2, DEPTH), np.int64),
        bursts=np.zeros((SIDES, 2, BURST_SECONDS), np.int64),
        seconds=np.zeros((SIDES, 2), np.int64),
        kept=np.zeros((SIDES, KEPT), RUN_TRADE),
        usual=np.zeros(3, np.int64),
    )
    arrays.runs["next"] = UNREACHED
    return arrays


def begin_run(watch: WatchArrays, side: int, first: int, clock: int) -> None:
    """Start a run of a side at its first pool's reach."""
    run = watch.runs[side]
    waiting = run["next"]
    watch.runs[side] = _NO_RUN
    run["next"], run["running"], run["first"], run["began"] = waiting, True, first, clock
    run["extreme"] = -UNREACHED
    watch.stops[side] = 0
    watch.bursts[side] = 0
