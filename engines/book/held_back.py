"""Whole matching events only: records after the last end of an event wait for the rest of it.

So whoever looks at the book between two batches sees it at the end of a matching event, however a socket cut the bytes.
What is found does not depend on it: the kernel itself goes on in the middle of an event.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from engines.book.layout import RecordArray
from feeds.records import F_LAST, F_SNAPSHOT

MOST: Final = 16_384
"""Records that may wait; a snapshot never does, and beyond this an event is no longer waited for."""
_CHUNK: Final = 256
"""Records looked at together for the end of an event: most batches have one among their last few."""


class HeldBack:
    """The records of one instrument's open matching event, and whatever came after its first."""

    def __init__(self) -> None:
        self._waiting: list[RecordArray] = []
        self._count = 0

    def whole_events(self, records: RecordArray, instrument_id: int) -> Iterator[RecordArray]:
        """Yield what may be applied now, in order; the rest waits."""
        ended = _ended(records, instrument_id)
        if ended == 0 and self._count + len(records) <= MOST:
            self._wait(records)
            return
        yield from self.rest()
        if ended == 0:
            yield records
            return
        yield records[:ended]
        self._wait(records[ended:])

    def rest(self) -> Iterator[RecordArray]:
        """Yield all that waits."""
        waiting, self._waiting, self._count = self._waiting, [], 0
        if waiting:
            yield waiting[0] if len(waiting) == 1 else np.concatenate(waiting)

    def _wait(self, records: RecordArray) -> None:
        if len(records):
            self._waiting.append(records.copy())  # the batch may be a view of bytes that will be written anew
            self._count += len(records)


def _ended(records: RecordArray, instrument_id: int) -> int:
    """Count the records up to the last one that ends an event of the instrument, or belongs to a snapshot."""
    for end in range(len(records), 0, -_CHUNK):
        start = max(end - _CHUNK, 0)
        newest = records[start:end]
        ends = (newest["flags"] & (F_LAST | F_SNAPSHOT) != 0) & (newest["instrument_id"] == instrument_id)
        places = np.flatnonzero(ends)
        if len(places):
            return start + int(places[-1]) + 1
    return 0
