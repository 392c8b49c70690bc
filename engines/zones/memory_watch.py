"""The watch over remembered zones: told where they are, and asked what price did there."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import starmap
from typing import Final, NamedTuple

import msgspec
import numpy as np

from engines.book.layout import ASK, BID, TRADE, RecordArray
from engines.compiled import machine_code
from engines.events import PassiveSide
from engines.zones.memory_kernel import fail_touches, let_go, look_out, place_zone, rearm, settle, watch_trades
from engines.zones.memory_layout import (
    FAILED,
    HELD,
    HORIZONS,
    NO_PRICE,
    OPEN,
    PLACE,
    STEP,
    VISIT,
    WATCH,
    MemoryArrays,
)
from engines.zones.memory_state import KeptTouch, Verdict
from engines.zones.memory_zone import Zone

_CODES: Final[dict[PassiveSide, int]] = {"bid": BID, "ask": ASK}
_VERDICT_CODES: Final[dict[Verdict, int]] = {"open": OPEN, "held": HELD, "failed": FAILED}


class Step(msgspec.Struct, frozen=True, gc=False):
    """One STEP row; `record` is its `index`."""

    visit: int
    zone: int
    clock: int
    record: int
    order_id: int
    tick: int
    size: int
    near: int
    goal: int
    limit: int
    best: int
    worst: int
    side: int
    what: int


def _new_arrays() -> MemoryArrays:
    return MemoryArrays(
        watch=np.zeros(1, WATCH), places=np.zeros(16, PLACE), visits=np.zeros(64, VISIT), steps=np.zeros(512, STEP)
    )


class _Kernels(NamedTuple):
    """Those that are called for every minute, or for every zone that changes."""

    watch_trades: Callable[[MemoryArrays, RecordArray, int, int], int]
    place_zone: Callable[[MemoryArrays, int, int, int, int], None]
    rearm: Callable[[MemoryArrays], None]


@cache
def _kernels() -> _Kernels:
    arrays = _new_arrays()
    return _Kernels(
        watch_trades=machine_code(watch_trades, arrays, np.zeros(0, TRADE), 0, 0),
        place_zone=machine_code(place_zone, arrays, 0, 0, 0, 0),
        rearm=machine_code(rearm, arrays),
    )


class Watch:
    """Owns the arrays of the kernel and grows them.

    Attributes:
        leave: Ticks that price must be away by before it can visit, and must leave by to have held.
        through: Ticks beyond the far edge that make a visit fail.
        break_below: A minute that closes neither below this
        break_above: nor above this breaks no zone.
    """

    def __init__(self, last: int | None) -> None:
        """Start without zones, at the last price that is known."""
        self.leave = self.through = 0
        self.break_below, self.break_above = -NO_PRICE, NO_PRICE
        self._arrays = _new_arrays()
        watch = self._arrays.watch
        watch["low"], watch["high"] = NO_PRICE, -NO_PRICE
        watch["last"] = NO_PRICE if last is None else last
        self._steps, self._clock, self._last = watch["steps"], watch["clock"], watch["last"]
        self._break_below, self._break_above = watch["break_below"], watch["break_above"]

    @property
    def clock(self) -> int:
        """Clock of the newest trade; 0 before the first."""
        return int(self._clock[0])

    @property
    def last(self) -> int | None:
        """Tick of the newest trade; None before the first."""
        last = int(self._last[0])
        return None if last == NO_PRICE else last

    def trades(self, trades: RecordArray, start: int, stop: int) -> Iterator[Step]:
        """Watch TRADE rows from `start` to before `stop`, and yield what happened, in order."""
        while start < stop:
            start = _kernels().watch_trades(self._arrays, trades, start, stop)
            count = self._steps.item()
            if count:
                yield from starmap(Step, self._arrays.steps[:count].tolist())
                self._steps[0] = 0
            if start < stop:
                self._make_room()

    # ------------------------------------------------------------------------------------------------- what is watched

    def set_distances(self, leave: int, through: int) -> None:
        """Set the distances of touches and verdicts to come; those that are watched keep theirs."""
        self.leave, self.through = leave, through
        watch = self._arrays.watch
        watch["leave"], watch["through"] = leave, through
        look_out(self._arrays)

    def lay_out(self, zone: Zone, zones: int) -> None:
        """Take up a zone that is new or changed, one of so many; call `rearm` after all of them."""
        if zones > len(self._arrays.places):
            self._make_room(zones)
        _kernels().place_zone(self._arrays, zone.number, zone.low, zone.high, _CODES[zone.side])

    def arm(self, number: int, *, armed: bool) -> None:
        """Say of a zone whether price has been away since its last visit; call `look_out` after all of them."""
        places = self._places
        places["armed"][places["zone"] == number] = armed

    def let_go(self, number: int) -> None:
        """Forget a zone and its touches; call `rearm` after all of them."""
        let_go(self._arrays, number)

    def rearm(self) -> None:
        """Arm the zones that price is far enough from, and those no more that it is at."""
        _kernels().rearm(self._arrays)
        self._note_breaks()

    def look_out(self) -> None:
        """Take up what changed without arming anything."""
        look_out(self._arrays)
        self._note_breaks()

    def _note_breaks(self) -> None:
        self.break_below, self.break_above = int(self._break_below[0]), int(self._break_above[0])

    # ------------------------------------------------------------------------------------------------------- touches

    def watch_again(self, zone: int, touch: KeptTouch) -> int:
        """Go on watching a touch of an earlier session; return the number of its visit."""
        if self._arrays.watch["visits"][0] == len(self._arrays.visits):
            self._make_room()
        watch = self._arrays.watch[0]
        watch["visited"] += 1
        row = self._arrays.visits[watch["visits"]]
        watch["visits"] += 1
        row["visit"], row["zone"], row["clock"] = watch["visited"], zone, touch.ts
        row["near"], row["goal"], row["limit"] = touch.near, touch.goal, touch.limit
        row["best"], row["worst"], row["horizon"] = touch.best, touch.worst, len(touch.reactions)
        row["side"], row["verdict"] = _CODES[touch.side], _VERDICT_CODES[touch.verdict]
        return int(watch["visited"])

    def fail_touches(self, number: int) -> None:
        """Note that the touches of a zone which neither held nor failed have failed."""
        fail_touches(self._arrays, number)

    def hand_touches(self, number: int, to: int) -> None:
        """Count the touches of a zone to another one."""
        zones = self._visits["zone"]
        zones[zones == number] = to

    def excursions(self) -> list[tuple[int, int, int]]:
        """Return visit, largest favourable and largest adverse excursion of every touch that is watched."""
        settle(self._arrays)
        found: list[tuple[int, int, int]] = self._visits[["visit", "best", "worst"]].tolist()
        return found

    def armed(self) -> dict[int, bool]:
        """Return for each zone whether price has been away since its last visit."""
        return dict(self._places[["zone", "armed"]].tolist())

    # ---------------------------------------------------------------------------------------------------- the arrays

    @property
    def _places(self) -> RecordArray:
        return self._arrays.places[: self._arrays.watch["places"][0]]

    @property
    def _visits(self) -> RecordArray:
        return self._arrays.visits[: self._arrays.watch["visits"][0]]

    def _make_room(self, zones: int = 0) -> None:
        """Grow the arrays so that one more trade, or so many zones, fit into them."""
        arrays, watch = self._arrays, self._arrays.watch[0]
        places = _grown(arrays.places, max(zones, int(watch["places"])))
        visits = _grown(arrays.visits, int(watch["visits"]) + max(zones, int(watch["places"])) + 1)
        steps = _grown(arrays.steps, (len(HORIZONS) + 1) * len(visits) + 2 * len(places))
        self._arrays = arrays._replace(places=places, visits=visits, steps=steps)


def _grown(rows: RecordArray, wanted: int) -> RecordArray:
    if wanted <= len(rows):
        return rows
    length = len(rows)
    while length < wanted:
        length *= 2
    grown = np.zeros(length, rows.dtype)
    grown[: len(rows)] = rows
    return grown
