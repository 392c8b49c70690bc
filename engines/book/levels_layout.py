"""The memory of a book kept by price: what each array of `levels_kernel` holds, field by field.

All arrays are owned by `engines.book.levels.LevelBook`; the kernel only reads and writes inside.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from engines.book.layout import QUOTE_FIELDS, STACKING, UNKNOWN_LOTS, RecordArray
from feeds.records import TRADE as TRADE_RECORD

MOST_LEVELS: Final = 10
UNKNOWN_SIZE: Final = UNKNOWN_LOTS
"""Lots at a price that the schema does not show: never 0."""
PRICES: Final = 2**14
"""Neighbouring prices of which stacked and pulled lots are kept; one farther off begins in the place of another."""

_CARRIED_LEVEL: Final = np.dtype(
    [
        ("bid_price", "<i8"),
        ("ask_price", "<i8"),
        ("bid_size", "<u4"),
        ("ask_size", "<u4"),
        ("bid_orders", "<u4"),
        ("ask_orders", "<u4"),
    ]
)
LEVEL_RECORD: Final = np.dtype([*TRADE_RECORD.descr, ("levels", _CARRIED_LEVEL, (MOST_LEVELS,))])
"""An mbp-10 record with its levels as an array. Records of lesser schemas are widened to it, so that one kernel reads
all of them; `LEVELS_NOW.depth` says how many of the levels mean something."""

RESTING: Final = np.dtype([("tick", np.int64), ("size", np.int64), ("orders", np.int64)], align=True)

SHOWN: Final = np.dtype(
    [
        ("edge", np.int64),  # worst tick about which anything is known
        ("count", np.int64),
        ("levels", RESTING, (MOST_LEVELS,)),  # best first
    ],
    align=True,
)
"""What one side shows: of its occupied prices the best ones, and how far that reaches.

At the edge and at better prices a tick that is not listed holds nothing; beyond the edge nothing is known. A side that
lists fewer levels than the schema has room for is known everywhere.
"""

TAKEN: Final = np.dtype([("tick", np.int64), ("lots", np.int64), ("side", np.int8)], align=True)
"""Lots that aggressors took from one side at one price in the running event."""

PRICE_STACKING: Final = np.dtype([("tick", np.int64), ("sums", STACKING)])
"""STACKING of one price; `sums.window` is 0 where nothing has been counted yet."""

FOLLOWED: Final = np.dtype(
    [
        ("tick", np.int64),
        ("last", np.int64),  # clock of its newest trade
        ("event", np.int64),  # matching event of its newest trade
        ("side", np.int8),
    ],
    align=True,
)
"""A level that traded more than it showed, until it is over."""

LEVEL_HIDDEN: Final = np.dtype(
    [
        ("clock", np.int64),
        ("event", np.int64),
        ("tick", np.int64),
        ("lots", np.int64),  # traded there in the event
        ("before", np.int64),  # lots shown before the event, or UNKNOWN_SIZE
        ("after", np.int64),  # lots shown after it, or UNKNOWN_SIZE
        ("hidden", np.int64),  # lots that came out of a reserve, to trade or to be shown
        ("side", np.int8),
        ("what", np.int8),  # HIDDEN_FILLED, HIDDEN_EXECUTED, HIDDEN_CANCELLED or HIDDEN_EXPIRED
        ("suspect", np.bool_),  # the levels could not be trusted at that moment
    ],
    align=True,
)
"""One step in the life of a level that traded more than it showed, handed to the iceberg engine."""

LEVELS_NOW: Final = np.dtype(
    [
        ("instrument_id", np.uint32),
        ("tick_size", np.int64),  # wire units of 1e-9
        ("ticks_per_unit", np.float64),  # its inverse
        ("depth", np.int64),  # levels a side that the schema carries
        ("judges", np.bool_),  # the schema tells the levels before and after an event
        ("quiet", np.int64),  # ns without a trade after which a followed level is over
        ("records", np.int64),  # records seen, of any instrument
        ("others", np.int64),  # of them: of other instruments
        ("clock", np.int64),
        ("received", np.int64),  # newest ts_recv
        ("boundary", np.int64),  # the kernel stops before the first record at or after this time
        ("event", np.int64),  # matching events ended
        ("phase", np.int8),
        ("in_snapshot", np.bool_),
        ("suspect", np.bool_),
        ("interrupted", np.bool_),  # the line broke since the newest levels: for the screen alone
        ("has_levels", np.bool_),
        # the running event
        ("begun", np.bool_),
        ("event_time", np.int64),  # ts_event of its records
        ("carrying", np.bool_),  # `carried` holds a record of it
        ("traded", np.bool_),
        ("taken", np.int64),
        ("sideless", np.bool_),  # it holds a trade without an aggressor side: nobody knows which side lost lots
        *QUOTE_FIELDS,
        # followed levels
        ("followed", np.int64),
        ("quiet_end", np.int64),  # no followed level is quiet for too long before this clock
        # rows handed on since the last call
        ("trades", np.int64),
        ("hiddens", np.int64),
        # counters
        ("trade_events", np.int64),
        ("bad_records", np.int64),
        ("off_tick", np.int64),
        ("late_records", np.int64),
        ("crossed_events", np.int64),
        ("auction_crossed", np.int64),
    ],
    align=True,
)
"""The book's scalars: one record, so that a kernel can change them in place."""


class LevelArrays(NamedTuple):
    """Everything the kernel works on.

    Attributes:
        now: LEVELS_NOW, one record.
        shown: SHOWN, bids and asks at the end of the last matching event.
        before: SHOWN, as the event that ends found them.
        carried: LEVEL_RECORD, one: the newest of the running event that tells levels after it.
        taken: TAKEN, the running event.
        followed: FOLLOWED, oldest first.
        stackings: PRICE_STACKING, shape (2, PRICES); column = tick modulo PRICES.
        trades: TRADE, output.
        hiddens: LEVEL_HIDDEN, output.
        seconds: SECOND, output.
    """

    now: RecordArray
    shown: RecordArray
    before: RecordArray
    carried: RecordArray
    taken: RecordArray
    followed: RecordArray
    stackings: RecordArray
    trades: RecordArray
    hiddens: RecordArray
    seconds: RecordArray


ShownSide = Any
"""One SHOWN record."""
