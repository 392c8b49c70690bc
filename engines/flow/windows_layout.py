"""The memory of the flow windows: what traded in the newest five minutes, and what is usual for each window."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engines.flow.layout import SECOND_NS, RecordArray

WINDOW_SECONDS: Final = (10, 60, 300)
"""Lengths of the windows, the shortest first."""
BUCKET_NS: Final = 300 * SECOND_NS
BUCKETS: Final = 300
"""Times of the trading day, five minutes each: a day has up to 25 hours."""
ENOUGH: Final = 10
"""Windows of today that tell what is usual."""
ENOUGH_EARLIER: Final = 5
"""Windows of earlier days at this time that do."""

BIAS_NONE: Final = 0
BIAS_BUY: Final = 1
BIAS_SELL: Final = -1

DONE: Final = 0
GROW_RING: Final = 1

MOMENT: Final = np.dtype([("clock", np.int64), ("buy", np.int64), ("sell", np.int64), ("none", np.int64)], align=True)
"""Lots of all trades of one time of the clock."""

MOMENTS: Final = np.dtype([("count", np.float64), ("sum", np.float64), ("squares", np.float64)], align=True)
"""Weights, deltas and squared deltas of windows that ended, added up."""

WINDOW: Final = np.dtype(
    [
        ("length", np.int64),  # ns
        ("fading", np.float64),  # weight that a window of today loses with each later one
        # the newest `length` nanoseconds
        ("oldest", np.int64),  # number of the first MOMENT in it
        ("buy", np.int64),
        ("sell", np.int64),
        ("none", np.int64),
        ("bias", np.int64),
        # the running window of those that do not overlap; `end` 0 before the first
        ("end", np.int64),
        ("delta", np.int64),
        # what is usual, as it stood when that one began; deviation 0 where not known
        ("mean", np.float64),
        ("deviation", np.float64),
    ],
    align=True,
)

NOW: Final = np.dtype([("day_start", np.int64), ("written", np.int64)], align=True)
"""Begin of the trading day; moments ever written to the ring."""


class WindowArrays(NamedTuple):
    """Everything the kernel of the windows works on.

    Attributes:
        now: NOW, one record.
        windows: WINDOW of each length.
        ring: MOMENT, the newest ones in a ring; its length is a power of two.
        today: MOMENTS of each length today, fading.
        running: MOMENTS by length and time of today, not fading, shape (3, BUCKETS).
        earlier: The same of earlier days, fading from day to day, times nearby included.
    """

    now: RecordArray
    windows: RecordArray
    ring: RecordArray
    today: RecordArray
    running: RecordArray
    earlier: RecordArray


Floats = npt.NDArray[np.float64]
