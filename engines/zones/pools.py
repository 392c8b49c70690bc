"""Liquidity pools: prices beyond which stops are likely to rest, each side by itself.

| kind | price | lives until |
|---|---|---|
| `prior_week` | high and low of the week before | the next week |
| `prior_day` | high and low of the trading day before | the next trading day |
| `session` | high and low of Asia, London, New York | the same session's end a day later |
| `overnight` | high and low from the open to 08:00 New York | the same a day later |
| `equal` | two or more swings of one interval within `equal_ticks` | their newest swing |
| `swing` | a confirmed swing high or low of 1m, 5m, 15m | 60 bars of its interval |
| `weekly_open` | first price of the week | the next week |
| `round` | the next round number of three steps above and below the market | the market leaves its step |
| `minute` | high or low of one of the newest minutes, once the market has left it | `recent_minutes` |

A pool of highs is *buy-side liquidity*: buy stops rest above it, and it lies above the market. A pool of lows is
sell-side. There is one pool a price and side, named after its strongest kind; it knows every other. A range counts only
if the data began before it did. All that is known of a bar is used from the bar's end on, never earlier.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import Final, Literal

import msgspec

from engines.book.layout import MINUTE_NS
from engines.timing.sessions import SessionWindow, sessions_of
from engines.timing.swings import ClosedBar, Swing
from engines.timing.trading_day import TradingDay
from engines.zones.sweeps_layout import HIGHS, LOWS, SIDES, UNREACHED
from feeds.instrument import Instrument

PoolKind = Literal[
    "prior_week", "prior_day", "session", "overnight", "equal", "swing", "weekly_open", "round", "minute"
]
PoolSide = Literal["buy_side", "sell_side"]

_SWING_BARS: Final = 60
"""Bars of its interval that a swing is a pool for."""
_LATE_NS: Final = 15 * MINUTE_NS
"""A range is whole if its first bar begins at most so long after it."""
_FOREVER: Final = 2**63 - 1
MOST: Final = 64
"""Pools of one side followed at once; the weakest go first."""
_WEIGHTS: Final[dict[PoolKind, float]] = {
    "prior_week": 1.0,
    "prior_day": 0.9,
    "session": 0.8,
    "overnight": 0.8,
    "equal": 0.75,
    "weekly_open": 0.6,
    "round": 0.5,
    "minute": 0.35,
}
_SWING_WEIGHTS: Final = {"1m": 0.45, "5m": 0.55, "15m": 0.65}
_SIDE_WORDS: Final = ("high", "low")
_MINUTE_LABELS: Final = tuple(f"minute {word}" for word in _SIDE_WORDS)
_ROUND_SHARE: Final = 500
"""The smallest step of round numbers is at least the price divided by this."""
_ROUND_REST_NS: Final = 30 * MINUTE_NS
"""How long a round number that was taken is no pool."""
_NICE: Final = (10, 25, 50)
_NONE: Final = (1, 0)
"""No prices: the lowest is above the highest."""


def _reach(side: int, tick: int) -> int:
    return tick if side == HIGHS else -tick


class Source(msgspec.Struct, frozen=True, gc=False):
    """One reason why a price is a pool.

    Attributes:
        label: In words, with its side (`prior day high`).
        weight: How much it draws, 0 to 1.
        since: Time from which it is known, ns.
        expires: Time at which it is one no longer, ns.
    """

    kind: PoolKind
    label: str
    weight: float
    since: int
    expires: int = _FOREVER


class Pool(msgspec.Struct, eq=False, gc=False):
    """One pool.

    Attributes:
        side: HIGHS or LOWS.
        reach: Its price as the sweep watch tells prices.
        sources: Every reason, by its label.
        until: Time before which none of them expires, ns.
        weight: How much it draws, 0 to 1: as its strongest reason. Reasons of one label have one weight.
        crossed: Clock of the trade that went beyond it in the running run; 0 while it is untouched.
        closes: Minute closes beyond it in that run.
    """

    number: int
    side: int
    tick: int
    first_ts: int
    reach: int
    sources: dict[str, Source] = msgspec.field(default_factory=dict)
    until: int = _FOREVER
    weight: float = 0.0
    crossed: int = 0
    closes: int = 0

    def know(self, source: Source) -> None:
        """Take one more reason, or a newer one of the same label."""
        self.sources[source.label] = source
        self.until = min(self.until, source.expires)
        self.weight = max(self.weight, source.weight)

    def forget(self, label: str) -> None:
        """Drop a reason that it has."""
        del self.sources[label]
        self._weigh()

    def expire(self, clock: int) -> None:
        """Drop every reason whose time is over."""
        self.sources = {label: one for label, one in self.sources.items() if one.expires > clock}
        self.until = min([one.expires for one in self.sources.values()], default=_FOREVER)
        self._weigh()

    def join(self, other: "Pool") -> None:
        """Take the reasons of another pool at its price; of equal labels its own stay."""
        self.sources = other.sources | self.sources
        self.until = min(other.until, self.until)
        self._weigh()

    def _weigh(self) -> None:
        self.weight = max([one.weight for one in self.sources.values()], default=0.0)

    @property
    def id(self) -> str:
        """Its id on screens."""
        return f"pool-{self.number}"

    @property
    def strongest(self) -> Source:
        """The source it is named after: the heaviest, of equal ones the oldest."""
        return max(self.sources.values(), key=_strength)

    @property
    def liquidity(self) -> PoolSide:
        """Whose stops rest beyond it."""
        return "buy_side" if self.side == HIGHS else "sell_side"


def _strength(source: Source) -> tuple[float, int, str]:
    return source.weight, -source.since, source.label


@dataclass(slots=True)
class _Range:
    """High and low of a stretch of time; `began` is the start of its first bar."""

    start: int
    end: int
    began: int | None = None
    opened: int = 0
    high: int = 0
    low: int = 0

    def take(self, bar: ClosedBar) -> None:
        """Add a minute."""
        if self.began is None:
            self.began, self.opened, self.high, self.low = bar.start, bar.open, bar.high, bar.low
        elif bar.high > self.high or bar.low < self.low:
            self.high, self.low = max(self.high, bar.high), min(self.low, bar.low)

    @property
    def whole(self) -> bool:
        """Whether the data held it from its beginning."""
        return self.began is not None and self.began <= self.start + _LATE_NS


class _Minute(msgspec.Struct, frozen=True, gc=False):
    """A closed minute's extreme that nothing has gone beyond and the market has not left yet."""

    end: int
    reach: int


@dataclass(slots=True)
class _Round:
    """The next multiple of one step on one side of the market.

    Attributes:
        low: Lowest close for which `pool` is that multiple; above `high` where it is not known.
        high: Highest such close.
        pool: Where it is a live pool, that.
    """

    step: int
    label: str
    low: int = 0
    high: int = -1
    pool: Pool | None = None


class _Recent(msgspec.Struct, eq=False, gc=False):
    """A confirmed swing and how far later minutes went; `number` in the order of confirmation."""

    number: int
    reach: int
    peak: int


_by_reach: Final = attrgetter("reach")
_by_number: Final = attrgetter("number")
_by_weight: Final = attrgetter("weight")


@dataclass(slots=True)
class _Side:
    """Pools of one side, and what becomes one.

    Attributes:
        live: Pools that have not been crossed, by their reach.
        reaches: Their reaches, the nearest first.
        expiring: (time, reach) of every pool with a reason that ends then, a heap; some have none any more, so it is
            made anew where they are many.
        minutes: Minutes' extremes, oldest and farthest first.
        recent: Swings of each interval, the nearest first.
        nearest: Reach of the nearest of them all: a minute that stays short of it changes none.
        crowded: Whether an interval has more of them than are kept.
        rounds: The next round numbers, the smallest step first.
        settled: Lowest and highest close for which every round number stays as it is; none where one is not known.
        settled_at: Reaches of their pools, each of which is live.
        rested: Ticks of pools that are gone, and until when no round number is one there.
    """

    live: dict[int, Pool] = field(default_factory=dict)
    reaches: list[int] = field(default_factory=list)
    expiring: list[tuple[int, int]] = field(default_factory=list)
    minutes: deque[_Minute] = field(default_factory=deque)
    recent: dict[str, list[_Recent]] = field(default_factory=dict)
    nearest: int = UNREACHED
    crowded: bool = False
    rounds: tuple[_Round, ...] = ()
    settled: tuple[int, int] = _NONE
    settled_at: frozenset[int] = frozenset()
    rested: dict[int, int] = field(default_factory=dict)

    def put(self, pool: Pool) -> None:
        """Make a pool a live one; there is none at its price."""
        self.live[pool.reach] = pool
        insort(self.reaches, pool.reach)

    def remove(self, reach: int) -> None:
        """Drop a live pool."""
        if reach in self.settled_at:
            self.settled = _NONE
        del self.live[reach]
        del self.reaches[bisect_left(self.reaches, reach)]

    def take_nearer(self, reach: int) -> list[Pool]:
        """Take out the pools nearer than a reach, the nearest first."""
        count = bisect_left(self.reaches, reach)
        nearer = self.reaches[:count]
        del self.reaches[:count]
        if not self.settled_at.isdisjoint(nearer):
            self.settled = _NONE
        return [self.live.pop(at) for at in nearer]

    def await_end(self, pool: Pool) -> None:
        """Look at a pool again once one of its reasons ends."""
        if pool.until < _FOREVER:
            heappush(self.expiring, (pool.until, pool.reach))
        if len(self.expiring) > 4 * MOST:
            self.expiring = [(one.until, one.reach) for one in self.live.values() if one.until < _FOREVER]
            heapify(self.expiring)

    def expire(self, clock: int) -> None:
        """Drop reasons whose time is over, and pools that have no other."""
        while self.expiring and self.expiring[0][0] <= clock:
            reach = heappop(self.expiring)[1]
            pool = self.live.get(reach)
            if pool is None or pool.until > clock:
                continue
            pool.expire(clock)
            if pool.sources:
                self.await_end(pool)
            else:
                self.remove(reach)

    def settle(self) -> None:
        """Note between which closes no round number is another one."""
        pools = [one.pool for one in self.rounds if one.pool is not None]
        self.settled = _NONE
        if pools and len(pools) == len(self.rounds) and all(self.live.get(pool.reach) is pool for pool in pools):
            self.settled = max([one.low for one in self.rounds]), min([one.high for one in self.rounds])
            self.settled_at = frozenset([pool.reach for pool in pools])

    def rest(self, tick: int, until: int, clock: int) -> None:
        """Note until when no round number is a pool at a tick, and forget what is over."""
        self.rested[tick] = until
        if len(self.rested) > MOST:
            self.rested = {one: end for one, end in self.rested.items() if end > clock}


class Pools:
    """The pools of one instrument, kept by closed bars; the sweep watch takes those that are crossed."""

    def __init__(self, instrument: Instrument, equal_ticks: int, recent_minutes: int) -> None:
        """Start before the first bar; settings as of `sweeps.SweepSettings`."""
        self._instrument = instrument
        self._equal_ticks = equal_ticks
        self._recent_ns = recent_minutes * MINUTE_NS
        self._sides = (_Side(), _Side())
        self._count = 0
        self._swings = 0
        self._day: _Range | None = None
        self._week: _Range | None = None
        self._windows: list[tuple[SessionWindow, _Range]] = []
        self._ranges: tuple[_Range, ...] = ()
        self._running: list[_Range] = []
        self._traded: tuple[int, int] = _NONE
        self._running_until = 0

    # ------------------------------------------------------------------------------------------------ what is known

    def next_reach(self, side: int) -> int:
        """Return the reach of the nearest pool of a side, UNREACHED where there is none."""
        reaches = self._sides[side].reaches
        return reaches[0] if reaches else UNREACHED

    @property
    def awaited(self) -> int:
        """How many ends of reasons are awaited, those that have changed since included."""
        return sum(len(side.expiring) for side in self._sides)

    def live(self) -> Iterable[Pool]:
        """Yield every pool that has not been crossed, of either side."""
        for side in self._sides:
            yield from side.live.values()

    # ---------------------------------------------------------------------------------------------------- crossings

    def crossed(self, side: int, reach: int, clock: int) -> list[Pool]:
        """Take out the pools that a trade of a given reach went beyond, the nearest first."""
        crossed = self._sides[side].take_nearer(reach)
        for pool in crossed:
            pool.crossed = clock
        return crossed

    def put_back(self, pool: Pool) -> None:
        """Take back a pool that was crossed without being taken."""
        pool.crossed, pool.closes = 0, 0
        side = self._sides[pool.side]
        known = side.live.get(pool.reach)
        if known is None:
            known = pool
            side.put(pool)
        else:
            known.join(pool)
        side.await_end(known)

    def rest(self, pool: Pool, clock: int) -> None:
        """Note that a pool is gone, so that its round number is none for a while."""
        self._sides[pool.side].rest(pool.tick, clock + _ROUND_REST_NS, clock)

    # ------------------------------------------------------------------------------------------------- days and bars

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day: the one before gives its range, and on a new week so does the week."""
        ended = self._day
        if ended is not None and ended.whole:
            self._add_range("prior_day", "prior day", ended, day.start)
        if day.date.weekday() == 0 or self._week is None:
            week = self._week
            if week is not None and week.whole and day.date.weekday() == 0:
                self._add_range("prior_week", "prior week", week, day.start)
            self._week = _Range(day.start if day.date.weekday() == 0 else 0, _FOREVER)
        self._day = _Range(day.start, day.end)
        self._windows = [(window, _Range(window.start, window.end)) for window in sessions_of(day)]
        self._ranges = (self._day, self._week, *(span for _, span in self._windows))
        self._running_until = 0
        for one in self._sides:
            one.rounds = ()
            one.settled = _NONE

    def close_minute(self, bar: ClosedBar, least_away: int) -> None:
        """Take a closed minute: ranges that end, round numbers, and minutes that the market has left behind.

        Args:
            bar: The minute.
            least_away: Ticks that the market must have moved away from an extreme for it to be a pool.
        """
        start, end = bar.start, bar.end
        is_window_over = bool(self._windows) and self._windows[0][0].end <= end
        if is_window_over:
            self._close_windows(start)
        first_of_week = self._week is not None and self._week.start > 0 and self._week.began is None
        if start >= self._running_until:
            self._choose_running(start)
        low, high = self._traded
        if bar.low < low or bar.high > high:
            self._widen_running(bar)
        if is_window_over:
            self._close_windows(end)
        for one in self._sides:
            if one.expiring and one.expiring[0][0] <= end:
                one.expire(end)
        if first_of_week and self._week is not None and self._week.whole:
            for side in range(SIDES):
                self._add_named(side, self._week.opened, "weekly_open", "weekly open", bar)
        for side in range(SIDES):
            self._add_rounds(side, bar, least_away)
        for side, reach in enumerate((bar.high, -bar.low)):
            self._add_minutes(side, bar, least_away)
            one = self._sides[side]
            if reach > one.nearest or one.crowded:
                self._follow_recent(one, reach)

    def add_swing(self, interval: str, length: int, swing: Swing) -> None:
        """Take a confirmed swing of bars of `length` ns; with an earlier one near its price it makes equal ones."""
        side = HIGHS if swing.side == "high" else LOWS
        word = _SIDE_WORDS[side]
        expires = swing.known + _SWING_BARS * length
        label = f"{interval} swing {word}"
        self._add(side, swing.tick, Source("swing", label, _SWING_WEIGHTS[interval], swing.known, expires))
        one = self._sides[side]
        recent = one.recent.setdefault(interval, [])
        reach = _reach(side, swing.tick)
        first = bisect_left(recent, reach - self._equal_ticks, key=_by_reach)
        equal = recent[first : bisect_right(recent, reach + self._equal_ticks, lo=first, key=_by_reach)]
        if equal:
            outer = max(reach, equal[-1].reach)
            if all(other.peak <= outer for other in equal):
                source = Source("equal", f"equal {word}s {interval}", _WEIGHTS["equal"], swing.known, expires)
                self._add(side, _reach(side, outer), source)
        self._swings += 1
        insort(recent, _Recent(self._swings, reach, reach), key=_by_reach)
        one.nearest = min(one.nearest, reach)
        one.crowded = one.crowded or len(recent) > _SWING_BARS

    # ------------------------------------------------------------------------------------------------------- inside

    def _add(self, side: int, tick: int, source: Source) -> None:
        one = self._sides[side]
        live = one.live
        reach = _reach(side, tick)
        pool = live.get(reach)
        if pool is None:
            self._count += 1
            pool = Pool(self._count, side, tick, source.since, reach)
            one.put(pool)
        pool.know(source)
        one.await_end(pool)
        if len(live) > MOST:  # of equally weak ones the farthest goes
            one.remove(min(map(live.__getitem__, reversed(one.reaches)), key=_by_weight).reach)

    def _add_named(self, side: int, tick: int, kind: PoolKind, label: str, bar: ClosedBar) -> None:
        """Add a pool of a price that is named by one label alone, where it lies beyond the market."""
        self._forget(side, label)
        if _reach(side, tick) > _reach(side, bar.close):
            self._add(side, tick, Source(kind, label, _WEIGHTS[kind], bar.end))

    def _add_range(self, kind: PoolKind, name: str, span: _Range, clock: int) -> None:
        for side, tick in enumerate((span.high, span.low)):
            label = f"{name} {_SIDE_WORDS[side]}"
            self._forget(side, label)
            self._add(side, tick, Source(kind, label, _WEIGHTS[kind], clock))

    def _forget(self, side: int, label: str) -> None:
        """Take away the pool that bore a label until now."""
        one = self._sides[side]
        for pool in [pool for pool in one.live.values() if label in pool.sources]:
            pool.forget(label)
            if not pool.sources:
                one.remove(pool.reach)

    def _choose_running(self, clock: int) -> None:
        """Choose the ranges that a moment lies in, and note until when they are the same."""
        self._running = [span for span in self._ranges if span.start <= clock < span.end]
        changes = [time for span in self._ranges for time in (span.start, span.end) if time > clock]
        self._running_until = min(changes, default=_FOREVER)
        self._traded = _NONE

    def _widen_running(self, bar: ClosedBar) -> None:
        """Add a minute to the running ranges, and note between which prices another one changes none of them."""
        for span in self._running:
            span.take(bar)
        lows, highs = [span.low for span in self._running], [span.high for span in self._running]
        self._traded = max(lows, default=-_FOREVER), min(highs, default=_FOREVER)

    def _close_windows(self, clock: int) -> None:
        """Take the ranges of the sessions that have ended."""
        while self._windows and self._windows[0][0].end <= clock:
            window, span = self._windows.pop(0)
            if span.whole:
                kind: PoolKind = "overnight" if window.name == "overnight" else "session"
                self._add_range(kind, window.name, span, window.end)

    def _add_rounds(self, side: int, bar: ClosedBar, least_away: int) -> None:
        """Make pools of the next round numbers where they are not yet; which they are changes with the close alone."""
        one, close = self._sides[side], bar.close
        if one.settled[0] <= close <= one.settled[1]:
            return
        if not one.rounds:
            steps = round_steps(close, self._instrument.tick)
            one.rounds = tuple(_Round(step, f"multiple of {self._instrument.price(step):g}") for step in steps)
        for place in one.rounds:
            known = place.pool
            if not (place.low <= close <= place.high and known is not None and one.live.get(known.reach) is known):
                self._move_round(side, place, bar, least_away)
        one.settle()

    def _move_round(self, side: int, place: _Round, bar: ClosedBar, least_away: int) -> None:
        """Make a pool of the next multiple of a step, unless the market is too close to it or it was taken lately."""
        one, step, label, close = self._sides[side], place.step, place.label, bar.close
        away = step - close % step if side == HIGHS else (close - 1) % step + 1
        tick = close + away if side == HIGHS else close - away
        place.pool = None
        if away < least_away:
            return
        reach = _reach(side, tick)
        known = one.live.get(reach)
        if one.rested.get(tick, 0) > bar.end:
            return
        if known is None or label not in known.sources:
            self._forget(side, label)
            self._add(side, tick, Source("round", label, _WEIGHTS["round"], bar.end))
            known = one.live.get(reach)
        place.pool = known
        place.low, place.high = (tick - step, tick - 1) if side == HIGHS else (tick + 1, tick + step)

    def _add_minutes(self, side: int, bar: ClosedBar, least_away: int) -> None:
        minutes = self._sides[side].minutes
        reach, nearest, close = (bar.high, bar.low, bar.close) if side == HIGHS else (-bar.low, -bar.high, -bar.close)
        while minutes and minutes[-1].reach <= reach:
            minutes.pop()
        while minutes and nearest <= minutes[0].reach - least_away:
            left = minutes.popleft()
            self._leave(side, left.end, left.reach)
        if close <= reach - least_away:
            self._leave(side, bar.end, reach)
        else:
            minutes.append(_Minute(bar.end, reach))
        while minutes and minutes[0].end + self._recent_ns <= bar.end:
            minutes.popleft()

    def _leave(self, side: int, end: int, reach: int) -> None:
        """Make a pool of the extreme of the minute that ended then: the market has left it."""
        source = Source("minute", _MINUTE_LABELS[side], _WEIGHTS["minute"], end, end + self._recent_ns)
        self._add(side, _reach(side, reach), source)

    def _follow_recent(self, one: _Side, reach: int) -> None:
        """Note how far a minute went beyond swings; one that it went far beyond makes no equal ones any more."""
        for recent in one.recent.values():
            if recent and recent[0].reach < reach:
                del recent[: bisect_left(recent, reach - self._equal_ticks, key=_by_reach)]
                for swing in recent[: bisect_left(recent, reach, key=_by_reach)]:
                    swing.peak = max(swing.peak, reach)
            while len(recent) > _SWING_BARS:
                recent.remove(min(recent, key=_by_number))
        one.nearest = min([recent[0].reach for recent in one.recent.values() if recent], default=UNREACHED)
        one.crowded = False


def round_steps(close: int, tick: int) -> tuple[int, ...]:
    """Return three steps of round numbers in ticks, smallest first: for gold at 2,650 they are 10, 25 and 50 dollars.

    They are the first three of 1, 2.5, 5 times powers of ten from a five-hundredth of the price on. Steps that are no
    whole number of ticks are left out; a price that is not above zero has none.

    Args:
        close: The price in ticks.
        tick: Price step in wire units.
    """
    price = close * tick
    if price <= 0:
        return ()
    steps = (base * 10**power // 10 for power in range(19) for base in _NICE)
    least = [step for step in steps if step * _ROUND_SHARE >= price][:3]
    return tuple(step // tick for step in least if step % tick == 0)
