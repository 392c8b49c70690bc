"""Iceberg memory: zones that outlive what they were found by, what price did at each of them, and how far they hold.

A zone begins with proof (`Remembered`): an iceberg that refilled, an absorption. Bands of one side that come within a
few ticks of each other become one. The compiled watch (`engines.zones.memory_kernel`) says when price visits and how
it reacts; minute bars say when a zone is broken: the bar traded well beyond it and closed beyond it.

**Strength** = evidence x hit rate x decay, between 0 and 1. Evidence is m / (1 + m), where m is the lots behind the
zone in multiples of what a minute traded when they were found. The hit rate is (held + 1) / (judged + 2): a Beta(1, 1)
prior, so that one visit decides little. Decay is exp(-age / `decay`), the age in trading sessions since the zone was
last confirmed, by evidence or by holding. It is a rank among zones, no probability.

Facts of other engines are taken at the first trade or minute's end after their time, so that batch cuts mean nothing.
Until `_LEAST_MINUTES` minutes have traded there is no measure of evidence, and facts wait.
"""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import exp
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from engines.book.layout import ASK, BID, NEVER, RecordArray
from engines.events import Event, Memory, MemoryState, PassiveSide
from engines.timing.swings import ClosedBar
from engines.timing.trading_day import TradingDay
from engines.view import Evidence, OpenedZone, ZoneMark, ZoneRecord
from engines.zones.found import MINUTE, NO_TRADES, Found
from engines.zones.icebergs import IcebergStep
from engines.zones.memory_kernel import (
    fail_touches,
    let_go,
    look_out,
    place_zone,
    rearm,
    settle,
    watch_trades,
)
from engines.zones.memory_layout import (
    FAILED,
    HELD,
    HORIZON_NAMES,
    HORIZONS,
    MINUTE_NS,
    NO_PRICE,
    OPEN,
    PLACE,
    REACTED,
    STEP,
    TOUCHED,
    VISIT,
    WAS_HELD,
    WATCH,
    MemoryArrays,
)
from engines.zones.memory_state import KeptTouch, KeptZone, Recollection, Verdict
from feeds.instrument import Instrument

ENDED_KEPT: Final = 64
"""Ended zones kept for screens."""
RECORDS_KEPT: Final = 64
"""Records kept behind each zone."""
TOUCHES_KEPT: Final = 16
"""Touches kept of each zone."""
_MINUTES: Final = 60
"""Traded minutes that the rolling baselines are made from."""
_LEAST_MINUTES: Final = 5
_UNCOUNTED: Final = (0, 0.0)
"""The zone and the lots of a source that nothing was counted of: no zone has this number."""
_BLIND_NS: Final = MINUTE_NS
"""A longer stretch without prices between two sessions ends what was being watched."""
_NEAR: Final = 10
"""A zone is shown while price is within so many times the distance of a visit."""
_DIGITS: Final = 4
"""Digits of a strength that is said, so that no machine's last bit of an exponential enters a digest."""

Clocks = npt.NDArray[np.int64]
"""Clock of each trade of a stretch."""
_PROVEN_BY: Final = {"native": "native iceberg", "inferred": "inferred iceberg"}
"""Tiers of icebergs that are remembered, in words; a synthetic chain is too often chance."""
_SHARED_FIELDS: Final = [name for name in KeptZone.__struct_fields__ if name not in {"kinds", "recent", "armed"}]
_CODES: Final[dict[PassiveSide, int]] = {"bid": BID, "ask": ASK}
_OTHER_SIDE: Final[dict[PassiveSide, PassiveSide]] = {"bid": "ask", "ask": "bid"}
_VERDICTS: Final[dict[int, Verdict]] = {OPEN: "open", HELD: "held", FAILED: "failed"}
_VERDICT_CODES: Final = {word: code for code, word in _VERDICTS.items()}


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """What iceberg memory goes by; distances in ticks, or in multiples of the mean range of the newest minutes.

    Attributes:
        merge: Bands of one side at most so many ticks apart become one zone,
        widest: unless it would be wider than this.
        leave: Price must be away by so many minute ranges before it can visit, and to have held;
        leave_least: but by these ticks at least.
        through: A visit fails, and a zone breaks, so many minute ranges beyond its far edge;
        through_least: but these ticks at least.
        decay: Sessions after which an unconfirmed zone has lost all but 1/e of its strength.
        forget: Sessions after which it dies.
        most: Zones kept; the weakest dies.
    """

    merge: int = 3
    widest: int = 8
    leave: float = 2.0
    leave_least: int = 10
    through: float = 0.5
    through_least: int = 3
    decay: float = 5.0
    forget: int = 20
    most: int = 128


class Remembered(msgspec.Struct, frozen=True):
    """Proof that somebody stood at a price: what another engine hands to memory.

    Attributes:
        source: Id of what proved it, unique within the session; later proof of the same replaces the earlier.
        kind: What it is, in words (`native iceberg`).
        side: Passive side.
        low: Lowest tick.
        high: Highest tick.
        lots: Lots it took in so far, times how far the proof can be trusted (0 to 1).
        ts: Clock of the proof, ns.
        ended: Whether nothing more is to come of it.
        record: The record behind this proof; None where it is not known.
    """

    source: str
    kind: str
    side: PassiveSide
    low: int
    high: int
    lots: float
    ts: int
    ended: bool = False
    record: ZoneRecord | None = None


class _Step(NamedTuple):
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


@dataclass(slots=True)
class _Zone:
    """One remembered zone; fields as of `KeptZone`, whether it is armed stands in its PLACE row."""

    number: int
    side: PassiveSide
    low: int
    high: int
    evidence: float
    kinds: list[str]
    first_ts: int
    last_ts: int
    session: int
    touches: int = 0
    judged: int = 0
    held: int = 0
    flipped: bool = False
    origin: str = ""
    state: MemoryState = "remembered"
    recent: deque[KeptTouch] = field(default_factory=lambda: deque(maxlen=TOUCHES_KEPT))
    records: deque[ZoneRecord] = field(default_factory=lambda: deque(maxlen=RECORDS_KEPT))
    recorded: int = 0

    @property
    def id(self) -> str:
        return f"memory-{self.number}"

    def away(self, tick: int) -> int:
        """How far price is from the near edge, on the side that the zone supports."""
        return tick - self.high if self.side == "bid" else self.low - tick

    def record(self, record: ZoneRecord | None) -> None:
        if record is not None:
            self.records.append(record)
            self.recorded += 1


class _Ended(NamedTuple):
    """A zone that died, why, and the number of the session in which it did."""

    zone: _Zone
    reason: str
    session: int


class _Known(NamedTuple):
    """What a fact adds to a zone there is: evidence, from a moment on, which is that of the next trade or minute."""

    moment: int
    zone: _Zone
    evidence: float
    record: ZoneRecord | None


@dataclass(slots=True)
class _Stretch:
    """The trades that are being taken.

    Attributes:
        places: Of each fact that waits, the first trade after its time.
        reached: Of the trades before this one, minutes and facts have been taken.
        watched: The trades before this one have been watched; the watch lags behind where nothing asks for it.
    """

    trades: RecordArray
    clocks: Clocks
    places: deque[int] = field(default_factory=deque)
    reached: int = 0
    watched: int = 0

    def place(self, facts: Collection[Remembered]) -> None:
        """Find the places of facts that wait."""
        if facts:
            self.places.extend(self.clocks.searchsorted([fact.ts for fact in facts], "right").tolist())


class IcebergMemory:
    """The remembered zones of one instrument.

    Attributes:
        revision: Grows with everything that would be worth keeping in a file.
        set_aside: Zones of the recollection that are not used: they learned something after the first record here.
    """

    def __init__(
        self, instrument: Instrument, settings: MemorySettings | None = None, earlier: Recollection | None = None
    ) -> None:
        """Begin with what earlier sessions left; with nothing unless given."""
        self.revision = 0
        self.set_aside: tuple[KeptZone, ...] = ()
        self._instrument = instrument
        self._settings = settings or MemorySettings()
        self._earlier = earlier = earlier or Recollection()
        self._zones: dict[int, _Zone] = {}
        self._next_number = earlier.next_number
        self._sessions = earlier.sessions
        self._last_day = earlier.last_day
        self._minutes: deque[tuple[int, int]] = deque(earlier.minutes, maxlen=_MINUTES)
        self._minute_sums = (sum(reach for reach, _ in self._minutes), sum(lots for _, lots in self._minutes))
        self._begun = False
        self._day_begun = False
        self._pending: deque[Remembered] = deque()
        self._known: deque[_Known] = deque()
        self._stretch = _Stretch(NO_TRADES, NO_TRADES["clock"])
        self._counted: dict[str, tuple[int, float]] = {}
        self._watched: dict[int, tuple[int, KeptTouch]] = {}
        self._ended: deque[_Ended] = deque(maxlen=ENDED_KEPT)
        self._said: list[Event] = []
        self._clock = earlier.watched_until
        self._break_below, self._break_above = -NO_PRICE, NO_PRICE
        self._arrays = MemoryArrays(
            watch=np.zeros(1, WATCH), places=np.zeros(16, PLACE), visits=np.zeros(64, VISIT), steps=np.zeros(512, STEP)
        )
        watch = self._arrays.watch
        watch["low"], watch["high"] = NO_PRICE, -NO_PRICE
        watch["last"] = NO_PRICE if earlier.last is None else earlier.last
        self._steps = watch["steps"]
        self._leave = self._through = 0
        self._measure()

    # ---------------------------------------------------------------------------------------------- what comes in

    def begin_day(self, day: TradingDay) -> None:
        """Count a trading session; a day that was begun before the program last ended counts once."""
        if day.start > self._last_day:
            self._last_day = day.start
            self._sessions += 1
            self._day_begun = True
            self.revision += 1

    def take(self, found: Found, remembered: Sequence[Remembered] = ()) -> list[Event]:
        """Take a stretch, and what other engines proved in it; return what is to be said of it."""
        self._pending.extend(proofs_of(found))
        if remembered:
            self._pending = deque(sorted((*self._pending, *remembered), key=attrgetter("ts", "kind")))
        minutes = [(closed.bar, closed.volume) for closed in found.closed if closed.interval == MINUTE]
        self._stretch = stretch = _Stretch(found.trades, found.trades["clock"])
        stretch.place(self._pending)
        stops = stretch.clocks.searchsorted([bar.end for bar, _ in minutes]).tolist() if minutes else ()
        for (bar, volume), stop in zip(minutes, stops, strict=True):
            self._take_facts(stop)
            if not self._begun or self._day_begun:
                self._watch(stop)
            if not self._begun:
                self._open(bar.end, bar.close)
            self._join(before=bar.end, ts=bar.end)
            self._close_minute(bar, volume)
        self._take_facts(len(found.trades))
        self._watch(len(found.trades))
        self._clock = max(self._clock, int(self._arrays.watch["clock"][0]))
        return self._told()

    def finish(self, clock: int) -> list[Event]:
        """Take what still waits: the data has ended at `clock`."""
        self._join(before=clock + 1, ts=clock)
        self._take_known()
        return self._told()

    def _told(self) -> list[Event]:
        said, self._said = self._said, []
        return said

    def _take_facts(self, stop: int) -> None:
        """Take each fact that waits at the first trade after its time, of the trades before `stop`."""
        stretch = self._stretch
        if self._pending and self._measured:
            while self._pending and stretch.places[0] < stop and stretch.reached < stop:
                stretch.reached = max(stretch.reached, stretch.places[0])
                self._take_fact(int(stretch.clocks[stretch.reached]))
        stretch.reached = max(stretch.reached, stop)

    def _join(self, *, before: int, ts: int) -> None:
        """Take the facts of before a moment that no trade before it followed; say what comes of them at `ts`."""
        while self._measured and self._pending and self._pending[0].ts < before:
            self._take_fact(ts)

    def _take_fact(self, moment: int) -> None:
        """Take the next fact after the trades that were reached.

        One that changes no zone's place need not interrupt the watch: it is taken between its steps.
        """
        fact = self._pending.popleft()
        self._stretch.places.popleft()
        number, counted = self._counted.get(fact.source, _UNCOUNTED)
        lots = fact.lots - counted
        if lots > 0:
            zone = self._zones.get(number)
            if zone is not None and not self._day_begun and self._may_join(zone, fact.side, fact.low, fact.high):
                self._known.append(_Known(moment, zone, lots / self._minute_lots, fact.record))
            else:
                self._watch(self._stretch.reached)
                number = self._remember(fact, lots, number, moment)
            self._counted[fact.source] = number, fact.lots
        if fact.ended:
            self._counted.pop(fact.source, None)

    def _watch(self, stop: int) -> None:
        """Watch the trades of the stretch up to `stop`, and take all that is known until there."""
        trades, start = self._stretch.trades, self._stretch.watched
        self._stretch.watched = max(start, stop)
        if start < stop and (not self._begun or self._day_begun):
            timed = np.flatnonzero(trades["clock"][start:stop] > 0)
            start = start + int(timed[0]) if len(timed) else stop
            if start < stop:
                self._open(int(trades["clock"][start]), int(trades["tick"][start]))
        while start < stop:
            start = watch_trades(self._arrays, trades, start, stop)
            steps = self._steps.item()
            if steps:
                self._take_steps(self._arrays.steps[:steps])
                self._steps[0] = 0
            if start < stop:
                self._make_room()
        self._take_known()

    def _take_known(self, until: int = NEVER) -> None:
        """Take the known facts of moments up to `until`."""
        while self._known and self._known[0].moment <= until:
            self._confirm(*self._known.popleft())

    def _open(self, clock: int, tick: int) -> None:
        """Pass the first price of the data, or of a trading day."""
        if not self._begun:
            self._begun = True
            self._recall(clock, tick)
        if self._day_begun:
            self._day_begun = False
            for zone in list(self._zones.values()):
                if self._age(zone) > self._settings.forget:
                    self._die(zone, clock, f"nothing confirmed it for {self._settings.forget} sessions")
            self._rearm()

    # -------------------------------------------------------------------------------------------- earlier sessions

    def _recall(self, clock: int, tick: int) -> None:
        """Take up what earlier sessions left, except what was learned after `clock`: that would be hindsight."""
        earlier = self._earlier
        self.set_aside = tuple(zone for zone in earlier.zones if zone.last_ts > clock)
        blind = clock - earlier.watched_until > _BLIND_NS or earlier.watched_until > clock
        for kept in earlier.zones:
            if kept.last_ts <= clock:
                zone = self._zones[kept.number] = _recalled(kept)
                self._lay_out(zone)
                self._places["armed"][-1] = zone.away(tick) >= self._leave if blind else kept.armed
                for touch in zone.recent:
                    touch.watched = touch.watched and not blind
                    if touch.watched:
                        self._watch_again(zone, touch)
        self._look_out()
        for zone in self._zones.values():
            self._say(zone, "recalled", clock, zone.origin and f"found in {zone.origin} ticks")

    def _watch_again(self, zone: _Zone, touch: KeptTouch) -> None:
        watch = self._arrays.watch[0]
        if watch["visits"] == len(self._arrays.visits):
            self._make_room()
            watch = self._arrays.watch[0]
        watch["visited"] += 1
        row = self._arrays.visits[watch["visits"]]
        watch["visits"] += 1
        row["visit"], row["zone"], row["clock"] = watch["visited"], zone.number, touch.ts
        row["near"], row["goal"], row["limit"] = touch.near, touch.goal, touch.limit
        row["best"], row["worst"], row["horizon"] = touch.best, touch.worst, len(touch.reactions)
        row["side"], row["verdict"] = _CODES[touch.side], _VERDICT_CODES[touch.verdict]
        self._watched[int(watch["visited"])] = (zone.number, touch)

    def recollect(self) -> Recollection:
        """Return everything that the next session should know."""
        if not self._begun:
            return replace(self._earlier, sessions=self._sessions, last_day=self._last_day)
        settle(self._arrays)
        for row in self._arrays.visits[: self._arrays.watch["visits"][0]]:
            touch = self._watched[int(row["visit"])][1]
            touch.best, touch.worst = int(row["best"]), int(row["worst"])
        armed = {int(row["zone"]): bool(row["armed"]) for row in self._places}
        zones = [_kept(zone, armed=armed[zone.number]) for zone in self._zones.values()]
        return Recollection(
            zones=tuple(sorted((*zones, *self.set_aside), key=attrgetter("number"))),
            next_number=self._next_number,
            sessions=self._sessions,
            last_day=self._last_day,
            minutes=tuple(self._minutes),
            watched_until=self._clock,
            last=self.last,
            taken=self._earlier.taken,
        )

    # ------------------------------------------------------------------------------------------------ zones begin

    def _remember(self, fact: Remembered, lots: float, number: int, ts: int) -> int:
        """Put lots into the zone that a fact belongs to, its own by number if it may; return that zone's number."""
        zone = self._zones.get(number)
        if zone is not None and self._may_join(zone, fact.side, fact.low, fact.high):
            self._confirm(ts, zone, lots / self._minute_lots, fact.record)
            return number
        zone = self._place(fact, ts)
        joined = "joined by " if zone.evidence else ""
        self._confirm(ts, zone, lots / self._minute_lots, fact.record)
        self._say(zone, "remembered", ts, f"{joined}{fact.kind} {fact.source}")
        self._keep_most(ts)
        return zone.number

    def _confirm(self, ts: int, zone: _Zone, evidence: float, record: ZoneRecord | None) -> None:
        """Add evidence to a zone."""
        zone.evidence += evidence
        zone.last_ts, zone.session = ts, self._sessions
        self.revision += 1
        if record is not None:
            zone.records.append(record)
            zone.recorded += 1

    def _may_join(self, zone: _Zone, side: PassiveSide, low: int, high: int) -> bool:
        """Whether a band belongs to a zone: close enough to it, and together not too wide."""
        if zone.side != side:
            return False
        settings = self._settings
        if zone.low <= low and high <= zone.high:
            return zone.high - zone.low <= settings.widest
        return (
            low - settings.merge <= zone.high
            and high + settings.merge >= zone.low
            and max(high, zone.high) - min(low, zone.low) <= settings.widest
        )

    def _place(self, fact: Remembered, ts: int) -> _Zone:
        """Return the zone that a fact belongs to, widened to hold it; a new one where there is none."""
        near = (zone for zone in self._zones.values() if self._may_join(zone, fact.side, fact.low, fact.high))
        zone = next(near, None)
        if zone is None:
            number, self._next_number = self._next_number, self._next_number + 1
            zone = self._zones[number] = _Zone(
                number, fact.side, fact.low, fact.high, 0.0, [], ts, ts, self._sessions
            )  # fmt: skip
            self._lay_out(zone)
            self._rearm()
        if fact.kind not in zone.kinds:
            zone.kinds.append(fact.kind)
        if fact.low < zone.low or fact.high > zone.high:
            zone.low, zone.high = min(zone.low, fact.low), max(zone.high, fact.high)
            self._take_neighbours(zone, ts)
        return zone

    def _take_neighbours(self, zone: _Zone, ts: int) -> None:
        """Take into a zone that grew every other that belongs to it now."""
        while True:
            others = (other for other in self._zones.values() if other is not zone)
            other = next((other for other in others if self._may_join(zone, other.side, other.low, other.high)), None)
            if other is None:
                break
            self._merge(zone, other, ts)
        self._lay_out(zone)
        self._rearm()

    def _merge(self, zone: _Zone, other: _Zone, ts: int) -> None:
        zone.low, zone.high = min(zone.low, other.low), max(zone.high, other.high)
        zone.evidence += other.evidence
        zone.kinds += [kind for kind in other.kinds if kind not in zone.kinds]
        zone.first_ts, zone.last_ts = min(zone.first_ts, other.first_ts), max(zone.last_ts, other.last_ts)
        zone.session = max(zone.session, other.session)
        zone.touches, zone.judged = zone.touches + other.touches, zone.judged + other.judged
        zone.held, zone.flipped = zone.held + other.held, zone.flipped or other.flipped
        zone.recent.extend(other.recent)
        other.recent = deque(map(replace, other.recent), TOUCHES_KEPT)  # its own go on as the other zone's
        for source, (number, lots) in self._counted.items():
            if number == other.number:
                self._counted[source] = (zone.number, lots)
        visits = self._arrays.visits[: self._arrays.watch["visits"][0]]
        visits["zone"][visits["zone"] == other.number] = zone.number
        self._watched = {
            visit: (zone.number if number == other.number else number, touch)
            for visit, (number, touch) in self._watched.items()
        }
        self._die(other, ts, f"joined {zone.id}")

    def _keep_most(self, ts: int) -> None:
        if len(self._zones) > self._settings.most:
            weakest = min(self._zones.values(), key=lambda zone: (self._strength(zone, self._age(zone)), zone.number))
            self._die(weakest, ts, f"weakest of more than {self._settings.most}")
            self._rearm()

    # --------------------------------------------------------------------------------------------- what price does

    def _take_steps(self, rows: RecordArray) -> None:
        """Take what the watch handed on, and each known fact before the steps of its trade and of later ones."""
        for step in map(_Step._make, rows.tolist()):
            self._take_known(until=step.clock)
            self._step(step)

    def _step(self, step: _Step) -> None:
        zone, ts = self._zones[step.zone], step.clock
        if step.what == TOUCHED:
            touch = KeptTouch(ts, zone.side, step.near, step.goal, step.limit)
            self._watched[step.visit] = (zone.number, touch)
            zone.recent.append(touch)
            zone.touches += 1
            zone.record(ZoneRecord(step.record, ts, "touched", step.tick, step.size, step.order_id or None))
            self._say(zone, "touched", ts, f"price came from {'above' if zone.side == 'bid' else 'below'}")
            return
        touch = self._watched[step.visit][1]
        touch.best, touch.worst = step.best, step.worst
        if step.what >= REACTED:
            self._react(zone, touch, step)
        else:
            self._judge(zone, touch, ts, held=step.what == WAS_HELD)

    def _judge(self, zone: _Zone, touch: KeptTouch, ts: int, *, held: bool) -> None:
        """Count a touch that has held or failed; one from before the zone changed its side says nothing of it now."""
        touch.verdict = "held" if held else "failed"
        if touch.side != zone.side:
            return
        zone.judged += 1
        if held:
            zone.held += 1
            zone.session = self._sessions
            self._say(zone, "held", ts, f"price left by {touch.goal} ticks", touch)
        else:
            self._say(zone, "failed", ts, f"price went {touch.limit} ticks against it first", touch)

    def _react(self, zone: _Zone, touch: KeptTouch, step: _Step) -> None:
        touch.reactions += ((step.best, step.worst),)
        self.revision += 1
        if len(touch.reactions) == len(HORIZONS):
            touch.watched = False
            del self._watched[step.visit]
            zone.last_ts = step.clock
            self._say(zone, "reacted", step.clock, "", touch)

    def _close_minute(self, bar: ClosedBar, volume: int) -> None:
        """Take a closed minute: break the zones it went through, then let it into the baselines."""
        _, end, high, low, close, *_ = bar
        if close < self._break_below or close > self._break_above:
            self._watch(self._stretch.reached)
            for zone in list(self._zones.values()):
                far = close < zone.low if zone.side == "bid" else close > zone.high
                beyond = zone.low - low if zone.side == "bid" else high - zone.high
                if far and beyond >= self._through:
                    self._break(zone, end, beyond)
            self._rearm()
        oldest = self._minutes[0] if len(self._minutes) == _MINUTES else (0, 0)
        self._minutes.append((high - low, volume))
        reach, lots = self._minute_sums
        self._minute_sums = reach + high - low - oldest[0], lots + volume - oldest[1]
        self._clock = max(self._clock, end)
        self._measure()

    def _break(self, zone: _Zone, ts: int, beyond: int) -> None:
        """Break a zone: the first time it changes its side, the second time it dies."""
        open_touches = [
            touch for number, touch in self._watched.values() if number == zone.number and touch.verdict == "open"
        ]
        for touch in open_touches:
            self._judge(zone, touch, ts, held=False)
        if open_touches:
            fail_touches(self._arrays, zone.number)
        self._say(zone, "broken", ts, f"a minute traded {beyond} ticks through it and closed beyond")
        if zone.flipped:
            self._die(zone, ts, "broken a second time")
            return
        zone.side, zone.flipped = _OTHER_SIDE[zone.side], True
        zone.judged = zone.held = 0
        self._lay_out(zone)
        self._say(zone, "flipped", ts, f"was {_OTHER_SIDE[zone.side]}, is {zone.side} now")

    def _die(self, zone: _Zone, ts: int, reason: str) -> None:
        self._say(zone, "died", ts, reason)
        self._ended.append(_Ended(zone, reason, self._sessions))
        del self._zones[zone.number]
        let_go(self._arrays, zone.number)
        if any(number == zone.number for number, _ in self._watched.values()):
            self._watched = {visit: kept for visit, kept in self._watched.items() if kept[0] != zone.number}

    # ------------------------------------------------------------------------------------------------- the arrays

    @property
    def _places(self) -> RecordArray:
        return self._arrays.places[: self._arrays.watch["places"][0]]

    @property
    def clock(self) -> int:
        """Event time up to which prices were seen; 0 before the first."""
        return self._clock

    @property
    def sessions(self) -> int:
        """Trading sessions seen, earlier ones included."""
        return self._sessions

    @property
    def last(self) -> int | None:
        """Tick of the newest trade; None before the first."""
        last = int(self._arrays.watch["last"][0])
        return None if last == NO_PRICE else last

    def _lay_out(self, zone: _Zone) -> None:
        """Hand a zone that is new or changed to the watch."""
        if len(self._zones) > len(self._arrays.places):
            self._make_room(len(self._zones))
        place_zone(self._arrays, zone.number, zone.low, zone.high, _CODES[zone.side])

    def _rearm(self) -> None:
        """Have the watch take up zones that came, changed or went."""
        rearm(self._arrays)
        self._note_breaks()

    def _look_out(self) -> None:
        look_out(self._arrays)
        self._note_breaks()

    def _note_breaks(self) -> None:
        watch = self._arrays.watch
        self._break_below, self._break_above = int(watch["break_below"][0]), int(watch["break_above"][0])

    def _make_room(self, zones: int = 0) -> None:
        """Grow the arrays so that one more trade, or so many zones, fit into them."""
        arrays, watch = self._arrays, self._arrays.watch[0]
        places = _grown(arrays.places, max(zones, int(watch["places"])))
        visits = _grown(arrays.visits, int(watch["visits"]) + max(zones, int(watch["places"])) + 1)
        steps = _grown(arrays.steps, (len(HORIZONS) + 1) * len(visits) + 2 * len(places))
        self._arrays = arrays._replace(places=places, visits=visits, steps=steps)

    # ----------------------------------------------------------------------------------------------- the measures

    def _measure(self) -> None:
        """Set the distances by the newest minutes; by their least values before any traded."""
        settings, (reach, lots), count = self._settings, self._minute_sums, len(self._minutes) or 1
        self._minute_lots = max(1.0, lots / count)
        leave = max(settings.leave_least, round(settings.leave * (reach / count)))
        through = max(settings.through_least, round(settings.through * (reach / count)))
        if leave != self._leave or through != self._through:
            self._watch(self._stretch.reached)
            self._leave, self._through = leave, through
            watch = self._arrays.watch
            watch["leave"], watch["through"] = leave, through
            look_out(self._arrays)

    @property
    def _measured(self) -> bool:
        """Whether there is a measure of evidence."""
        return len(self._minutes) >= _LEAST_MINUTES

    def _age(self, zone: _Zone) -> int:
        return max(0, self._sessions - zone.session)

    def _strength(self, zone: _Zone, age: int) -> float:
        evidence = zone.evidence / (1.0 + zone.evidence)
        rate = (zone.held + 1) / (zone.judged + 2)
        return evidence * rate * exp(-age / self._settings.decay)

    # ---------------------------------------------------------------------------------------------- what is said

    def _say(self, zone: _Zone, state: MemoryState, ts: int, reason: str, touch: KeptTouch | None = None) -> None:
        if state != "recalled":
            zone.last_ts = ts
            self.revision += 1
        zone.state = state
        price, age = self._instrument.price, self._age(zone)
        self._said.append(
            Memory(
                ts=ts,
                id=zone.id,
                side=zone.side,
                low=price(zone.low),
                high=price(zone.high),
                state=state,
                touches=zone.touches,
                judged=zone.judged,
                held=zone.held,
                age=age,
                strength=round(self._strength(zone, age), _DIGITS),
                reaction=None
                if touch is None or not touch.reactions
                else dict(zip(HORIZON_NAMES, touch.reactions, strict=False)),
                reason=reason,
            )
        )

    def marks(self) -> tuple[ZoneMark, ...]:
        """Return the ended zones, and those near price or with a touch that is watched; the oldest first."""
        reach, last = _NEAR * self._leave, self.last
        visited = {number for number, _ in self._watched.values()}
        live = [
            self._mark(zone)
            for zone in self._zones.values()
            if zone.number in visited or (last is not None and zone.low - reach <= last <= zone.high + reach)
        ]
        ended = [self._mark(*one) for one in self._ended]
        return tuple(sorted((*ended, *live), key=attrgetter("first_ts")))

    def opened(self, zone_id: str) -> OpenedZone | None:
        """Return a zone with the records of this session behind it; None where there is none of that id."""
        for zone in self._zones.values():
            if zone.id == zone_id:
                return OpenedZone(self._mark(zone), tuple(zone.records), zone.recorded)
        for ended in self._ended:
            if ended.zone.id == zone_id:
                return OpenedZone(self._mark(*ended), tuple(ended.zone.records), ended.zone.recorded)
        return None

    def _mark(self, zone: _Zone, died: str = "", session: int | None = None) -> ZoneMark:
        """Return a zone's mark; of one that died, with why and in which session."""
        age = max(0, (self._sessions if session is None else session) - zone.session)
        return ZoneMark(
            id=zone.id,
            kind="memory",
            label=f"memory of {', '.join(zone.kinds)}" + (", flipped" if zone.flipped else ""),
            side=zone.side,
            low=zone.low,
            high=zone.high,
            first_ts=zone.first_ts,
            last_ts=zone.last_ts,
            state=zone.state,
            live=not died,
            score=round(self._strength(zone, age), _DIGITS),
            evidence=_evidence(zone, age),
            reason=died,
        )


def _evidence(zone: _Zone, age: int) -> tuple[Evidence, ...]:
    last = zone.recent[-1].ts if zone.recent else None
    found = [
        Evidence("touches", str(zone.touches), last),
        Evidence("held", f"{zone.held} of {zone.judged}" if zone.judged else "--"),
        Evidence("age", f"{age} sessions"),
        Evidence("lots", f"{zone.evidence:.1f} minutes' worth"),
    ]
    for place, name in enumerate(HORIZON_NAMES):
        reactions = [touch.reactions[place] for touch in zone.recent if len(touch.reactions) > place]
        if reactions:
            best, worst = (sum(column) / len(reactions) for column in zip(*reactions, strict=True))
            found.append(Evidence(f"after {name}", f"+{best:.0f} / -{worst:.0f} ticks ({len(reactions)})"))
    if zone.origin:
        found.append(Evidence("from", f"{zone.origin} ticks"))
    return tuple(found)


def proofs_of(found: Found) -> list[Remembered]:
    """Return what a stretch's icebergs prove: those that drew on their reserve, with their lots so far."""
    return [_proof_of(step) for step in found.steps if step.mark.refreshes and step.mark.tier in _PROVEN_BY]


def _proof_of(step: IcebergStep) -> Remembered:
    mark = step.mark
    tick, ended = mark.tick, not mark.is_live
    lots = mark.filled * mark.score
    return Remembered(
        mark.id, _PROVEN_BY[mark.tier], mark.side, tick, tick, lots, step.ts, ended, _record_of(step.records)
    )


def _record_of(records: Sequence[ZoneRecord]) -> ZoneRecord | None:
    """Return the fill that a step rests on, called a refresh where it drew on the reserve; levels have none."""
    if len(records) < 2:
        return records[0] if records else None
    fill = records[0]
    return ZoneRecord(fill.index, fill.ts, records[1].what, fill.tick, fill.size, fill.order_id)


def _grown(rows: RecordArray, wanted: int) -> RecordArray:
    if wanted <= len(rows):
        return rows
    length = len(rows)
    while length < wanted:
        length *= 2
    grown = np.zeros(length, rows.dtype)
    grown[: len(rows)] = rows
    return grown


def _recalled(kept: KeptZone) -> _Zone:
    fields = {name: getattr(kept, name) for name in _SHARED_FIELDS}
    return _Zone(**fields, kinds=list(kept.kinds), recent=deque(map(replace, kept.recent), TOUCHES_KEPT))


def _kept(zone: _Zone, *, armed: bool) -> KeptZone:
    fields = {name: getattr(zone, name) for name in _SHARED_FIELDS}
    return KeptZone(**fields, kinds=tuple(zone.kinds), recent=tuple(map(replace, zone.recent)), armed=armed)
