"""The watch for runs beyond pools: told what to wait for on each side, and asked what a run has taken."""

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from engines.book.layout import TRADE, RecordArray
from engines.compiled import machine_code
from engines.zones.sweeps_kernel import watch_trades
from engines.zones.sweeps_layout import DEPTH, KEPT, RUN, SIDES, UNREACHED, WatchArrays


class Run(NamedTuple):
    """The run of one side as it stands; these fields stand in `sweeps_layout.RUN` one after the other."""

    began: int
    last: int
    extreme: int
    extreme_clock: int
    volume: int
    stop_burst: int
    burst: int
    buy_before: int
    sell_before: int
    buy_after: int
    sell_after: int


_WORD: Final = 8
_FIRST_FACT: Final = RUN.fields["began"][1] // _WORD  # type: ignore[index]
_FACTS: Final = slice(_FIRST_FACT, _FIRST_FACT + len(Run._fields))
"""Words of a RUN that are a `Run`."""
_NEW_RUN: Final = np.zeros(1, RUN)
_NEW_RUN["running"], _NEW_RUN["extreme"] = True, -UNREACHED
_NEW_RUN_BYTES: Final = _NEW_RUN.view(np.uint8)


def _new_arrays() -> WatchArrays:
    return WatchArrays(runs=np.zeros(SIDES, RUN), usual=np.zeros(3, np.int64))


@cache
def _watch_trades() -> Callable[[WatchArrays, RecordArray, int, int], tuple[int, int, int, int, int, int]]:
    """Return the kernel, which is called for every minute and for every trade that decides something."""
    return machine_code(watch_trades, _new_arrays(), np.zeros(0, TRADE), 0, 0)


class Watch:
    """What is awaited of trades, and the runs that go on; what is awaited is written only where it changes."""

    def __init__(self) -> None:
        """Start waiting for nothing."""
        self._arrays = _new_arrays()
        runs = self._arrays.runs
        runs["next"] = UNREACHED
        self._rows = runs.view(np.uint8).reshape(SIDES, -1)
        self._facts = runs.view(np.int64).reshape(SIDES, -1)[:, _FACTS]
        self._next, self._running, self._first, self._began = (
            runs["next"], runs["running"], runs["first"], runs["began"]
        )  # fmt: skip
        self._level, self._limit, self._deadline = runs["level"], runs["limit"], runs["deadline"]
        self._stops, self._stop_orders = runs["stops"], runs["stop_orders"]
        self._trades, self._kept = runs["trades"], runs["kept"]
        self._awaited = [UNREACHED] * SIDES
        self._ends = [(0, 0, 0)] * SIDES
        self._runs_on = [False] * SIDES

    def trades(self, trades: RecordArray, start: int, stop: int) -> tuple[int, int, int, int, int, int]:
        """Watch TRADE rows from `start` to before `stop`, or to the first that decides something.

        Returns the position reached, the side and why it stopped there, and clock, tick and event of that trade.
        """
        return _watch_trades()(self._arrays, trades, start, stop)

    # ----------------------------------------------------------------------------------------------- what is awaited

    def begin(self, side: int, first: int, clock: int) -> None:
        """Start a run of a side at its first pool's reach."""
        self._rows[side] = _NEW_RUN_BYTES
        self._ends[side] = (0, 0, 0)
        self._next[side], self._first[side], self._began[side] = self._awaited[side], first, clock
        self._runs_on[side] = True

    def end(self, side: int) -> None:
        """End the run of a side, if one goes on."""
        if self._runs_on[side]:
            self._running[side] = self._runs_on[side] = False

    def await_pool(self, side: int, reach: int) -> None:
        """Wait for a trade beyond a reach, that of the nearest pool which has not been crossed."""
        if self._awaited[side] != reach:
            self._next[side] = self._awaited[side] = reach

    def await_end(self, side: int, level: int, limit: int, deadline: int) -> None:
        """Wait for what ends the run of a side: a trade below a level or above a limit, or one after a time."""
        if self._ends[side] != (level, limit, deadline):
            self._ends[side] = level, limit, deadline
            self._level[side], self._limit[side], self._deadline[side] = level, limit, deadline

    # ------------------------------------------------------------------------------------------- what a run has taken

    def oldest(self, clock: int) -> int:
        """Return when the oldest run that goes on began; `clock` where none does."""
        return min((int(self._began[side]) for side in range(SIDES) if self._runs_on[side]), default=clock)

    def run(self, side: int) -> Run:
        """Return the run of a side."""
        return Run(*self._facts[side].tolist())

    def has_stops(self, side: int) -> bool:
        """Whether the run of a side has taken any stop order."""
        return bool(self._stop_orders[side] > 0)

    def stops_beyond(self, side: int, reach: int, ticks: int = DEPTH) -> tuple[int, int]:
        """Return orders and lots of stops that the run took within so many ticks beyond a reach."""
        first = reach - int(self._first[side]) + 1
        orders, lots = self._stops[side, :, max(first, 0) : max(first + ticks, 0)].tolist()
        return sum(orders), sum(lots)

    def run_trades(self, side: int) -> tuple[RecordArray, int]:
        """Return the newest RUN_TRADE rows of a side's run, oldest first, and how many there were in all."""
        count = int(self._trades[side])
        return self._kept[side, np.arange(max(0, count - KEPT), count) % KEPT], count

    def usual(self) -> list[int]:
        """Return the lots of aggressors since the start: of stops, of all, of those of a known kind."""
        lots: list[int] = self._arrays.usual.tolist()
        return lots
