"""What native icebergs did in zones of absorption: lots that they filled there, and whether one was taken away."""

from collections import deque
from typing import Final, NamedTuple

from engines.book.layout import HIDDEN, HIDDEN_CANCELLED, HIDDEN_MOVED
from engines.book.rows import tuples_of
from engines.zones.found import Found

_FIELDS: Final = ["event", "clock", "side", "tick", "lots", "what"]


class IcebergDeed(NamedTuple):
    """What one native iceberg did in one matching event.

    Attributes:
        side: BID or ASK.
        lots: Lots filled.
        what: As of `HIDDEN.what`.
    """

    event: int
    ts: int
    side: int
    tick: int
    lots: int
    what: int

    @property
    def cancelled(self) -> bool:
        """Whether its owner took it away."""
        return self.what == HIDDEN_CANCELLED


class IcebergDeeds:
    """The deeds of the last moments, because a zone learns of those from before it was found.

    Attributes:
        known: Whether the schema tells orders, as far as the newest stretch shows.
        recent: The deeds, oldest first.
    """

    def __init__(self) -> None:
        """Begin without knowing what the schema tells."""
        self.known = False
        self.recent: deque[IcebergDeed] = deque()

    def take(self, found: Found) -> list[IcebergDeed]:
        """Take what a stretch says of orders, and return the deeds in it; levels tell of none."""
        rows = found.hiddens
        if rows.dtype != HIDDEN:
            self.known = False
            return []
        self.known = self.known or found.of_orders
        deeds = [IcebergDeed._make(row) for row in tuples_of(rows, _FIELDS) if row[-1] != HIDDEN_MOVED]
        self.recent.extend(deeds)
        return deeds

    def forget(self, until: int) -> None:
        """Let go of what is not after a time."""
        while self.recent and self.recent[0].ts <= until:
            self.recent.popleft()
