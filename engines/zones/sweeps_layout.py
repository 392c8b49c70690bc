"""The memory of the sweep watch: one run beyond pools for each side, with the trades that made it.

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

# Places in `RUN.bursts` and `usual`.
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
        ("volume", np.int64),  # lots of the trades beyond the first pool
        ("stop_burst", np.int64),  # most lots of stops of its own side beyond it within BURST_SECONDS
        ("burst", np.int64),  # the same of all aggressors of its own side
        # aggressors' lots until the market left the extreme, and after it
        ("buy_before", np.int64),
        ("sell_before", np.int64),
        ("buy_after", np.int64),
        ("sell_after", np.int64),
        ("trades", np.int64),  # trades beyond the first pool
        ("stop_orders", np.int64),  # stop orders in `stops`
        # arrays of its own, so that the kernel is handed one array for all of them
        ("stops", np.int64, (2, DEPTH)),  # stop orders, and lots of stops, at each tick beyond the first pool
        ("bursts", np.int64, (2, BURST_SECONDS)),  # lots in each of the newest seconds, of stops and of all
        ("seconds", np.int64, (2,)),  # the newest second that each of `bursts` holds
        ("kept", RUN_TRADE, (KEPT,)),  # the newest trades, in a ring
    ],
    align=True,
)
"""One side: what is waited for, and the run that goes on."""


class WatchArrays(NamedTuple):
    """Everything the watch works on.

    Attributes:
        runs: RUN, one a side.
        usual: Lots of aggressors since the start: of stops, of all, of those of a known kind.
    """

    runs: RecordArray
    usual: npt.NDArray[np.int64]
