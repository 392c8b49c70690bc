"""Counting what records hold: how many of which schema, of which instruments, over which time."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from feeds.recorder.sidecar import BookStart, Span
from feeds.records import ACTION_CLEAR, F_BAD_TS_RECV, F_SNAPSHOT, Batch, Records, Schema

WITHOUT_FLOW: Final = frozenset(
    {
        Schema.DEFINITION,
        Schema.STATISTICS,
        Schema.STATUS,
        Schema.IMBALANCE,
        Schema.ERROR,
        Schema.SYMBOL_MAPPING,
        Schema.SYSTEM,
        Schema.UNKNOWN,
    }
)
"""Records that may come again from days ago (`start=0`), or that no exchange sent: their times date nothing."""

LATEST: Final = 4_102_444_800_000_000_000
"""2100-01-01: a time from then on is undefined or garbage, and dates nothing."""

Times: TypeAlias = npt.NDArray[np.uint64]


def moments(records: Records) -> Times:
    """Return when each record was captured, or, where its schema does not tell, when it happened; ns UTC."""
    times: Times = records["ts_recv" if "ts_recv" in (records.dtype.names or ()) else "ts_event"]
    return times


def sound_moments(records: Records) -> Times:
    """Return those of `moments` that can be relied upon: possible, and not flagged as bad."""
    times = moments(records)
    sound = times < np.uint64(LATEST)
    if "flags" in (records.dtype.names or ()):
        sound &= records["flags"] & F_BAD_TS_RECV == 0
    kept: Times = times[sound]
    return kept


@dataclass(slots=True)
class Tally:
    """What has been counted so far.

    Attributes:
        records: All of them.
        bytes: Their bytes.
        schemas: Records by schema.
        instruments: Ids of the order flow.
        ts_event, ts_recv: Earliest and latest of the order flow, snapshots left aside.
        newest: Latest capture time of records of any kind; 0 before the first.
        book: How the order records begin.
        snapshot_at: Capture time of the first clear or snapshot.
    """

    records: int = 0
    bytes: int = 0
    schemas: dict[Schema, int] = field(default_factory=dict)
    instruments: set[int] = field(default_factory=set)
    ts_event: Span | None = None
    ts_recv: Span | None = None
    newest: int = 0
    book: BookStart | None = None
    snapshot_at: int | None = None

    def add(self, batch: Batch) -> None:
        """Count a batch, which may be empty."""
        records = batch.records
        if not len(records):
            return
        self.records += len(records)
        self.bytes += records.nbytes
        self.schemas[batch.schema] = self.schemas.get(batch.schema, 0) + len(records)
        if batch.schema in WITHOUT_FLOW:
            self.newest = max(self.newest, _latest(sound_moments(records)))
            return
        self.instruments.update(instruments_of(records))
        if batch.schema is Schema.MBO:
            self._add_book(records)
        self._add_times(records)

    def merge(self, later: "Tally") -> None:
        """Add what was counted of the records that follow."""
        self.records += later.records
        self.bytes += later.bytes
        for schema, count in later.schemas.items():
            self.schemas[schema] = self.schemas.get(schema, 0) + count
        self.instruments |= later.instruments
        self.ts_event = _wider(self.ts_event, later.ts_event)
        self.ts_recv = _wider(self.ts_recv, later.ts_recv)
        self.newest = max(self.newest, later.newest)
        self.book = self.book or later.book
        self.snapshot_at = later.snapshot_at if self.snapshot_at is None else self.snapshot_at

    def _add_book(self, orders: Records) -> None:
        if self.snapshot_at is not None:
            return
        clears = orders["action"] == ACTION_CLEAR
        begins = clears | (orders["flags"] & F_SNAPSHOT != 0)
        if self.book is None:
            if clears[0]:
                self.book = BookStart.CLEAR
            else:
                self.book = BookStart.SNAPSHOT if begins[0] else BookStart.NOTHING
        if begins.any():
            self.snapshot_at = int(orders["ts_recv"][begins.argmax()])

    def _add_times(self, records: Records) -> None:
        names = records.dtype.names or ()
        if "flags" in names:
            usual = records["flags"] & (F_SNAPSHOT | F_BAD_TS_RECV) == 0
            if not usual.all():
                self.newest = max(self.newest, _latest(sound_moments(records)))
                records = records[usual]
        self.ts_event = _wider(self.ts_event, _span(records["ts_event"]))
        if "ts_recv" in names:
            self.ts_recv = _wider(self.ts_recv, _span(records["ts_recv"]))
        for span in (self.ts_recv, self.ts_event):
            if span is not None:
                self.newest = max(self.newest, span.last)
                break


def instruments_of(records: Records) -> list[int]:
    """Return the ids that occur."""
    ids = records["instrument_id"]
    if len(ids) == 1 or (ids == ids[0]).all():
        return [int(ids[0])]
    return [int(number) for number in np.unique(ids)]


def _latest(times: Times) -> int:
    return int(times.max()) if len(times) else 0


def _span(times: Times) -> Span | None:
    """Return earliest and latest of the times that are possible."""
    if not len(times):
        return None
    last = int(times.max())
    if last >= LATEST:
        return _span(times[times < np.uint64(LATEST)])
    return Span(first=int(times.min()), last=last)


def _wider(one: Span | None, other: Span | None) -> Span | None:
    if one is None or other is None:
        return one or other
    return Span(first=min(one.first, other.first), last=max(one.last, other.last))
