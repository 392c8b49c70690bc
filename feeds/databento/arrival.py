"""Whether records arrive in the order in which the exchange's line was captured.

Capture times never run back within a channel. Where they do, or leap by a month, bytes were repeated, mixed up or cut
on their way: from there on nothing of the session can be believed.
"""

from typing import Final

import numpy as np

from feeds.records import F_BAD_TS_RECV, F_SNAPSHOT, Batch, Records, Schema

_FLOW: Final = frozenset({Schema.MBO, Schema.MBP_10, Schema.MBP_1, Schema.TRADES})
_WITHOUT_TIME: Final = F_SNAPSHOT | F_BAD_TS_RECV
_LONGEST_LEAP: Final = 30 * 86_400 * 1_000_000_000


class Arrival:
    """The newest capture time of each schema of one session."""

    def __init__(self) -> None:
        self._newest: dict[Schema, int] = {}

    def first_wrong(self, batch: Batch, flags: int) -> int | None:
        """Return the place of the first record that cannot follow the one before; None where all can.

        `flags` are those of all its records together.
        """
        if batch.schema not in _FLOW or not len(batch):
            return None
        records = batch.records
        times = records["ts_recv"]
        newest = self._newest.get(batch.schema, int(times[0]))
        first, last = int(times[0]), int(times[-1])
        plausible = not flags & _WITHOUT_TIME and newest <= first and last - newest <= _LONGEST_LEAP
        if plausible and (len(times) == 1 or (times[1:] >= times[:-1]).all()):
            self._newest[batch.schema] = last
            return None
        return self._look_closely(batch.schema, records)

    def _look_closely(self, schema: Schema, records: Records) -> int | None:
        """Look at every record that has a time; return the place of the first that is wrong."""
        times = records["ts_recv"].astype(np.int64)
        sound = np.flatnonzero(((records["flags"] & _WITHOUT_TIME) == 0) & (times >= 0))
        if not len(sound):
            return None
        times = times[sound]
        steps = np.diff(times, prepend=self._newest.get(schema, int(times[0])))
        wrong = np.flatnonzero((steps < 0) | (steps > _LONGEST_LEAP))
        if len(wrong):
            return int(sound[wrong[0]])
        self._newest[schema] = int(times[-1])
        return None
