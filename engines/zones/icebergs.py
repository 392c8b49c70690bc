"""Native icebergs: exchange-managed display-quantity orders, followed exactly, from detection to their end.

The book hands on every step in the life of an order that traded more than it showed or had its display reinstated
(`engines.book.layout.HIDDEN`); that alone is proof. Here those steps become events and the display quantity is
recovered from them.

**Display quantity.** With display quantity D and d lots displayed, a fill of q >= d lots takes o = q - d hidden lots
and leaves d' = k*D - o displayed, where k = o // D + 1 reloads. So o + d' is a multiple of D, and D is at least every
size ever displayed. An order that traded on entry before it rested shows D - (traded mod D), so traded + shown is a
multiple of D as well. D is stated from the first refresh on, as soon as only one value fits everything that the order
has shown.
"""

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from operator import attrgetter
from typing import Final

import msgspec

from engines.book.layout import (
    BID,
    HIDDEN_CANCELLED,
    HIDDEN_EXECUTED,
    HIDDEN_EXPIRED,
    HIDDEN_FILLED,
    HIDDEN_MOVED,
    RecordArray,
)
from engines.book.rows import tuples_of
from engines.events import IcebergState, PassiveSide
from engines.view import IcebergMark, ZoneRecord
from engines.zones.remaining import EndedIceberg, Remaining, RemainingSize

PROVEN: Final = 1.0
DOUBTFUL: Final = 0.5
"""Score of an iceberg that took a step while the book could not be trusted: a missing record looks like hidden size."""
ENDED_KEPT: Final = 256
"""Ended icebergs kept for screens."""
_MOST_DIVISORS: Final = 4_096
"""Divisors tried before a display quantity counts as undetermined."""

END_STATES: Final[dict[int, IcebergState]] = {
    HIDDEN_EXECUTED: "executed",
    HIDDEN_CANCELLED: "cancelled",
    HIDDEN_EXPIRED: "expired",
}
"""How an iceberg's life ended, by what the book hands on."""
_LEAVES: Final = frozenset({HIDDEN_CANCELLED, HIDDEN_EXPIRED})
"""Ends that are records of their own: all others come with a fill."""


class Hidden(msgspec.Struct, frozen=True, gc=False):
    """One HIDDEN row; `number` is its record's."""

    number: int
    clock: int
    event: int
    order_id: int
    tick: int
    before: int
    lots: int
    after: int
    filled: int
    entry_sum: int
    side: int
    what: int
    refreshed: bool
    suspect: bool

    @property
    def is_record(self) -> bool:
        """Whether anything was filled or shown anew, or the order left."""
        return self.lots > 0 or self.refreshed or self.what in _LEAVES


@dataclass(slots=True)
class _Native:
    """What is known of one live iceberg; ticks, lots, nanoseconds.

    Attributes:
        multiple: Greatest common divisor of all sums that must be multiples of the display quantity; 0 before any.
        largest: Largest size it is known to have displayed.
    """

    id: str
    order_id: int
    side: PassiveSide
    tick: int
    first_ts: int
    multiple: int
    largest: int = 0
    shown: int = 0
    display: int | None = None
    filled: int = 0
    refreshes: int = 0
    state: IcebergState = "detected"
    last_ts: int = 0
    score: float = PROVEN

    def mark(self, left: Remaining | None = None) -> IcebergMark:
        """Return it as it stands now, with what is left of it where that is known."""
        known = () if left is None else ("native", None, None, left.median, left.low, left.high, left.complete)
        return IcebergMark(
            self.id,
            self.order_id,
            self.side,
            self.tick,
            self.shown,
            self.display,
            self.filled,
            self.refreshes,
            self.state,
            self.first_ts,
            self.last_ts,
            self.score,
            *known,
        )


class IcebergStep(msgspec.Struct, frozen=True, gc=False):
    """One step of one iceberg, as it stood right after it.

    Attributes:
        ts: Clock at the step, ns.
        event: Number of the matching event it belongs to.
        mark: The iceberg after the step.
        hidden: Lots that came out of the reserve in the step, to trade or to be shown; None where that is not asked.
        given: Records that it rests on, where whoever found it made them.
        row: The row that a native one's step rests on; None where an earlier step has it.
    """

    ts: int
    event: int
    mark: IcebergMark
    hidden: int | None = None
    given: tuple[ZoneRecord, ...] = ()
    row: Hidden | None = None

    @property
    def records(self) -> tuple[ZoneRecord, ...]:
        """What it rests on, oldest first."""
        return self.given if self.row is None else records_of(self.row)


@dataclass(slots=True)
class IcebergTotals:
    """Counts since the start: icebergs detected, refreshes, and passive lots from each one's first fill."""

    ids: int = 0
    refreshes: int = 0
    lots: int = 0


class NativeIcebergs:
    """Follows the native icebergs of one instrument.

    Attributes:
        totals: Counts since the start.
        sizes: What the ones that are over tell of how much is left of the others.
    """

    def __init__(self) -> None:
        self.totals = IcebergTotals()
        self.sizes = RemainingSize()
        self._live: dict[int, _Native] = {}
        self._ended: deque[IcebergMark] = deque(maxlen=ENDED_KEPT)

    def take(self, rows: RecordArray) -> list[IcebergStep]:
        """Take HIDDEN rows and return the steps they stand for, in order."""
        steps: list[IcebergStep] = []
        for row in tuples_of(rows):
            self._step(Hidden(*row), steps)
        return steps

    def marks(self) -> tuple[IcebergMark, ...]:
        """Return the newest ended icebergs and all live ones, oldest detection first."""
        marks = [*self._ended, *(iceberg.mark(self._left_of(iceberg)) for iceberg in self._live.values())]
        return tuple(sorted(marks, key=attrgetter("first_ts")))

    def _step(self, row: Hidden, steps: list[IcebergStep]) -> None:
        what, ts, event = row.what, row.clock, row.event
        iceberg = self._live.get(row.order_id)
        if what == HIDDEN_MOVED:
            if iceberg is not None:
                iceberg.tick, iceberg.shown = row.tick, row.after
                iceberg.largest = max(iceberg.largest, iceberg.shown)
            return
        detected = iceberg is None
        if iceberg is None:
            iceberg = self._detect(row)
        if what in (HIDDEN_FILLED, HIDDEN_EXECUTED):
            self._learn(iceberg, row)
        iceberg.last_ts = ts
        if row.suspect:
            iceberg.score = DOUBTFUL
        if detected:
            steps.append(IcebergStep(ts, event, iceberg.mark(), row=row))
        if what != HIDDEN_FILLED or not detected:
            iceberg.state, iceberg.shown = END_STATES.get(what, "traded"), row.after
            steps.append(IcebergStep(ts, event, iceberg.mark(), row=None if detected else row))
        if what in END_STATES:
            self._end(iceberg)

    def _end(self, iceberg: _Native) -> None:
        del self._live[iceberg.order_id]
        self._ended.append(iceberg.mark())
        if iceberg.display is not None:
            complete = iceberg.state == "executed" and iceberg.score == PROVEN
            self.sizes.take(EndedIceberg(iceberg.display, iceberg.filled, complete))

    def _left_of(self, iceberg: _Native) -> Remaining | None:
        return None if iceberg.display is None else self.sizes.left_of(iceberg.display, iceberg.filled)

    def _detect(self, row: Hidden) -> _Native:
        self.totals.ids += 1
        iceberg = _Native(
            id=f"native-{self.totals.ids}",
            order_id=row.order_id,
            side="bid" if row.side == BID else "ask",
            tick=row.tick,
            first_ts=row.clock,
            multiple=max(0, row.entry_sum),
            largest=_largest_shown(row),
        )
        self._live[iceberg.order_id] = iceberg
        return iceberg

    def _learn(self, iceberg: _Native, row: Hidden) -> None:
        """Take in a fill: lots, refresh, and what it tells about the display quantity."""
        before, lots, after = row.before, row.lots, row.after
        iceberg.largest = max(iceberg.largest, before, after)
        self.totals.lots += row.filled - iceberg.filled
        iceberg.tick, iceberg.shown, iceberg.filled = row.tick, after, row.filled
        if row.refreshed:
            self.totals.refreshes += 1
            iceberg.refreshes += 1
            if lots >= before:
                iceberg.multiple = gcd(iceberg.multiple, lots - before + after)
        if iceberg.refreshes:
            iceberg.display = _display_quantity(iceberg.multiple, iceberg.largest)


def records_of(row: Hidden) -> tuple[ZoneRecord, ...]:
    """Return what a HIDDEN row rests on: lots filled, lots displayed anew, or how the order left."""
    index, ts, tick, order_id = row.number, row.clock, row.tick, row.order_id
    records = []
    if row.lots > 0:
        records.append(ZoneRecord(index, ts, "filled", tick, row.lots, order_id))
    if row.refreshed:
        records.append(ZoneRecord(index, ts, "refreshed", tick, row.after, order_id))
    if row.what in _LEAVES:
        records.append(ZoneRecord(index, ts, END_STATES[row.what], tick, row.before, order_id))
    return tuple(records)


def _largest_shown(row: Hidden) -> int:
    """Return the largest size an order is known to have displayed up to the fill by which it is detected.

    Until then nothing was hidden, so an order that nobody changed showed at first what it shows now and all its fills.
    """
    return row.before + row.filled - row.lots if row.entry_sum > 0 else -row.entry_sum


@lru_cache(maxsize=256)
def _display_quantity(multiple: int, largest: int) -> int | None:
    """Return the only divisor of `multiple` that is at least `largest`; None where there are several or none."""
    if multiple == 0 or largest > multiple:
        return None
    most = multiple // max(1, largest)
    if most > _MOST_DIVISORS or any(multiple % parts == 0 for parts in range(2, most + 1)):
        return None
    return multiple
