"""How the order book of a session begins: with a snapshot, once, and what may stand around it.

A snapshot is a clear and then every resting order, all flagged as such. Its last record says so (`F_LAST`), or else the
first record after it does. A clear without the flag may stand before it. Whatever else is flagged as a snapshot later
in the session was sent twice, or belongs to something that is not understood here.
"""

from enum import Enum

import numpy as np

from feeds.records import ACTION_CLEAR, F_LAST, F_SNAPSHOT, Records


class SnapshotState(Enum):
    """How far the snapshot has come."""

    AWAITED = "awaited"
    COMING = "coming"
    DONE = "done"
    MISSING = "missing"
    """Orders came, and no snapshot before them."""


class Snapshot:
    """Follows one session's order records.

    Attributes:
        state: How far the snapshot has come.
    """

    def __init__(self, *, expected: bool) -> None:
        """Begin with the session; where no snapshot is expected, all is done."""
        self.state = SnapshotState.AWAITED if expected else SnapshotState.DONE
        self._cleared = False

    @property
    def is_over(self) -> bool:
        """Whether the book is what it can be."""
        return self.state in {SnapshotState.DONE, SnapshotState.MISSING}

    def take(self, records: Records, flags: int) -> int | None:
        """Look at the next records; return where a snapshot stands that cannot be, or None.

        `flags` are at least those of all the records together.
        """
        if not len(records) or (self.is_over and not flags & F_SNAPSHOT):
            return None
        flagged = (records["flags"] & F_SNAPSHOT) != 0
        if self.is_over:
            return int(flagged.argmax()) if flagged.any() else None
        first = 0
        if self.state is SnapshotState.AWAITED:
            begun = np.flatnonzero(flagged | (records["action"] != ACTION_CLEAR))
            self._cleared = self._cleared or not len(begun) or int(begun[0]) > 0
            if not len(begun):
                return None
            first = int(begun[0])
        if self.state is SnapshotState.AWAITED and not flagged[first]:
            self.state = SnapshotState.DONE if self._cleared else SnapshotState.MISSING
            return self._again(flagged, first)
        ends = np.flatnonzero(~flagged[first:] | ((records["flags"][first:] & F_LAST) != 0))
        if not len(ends):
            self.state = SnapshotState.COMING
            return None
        self.state = SnapshotState.DONE
        return self._again(flagged, first + int(ends[0]) + 1)

    @staticmethod
    def _again(flagged: np.ndarray[tuple[int], np.dtype[np.bool_]], place: int) -> int | None:
        """Return where from a place on another snapshot begins."""
        rest = flagged[place:]
        return place + int(rest.argmax()) if rest.any() else None
