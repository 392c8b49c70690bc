"""What a run beyond a pool has taken, and how much that says.

The score is x / (x + full), where x is how many times the usual the fastest five seconds of stops were, and `full` the
multiple that counts a half. Where the schema tells no orders, x is the same of all aggressors' lots, with a `full` of
its own. It gains a little with a pool that draws more, an iceberg or absorption beyond it, a delta that turned, and a
quick return. Usual is the average of the newest minutes, each side counted for itself.
"""

from bisect import bisect_left
from collections import deque
from operator import attrgetter
from typing import Final, NamedTuple

from engines.events import Absorption, PassiveSide
from engines.flow.layout import SECOND_NS
from engines.zones.icebergs import IcebergStep
from engines.zones.pools import Pool
from engines.zones.sweeps_layout import BURST_SECONDS, HIGHS, KNOWN_LOTS, LOTS, STOP_LOTS
from engines.zones.sweeps_watch import Run

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
"""Facts that are kept without asking whether they are still needed."""
_PASSIVE: Final[tuple[PassiveSide, PassiveSide]] = ("ask", "bid")


class Usual:
    """Lots of aggressors in a usual burst's time, by the newest minutes."""

    def __init__(self) -> None:
        self._ends: deque[list[int]] = deque([[0, 0, 0]], maxlen=_MINUTES + 1)

    def close_minute(self, counted: list[int]) -> None:
        """Take what the watch has counted by the end of a minute."""
        self._ends.append(counted)

    @property
    def knows_orders(self) -> bool:
        """Whether the source tells how aggressors came to trade."""
        return self._newest(KNOWN_LOTS) > 0

    def lots(self, what: int) -> float:
        """Return lots a side and burst, at least one."""
        minutes = len(self._ends) - 1
        return max(1.0, self._newest(what) / minutes / _BURSTS_A_MINUTE / _SIDES) if minutes else 1.0

    def _newest(self, what: int) -> int:
        return self._ends[-1][what] - self._ends[0][what]


class Passive:
    """Icebergs and zones of absorption that stood in the way lately: steps by their times, and events with ticks."""

    def __init__(self) -> None:
        self._icebergs: list[IcebergStep] = []
        self._absorptions: list[tuple[Absorption, int, int]] = []
        self._most = _FACTS

    @property
    def are_many(self) -> bool:
        """Whether it is time to forget."""
        return len(self._icebergs) + len(self._absorptions) > self._most

    def forget(self, before: int) -> None:
        """Forget what lies before a time that no run will ask about."""
        del self._icebergs[: bisect_left(self._icebergs, before, key=_ts)]
        self._absorptions = [fact for fact in self._absorptions if fact[0].ts >= before]
        self._most = _FACTS + 2 * (len(self._icebergs) + len(self._absorptions))

    def take_steps(self, steps: tuple[IcebergStep, ...]) -> None:
        """Take steps of icebergs."""
        if steps:
            self._icebergs.extend(steps)
            self._icebergs.sort(key=_ts)

    def take_absorption(self, event: Absorption, low: int, high: int) -> None:
        """Take a step of a zone of absorption between two ticks."""
        self._absorptions.append((event, low, high))

    def icebergs(self, side: int, reach: int, began: int, event: int) -> int:
        """Count icebergs with a step at or beyond a reach since `began`, in matching events before `event`.

        That one expired is no step of a matching event, but of the time that passed, and known whenever that is seen.
        """
        wanted = _PASSIVE[side]
        newest = self._icebergs[bisect_left(self._icebergs, began, key=_ts) :]
        since = [step.mark for step in newest if step.event < event and step.mark.state != "expired"]
        return len(
            {mark.id for mark in since if mark.side == wanted and (mark.tick if side == HIGHS else -mark.tick) >= reach}
        )

    def absorptions(self, side: int, reach: int, began: int, clock: int) -> int:
        """Count zones of absorption said at or beyond a reach since `began` and before `clock`."""
        wanted = _PASSIVE[side]
        since = [fact for fact in self._absorptions if began <= fact[0].ts < clock and fact[0].side == wanted]
        return len({event.id for event, low, high in since if (high if side == HIGHS else -low) >= reach})


class RunFacts(NamedTuple):
    """A run of one side as it stood before the trade that decided; reach as in `sweeps_layout`.

    Attributes:
        began: Clock of the trade that crossed the first pool.
        seconds: From then to the return.
        beyond: Ticks from the main pool to the extreme.
        stop_burst: None where the schema tells no orders.
    """

    side: int
    began: int
    seconds: float
    extreme: int
    extreme_ts: int
    beyond: int
    stop_burst: float | None
    volume: int
    burst: float
    delta_before: int
    delta_after: int


def run_facts(run: Run, main: Pool, usual: Usual, clock: int) -> RunFacts:
    """Read a run.

    Args:
        run: The run.
        main: Its main pool.
        usual: What its bursts are measured by.
        clock: Time of the trade that came back.
    """
    return RunFacts(
        side=main.side,
        began=run.began,
        seconds=seconds_between(run.began, clock),
        extreme=run.extreme,
        extreme_ts=run.extreme_clock,
        beyond=run.extreme - main.reach,
        stop_burst=round(run.stop_burst / usual.lots(STOP_LOTS), _DIGITS) if usual.knows_orders else None,
        volume=run.volume,
        burst=round(run.burst / usual.lots(LOTS), _DIGITS),
        delta_before=run.buy_before - run.sell_before,
        delta_after=run.buy_after - run.sell_after,
    )


def score(facts: RunFacts, weight: float, full: tuple[float, float], in_the_way: int) -> float:
    """Return how much a run says, 0 to 1.

    Args:
        facts: The run.
        weight: Of its main pool.
        full: Multiple of usual that counts a half, of stops and of all aggressors.
        in_the_way: How many of the two stood beyond the pool: icebergs, absorption.
    """
    multiple, half = (facts.burst, full[1]) if facts.stop_burst is None else (facts.stop_burst, full[0])
    sign = 1 if facts.side == HIGHS else -1
    turned = sign * facts.delta_before > 0 > sign * facts.delta_after
    told = multiple / (multiple + half) + _WEIGHT_GAIN * (weight - _PLAIN_WEIGHT)
    told += _PASSIVE_GAIN * in_the_way + _TURN_GAIN * turned
    told += _QUICK_GAIN * (facts.seconds <= _QUICK_SECONDS)
    return round(min(1.0, max(0.0, told)), _DIGITS)


def seconds_between(first: int, last: int) -> float:
    """Return the seconds between two times, to a thousandth."""
    return round((last - first) / SECOND_NS, _DIGITS)


_ts: Final = attrgetter("ts")
