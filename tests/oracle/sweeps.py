"""Sweeps told trade by trade: everything a run has taken is counted anew from its trades whenever something is decided.

Pools and swings are the engine's own, which tests of their own hold to their rules.
"""

from typing import Any

from engines.timing.swings import ClosedBar, Swings
from engines.timing.trading_day import TradingDay
from engines.zones.pools import Pool, Pools
from engines.zones.sweeps import SweepSettings
from feeds.instrument import Instrument

SECOND = 1_000_000_000
STOP = 2
SIDES = (0, 1)
LENGTHS = {"1m": 60 * SECOND, "5m": 300 * SECOND}
Trade = dict[str, Any]


class PlainSweeps:
    """Runs beyond pools, with every trade that made them.

    Attributes:
        said: (ts, `swept`, side, pool, extreme, stop orders, stop lots, volume, delta before, delta after, score), or
            (ts, `broken`, side, pool, extreme).
    """

    def __init__(self, instrument: Instrument, settings: SweepSettings, wing: int) -> None:
        self.said: list[tuple[Any, ...]] = []
        self._settings = settings
        self._pools = Pools(instrument, settings.equal_ticks, settings.recent_minutes)
        self._swings = {interval: Swings(wing) for interval in LENGTHS}
        self._ranges: list[int] = []
        self._minute: list[Trade] = []
        self._minutes: list[list[Trade]] = []
        self._taken: tuple[list[Pool], list[Pool]] = ([], [])
        self._trades: tuple[list[Trade], list[Trade]] = ([], [])
        self._firsts = [0, 0]
        self._begans = [0, 0]
        self._levels = [0, 0]

    def begin_day(self, day: TradingDay) -> None:
        self._pools.begin_day(day)

    def trade(self, trade: Trade) -> None:
        for side in SIDES:
            while self._decide(side, trade):
                pass
        for side in SIDES:
            if self._taken[side]:
                self._trades[side].append(trade)
        self._minute.append(trade)

    def close(self, interval: str, bar: ClosedBar) -> None:
        if interval == "1m":
            self._ranges = [*self._ranges, bar.high - bar.low][-20:]
            self._minutes = [*self._minutes, self._minute][-20:]
            self._minute = []
            away = self._times(self._settings.left, 2)
            self._pools.close_minute(bar, away)
            for side in SIDES:
                for pool in list(self._taken[side]):
                    pool.closes = pool.closes + 1 if _reach(side, bar.close) > pool.reach else 0
                    if pool.closes >= self._settings.accept_closes:
                        self._break(side, pool, bar.end)
        for swing in self._swings[interval].close(bar):
            self._pools.add_swing(interval, LENGTHS[interval], swing)
        for side in SIDES:
            self._aim(side)

    def _aim(self, side: int) -> None:
        """Choose the main pool: what comes back inside it decides."""
        if self._taken[side]:
            self._levels[side] = self._main(side).reach

    def _decide(self, side: int, trade: Trade) -> bool:
        """Act on the first thing that a trade decides; tell whether there was one."""
        reach, clock = _reach(side, trade["tick"]), trade["clock"]
        taken, settings = self._taken[side], self._settings
        late = [pool for pool in taken if clock - pool.crossed > settings.reclaim]
        if late:
            stood = _reach(side, self._trades[side][-1]["tick"])
            for pool in late:
                if stood > pool.reach:
                    self._break(side, pool, clock)
                else:
                    taken.remove(pool)
                    self._pools.put_back(pool)
            self._aim(side)
            return True
        far = [pool for pool in taken if reach > pool.reach + self._times(settings.most_beyond, 4)]
        if far:
            for pool in far:
                self._break(side, pool, clock)
            self._aim(side)
            return True
        if taken and reach < self._levels[side]:
            if reach < self._main(side).reach:
                self._come_back(side, reach, clock)
            self._aim(side)
            return True
        if reach > self._pools.next_reach(side):
            crossed = self._pools.crossed(side, reach, clock)
            if len(self._ranges) >= 2:
                if not taken:
                    self._trades[side].clear()
                    self._firsts[side], self._begans[side] = crossed[0].reach, clock
                taken += crossed
                self._aim(side)
            return True
        return False

    def _come_back(self, side: int, reach: int, clock: int) -> None:
        taken, main = self._taken[side], self._main(side)
        if self._sweep(side, main, clock):
            for pool in taken:
                self._pools.rest(pool, clock)
            taken.clear()
            return
        for pool in [pool for pool in taken if reach < pool.reach]:
            taken.remove(pool)
            self._pools.put_back(pool)

    def _main(self, side: int) -> Pool:
        def draws(pool: Pool) -> tuple[float, int, int]:
            near = [trade for trade in self._stops(side, pool) if _reach(side, trade["tick"]) <= pool.reach + 5]
            return pool.weight if pool.weight >= 0.7 else 0.0, sum(trade["first"] for trade in near), pool.reach

        return max(self._taken[side], key=draws)

    def _beyond(self, side: int) -> list[Trade]:
        """Trades of the run beyond its first pool: the nearest that the first of them crossed."""
        return [trade for trade in self._trades[side] if _reach(side, trade["tick"]) > self._firsts[side]]

    def _stops(self, side: int, pool: Pool) -> list[Trade]:
        own = [trade for trade in self._beyond(side) if trade["side"] == side and trade["kind"] == STOP]
        return [trade for trade in own if _reach(side, trade["tick"]) > pool.reach]

    def _sweep(self, side: int, main: Pool, clock: int) -> bool:
        trades, own = self._trades[side], [one for one in self._beyond(side) if one["side"] == side]
        stops = self._stops(side, main)
        extreme = max(_reach(side, trade["tick"]) for trade in trades)
        turn = next(place for place, trade in enumerate(trades) if _reach(side, trade["tick"]) == extreme)
        before = [one for place, one in enumerate(trades) if place <= turn or _reach(side, one["tick"]) == extreme]
        after = [one for place, one in enumerate(trades) if place > turn and _reach(side, one["tick"]) != extreme]
        deltas = _delta(before), _delta(after)
        knows = any(trade["kind"] for minute in self._minutes for trade in minute if trade["side"] < 2)
        stopped = [trade for trade in own if trade["kind"] == STOP]
        seconds = round((clock - self._begans[side]) / SECOND, 3)
        multiple = _burst(stopped if knows else own) / self._usual(stops_only=knows)
        half = self._settings.stop_burst if knows else self._settings.burst
        multiple = round(multiple, 3)
        sign = 1 if side == 0 else -1
        told = multiple / (multiple + half) + 0.2 * (main.weight - 0.4)
        told += 0.02 * (sign * deltas[0] > 0 > sign * deltas[1]) + 0.02 * (seconds <= 30)
        score = round(min(1.0, max(0.0, told)), 3)
        if score < self._settings.least_score:
            return False
        found = (sum(one["first"] for one in stops), sum(one["size"] for one in stops)) if knows else (None, None)
        volume = sum(one["size"] for one in self._beyond(side))
        self.said.append((clock, "swept", side, main.tick, _reach(side, extreme), *found, volume, *deltas, score))
        return True

    def _break(self, side: int, pool: Pool, clock: int) -> None:
        self._taken[side].remove(pool)
        self._pools.rest(pool, clock)
        if pool.weight >= 0.5:
            extreme = max(_reach(side, trade["tick"]) for trade in self._trades[side])
            self.said.append((clock, "broken", side, pool.tick, _reach(side, extreme)))

    def _times(self, multiple: float, least: int) -> int:
        if len(self._ranges) < 2:
            return least
        return max(least, round(multiple * max(1.0, sum(self._ranges) / len(self._ranges))))

    def _usual(self, *, stops_only: bool) -> float:
        """Return lots a side in five seconds of the newest minutes, at least one."""
        lots = sum(
            trade["size"]
            for minute in self._minutes
            for trade in minute
            if trade["side"] < 2 and (not stops_only or trade["kind"] == STOP)
        )
        usual: float = lots / len(self._minutes) / 12 / 2
        return max(1.0, usual)


def _reach(side: int, tick: int) -> int:
    return tick if side == 0 else -tick


def _delta(trades: list[Trade]) -> int:
    return sum(trade["size"] * (1, -1, 0)[trade["side"]] for trade in trades)


def _burst(trades: list[Trade]) -> int:
    """Return the most lots in five seconds of the clock that end with a trade."""
    most = 0
    for place, trade in enumerate(trades):
        second = trade["clock"] // SECOND
        newest = [one for one in trades[: place + 1] if one["clock"] // SECOND > second - 5]
        most = max(most, sum(one["size"] for one in newest))
    return most
