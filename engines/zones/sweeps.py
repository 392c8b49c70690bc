"""Liquidity sweeps: runs beyond pools that come back inside, told from breaks that the market accepts.

A *run* begins with a trade beyond a pool and takes every pool it crosses. It speaks for its main pool: one that draws
much before all others, else the one with most stops right beyond it, as it is when a pool is crossed, a minute closes
or a trade comes back. Once a trade comes back inside the main pool, and
the evidence is enough, the run was a *sweep*: the stops of one side were taken and the market would not stay there, so
it speaks for the other side. With less evidence nothing is said: what the market is back inside of is a pool again. A
pool is *broken* where the run went too far beyond it, closed beyond it for several minutes, or did not come back in
time; a break that the market accepts is told of pools that draw much.

Every decision rests on trades before the one that decides, or on bars that have closed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from engines.book.layout import RecordArray
from engines.events import Absorption, Event
from engines.flow.layout import INTERVAL_SECONDS, INTERVALS, SECOND_NS
from engines.timing.average_range import AverageRange
from engines.timing.market_structure import MarketStructure
from engines.timing.swings import ClosedBar
from engines.timing.trading_day import TradingDay
from engines.view import OpenedZone, ZoneMark
from engines.zones.found import MINUTE, Found
from engines.zones.pools import Pool, Pools
from engines.zones.sweeps_evidence import Passive, Usual, run_facts, score
from engines.zones.sweeps_layout import BACK, CROSSED, DONE, HIGHS, SIDES, TOO_FAR
from engines.zones.sweeps_telling import Broken, Swept, Teller
from engines.zones.sweeps_watch import Watch
from feeds.instrument import Instrument

_LEAST_BEYOND: Final = 4
"""Ticks beyond a pool that are never too far."""
_LEAST_AWAY: Final = 2
"""Ticks that the market must leave a minute's extreme by, at least."""
_MUCH: Final = 0.7
"""Weight of pools that a run is named after before all others."""
_TOLD: Final = 0.5
"""Weight of pools whose accepted breaks are told."""
_STOPS_REACH: Final = 5
"""Ticks beyond a pool within which its stops are looked for."""


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """Settings of pools and sweeps; distances in average ranges of a minute.

    Attributes:
        equal_ticks: Swings within so many ticks of each other are equal.
        recent_minutes: Minutes for which the extreme of a single minute is a pool.
        left: How far the market must have left such an extreme.
        most_beyond: How far beyond a pool a run is an accepted break.
        reclaim: Nanoseconds within which a run must come back.
        accept_closes: Minute closes in a row beyond a pool that make a break accepted.
        stop_burst: Stops in five seconds, in multiples of usual, that count a half of the score.
        burst: The same of all aggressors, where the schema tells no orders.
        least_score: Score from which a sweep is said.
        pools_near: Pools are marked within so many average ranges of the market.
    """

    equal_ticks: int = 2
    recent_minutes: int = 20
    left: float = 0.1
    most_beyond: float = 1.5
    reclaim: int = 120 * SECOND_NS
    accept_closes: int = 2
    stop_burst: float = 8.0
    burst: float = 2.5
    least_score: float = 0.5
    pools_near: float = 10.0


class Sweeps:
    """Pools, runs beyond them, and the structure that makes them, of one instrument."""

    def __init__(
        self, instrument: Instrument, settings: SweepSettings, structure: MarketStructure, *, watched: bool = True
    ) -> None:
        """Start before the first trade; where nobody watches, no sweep is kept to be looked at."""
        self._watched = watched
        self._settings = settings
        self._structure = structure
        self._instrument = instrument
        self._pools = Pools(instrument, settings.equal_ticks, settings.recent_minutes)
        self._watch = Watch()
        self._runs: tuple[list[Pool], list[Pool]] = ([], [])
        self._range = AverageRange()
        self._most_beyond = _LEAST_BEYOND
        self._usual = Usual()
        self._passive = Passive()
        self._teller = Teller(instrument)
        self._last: int | None = None

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day: everything of the one before has been taken."""
        self._pools.begin_day(day)
        self._structure.begin_day()
        self._aim_all()

    def take(self, found: Found, said: Iterable[Event] = ()) -> list[Event]:
        """Take a stretch, and what other engines said of it; return what is to be said."""
        self._passive.take_steps(found.steps)
        for event in said:
            if isinstance(event, Absorption):
                ticks = (self._ticks(event.low), self._ticks(event.high))
                self._passive.take_absorption(event, *ticks)
        events: list[Event] = []
        trades, closed, position = found.trades, found.closed, 0
        places = trades["clock"].searchsorted([one.bar.end for one in closed]).tolist() if closed else ()
        for one, before in zip(closed, places, strict=True):
            if position < before:
                events += self._take_trades(trades, position, before)
                position = before
            events += self._close(one.interval, one.bar)
        events += self._take_trades(trades, position, len(trades))
        if len(trades) and self._passive.are_many:
            self._passive.forget(self._watch.oldest(int(trades["clock"][-1])))
        return events

    def marks(self) -> tuple[ZoneMark, ...]:
        """Return gaps, pools near the market, and the newest sweeps, each oldest first."""
        average = self._range.ticks
        pools: tuple[ZoneMark, ...] = ()
        if average is not None and self._last is not None:
            near = round(self._settings.pools_near * average)
            pools = self._teller.pool_marks(self._pools.live(), self._last, near)
        return (*self._structure.marks(), *pools, *self._teller.sweep_marks())

    def opened(self, zone_id: str) -> OpenedZone | None:
        """Return one of `marks` with the trades behind it; pools and gaps have none."""
        opened = self._teller.opened(zone_id)
        if opened is not None:
            return opened
        mark = next((mark for mark in self.marks() if mark.id == zone_id), None)
        return None if mark is None else OpenedZone(mark, (), 0)

    # ------------------------------------------------------------------------------------------------------- trades

    def _take_trades(self, trades: RecordArray, position: int, stop: int) -> list[Event]:
        events: list[Event] = []
        while position < stop:
            position, side, reason, clock, tick, event = self._watch.trades(trades, position, stop)
            if reason != DONE:
                events += self._decide(side, reason, tick if side == HIGHS else -tick, clock, event)
        return events

    def _decide(self, side: int, reason: int, reach: int, clock: int, event: int) -> list[Event]:
        """Act on a trade that decides something, so that it decides it no more; return what is to be said."""
        if reason == CROSSED:
            return self._cross(side, reach, clock)
        if reason == BACK:
            return self._come_back(side, reach, clock, event)
        if reason == TOO_FAR:
            limit = self._most_beyond
            broken = [pool for pool in self._runs[side] if reach > pool.reach + limit]
            return self._break(side, broken, clock, f"more than {limit} ticks beyond")
        return self._time_out(side, clock)

    def _cross(self, side: int, reach: int, clock: int) -> list[Event]:
        crossed = self._pools.crossed(side, reach, clock)
        run = self._runs[side]
        if self._range.ticks is not None:
            if not run:
                self._watch.begin(side, crossed[0].reach, clock)
            run += crossed
        self._aim(side)
        return []

    def _come_back(self, side: int, reach: int, clock: int, event: int) -> list[Event]:
        run = self._runs[side]
        main = self._main(side)
        if reach >= main.reach:  # stops taken since have made another pool the main one
            self._aim(side)
            return []
        swept = self._judge(side, main, clock, event)
        if swept is None:
            for pool in [pool for pool in run if reach < pool.reach]:
                run.remove(pool)
                self._pools.put_back(pool)
        else:
            for pool in run:
                self._pools.rest(pool, clock)
            run.clear()
        self._aim(side)
        return [] if swept is None else [self._teller.sweep(swept)]

    def _judge(self, side: int, main: Pool, clock: int, event: int) -> Swept | None:
        """Return the sweep that the run of a side was, None where the evidence is not enough."""
        average, least = self._range.ticks, self._settings.least_score
        facts = run_facts(self._watch.run(side), main, self._usual, clock)
        full = (self._settings.stop_burst, self._settings.burst)
        if average is None or score(facts, main.weight, full, in_the_way=2) < least:
            return None
        icebergs = self._passive.icebergs(side, main.reach, facts.began, event)
        absorptions = self._passive.absorptions(side, main.reach, facts.began, clock)
        told = score(facts, main.weight, full, (icebergs > 0) + (absorptions > 0))
        if told < least:
            return None
        return Swept(
            ts=clock,
            main=main,
            others=tuple(pool for pool in self._runs[side] if pool is not main),
            facts=facts,
            stops=self._watch.stops_beyond(side, main.reach) if self._usual.knows_orders else None,
            icebergs=icebergs,
            absorptions=absorptions,
            trades=self._watch.run_trades(side) if self._watched else None,
            average=average,
            score=told,
        )

    def _time_out(self, side: int, clock: int) -> list[Event]:
        """Decide about pools whose time is over: broken if the market stood beyond, a pool again if not."""
        latest = clock - self._settings.reclaim
        last = self._watch.run(side).last
        run = self._runs[side]
        for pool in [pool for pool in run if pool.crossed < latest and last <= pool.reach]:
            run.remove(pool)
            self._pools.put_back(pool)
        self._aim(side)
        seconds = self._settings.reclaim // SECOND_NS
        broken = [pool for pool in run if pool.crossed < latest]
        return self._break(side, broken, clock, f"not back within {seconds} s")

    def _break(self, side: int, broken: list[Pool], clock: int, reason: str) -> list[Event]:
        """End pools of a run, if any: the market has accepted a break of them."""
        if not broken:
            return []
        extreme = self._watch.run(side).extreme
        for pool in broken:
            self._runs[side].remove(pool)
            self._pools.rest(pool, clock)
        self._aim(side)
        told = [pool for pool in broken if pool.weight >= _TOLD]
        return [self._teller.accepted(Broken(clock, side, pool, extreme, reason)) for pool in told]

    # --------------------------------------------------------------------------------------------------------- bars

    def _close(self, interval: int, bar: ClosedBar) -> list[Event]:
        name = INTERVALS[interval]
        self._last = bar.close
        events = self._close_minute(bar) if interval == MINUTE else []
        swings, told = self._structure.close(name, bar)
        for swing in swings:
            self._pools.add_swing(name, INTERVAL_SECONDS[interval] * SECOND_NS, swing)
        if swings or interval == MINUTE:
            self._aim_all()
        return events + told if told else events

    def _close_minute(self, bar: ClosedBar) -> list[Event]:
        self._range.close(bar.high, bar.low)
        self._most_beyond = self._range.times(self._settings.most_beyond, _LEAST_BEYOND)
        self._usual.close_minute(self._watch.usual())
        self._pools.close_minute(bar, self._range.times(self._settings.left, _LEAST_AWAY))
        self._teller.close_minute(bar)
        events: list[Event] = []
        for side in range(SIDES):
            if self._runs[side]:
                events += self._count_close(side, bar)
        return events

    def _count_close(self, side: int, bar: ClosedBar) -> list[Event]:
        """Count a minute's close to the pools of a run, and break those that it closed beyond often enough."""
        reach = bar.close if side == HIGHS else -bar.close
        accepting, run = self._settings.accept_closes, self._runs[side]
        for pool in run:
            pool.closes = pool.closes + 1 if reach > pool.reach else 0
        broken = [pool for pool in run if pool.closes >= accepting]
        return self._break(side, broken, bar.end, f"{accepting} minute closes beyond")

    # ----------------------------------------------------------------------------------------------- what is awaited

    def _main(self, side: int) -> Pool:
        """Return the pool that a run speaks for."""
        run = self._runs[side]
        if len(run) > 1:
            most = max([pool.weight for pool in run])
            run = [pool for pool in run if pool.weight == most] if most >= _MUCH else run
        if len(run) == 1:
            return run[0]
        if not self._watch.has_stops(side):
            return max(run, key=_reach)

        def stops_and_reach(pool: Pool) -> tuple[int, int]:
            return self._watch.stops_beyond(side, pool.reach, _STOPS_REACH)[0], pool.reach

        return max(run, key=stops_and_reach)

    def _aim(self, side: int) -> None:
        """Tell the watch what to wait for on a side."""
        run, watch = self._runs[side], self._watch
        watch.await_pool(side, self._pools.next_reach(side))
        if run:
            limit = min([pool.reach for pool in run]) + self._most_beyond
            watch.await_end(side, self._main(side).reach, limit, run[0].crossed + self._settings.reclaim)
        else:
            watch.end(side)

    def _aim_all(self) -> None:
        for side, run in enumerate(self._runs):
            if run:
                self._aim(side)
            else:
                self._watch.await_pool(side, self._pools.next_reach(side))

    def _ticks(self, price: float) -> int:
        return self._instrument.ticks(price)


_reach: Final = attrgetter("reach")
