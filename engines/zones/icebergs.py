"""Native icebergs: exchange-managed display-quantity orders, followed exactly, from detection to their end.

The book hands on every step in the life of an order that traded more than it showed or had its display reinstated
(`engines.book.layout.HIDDEN`); that alone is proof. Here those steps become events and the display quantity is
recovered from them.

**Display quantity.** With display quantity D and d lots displayed, a fill of q >= d lots takes o = q - d hidden lots and
leaves d' = k*D - o displayed, where k = o // D + 1 reloads. So o + d' is a multiple of D, and D is at least every size
ever displayed. An order that traded on entry before it rested shows D - (traded mod D), so traded + shown is a multiple
of D as well. The smallest D that fits all of an order's steps is taken; before the first refresh none is stated.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from math import gcd
from typing import Any, Final

from engines.book.layout import (
    BID,
    HIDDEN_CANCELLED,
    HIDDEN_EXECUTED,
    HIDDEN_EXPIRED,
    HIDDEN_FILLED,
    HIDDEN_MOVED,
    RecordArray,
)
from engines.events import IcebergState
from engines.view import IcebergMark

ENDED_KEPT: Final = 256
"""Ended icebergs kept for screens."""
_MOST_DIVISORS: Final = 4_096

_STATES: Final[dict[int, IcebergState]] = {
    HIDDEN_FILLED: "traded",
    HIDDEN_EXECUTED: "executed",
    HIDDEN_CANCELLED: "cancelled",
    HIDDEN_EXPIRED: "expired",
}


@dataclass(slots=True)
class NativeIceberg:
    """What is known of one iceberg; ticks, lots, nanoseconds.

    Attributes:
        multiple: Greatest common divisor of all sums that must be multiples of the display quantity; 0 before any.
        largest: Largest size it ever displayed.
    """

    mark: IcebergMark
    multiple: int = 0
    largest: int = 0


@dataclass(frozen=True, slots=True)
class IcebergStep:
    """One step of one iceberg, as it stood right after it.

    Attributes:
        ts: Clock at the step, ns.
        event: Number of the matching event it belongs to.
        mark: The iceberg after the step.
    """

    ts: int
    event: int
    mark: IcebergMark


@dataclass(slots=True)
class NativeTotals:
    """Counts since the start: icebergs detected, refreshes, and passive lots from each one's first fill."""

    ids: int = 0
    refreshes: int = 0
    lots: int = 0


class NativeIcebergs:
    """Follows the native icebergs of one instrument."""

    def __init__(self) -> None:
        self.totals = NativeTotals()
        self._live: dict[int, NativeIceberg] = {}
        self._ended: OrderedDict[str, IcebergMark] = OrderedDict()

    def take(self, rows: RecordArray) -> list[IcebergStep]:
        """Take HIDDEN rows and return the steps they stand for, in order."""
        steps: list[IcebergStep] = []
        for row in rows:
            steps.extend(self._step(row))
        return steps

    def marks(self) -> tuple[IcebergMark, ...]:
        """Return the newest ended icebergs and all live ones, oldest detection first."""
        marks = [*self._ended.values(), *(iceberg.mark for iceberg in self._live.values())]
        return tuple(sorted(marks, key=lambda mark: mark.first_ts))

    def _step(self, row: Any) -> list[IcebergStep]:
        order_id, what, ts = int(row["order_id"]), int(row["what"]), int(row["clock"])
        known = self._live.get(order_id)
        if what == HIDDEN_MOVED:
            if known is not None:
                known.mark = replace(known.mark, tick=int(row["tick"]), shown=int(row["after"]))
                known.largest = max(known.largest, known.mark.shown)
            return []
        steps: list[IcebergStep] = []
        if known is None:
            known = self._detect(row)
            self._learn(known, row)
            steps.append(IcebergStep(ts, int(row["event"]), known.mark))
        elif what in (HIDDEN_FILLED, HIDDEN_EXECUTED):
            self._learn(known, row)
        if what != HIDDEN_FILLED or not steps:
            known.mark = replace(known.mark, state=_STATES[what], shown=int(row["after"]), last_ts=ts)
            steps.append(IcebergStep(ts, int(row["event"]), known.mark))
        if not known.mark.is_live:
            self._end(order_id, known)
        return steps

    def _detect(self, row: Any) -> NativeIceberg:
        self.totals.ids += 1
        ts = int(row["clock"])
        mark = IcebergMark(
            id=f"native-{self.totals.ids}",
            order_id=int(row["order_id"]),
            side="bid" if int(row["side"]) == BID else "ask",
            tick=int(row["tick"]),
            shown=int(row["after"]),
            display=None,
            filled=0,
            refreshes=0,
            state="detected",
            first_ts=ts,
            last_ts=ts,
        )
        iceberg = NativeIceberg(mark, multiple=int(row["entry_sum"]))
        self._live[int(row["order_id"])] = iceberg
        return iceberg

    def _learn(self, iceberg: NativeIceberg, row: Any) -> None:
        """Take in a fill: lots, refresh, and what it tells about the display quantity."""
        before, lots, after, filled = (int(row[name]) for name in ("before", "lots", "after", "filled"))
        refreshed = bool(row["refreshed"])
        iceberg.largest = max(iceberg.largest, before, after)
        if refreshed and lots >= before:
            iceberg.multiple = gcd(iceberg.multiple, lots - before + after)
        refreshes = iceberg.mark.refreshes + refreshed
        self.totals.refreshes += refreshed
        self.totals.lots += filled - iceberg.mark.filled
        iceberg.mark = replace(
            iceberg.mark,
            tick=int(row["tick"]),
            shown=after,
            display=_display_quantity(iceberg) if refreshes else None,
            filled=filled,
            refreshes=refreshes,
            last_ts=int(row["clock"]),
        )

    def _end(self, order_id: int, iceberg: NativeIceberg) -> None:
        del self._live[order_id]
        self._ended[iceberg.mark.id] = iceberg.mark
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)


def _display_quantity(iceberg: NativeIceberg) -> int | None:
    """Return the smallest divisor of `multiple` that is at least `largest`; None where nothing is known yet."""
    if iceberg.multiple == 0:
        return None
    most = max(1, min(iceberg.multiple // max(1, iceberg.largest), _MOST_DIVISORS))
    for parts in range(most, 1, -1):
        if iceberg.multiple % parts == 0:
            return iceberg.multiple // parts
    return iceberg.multiple if iceberg.multiple >= iceberg.largest else None
