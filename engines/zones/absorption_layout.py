"""The memory of the absorption engine: the trailing window, what is usual, and the live zones.

All arrays are owned by `engines.zones.absorption.Absorptions`, which makes and grows them.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engines.book.layout import RecordArray

CELLS: Final = 4_096
"""Prices of each side whose lots in the window are counted, a power of two: a tick's low bits say which cell is its."""
ZONES: Final = 64
"""Live zones at most; for one more, the one that was pressed least recently gives way."""
ROWS: Final = ZONES + 1
KEPT: Final = 64
"""Newest trades into a zone that are kept with it."""
MOST_ZONE_TICKS: Final = 16
RANGES: Final = 20
"""Traded minutes whose mean range is the usual one."""
BUCKET_NS: Final = 300_000_000_000
BUCKETS: Final = 300
"""Times of a trading day of up to 25 hours."""
SAMPLES: Final = 300
"""Newest samples kept of each baseline."""
LATELY: Final = 0
"""Row of the baseline that knows no time of day; the others follow in the order of the day."""

DONE: Final = 0
GROW_WINDOW: Final = 1
STEPPED: Final = 2

# What happened to a zone, as codes of `STEP.what`.
FORMED: Final = 0
PRESSED: Final = 1
TOUCHED: Final = 2
CONFIRMED: Final = 3
TRADED_THROUGH: Final = 4
CLOSED_BEYOND: Final = 5
AGED: Final = 6
DAY_ENDED: Final = 7
GAVE_WAY: Final = 8
LAST_OF_LIVE: Final = CONFIRMED
"""Greater codes end a zone."""

LIMITS: Final = np.dtype(
    [
        ("window", np.int64),  # ns
        ("slot", np.int64),  # ns: length of the windows that what is usual is learned from
        ("slots", np.int64),  # known of them before anything is judged
        ("lately", np.int64),  # samples of volume that count as lately
        ("forgetting", np.float64),  # weight that the past keeps from slot to slot
        ("zone_ticks", np.int64),
        ("volume_z", np.float64),
        ("progress", np.int64),  # ticks
        ("refill", np.float64),
        ("impact_z", np.float64),
        ("merge_ticks", np.int64),
        ("merge_time", np.int64),  # ns
        ("touch_range", np.float64),  # multiples of the usual range of a minute
        ("confirm_range", np.float64),
        ("break_ticks", np.int64),
        ("break_volume", np.float64),  # multiples of what usually trades into a zone
        ("age", np.int64),  # ns
    ],
    align=True,
)
"""Settings, as `engines.zones.absorption.AbsorptionSettings` explains them."""

CELL: Final = np.dtype([("tick", np.int64), ("lots", np.int64)], align=True)
"""Aggressive lots in the window at one price, against one passive side."""

NOW: Final = np.dtype(
    [
        # the window
        ("first", np.int64),  # of all trades ever written to the ring, the first and the last (exclusive) still in it
        ("last", np.int64),
        # what is usual
        ("slot", np.int64),  # number of the running one: its start / its length
        ("slot_before", np.int64),  # tick of the last trade before it
        ("has_slot_before", np.bool_),
        ("day_start", np.int64),  # ns
        ("slots", np.int64),  # ever learned from
        ("middle", np.float64),  # of log(1 + lots into the busiest zone) lately: median, and deviation
        ("spread", np.float64),
        ("knows_time_of_day", np.bool_),  # earlier days tell the same of this time of day
        ("middle_of_day", np.float64),
        ("spread_of_day", np.float64),
        ("usual_lots", np.float64),
        ("needed_lots", np.int64),  # 0 is unknown
        ("depth_sum", np.float64),  # weighted sum of the mean lots displayed where trades came, and of the weights
        ("depth_weight", np.float64),
        ("pressure_sum", np.float64),  # weighted sum of abs(buy - sell lots) / depth
        ("change_sum", np.float64),  # weighted sum of the price change in the direction of that pressure
        ("error_sum", np.float64),  # weighted sum of abs(error) / square root of activity, and of the weights
        ("error_weight", np.float64),
        ("minutes", np.int64),  # ever closed
        ("minute_range", np.float64),  # ticks, usual lately; 0 is unknown
        # zones
        ("zones", np.int64),  # ever formed
        ("live", np.int64),
        ("rows", np.int64),  # rows of zones up to the last one that lives
        ("steps", np.int64),  # rows handed on since the last call
    ],
    align=True,
)
"""The engine's scalars."""

FINDING: Final = np.dtype(
    [
        ("side", np.int64),
        ("low", np.int64),
        ("high", np.int64),
        ("place", np.int64),  # in the window's ring, of the first trade that counts
        ("since", np.int64),  # its clock
        ("lots", np.int64),
        ("progress", np.int64),
        ("begun", np.int64),  # tick of that first trade
        ("pressure", np.int64),  # buy less sell lots from it on, anywhere
        ("activity", np.int64),  # buy and sell lots
        ("deepest", np.int64),  # these three: as far as the look back has come
        ("pressure_on", np.int64),
        ("activity_on", np.int64),
        ("tells_queue", np.bool_),  # every trade into it says what came into its queue
        ("refill", np.float64),  # NaN is unknown
        ("volume_z", np.float64),
        ("impact_z", np.float64),
    ],
    align=True,
)
"""The measures of one place at one moment."""

ZONE: Final = np.dtype(
    [
        ("number", np.int64),  # from 1; 0 is a free row
        ("side", np.int64),  # BID or ASK, the passive one
        ("low", np.int64),  # ticks
        ("high", np.int64),
        ("since", np.int64),  # clock of the first trade into it
        ("pressed", np.int64),  # clock of the newest finding
        ("newest", np.int64),  # clock of the newest trade into it
        ("lots", np.int64),  # aggressive lots into it since the first
        ("count", np.int64),  # trades of them
        ("touches", np.int64),
        ("through", np.int64),  # lots traded beyond it since it last held
        ("away", np.bool_),  # price has left it far enough to come back
        ("confirmed", np.bool_),
        # measures of the newest finding
        ("progress", np.int64),
        ("refill", np.float64),  # NaN is unknown
        ("volume_z", np.float64),
        ("impact_z", np.float64),
    ],
    align=True,
)
"""One live zone."""

STEP: Final = np.dtype(
    [
        ("what", np.int64),
        ("row", np.int64),  # of the zone
        ("ts", np.int64),
        ("event", np.int64),  # matching event of the trade, or NO_EVENT
        ("amount", np.int64),  # what the step is about: lots found or beyond, ticks away, nanoseconds of quiet
    ],
    align=True,
)
"""One step in the life of a zone."""


class AbsorptionArrays(NamedTuple):
    """Everything the kernel works on.

    Attributes:
        limits: LIMITS, one record.
        now: NOW, one record.
        window: TRADE rows of the trailing window in a ring, length 2**n.
        cells: CELL, shape (2, CELLS): passive side, low bits of the tick.
        looked: Clock of the last close look at each passive side.
        finding: FINDING, one record: the measures of the last close look.
        sums: Depth sums at each tick of that zone, shape (3, MOST_ZONE_TICKS): seen, first, last.
        samples: Newest samples of log(1 + lots), rings, shape (1 + BUCKETS, SAMPLES).
        ranked: The same in order of size.
        sampled: Samples ever taken of each.
        sampled_before: Of them, those before the running trading day.
        ranges: Ticks between high and low of the newest minutes, a ring, shape (RANGES,).
        zones: ZONE, shape (ROWS,).
        kept: TRADE rows, the newest trades into each zone in a ring, shape (ROWS, KEPT).
        steps: STEP, output: room for all that one trade can do.
        told: ZONE as it stood right after each step, output.
    """

    limits: RecordArray
    now: RecordArray
    window: RecordArray
    cells: RecordArray
    looked: npt.NDArray[np.int64]
    finding: RecordArray
    sums: npt.NDArray[np.int64]
    samples: npt.NDArray[np.float64]
    ranked: npt.NDArray[np.float64]
    sampled: npt.NDArray[np.int64]
    sampled_before: npt.NDArray[np.int64]
    ranges: npt.NDArray[np.int64]
    zones: RecordArray
    kept: RecordArray
    steps: RecordArray
    told: RecordArray
