"""What a run beyond a pool has taken, and how much that says.

The score is x / (x + full), where x is how many times the usual the fastest five seconds of stops were, and `full` the
multiple that counts a half. Where the schema tells no orders, x is the same of all aggressors' lots, with a `full` of
its own. It gains a little with a pool that draws more, an iceberg or absorption beyond it, a delta that turned, and a
quick return. Usual is the average of the newest minutes, each side counted for itself.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engines.book.layout import RecordArray
from engines.events import Absorption, PassiveSide
from engines.flow.layout import SECOND_NS
from engines.zones.icebergs import IcebergStep
from engines.zones.pools import Pool
from engines.zones.sweeps_layout import BURST_SECONDS, DEPTH, HIGHS, KEPT, KNOWN_LOTS, LOTS, STOP_LOTS, WatchArrays

_MINUTES: Final = 20
"""Newest minutes that tell what is usual."""
_BURSTS_A_MINUTE: Final = 60 // BURST_SECONDS
_SIDES: Final = 2
_DIGITS: Final = 3
_PLAIN_WEIGHT: Final = 0.4
"""Weight of a pool that neither gains nor loses."""
_WEIGHT_GAIN: Final = 0.2
_PASSIVE_GAIN: Final = 0.05
_TURN_GAIN: Final = 0.02
_QUICK_GAIN: Final = 0.02
_QUICK_SECONDS: Final = 30.0
_FACTS: Final = 256


class Usual:
    """Lots of aggressors in a usual burst's time, by the newest minutes."""

    def __init__(self) -> None:
        self._minutes: deque[npt.NDArray[np.int64]] = deque(maxlen=_MINUTES)

    def close_minute(self, watch: WatchArrays) -> None:
        """Take what the watch counted in the minute that ends."""
        self._minutes.append(watch.usual.copy())
        watch.usual[:] = 0

    @property
    def knows_orders(self) -> bool:
        """Whether the source tells how aggressors came to trade."""
        return any(minute[KNOWN_LOTS] > 0 for minute in self._minutes)

    def lots(self, what: int) -> float:
        """Return lots a side and burst, at least one."""
        if not self._minutes:
            return 1.0
        total = sum(int(minute[what]) for minute in self._minutes)
        return max(1.0, total / len(self._minutes) / _BURSTS_A_MINUTE / _SIDES)


@dataclass(frozen=True, slots=True)
class _Fact:
    """Something passive that other engines found: its zone in ticks, and the event it belongs to or its time."""

    ts: int
    event: int
    id: str
    side: PassiveSide
    low: int
    high: int


class Passive:
    """Icebergs and zones of absorption that stood in the way lately."""

    def __init__(self) -> None:
        self._icebergs: deque[_Fact] = deque(maxlen=_FACTS)
        self._absorptions: deque[_Fact] = deque(maxlen=_FACTS)

    def take_steps(self, steps: tuple[IcebergStep, ...]) -> None:
        """Take steps of icebergs."""
        for step in steps:
            mark = step.mark
            self._icebergs.append(_Fact(step.ts, step.event, mark.id, mark.side, mark.tick, mark.tick))

    def take_absorption(self, event: Absorption, low: int, high: int) -> None:
        """Take a step of a zone of absorption between two ticks."""
        self._absorptions.append(_Fact(event.ts, 0, event.id, event.side, low, high))

    def icebergs(self, side: int, reach: int, began: int, event: int) -> int:
        """Count icebergs with a step at or beyond a reach since `began`, in matching events before `event`."""
        wanted: PassiveSide = "ask" if side == HIGHS else "bid"
        return len(
            {
                fact.id
                for fact in self._icebergs
                if fact.side == wanted and began <= fact.ts and fact.event < event and _farthest(side, fact) >= reach
            }
        )

    def absorptions(self, side: int, reach: int, began: int, clock: int) -> int:
        """Count zones of absorption said at or beyond a reach since `began` and before `clock`."""
        wanted: PassiveSide = "ask" if side == HIGHS else "bid"
        return len(
            {
                fact.id
                for fact in self._absorptions
                if fact.side == wanted and began <= fact.ts < clock and _farthest(side, fact) >= reach
            }
        )


def _farthest(side: int, fact: _Fact) -> int:
    return fact.high if side == HIGHS else -fact.low


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run of one side as it stood before the trade that decided; reach as in `sweeps_layout`.

    Attributes:
        seconds: From the first pool crossed to the return.
        beyond: Ticks from the main pool to the extreme.
        stops: Stop orders beyond the main pool, and their lots; None where the schema tells no orders, as `stop_burst`.
        trades: RUN_TRADE rows, the newest, oldest first.
        count: How many there were in all.
    """

    side: int
    seconds: float
    extreme: int
    extreme_ts: int
    beyond: int
    stops: int | None
    stop_volume: int | None
    stop_burst: float | None
    volume: int
    burst: float
    delta_before: int
    delta_after: int
    icebergs: int
    absorptions: int
    trades: RecordArray
    count: int


def run_facts(watch: WatchArrays, main: Pool, usual: Usual, passive: Passive, returned: tuple[int, int]) -> RunFacts:
    """Read the running run of a side.

    Args:
        watch: Holds the run.
        main: Its main pool.
        usual: What its bursts are measured by.
        passive: What stood in the way.
        returned: Clock and matching event of the trade that came back.
    """
    side, clock = main.side, returned[0]
    run = watch.runs[side]
    began = int(run["began"])
    orders, lots = stops_beyond(watch, side, main.reach, DEPTH)
    knows = usual.knows_orders
    count = int(run["trades"])
    places = np.arange(max(0, count - KEPT), count) % KEPT
    return RunFacts(
        side=side,
        seconds=seconds_between(began, clock),
        extreme=int(run["extreme"]),
        extreme_ts=int(run["extreme_clock"]),
        beyond=int(run["extreme"]) - main.reach,
        stops=orders if knows else None,
        stop_volume=lots if knows else None,
        stop_burst=round(int(run["stop_burst"]) / usual.lots(STOP_LOTS), _DIGITS) if knows else None,
        volume=int(run["volume"]),
        burst=round(int(run["burst"]) / usual.lots(LOTS), _DIGITS),
        delta_before=int(run["buy_before"]) - int(run["sell_before"]),
        delta_after=int(run["buy_after"]) - int(run["sell_after"]),
        icebergs=passive.icebergs(side, main.reach, began, returned[1]),
        absorptions=passive.absorptions(side, main.reach, began, clock),
        trades=watch.kept[side, places],
        count=count,
    )


def stops_beyond(watch: WatchArrays, side: int, reach: int, ticks: int) -> tuple[int, int]:
    """Return orders and lots of stops that the run took within so many ticks beyond a reach."""
    first = reach - int(watch.runs[side]["first"]) + 1
    taken = watch.stops[side, :, max(first, 0) : max(first + ticks, 0)].sum(axis=1)
    return int(taken[0]), int(taken[1])


def score(facts: RunFacts, weight: float, full: tuple[float, float]) -> float:
    """Return how much a run says, 0 to 1.

    Args:
        facts: The run.
        weight: Of its main pool.
        full: Multiple of usual that counts a half, of stops and of all aggressors.
    """
    multiple, half = (facts.burst, full[1]) if facts.stop_burst is None else (facts.stop_burst, full[0])
    sign = 1 if facts.side == HIGHS else -1
    turned = sign * facts.delta_before > 0 > sign * facts.delta_after
    told = multiple / (multiple + half) + _WEIGHT_GAIN * (weight - _PLAIN_WEIGHT)
    told += _PASSIVE_GAIN * ((facts.icebergs > 0) + (facts.absorptions > 0)) + _TURN_GAIN * turned
    told += _QUICK_GAIN * (facts.seconds <= _QUICK_SECONDS)
    return round(min(1.0, max(0.0, told)), _DIGITS)


def seconds_between(first: int, last: int) -> float:
    """Return the seconds between two times, to a thousandth."""
    return round((last - first) / SECOND_NS, _DIGITS)
