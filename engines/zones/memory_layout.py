"""The arrays of iceberg memory: what its kernel watches, field by field. `memory_watch.Watch` owns them."""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

RecordArray = npt.NDArray[Any]

MINUTE_NS: Final = 60 * 1_000_000_000
HORIZONS: Final = (5 * MINUTE_NS, 15 * MINUTE_NS, 60 * MINUTE_NS)
"""Event time after a touch at which its reaction is read."""
HORIZON_NAMES: Final = ("5m", "15m", "60m")

NO_PRICE: Final = 2**62
"""Above every price in ticks; negative, below every one."""

# What became of a touch, as codes of `VISIT.verdict`.
OPEN: Final = 0
HELD: Final = 1
FAILED: Final = 2

# What happened, as codes of `STEP.what`; a reaction's code is REACTED + its horizon's place.
TOUCHED: Final = 0
WAS_HELD: Final = 1
HAS_FAILED: Final = 2
REACTED: Final = 3

PLACE: Final = np.dtype(
    [
        ("zone", np.int64),  # its number
        ("low", np.int64),  # ticks
        ("high", np.int64),
        ("side", np.int8),  # BID or ASK
        ("armed", np.bool_),  # price has been away since the last visit
    ],
    align=True,
)
"""Where one remembered zone is."""

VISIT: Final = np.dtype(
    [
        ("visit", np.int64),  # running number
        ("zone", np.int64),
        ("clock", np.int64),  # ns, of the touch
        ("near", np.int64),  # tick that reactions are measured from
        ("goal", np.int64),  # ticks
        ("limit", np.int64),
        ("best", np.int64),  # MFE so far
        ("worst", np.int64),  # MAE so far
        ("horizon", np.int64),  # horizons that are over
        ("side", np.int8),
        ("verdict", np.int8),
    ],
    align=True,
)
"""One touch whose reaction is still watched."""

STEP: Final = np.dtype(
    [
        ("visit", np.int64),
        ("zone", np.int64),
        ("clock", np.int64),  # ns, of the trade that showed it
        ("index", np.int64),  # that trade's number in the stream
        ("order_id", np.uint64),
        ("tick", np.int64),
        ("size", np.int64),
        ("near", np.int64),
        ("goal", np.int64),
        ("limit", np.int64),
        ("best", np.int64),
        ("worst", np.int64),
        ("side", np.int8),
        ("what", np.int8),
    ],
    align=True,
)
"""Something that happened at a zone, handed on."""

WATCH: Final = np.dtype(
    [
        ("leave", np.int64),  # ticks: how far price must be away before it can visit, and must leave to have held
        ("through", np.int64),  # ticks beyond the far edge that make a visit fail
        ("places", np.int64),
        ("visits", np.int64),
        ("steps", np.int64),
        ("visited", np.int64),  # visits ever
        ("below", np.int64),  # nothing happens before price is at or below this,
        ("above", np.int64),  # at or above this,
        ("until", np.int64),  # or the clock at or after this
        ("break_below", np.int64),  # no minute breaks a zone unless it closes below this
        ("break_above", np.int64),  # or above this
        ("low", np.int64),  # lowest price since visits were brought up to date
        ("high", np.int64),
        ("clock", np.int64),  # of the newest trade; 0 before the first
        ("last", np.int64),  # its tick
    ],
    align=True,
)
"""The watch's scalars."""


class MemoryArrays(NamedTuple):
    """Everything the kernel works on: WATCH (one record), PLACE, VISIT and STEP (output)."""

    watch: RecordArray
    places: RecordArray
    visits: RecordArray
    steps: RecordArray
