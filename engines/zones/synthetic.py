"""Synthetic icebergs: a broker's clips, each a new order of the same size at the same place as the one before it.

What is handed on by the pass over the records (`engines.zones.reposts_kernel`, where the rule is) becomes steps here.
No record proves that two orders have one owner: the score is the estimated precision of re-posts of clips in its class
of sizes as of the line, 1 less what chance explains. A chain is said only where the estimate's lower end reaches the
least one (`SyntheticSettings.least`), then to its end; the totals count all of them.

A broker that pauses is one broker: a chain of the same size at the same place goes on under the id of the one before it
if it is found within `SyntheticSettings.pause` of its end, and its counts go on with it.
"""

from collections import deque
from operator import attrgetter
from typing import Any, Final

from engines.book.layout import RecordArray
from engines.events import IcebergState, PassiveSide
from engines.view import IcebergMark, ZoneRecord
from engines.zones.icebergs import ENDED_KEPT, IcebergStep, IcebergTotals
from engines.zones.reposts import Reposts
from engines.zones.reposts_layout import (
    REPOST,
    REPOST_CANCELLED,
    REPOST_DETECTED,
    REPOST_EARLIER,
    REPOST_EXECUTED,
    REPOST_EXPIRED,
    REPOST_TRADED,
)
from feeds.records import SIDE_BID

_FIELDS: Final = REPOST.names or ()
_STATES: Final[dict[int, IcebergState]] = {
    REPOST_DETECTED: "detected",
    REPOST_TRADED: "traded",
    REPOST_EXECUTED: "executed",
    REPOST_CANCELLED: "cancelled",
    REPOST_EXPIRED: "expired",
}
_DIGITS: Final = 3
"""Decimal places of a score: more would only say how little is known."""


class SyntheticIcebergs:
    """Follows the synthetic icebergs of one instrument."""

    def __init__(self, reposts: Reposts, tick: int, pause: int) -> None:
        """Follow what a pass over the records hands on.

        Args:
            reposts: The pass, which only totals are read from.
            tick: Smallest price step in wire units of 1e-9.
            pause: Nanoseconds as in `SyntheticSettings.pause`.
        """
        self._tick = tick
        self._pause = pause
        self._reposts = reposts
        self._live: dict[int, IcebergMark] = {}
        self._ended: deque[IcebergMark] = deque(maxlen=ENDED_KEPT)
        self._earlier: dict[int, tuple[ZoneRecord, ...]] = {}
        self._continued: dict[int, IcebergMark] = {}
        self._pauses = 0

    def take(self, reposts: RecordArray) -> list[IcebergStep]:
        """Take REPOST rows, numbered by the book's matching events, and return the steps they stand for, in order."""
        steps = (self._step(dict(zip(_FIELDS, row, strict=True))) for row in reposts.tolist())
        return [step for step in steps if step is not None]

    @property
    def totals(self) -> IcebergTotals:
        """Counts of all chains of enough re-posts, those that are not said too; a pause parts only those."""
        now = self._reposts.now
        return IcebergTotals(int(now["ids"]) - self._pauses, int(now["reposts"]), int(now["lots"]))

    @property
    def said(self) -> int:
        """How many of them were said."""
        return int(self._reposts.now["said"]) - self._pauses

    def estimate(self) -> tuple[float | None, int]:
        """Return the estimated precision of all re-posts of clips, and how many there were; None while unknown.

        What chance explains of each class of sizes is the share of its size among strangers' adds.
        """
        chance, same = 0.0, 0
        for tally in self._reposts.tallies:
            if tally["near"] and not tally["far"]:
                return None, int(self._reposts.tallies["near_same"].sum())
            if tally["near"]:
                chance += int(tally["near"]) * int(tally["far_same"]) / int(tally["far"])
            same += int(tally["near_same"])
        return (round(max(0.0, 1.0 - chance / same), _DIGITS) if same else None), same

    def marks(self) -> tuple[IcebergMark, ...]:
        """Return the newest ended icebergs that were said and all live ones, oldest detection first."""
        return tuple(sorted([*self._ended, *self._live.values()], key=attrgetter("first_ts")))

    def _step(self, row: dict[str, Any]) -> IcebergStep | None:
        number, what = row["number"], row["what"]
        if what == REPOST_EARLIER:
            self._earlier[number] = self._records(row)
            return None
        if what == REPOST_DETECTED:
            self._go_on(row)
        known, before = self._live.get(number), self._continued.get(number)
        first = before or known
        ended = what not in (REPOST_DETECTED, REPOST_TRADED)
        chance = _share(row["far_same"], row["far"])
        mark = IcebergMark(
            id=f"synthetic-{number}" if before is None else before.id,
            order_id=row["posted_id"],
            side=_side(row["side"]),
            tick=row["price"] // self._tick,
            shown=0 if ended else row["size"],
            display=row["size"],
            filled=row["filled"] + (0 if before is None else before.filled),
            refreshes=row["reposts"] + (0 if before is None else before.refreshes),
            state=_STATES[REPOST_TRADED if before is not None and not ended else what],
            first_ts=row["clock"] if first is None else first.first_ts,
            last_ts=row["clock"],
            score=round(max(0.0, 1.0 - chance * row["near"] / row["near_same"]), _DIGITS),
            tier="synthetic",
            chance=round(chance, _DIGITS),
            score_n=row["near_same"],
        )
        if ended:
            self._live.pop(number, None)
            self._continued.pop(number, None)
            self._ended.append(mark)
        else:
            self._live[number] = mark
        records = () if ended else (*self._earlier.pop(number, ()), *self._records(row))
        return IcebergStep(row["clock"], row["event"], mark, given=records)

    def _go_on(self, row: dict[str, Any]) -> None:
        """Take up the chain that paused where this one begins, if one did."""
        tick, side = row["price"] // self._tick, _side(row["side"])
        for mark in reversed(self._ended):
            if row["clock"] - mark.last_ts > self._pause:
                return
            if (mark.tick, mark.side, mark.display) == (tick, side, row["size"]):
                self._ended.remove(mark)
                self._continued[row["number"]] = mark
                self._pauses += 1
                return

    def _records(self, row: dict[str, Any]) -> tuple[ZoneRecord, ...]:
        """Return the consumed order and its re-post."""
        tick, size = row["price"] // self._tick, row["size"]
        return (
            ZoneRecord(row["taken_index"], row["taken_clock"], "consumed", tick, size, row["taken_id"]),
            ZoneRecord(row["posted_index"], row["posted_clock"], "re-posted", tick, size, row["posted_id"]),
        )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _side(side: int) -> PassiveSide:
    return "bid" if side == SIDE_BID else "ask"
