"""The memory of one order book: what each array of the kernel holds, field by field.

All arrays are owned by `engines.book.book.Book`, which makes and grows them; the kernel only reads and writes inside.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

RecordArray = npt.NDArray[Any]

BID: Final = 0
ASK: Final = 1
NO_ORDER: Final = -1
"""End of a queue, of the free list, or 'not found'."""
NO_FILL: Final = -1
NO_ID: Final = np.uint64(0)
"""Order id of a trade whose aggressor the exchange does not name."""
EVENT_MASK: Final = 0x7FFFFFFF
"""Bits of an event's number that marks on orders and levels keep."""
NO_BID: Final = -(2**62)
"""Best bid in ticks where no bid rests."""
NO_ASK: Final = 2**62
"""Best ask in ticks where no ask rests."""
LATEST_TIME: Final = 4_102_444_800_000_000_000
"""2100-01-01: a time beyond it is not one."""
CLOCK_JUMP_NS: Final = 10 * 86_400 * 1_000_000_000
"""Without a capture time, an event time later than the clock by more than this does not move it."""
CLOCK_TRUST_NS: Final = 1_000_000_000
"""An event time later than the capture time by more than this does not move the clock."""
NEVER: Final = 2**63 - 1
"""A boundary in time that no clock reaches."""
REACH: Final = 2**18
"""Ticks from the first price within which an order stands on the ladder; farther ones are kept beside it."""
FARTHEST: Final = 2**61
"""Bounds the tick that REACH is measured from, so that no price on the ladder overflows or equals NO_BID or NO_ASK."""
NO_EVENT: Final = -1
"""Stands for 'not part of a matching event': what time made, or a bar."""
UNKNOWN_LOTS: Final = -1
"""Lots that cannot be known; never 0."""
UNKNOWN_OFI: Final = -(2**62)
"""Order-flow imbalance where the schema tells no quotes between trades; never 0."""
SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
HOUR_NS: Final = 60 * MINUTE_NS
WINDOW_NS: Final = 15 * SECOND_NS
"""Width of the windows in which pulled and stacked lots are counted for the ladder: it shows this one and the last."""
FIRST_WINDOW: Final = 1
"""Number of the window of time 0: a price whose number is 0 has never been counted at."""
BLOCK: Final = 64
"""Levels per row of BLOCKS, by which the next best price is found over wide gaps."""

# Phases of trading, as codes of `Now.phase`.
PHASE_UNKNOWN: Final = 0
PHASE_AUCTION: Final = 1
PHASE_CONTINUOUS: Final = 2
PHASE_HALTED: Final = 3

# How an aggressor came to trade, as codes of `TRADE.kind`.
KIND_UNKNOWN: Final = 0
KIND_MARKET: Final = 1
KIND_STOP: Final = 2
KIND_MODIFIED: Final = 3

# Sides of a trade, as codes of `TRADE.side`.
TRADE_BUY: Final = 0
TRADE_SELL: Final = 1
TRADE_NONE: Final = 2

# What happened to an order that traded more than it showed, as codes of `HIDDEN.what`.
HIDDEN_FILLED: Final = 0
HIDDEN_EXECUTED: Final = 1
HIDDEN_CANCELLED: Final = 2
HIDDEN_EXPIRED: Final = 3
HIDDEN_MOVED: Final = 4

# What is to be made of a record.
PLAUSIBLE: Final = 0
OFF_TICK: Final = 1
IMPLAUSIBLE: Final = 2
REFUSED: Final = 3

# Why the kernel handed back control.
DONE: Final = 0
GROW_ORDERS: Final = 1
GROW_LEVELS: Final = 2
OUTPUT_FULL: Final = 3
BOUNDARY: Final = 4

ORDER: Final = np.dtype(
    [
        ("order_id", np.uint64),
        ("tick", np.int64),
        ("size", np.int64),  # displayed lots
        ("filled", np.int64),  # lots filled passively since the order was first seen
        # Lots traded on entry + lots then shown; where that is not known, the largest size displayed, negative.
        ("entry_sum", np.int64),
        ("next", np.int32),  # towards the back of the queue; next free slot when free
        ("prev", np.int32),  # towards the front of the queue
        ("fill_row", np.int32),  # row of FILL in the running event, or NO_FILL
        ("visited", np.int32),  # event (low bits) in which the queue check passed here
        ("touched", np.int32),  # event (low bits) that last changed the order
        ("side", np.int8),  # BID or ASK
        ("hidden", np.bool_),  # has traded more than it showed, or was refreshed
        ("afar", np.bool_),  # beyond REACH: in no level
    ],
    align=True,
)
"""One resting order; 64 bytes, one cache line."""

LEVEL: Final = np.dtype(
    [
        ("size", np.int64),
        ("orders", np.int32),
        ("head", np.int32),  # slot of the first order in the queue
        ("tail", np.int32),
        ("audited", np.int32),  # event (low bits) in which the queue check counted this level
    ],
    align=True,
)
"""One price on one side."""

STACKING: Final = np.dtype(
    [
        ("stacked", np.int64),  # lots ever added by their owners
        ("pulled", np.int64),  # lots ever taken away by their owners
        ("refilled", np.int64),  # lots that icebergs ever reinstated
        ("window", np.int64),  # number of the window in which it changed last
        ("stacked_before", np.int64),  # as it was when that window began
        ("pulled_before", np.int64),
        ("stacked_earlier", np.int64),  # as it was when the window before that began
        ("pulled_earlier", np.int64),
    ],
    align=True,
)
"""What was stacked, pulled and refilled at one price on one side; see `stacking`. 64 bytes, one cache line."""

BLOCKS: Final = np.dtype(
    [
        ("occupied", np.int32),  # levels where orders rest
        ("counted", np.bool_),  # something was ever stacked, pulled or refilled in it
    ],
    align=True,
)
"""BLOCK neighbouring prices on one side."""

FILL: Final = np.dtype(
    [
        ("order_id", np.uint64),
        ("tick", np.int64),
        ("before", np.int64),  # displayed when the event's first fill arrived
        ("shown", np.int64),  # displayed when the pending fill arrived
        ("pending", np.int64),  # lots filled and not yet answered by a C or M
        ("lots", np.int64),  # lots filled in the event
        ("after", np.int64),  # displayed now; 0 once removed
        ("filled", np.int64),  # ORDER.filled after this event
        ("entry_sum", np.int64),
        ("slot", np.int32),
        ("side", np.int8),
        ("own", np.bool_),  # the aggressor's own fill, not a passive one
        ("refreshed", np.bool_),
        ("hidden", np.bool_),
        ("removed", np.bool_),
    ],
    align=True,
)
"""One order filled in the running event."""

AGGRESSOR: Final = np.dtype([("order_id", np.uint64), ("lots", np.int64), ("kind", np.int8)], align=True)
"""One aggressor of the running event."""

CANDIDATE: Final = np.dtype(
    [("order_id", np.uint64), ("tick", np.int64), ("slot", np.int32), ("side", np.int8)], align=True
)
"""An order passed over by a fill behind it: a FIFO violation, unless the event also takes it away."""

TRADE: Final = np.dtype(
    [
        ("index", np.int64),  # number of the record in the stream
        ("clock", np.int64),  # ns: newest trusted event time, see kernel
        ("ts_event", np.int64),
        ("event", np.int64),
        ("order_id", np.uint64),  # the aggressor's
        ("tick", np.int64),
        ("size", np.int64),
        # What it found at this price on the passive side: the book changes only after the trades of its event. Sums
        # are since the start. UNKNOWN_LOTS where there is no aggressor side, or the schema or the ladder's reach ends.
        ("displayed", np.int64),  # lots resting there
        ("stacked", np.int64),  # STACKING sums
        ("pulled", np.int64),
        ("refilled", np.int64),
        ("ofi", np.int64),  # sum of order-flow imbalance over the events before its own, lots; or UNKNOWN_OFI
        ("side", np.int8),
        ("kind", np.int8),
        ("first", np.bool_),  # first T of this aggressor in its event
    ],
    align=True,
)
"""One T record, handed to the tape and the bars."""

SECOND: Final = np.dtype(
    [
        ("end", np.int64),  # ns: first nanosecond after it
        ("best_bid", np.int64),  # tick, or NO_BID
        ("best_ask", np.int64),  # tick, or NO_ASK
        ("bid_size", np.int64),  # lots at the best bid, 0 without one
        ("ask_size", np.int64),
        ("ofi", np.int64),  # sum of order-flow imbalance since the start, lots; or UNKNOWN_OFI
        ("continuous", np.bool_),  # continuous trading, both sides, uncrossed, in a book to be trusted
    ],
    align=True,
)
"""The touch at the end of one second of the clock, as the newest matching event left it that had ended by then.

Only seconds in which a record moved the clock have one; it is handed on when the clock moves on to a later second.
"""

QUOTE_FIELDS: Final = [
    ("second_end", np.int64),  # ns: end of the running second of the clock; 0 before the first and at a boundary
    ("window", np.int64),  # number of the running window of WINDOW_NS, from FIRST_WINDOW
    # the touch as the newest matching event left it
    ("quoted_bid", np.int64),
    ("quoted_ask", np.int64),
    ("quoted_bid_size", np.int64),
    ("quoted_ask_size", np.int64),
    ("quote_counts", np.bool_),  # whether an order-flow imbalance may be measured from it
    ("ofi", np.int64),  # sum of order-flow imbalance since the start, lots
    ("seconds", np.int64),  # rows handed on since the last call
]
"""What both books keep of the touch; see `touch`."""

HIDDEN: Final = np.dtype(
    [
        ("index", np.int64),
        ("clock", np.int64),
        ("event", np.int64),
        ("order_id", np.uint64),
        ("tick", np.int64),
        ("before", np.int64),
        ("lots", np.int64),
        ("after", np.int64),
        ("filled", np.int64),
        ("entry_sum", np.int64),
        ("side", np.int8),
        ("what", np.int8),
        ("refreshed", np.bool_),
        ("suspect", np.bool_),  # the book could not be trusted at that moment
    ],
    align=True,
)
"""One step in the life of an order that traded more than it showed, handed to the iceberg engine."""

NOW: Final = np.dtype(
    [
        ("instrument_id", np.uint32),
        ("tick_size", np.int64),  # wire units of 1e-9
        ("ticks_per_unit", np.float64),  # its inverse
        ("records", np.int64),  # records seen, of any instrument
        ("others", np.int64),  # of them: of other instruments
        ("clock", np.int64),
        ("received", np.int64),  # newest ts_recv
        ("boundary", np.int64),  # the kernel stops before the first record at or after this time
        ("event", np.int64),  # matching events closed
        ("begun", np.bool_),  # the running event holds a record that is not of a snapshot
        ("traded", np.bool_),  # the running event holds a T
        ("in_snapshot", np.bool_),
        ("valid", np.bool_),
        ("suspect", np.bool_),
        ("interrupted", np.bool_),  # the line broke since the last clear: for the screen alone, it changes no event
        ("far_orders", np.int64),  # orders that joined beyond REACH
        ("anchored", np.bool_),  # a clear or snapshot has been seen: nothing older is missing
        ("phase", np.int8),
        # the ladder
        ("origin", np.int64),  # tick that REACH is measured from
        ("base", np.int64),  # tick of the first level of the arrays
        ("wanted", np.int64),  # tick that the arrays must grow to hold
        ("best_bid", np.int64),
        ("best_ask", np.int64),
        ("free", np.int32),  # head of the list of free order slots
        ("free_count", np.int64),
        ("resting", np.int64),
        ("afar_head", np.int32),
        ("hidden_live", np.int64),
        # the running event
        ("fills", np.int64),
        ("sealed", np.int64),  # fills whose queue position has been checked
        ("aggressors", np.int64),
        ("candidates", np.int64),
        ("initiator", np.uint64),
        ("initiator_side", np.int8),
        *QUOTE_FIELDS,
        # rows handed on since the last call
        ("trades", np.int64),
        ("hiddens", np.int64),
        # counters
        ("trade_events", np.int64),
        ("unknown_changes", np.int64),
        ("anonymous_fills", np.int64),  # of orders never seen, without a side
        ("duplicates", np.int64),
        ("bad_records", np.int64),
        ("off_tick", np.int64),
        ("late_records", np.int64),
        ("crossed_events", np.int64),
        ("auction_crossed", np.int64),
        ("unclosed_events", np.int64),
        ("queue_checks", np.int64),
        ("queue_violations", np.int64),
    ],
    align=True,
)
"""The book's scalars: one record, so that a kernel can change them in place."""


class BookArrays(NamedTuple):
    """Everything the kernel works on.

    Attributes:
        table: Hash table of orders: high 32 bits a tag of the id, low 32 bits slot + 1; 0 is empty. Length 2**n.
        orders: ORDER, half as long as `table`; no order ever stands in the last one.
        levels: LEVEL, shape (2, width); column = tick - base.
        blocks: BLOCKS, shape (2, width / BLOCK).
        stackings: STACKING, shape (2, width), beside `levels`.
        now: NOW, one record.
        fills: FILL, the running event.
        aggressors: AGGRESSOR, the running event.
        candidates: CANDIDATE, the running event.
        trades: TRADE, output.
        hiddens: HIDDEN, output.
        seconds: SECOND, output.
    """

    table: npt.NDArray[np.uint64]
    orders: RecordArray
    levels: RecordArray
    blocks: RecordArray
    stackings: RecordArray
    now: RecordArray
    fills: RecordArray
    aggressors: RecordArray
    candidates: RecordArray
    trades: RecordArray
    hiddens: RecordArray
    seconds: RecordArray
