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
CLOSED: Final = 1_024
"""Closed bars handed on at once; fewer than HISTORY, so that what is kept of each is still there."""
CELLS: Final = 131_072
"""Prices of closed bars' footprints kept of each interval: those of some thousand bars."""
MOST_CELLS: Final = CELLS // 2
"""A bar that traded at more prices has no footprint."""

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
        ("low_delta", np.int64),  # lowest delta since the bar began, where it was 0
        ("high_delta", np.int64),
        ("ofi", np.int64),  # what the seconds that ended in it added to SECOND.ofi, or UNKNOWN_OFI; set as it closes
        ("number", np.int64),  # bars of its interval that closed before it
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
        ("cells", np.int64),  # prices of their footprints
        ("second", np.int64),  # rows taken of the stretch of seconds at hand
        ("quoted", np.bool_),  # a second has told SECOND.ofi
        ("ofi", np.int64),  # SECOND.ofi of the newest one
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
        ("squares_high", np.int64),  # as of NOW
        ("squares_low", np.int64),
        ("poc", np.int64),
        ("value_low", np.int64),
        ("value_high", np.int64),
    ],
    align=True,
)
"""The profile of the trading day as it stood when a bar closed; `volume` is 0 where there was none."""


CELL: Final = np.dtype([("tick", np.int64), ("buy", np.int64), ("sell", np.int64), ("none", np.int64)], align=True)
"""Lots traded at one price within one bar."""

FOOTPRINT: Final = np.dtype(
    [
        ("first", np.int64),  # number of its first cell among all of its interval
        ("count", np.int64),  # its cells, the lowest price first; -1 where they were too many to keep
        ("least", np.float64),  # lots by which a price must outweigh its counterpart; infinite where not yet known
    ],
    align=True,
)
"""Where the footprint of a closed bar stands."""

USUAL: Final = np.dtype([("lots", np.float64), ("cells", np.float64), ("least", np.float64)], align=True)
"""Lots and prices of the closed bars of an interval, fading; and `FOOTPRINT.least` of the open bar."""

BORDER: Final = np.dtype([("start", np.int64), ("ofi", np.int64)], align=True)
"""Begin of the interval that the newest second belongs to, and SECOND.ofi there."""


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
        traded: The same of the open bar of each interval, shape (6, 3, width).
        cells: CELL, what traded at each price of closed bars, in a ring of each interval, shape (6, CELLS).
        cells_written: Cells ever written to each ring.
        footprints: FOOTPRINT of the bar at the same place in `history`.
        usual: USUAL of each interval.
        borders: BORDER of each interval.
    """

    now: RecordArray
    bars: RecordArray
    ended: npt.NDArray[np.int64]
    closed: RecordArray
    history: RecordArray
    developed: RecordArray
    written: npt.NDArray[np.int64]
    ladder: npt.NDArray[np.int64]
    traded: npt.NDArray[np.int64]
    cells: RecordArray
    cells_written: npt.NDArray[np.int64]
    footprints: RecordArray
    usual: RecordArray
    borders: RecordArray
