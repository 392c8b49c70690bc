"""Whether records arrive in the order in which the exchange's line was captured.

Capture times never run back within a channel. Where they do, or leap by a month, bytes were repeated, mixed up or cut
on their way: from there on nothing of the session can be believed.
"""

from typing import Final

import numpy as np

from feeds.records import F_BAD_TS_RECV, F_SNAPSHOT, Batch, Schema

_FLOW: Final = frozenset({Schema.MBO, Schema.MBP_10, Schema.MBP_1, Schema.TRADES})
_WITHOUT_TIME: Final = F_SNAPSHOT | F_BAD_TS_RECV
_LONGEST_LEAP: Final = 30 * 86_400 * 1_000_000_000


class Arrival:
    """The newest capture time of each schema of one session."""

    def __init__(self) -> None:
        self._newest: dict[Schema, int] = {}

    def first_wrong(self, batch: Batch) -> int | None:
        """Return the place of the first record that cannot follow the one before; None where all can."""
        if batch.schema not in _FLOW or not len(batch):
            return None
        records = batch.records
        times = records["ts_recv"].astype(np.int64)
        sound = np.flatnonzero(((records["flags"] & _WITHOUT_TIME) == 0) & (times >= 0))
        if not len(sound):
            return None
        times = times[sound]
        steps = np.diff(times, prepend=self._newest.get(batch.schema, int(times[0])))
        wrong = np.flatnonzero((steps < 0) | (steps > _LONGEST_LEAP))
        if len(wrong):
            return int(sound[wrong[0]])
        self._newest[batch.schema] = int(times[-1])
        return None
