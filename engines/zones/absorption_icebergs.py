"""What native icebergs did in zones of absorption: lots that they filled there, and whether one was taken away."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from engines.book.layout import HIDDEN, HIDDEN_CANCELLED, HIDDEN_MOVED
from engines.book.rows import tuples_of
from engines.zones.found import Found

_FIELDS: Final = ["event", "clock", "side", "tick", "lots", "what"]
_SINGLE: Final = 32
"""Deeds of one zone that are kept one by one without asking whether they still need to be."""
_event: Final = attrgetter("event")


class IcebergDeed(msgspec.Struct, frozen=True, gc=False):
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


class DeedsTold(NamedTuple):
    """What icebergs had done in a zone at a moment: lots filled, and the newest deed that took one out of it."""

    lots: int
    cancel: IcebergDeed | None


class ZoneDeeds:
    """What icebergs did in one zone: one by one as long as a step may come that knows less, then as sums."""

    __slots__ = ("_cancel", "_lots", "_recent")

    def __init__(self) -> None:
        """Start without any."""
        self._lots = 0
        self._cancel: IcebergDeed | None = None
        self._recent: list[IcebergDeed] = []

    @property
    def singly(self) -> int:
        """How many are kept one by one."""
        return len(self._recent)

    def add(self, deeds: Sequence[IcebergDeed]) -> None:
        """Take more of them; those that are known already add nothing."""
        if deeds:
            known = {id(deed) for deed in self._recent}
            self._recent += [deed for deed in deeds if id(deed) not in known]

    def known(self, is_known: Callable[[IcebergDeed], bool] = lambda _: True) -> "DeedsTold":
        """Return what was known when only those that `is_known` names were."""
        deeds = [deed for deed in self._recent if is_known(deed)]
        return DeedsTold(self._lots + sum(deed.lots for deed in deeds), _newest_cancel(self._cancel, deeds))

    def sum_up(self, until: int, event: int) -> None:
        """Sum up those of times not after `until` and of matching events before `event`, if there are many."""
        if len(self._recent) <= _SINGLE:
            return
        over = [deed for deed in self._recent if deed.ts <= until and deed.event < event]
        self._lots += sum(deed.lots for deed in over)
        self._cancel = _newest_cancel(self._cancel, over)
        self._recent = [deed for deed in self._recent if deed.ts > until or deed.event >= event]


def _newest_cancel(before: IcebergDeed | None, deeds: Iterable[IcebergDeed]) -> IcebergDeed | None:
    cancels = [deed for deed in deeds if deed.cancelled]
    return max([*([] if before is None else [before]), *cancels], key=_event, default=None)


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
        deeds = [IcebergDeed(*row) for row in tuples_of(rows, _FIELDS) if row[-1] != HIDDEN_MOVED]
        self.recent.extend(deeds)
        return deeds

    def forget(self, until: int) -> None:
        """Let go of what is not after a time."""
        while self.recent and self.recent[0].ts <= until:
            self.recent.popleft()
