"""Where each schema of price levels ended, so that a new session goes on there and nothing counts twice.

A replay begins by event time and repeats every record of its first nanosecond. The records already received at that
nanosecond are counted, and so many are left out again.

Order by order there is no going on: a new session begins with a snapshot, which cannot be wrong. Its price is the
trades of the gap, which stay missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from feeds.records import F_SNAPSHOT, UNDEFINED_TIME, Batch, Schema

_REPLAYED: Final = frozenset({Schema.MBP_10, Schema.MBP_1, Schema.TRADES})
_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Mark:
    """The newest event time received (ns UTC), of which instrument, and how many of its records have that time."""

    instrument_id: int
    ts_event: int
    count: int


class Continuity:
    """How far each schema has been received; one of these serves all sessions of the program."""

    def __init__(self, longest_seconds: float = 900.0) -> None:
        """Remember nothing yet; a gap longer than `longest_seconds` is not replayed."""
        self._longest = longest_seconds
        self._marks: dict[Schema, _Mark] = {}
        self._repeated: dict[Schema, _Mark] = {}
        self._oldest = 0

    def begin(self, schemas: Iterable[Schema], now: int) -> dict[Schema, int]:
        """Begin a session at `now` (ns UTC); return from when on each schema is to be replayed, where it is."""
        self._repeated.clear()
        starts = {}
        for schema in schemas:
            mark = self._marks.get(schema)
            if mark is None or now - mark.ts_event > self._longest * _SECOND_NS:
                continue
            starts[schema] = max(mark.ts_event, self._oldest)
            self._repeated[schema] = mark
        return starts

    def too_old(self, oldest: int | None) -> None:
        """Hear that a replay may not begin so early: the next begins at `oldest`, or not at all."""
        if oldest is None or oldest <= self._oldest:
            self._marks.clear()
        else:
            self._oldest = oldest

    def take(self, batch: Batch) -> Batch:
        """Return a batch without the records received before, and note how far it reaches."""
        if batch.schema not in _REPLAYED or not len(batch):
            return batch
        if batch.schema in self._repeated:
            batch = self._without_repeated(batch, self._repeated[batch.schema])
        self._note(batch)
        return batch

    def _without_repeated(self, batch: Batch, known: _Mark) -> Batch:
        records = batch.records
        own = records["instrument_id"] == known.instrument_id
        times = records["ts_event"]
        same = np.flatnonzero(own & (times == np.uint64(known.ts_event)))[: known.count]
        left_out = own & (times < np.uint64(known.ts_event))
        left_out[same] = True
        if (own & (times > np.uint64(known.ts_event))).any():
            del self._repeated[batch.schema]
        else:
            self._repeated[batch.schema] = replace(known, count=known.count - len(same))
        return replace(batch, records=records[~left_out]) if left_out.any() else batch

    def _note(self, batch: Batch) -> None:
        records = batch.records
        sound = records[((records["flags"] & F_SNAPSHOT) == 0) & (records["ts_event"] != np.uint64(UNDEFINED_TIME))]
        if not len(sound):
            return
        instrument_id = int(sound["instrument_id"][-1])
        times = sound["ts_event"][sound["instrument_id"] == instrument_id]
        newest = int(times.max())
        count = int((times == np.uint64(newest)).sum())
        mark = self._marks.get(batch.schema)
        if mark is None or mark.instrument_id != instrument_id or newest > mark.ts_event:
            self._marks[batch.schema] = _Mark(instrument_id, newest, count)
        elif newest == mark.ts_event:
            self._marks[batch.schema] = replace(mark, count=mark.count + count)
