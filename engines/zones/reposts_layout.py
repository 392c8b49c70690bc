"""The memory of the pass that follows re-posted orders: what each array of its kernel holds, field by field.

All arrays are owned by `engines.zones.reposts.Reposts`, which makes and grows them. Prices are wire units of 1e-9,
sizes lots, times nanoseconds.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engines.book.layout import RecordArray

NO_CHAIN: Final = -1
UNKNOWN_LOTS: Final = -1

FAR_NS: Final = 1_000_000_000
"""How long after an order was consumed an add at its place is a stranger's."""
FAR_SPAN_NS: Final = 100_000_000
"""How long such adds are counted: what is asked of them is a share, so it need not be the window's own length."""
PROBES: Final = 4_096
"""Consumed orders of a class of sizes after which strangers' adds are counted, and then ..."""
PROBED_LATER: Final = 16
"""... one in so many: by then the share is known well, and counting is what costs most."""

# What is handed on of a chain, as codes of `REPOST.what`.
REPOST_EARLIER: Final = 0
"""A re-post from before the chain was said, for its records."""
REPOST_DETECTED: Final = 1
REPOST_TRADED: Final = 2
REPOST_EXECUTED: Final = 3
REPOST_CANCELLED: Final = 4
REPOST_EXPIRED: Final = 5

# Why the kernel handed back control.
DONE: Final = 0
ROWS_FULL: Final = 1
GROW_CLIPS: Final = 2
GROW_TRANCHES: Final = 3
GROW_CHAINS: Final = 4

LEAST_SIZES: Final = (1, 2, 3, 4, 5, 10, 20)
"""Smallest original size of each class of sizes; chance differs by size more than by anything else."""

CLIP: Final = np.dtype(
    [
        ("order_id", np.uint64),
        ("left", np.int64),  # lots displayed, or UNKNOWN_LOTS
        ("filled", np.int64),  # lots filled and answered by a C or M
        ("pending", np.int64),  # lots filled and not yet answered
        ("chain", np.int32),  # chain whose newest clip this is, or NO_CHAIN
        ("next", np.int32),  # next free slot when free
        ("used", np.bool_),
    ],
    align=True,
)
"""One resting order that is remembered: because it was filled, or because it is the newest clip of a chain."""

TRANCHE: Final = np.dtype(
    [
        ("order_id", np.uint64),
        ("index", np.int64),  # number of the record that took it away
        ("clock", np.int64),
        ("price", np.int64),
        ("size", np.int64),  # original
        ("chain", np.int32),
        ("side", np.int8),  # as on the wire
        ("waits", np.bool_),  # no re-post of it has come, and none is ruled out
        ("native", np.bool_),  # it hid lots: the exchange's own iceberg
    ],
    align=True,
)
"""One order that was consumed by fills."""

CHAIN: Final = np.dtype(
    [
        ("number", np.int64),  # from 1, in the order in which chains are said; 0 while it is not
        ("price", np.int64),
        ("size", np.int64),  # original size of every clip
        ("reposts", np.int64),
        ("filled", np.int64),  # lots of all clips that were consumed
        ("taken_index", np.int64),  # the consumed order of its newest re-post
        ("taken_clock", np.int64),
        ("taken_id", np.uint64),
        ("posted_index", np.int64),  # the re-post
        ("posted_clock", np.int64),
        ("posted_id", np.uint64),
        ("next", np.int32),
        ("side", np.int8),
        ("used", np.bool_),
    ],
    align=True,
)
"""Clips of one size at one price and side, each posted right after the one before it was consumed."""

TALLY: Final = np.dtype(
    [
        ("near", np.int64),  # adds at the place of a consumed clip within the window
        ("near_same", np.int64),  # of them: of its size
        ("far", np.int64),  # adds at the place of any consumed order a second later
        ("far_same", np.int64),
        ("first", np.int64),  # as `near`, of consumed orders that belong to no chain yet
        ("first_same", np.int64),
        ("taken", np.int64),  # orders consumed
    ],
    align=True,
)
"""What one class of sizes shows of chance: an add is counted once for each consumed order that it follows."""

REPOST: Final = np.dtype(
    [
        ("index", np.int64),  # record at which it was known
        ("clock", np.int64),
        ("event", np.int64),  # matching events ended since the start, as this pass counts them
        ("number", np.int64),
        ("what", np.int8),
        ("side", np.int8),
        ("price", np.int64),
        ("size", np.int64),
        ("reposts", np.int64),
        ("filled", np.int64),
        ("taken_index", np.int64),
        ("taken_clock", np.int64),
        ("taken_id", np.uint64),
        ("posted_index", np.int64),
        ("posted_clock", np.int64),
        ("posted_id", np.uint64),
        ("near", np.int64),  # TALLY of its class then
        ("near_same", np.int64),
        ("far", np.int64),
        ("far_same", np.int64),
    ],
    align=True,
)
"""One step in the life of a chain, handed on."""

PASS: Final = np.dtype(
    [
        ("instrument_id", np.uint32),
        ("tick_size", np.int64),  # wire units
        ("window", np.int64),  # ns
        ("least_reposts", np.int64),
        ("least_estimate", np.float64),
        ("clock", np.int64),
        ("event", np.int64),  # matching events ended
        ("begun", np.bool_),  # the running event holds a record that is not of a snapshot
        ("in_snapshot", np.bool_),
        ("aggressors", np.int64),
        ("tail", np.int64),  # tranches ever; row = number modulo length
        ("first", np.int64),  # oldest tranche that is kept
        ("near_first", np.int64),  # first tranche within the window
        ("far_tail", np.int64),  # probes ever
        ("far_end", np.int64),  # first probe that is no second old
        ("far_first", np.int64),  # first probe that is no older than a second and the span
        ("free_clip", np.int32),
        ("clips", np.int64),
        ("free_chain", np.int32),
        ("chains", np.int64),
        ("said", np.int64),  # chains ever said
        ("said_live", np.int64),
        ("heard", np.int64),  # icebergs of the running call that have been heard of
        ("rows", np.int64),  # REPOST rows handed on since the last call
        # totals over chains of at least `least_reposts`, said or not
        ("ids", np.int64),
        ("reposts", np.int64),
        ("lots", np.int64),
    ],
    align=True,
)
"""The pass's scalars: one record, so that the kernel can change them in place."""


class RepostArrays(NamedTuple):
    """Everything the kernel works on.

    Attributes:
        table: Hash table of clips by id, as `engines.book.order_table` keeps it; length 2**n.
        orders: CLIP, at most half as long as `table`.
        tranches: TRANCHE, a ring; length 2**n.
        probes: Numbers of the tranches after which strangers' adds are counted, a ring as long as `tranches`.
        chains: CHAIN.
        tallies: TALLY, one a class of sizes.
        aggressors: Order ids of the running event's aggressors.
        now: PASS, one record.
        rows: REPOST, output.
    """

    table: npt.NDArray[np.uint64]
    orders: RecordArray
    tranches: RecordArray
    probes: npt.NDArray[np.int64]
    chains: RecordArray
    tallies: RecordArray
    aggressors: npt.NDArray[np.uint64]
    now: RecordArray
    rows: RecordArray
