"""What native icebergs did in zones of absorption: lots that they filled there, and whether one was taken away."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from engines.book.layout import HIDDEN, HIDDEN_CANCELLED, HIDDEN_MOVED, RecordArray

_FIELDS: Final = ["event", "clock", "side", "tick", "lots", "what"]


@dataclass(frozen=True, slots=True)
class IcebergDeed:
    """What one native iceberg did in one matching event: lots filled, and whether its owner took it away.

    Attributes:
        side: BID or ASK.
    """

    event: int
    ts: int
    side: int
    tick: int
    lots: int
    cancelled: bool


class IcebergDeeds:
    """The deeds of the last moments, because a zone learns of those from before it was found.

    Attributes:
        known: Whether the schema tells orders, as far as the newest rows show.
        recent: The deeds, oldest first.
    """

    def __init__(self, window: int) -> None:
        """Keep what is not older than `window` (ns)."""
        self.known = False
        self._window = window
        self.recent: deque[IcebergDeed] = deque()

    def take(self, rows: RecordArray) -> list[IcebergDeed]:
        """Take HIDDEN rows, or those of levels, which tell nothing, and return the deeds."""
        self.known = rows.dtype == HIDDEN
        if not self.known or not len(rows):
            return []
        deeds = [
            IcebergDeed(event, ts, side, tick, lots, cancelled=what == HIDDEN_CANCELLED)
            for event, ts, side, tick, lots, what in rows[_FIELDS].tolist()
            if what != HIDDEN_MOVED
        ]
        self.recent.extend(deeds)
        while self.recent and self.recent[0].ts < self.recent[-1].ts - self._window:
            self.recent.popleft()
        return deeds
