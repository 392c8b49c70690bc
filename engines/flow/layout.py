"""The memory of the flow engine: open bars, closed bars, volume at price and what its profile says."""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

RecordArray = npt.NDArray[Any]

SECOND_NS: Final = 1_000_000_000
INTERVALS: Final = ("1s", "1m", "5m", "15m", "1h", "session")
"""Names of the bar intervals; an interval's code is its place here."""
INTERVAL_SECONDS: Final = (1, 60, 300, 900, 3_600, 0)
"""Lengths; the session's is the trading day's own."""
SESSION: Final = 5
HISTORY: Final = 2_048
"""Closed bars of each interval kept for screens."""

SQUARE_BITS: Final = 18
"""Where squared distances are split, so that no sum of them overflows."""

DONE: Final = 0
GROW_LADDER: Final = 1
OUTPUT_FULL: Final = 2

BAR: Final = np.dtype(
    [
        ("interval", np.int64),
        ("start", np.int64),  # ns
        ("end", np.int64),  # ns; of an interval without an open bar: 0
        ("open", np.int64),  # ticks
        ("high", np.int64),
        ("low", np.int64),
        ("close", np.int64),
        ("volume", np.int64),
        ("buy", np.int64),
        ("sell", np.int64),
        ("none", np.int64),
        ("trades", np.int64),  # T records
        ("cvd", np.int64),  # delta since the trading day began
        ("gap", np.int64),  # intervals without a trade before this bar
    ],
    align=True,
)

NOW: Final = np.dtype(
    [
        ("day_start", np.int64),
        ("day_end", np.int64),
        ("base", np.int64),  # tick of the first column of the ladder
        ("wanted", np.int64),
        ("has_origin", np.bool_),
        ("origin", np.int64),
        ("closed", np.int64),  # rows of closed bars handed on
        # the running trading day
        ("cvd", np.int64),
        ("day_volume", np.int64),
        ("day_trades", np.int64),
        # its profile: of trades within reach of `origin`
        ("since", np.int64),  # clock of its first trade
        ("profile_volume", np.int64),
        ("low", np.int64),  # ticks
        ("high", np.int64),
        ("poc", np.int64),
        ("poc_volume", np.int64),
        ("poc_ties", np.int64),  # prices that hold as many lots as the point of control, itself included
        ("weighted", np.int64),  # sum of lots * distance from `origin`
        ("squares_high", np.int64),  # sum of lots * squared distance is squares_high << SQUARE_BITS | squares_low,
        ("squares_low", np.int64),  # except that the low part carries nothing over
        ("valued", np.int64),  # `profile_volume` that the value area was found for
        ("value_low", np.int64),
        ("value_high", np.int64),
        # since the start
        ("trades", np.int64),
        ("volume", np.int64),
        ("buy", np.int64),
        ("sell", np.int64),
        ("none", np.int64),
        ("last_tick", np.int64),
        ("last_size", np.int64),
        ("last_side", np.int8),
    ],
    align=True,
)


DEVELOPED: Final = np.dtype(
    [
        ("origin", np.int64),  # tick
        ("volume", np.int64),
        ("weighted", np.int64),  # sum of lots * distance from `origin`
        ("poc", np.int64),
        ("value_low", np.int64),
        ("value_high", np.int64),
    ],
    align=True,
)
"""The profile of the trading day as it stood when a bar closed; `volume` is 0 where there was none."""


class FlowArrays(NamedTuple):
    """Everything the flow kernel works on.

    Attributes:
        now: NOW, one record.
        bars: BAR, the open bar of each interval; `end` 0 where none is open.
        ended: End of the newest closed bar of each interval in the running trading day; 0 before the first.
        closed: BAR, output.
        history: BAR, the newest closed bars of each interval in a ring, shape (6, HISTORY).
        developed: DEVELOPED, the profile at the close of the bar at the same place in `history`.
        written: Bars ever written to each ring.
        ladder: Lots traded at each tick of the running trading day, shape (3, width): buy, sell, none.
    """

    now: RecordArray
    bars: RecordArray
    ended: npt.NDArray[np.int64]
    closed: RecordArray
    history: RecordArray
    developed: RecordArray
    written: npt.NDArray[np.int64]
    ladder: npt.NDArray[np.int64]
