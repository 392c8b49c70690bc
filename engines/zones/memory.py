"""Iceberg memory: zones that outlive what they were found by, what price did at each of them, and how far they hold.

A zone begins with proof (`Remembered`): an iceberg that refilled, an absorption. Bands of one side that come within a
few ticks of each other become one. The compiled watch (`engines.zones.memory_kernel`) says when price visits and how
it reacts; minute bars say when a zone is broken: the bar traded well beyond it and closed beyond it.

**Strength** = evidence x hit rate x decay, between 0 and 1. Evidence is 1 - 2^-m, where m is the lots behind the zone
in multiples of what a price traded in a minute when they were found. The hit rate is (held + 1) / (judged + 2): a
Beta(1, 1) prior, so that one visit decides little. Decay is exp(-age / `decay`), the age in trading sessions since the
zone was last confirmed, by evidence or by holding. It is a rank among zones, no probability.

Facts of other engines are taken at the first trade or minute's end after their time, so that batch cuts mean nothing.
Until `_LEAST_MINUTES` minutes have traded there is no measure of evidence, and facts wait.
"""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from engines.book.layout import NEVER, RecordArray
from engines.events import Event, MemoryState
from engines.timing.swings import ClosedBar
from engines.timing.trading_day import TradingDay
from engines.view import OpenedZone, ZoneMark, ZoneRecord
from engines.zones.found import MINUTE, NO_TRADES, Found
from engines.zones.icebergs import Hidden
from engines.zones.memory_layout import HORIZONS, MINUTE_NS, REACTED, TOUCHED, WAS_HELD
from engines.zones.memory_proofs import Remembered, proofs_of, record_of
from engines.zones.memory_state import KeptTouch, KeptZone, Recollection
from engines.zones.memory_telling import Teller
from engines.zones.memory_watch import Step, Watch
from engines.zones.memory_zone import OTHER_SIDE, Zone, kept_of, recalled
from engines.zones.newest_records import NewestRecords
from feeds.instrument import Instrument

ENDED_KEPT: Final = 64
"""Ended zones kept for screens."""
_MINUTES: Final = 60
"""Traded minutes that the rolling baselines are made from."""
_LEAST_MINUTES: Final = 5
_UNCOUNTED: Final = (0, 0.0)
"""The zone and the lots of a source that nothing was counted of: no zone has this number."""
_BLIND_NS: Final = MINUTE_NS
"""A longer stretch without prices between two sessions ends what was being watched."""
_NEAR: Final = 10
"""A zone is shown while price is within so many times the distance of a visit."""

Clocks = npt.NDArray[np.int64]
"""Clock of each trade of a stretch."""


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


class _Ended(NamedTuple):
    """A zone that died as screens show it, and the records behind it."""

    mark: ZoneMark
    records: NewestRecords


_Known = tuple[int, Zone, float, Hidden | None]
"""What a fact adds to a zone there is: moment (that of the next trade or minute), zone, evidence, and its row."""


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
        self,
        instrument: Instrument,
        settings: MemorySettings | None = None,
        earlier: Recollection | None = None,
        *,
        watched: bool = True,
    ) -> None:
        """Begin with what earlier sessions left, if anything; where nobody watches, nothing is kept to be looked at."""
        self._is_seen = watched
        self.revision = 0
        self.set_aside: tuple[KeptZone, ...] = ()
        self._settings = settings or MemorySettings()
        self._earlier = earlier = earlier or Recollection()
        self._zones: dict[int, Zone] = {}
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
        self._teller = Teller(instrument, self._settings.decay)
        self._said: list[Event] = []
        self._clock = earlier.watched_until
        self._watch = Watch(earlier.last)
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
                self._watch_until(stop)
            if not self._begun:
                self._open(bar.end, bar.close)
            self._join(before=bar.end, ts=bar.end)
            self._close_minute(bar, volume)
        self._take_facts(len(found.trades))
        self._watch_until(len(found.trades))
        self._clock = max(self._clock, self._watch.clock)
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
        stretch, pending = self._stretch, self._pending
        if pending and self._measured:
            places, clock_of = stretch.places, stretch.clocks.item
            while pending and places[0] < stop and stretch.reached < stop:
                stretch.reached = max(stretch.reached, places[0])
                self._take_fact(clock_of(stretch.reached))
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
            if zone is not None and not self._day_begun and self._belongs(zone, fact):
                self._known.append((moment, zone, lots / self._price_lots, fact.row))
            else:
                self._watch_until(self._stretch.reached)
                number = self._remember(fact, lots, number, moment)
            self._counted[fact.source] = number, fact.lots
        if fact.ended:
            self._counted.pop(fact.source, None)

    def _watch_until(self, stop: int) -> None:
        """Watch the trades of the stretch up to `stop`, and take all that is known until there."""
        trades, start = self._stretch.trades, self._stretch.watched
        self._stretch.watched = max(start, stop)
        if start < stop and (not self._begun or self._day_begun):
            timed = np.flatnonzero(trades["clock"][start:stop] > 0)
            start = start + int(timed[0]) if len(timed) else stop
            if start < stop:
                self._open(int(trades["clock"][start]), int(trades["tick"][start]))
        for step in self._watch.trades(trades, start, stop):
            self._take_known(until=step.clock)
            self._take_step(step)
        self._take_known()

    def _take_known(self, until: int = NEVER) -> None:
        """Take the known facts of moments up to `until`: those of a trade before what it does."""
        while self._known and self._known[0][0] <= until:
            self._confirm(*self._known.popleft())

    def _open(self, clock: int, tick: int) -> None:
        """Pass the first price of the data, or of a trading day."""
        if not self._begun:
            self._begun = True
            self._recall(clock, tick)
        if self._day_begun:
            self._day_begun = False
            for zone in list(self._zones.values()):
                if zone.age(self._sessions) > self._settings.forget:
                    self._die(zone, clock, f"nothing confirmed it for {self._settings.forget} sessions")
            self._watch.rearm()

    # -------------------------------------------------------------------------------------------- earlier sessions

    def _recall(self, clock: int, tick: int) -> None:
        """Take up what earlier sessions left, except what was learned after `clock`: that would be hindsight."""
        earlier = self._earlier
        self.set_aside = tuple(zone for zone in earlier.zones if zone.last_ts > clock)
        blind = clock - earlier.watched_until > _BLIND_NS or earlier.watched_until > clock
        for kept in earlier.zones:
            if kept.last_ts <= clock:
                zone = self._zones[kept.number] = recalled(kept)
                self._lay_out(zone)
                self._watch.arm(zone.number, armed=zone.away(tick) >= self._watch.leave if blind else kept.armed)
                for touch in zone.recent:
                    touch.watched = touch.watched and not blind
                    if touch.watched:
                        self._watched[self._watch.watch_again(zone.number, touch)] = (zone.number, touch)
        self._watch.look_out()
        for zone in self._zones.values():
            self._say(zone, "recalled", clock, zone.origin and f"found in {zone.origin} ticks")

    def recollect(self) -> Recollection:
        """Return everything that the next session should know."""
        if not self._begun:
            return replace(self._earlier, sessions=self._sessions, last_day=self._last_day)
        for visit, best, worst in self._watch.excursions():
            touch = self._watched[visit][1]
            touch.best, touch.worst = best, worst
        armed = self._watch.armed()
        zones = [kept_of(zone, armed=armed[zone.number]) for zone in self._zones.values()]
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
        if zone is not None and self._belongs(zone, fact):
            self._confirm(ts, zone, lots / self._price_lots, fact.row)
            return number
        zone = self._place(fact, ts)
        joined = "joined by " if zone.evidence else ""
        self._confirm(ts, zone, lots / self._price_lots, fact.row)
        self._say(zone, "remembered", ts, f"{joined}{fact.kind} {fact.source}")
        self._keep_most(ts)
        return zone.number

    def _confirm(self, ts: int, zone: Zone, evidence: float, row: Hidden | None) -> None:
        """Add evidence to a zone."""
        zone.evidence += evidence
        zone.last_ts, zone.session = ts, self._sessions
        if self._is_seen and row is not None and row.is_record:
            zone.records.add(record_of(row))
        self.revision += 1

    def _belongs(self, zone: Zone, band: "Remembered | Zone") -> bool:
        settings = self._settings
        return zone.fits(band.side, band.low, band.high, apart=settings.merge, widest=settings.widest)

    def _place(self, fact: Remembered, ts: int) -> Zone:
        """Return the zone that a fact belongs to, widened to hold it; a new one where there is none."""
        zone = next((zone for zone in self._zones.values() if self._belongs(zone, fact)), None)
        if zone is None:
            number, self._next_number = self._next_number, self._next_number + 1
            zone = self._zones[number] = Zone(
                number, fact.side, fact.low, fact.high, 0.0, [], ts, ts, self._sessions
            )  # fmt: skip
            self._lay_out(zone)
            self._watch.rearm()
        if fact.kind not in zone.kinds:
            zone.kinds.append(fact.kind)
        if fact.low < zone.low or fact.high > zone.high:
            zone.widen(fact.low, fact.high)
            self._take_neighbours(zone, ts)
        return zone

    def _take_neighbours(self, zone: Zone, ts: int) -> None:
        """Take into a zone that grew every other that belongs to it now."""
        while True:
            others = (other for other in self._zones.values() if other is not zone)
            other = next((other for other in others if self._belongs(zone, other)), None)
            if other is None:
                break
            self._merge(zone, other, ts)
        self._lay_out(zone)
        self._watch.rearm()

    def _merge(self, zone: Zone, other: Zone, ts: int) -> None:
        zone.take_in(other)
        for source, (number, lots) in self._counted.items():
            if number == other.number:
                self._counted[source] = (zone.number, lots)
        self._watch.hand_touches(other.number, to=zone.number)
        self._watched = {
            visit: (zone.number if number == other.number else number, touch)
            for visit, (number, touch) in self._watched.items()
        }
        self._die(other, ts, f"joined {zone.id}")

    def _keep_most(self, ts: int) -> None:
        if len(self._zones) > self._settings.most:
            weakest = min(self._zones.values(), key=self._strength_and_number)
            self._die(weakest, ts, f"weakest of more than {self._settings.most}")
            self._watch.rearm()

    def _strength_and_number(self, zone: Zone) -> tuple[float, int]:
        return zone.strength(self._sessions, self._settings.decay), zone.number

    # --------------------------------------------------------------------------------------------- what price does

    def _take_step(self, step: Step) -> None:
        zone, ts = self._zones[step.zone], step.clock
        if step.what == TOUCHED:
            touch = KeptTouch(ts, zone.side, step.near, step.goal, step.limit)
            self._watched[step.visit] = (zone.number, touch)
            zone.recent.append(touch)
            zone.touches += 1
            if self._is_seen:
                zone.records.add(ZoneRecord(step.record, ts, "touched", step.tick, step.size, step.order_id or None))
            self._say(zone, "touched", ts, f"price came from {'above' if zone.side == 'bid' else 'below'}")
            return
        touch = self._watched[step.visit][1]
        touch.best, touch.worst = step.best, step.worst
        if step.what >= REACTED:
            self._react(zone, touch, step)
        else:
            self._judge(zone, touch, ts, held=step.what == WAS_HELD)

    def _judge(self, zone: Zone, touch: KeptTouch, ts: int, *, held: bool) -> None:
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

    def _react(self, zone: Zone, touch: KeptTouch, step: Step) -> None:
        touch.reactions += ((step.best, step.worst),)
        self.revision += 1
        if len(touch.reactions) == len(HORIZONS):
            touch.watched = False
            del self._watched[step.visit]
            zone.last_ts = step.clock
            self._say(zone, "reacted", step.clock, "", touch)

    def _close_minute(self, bar: ClosedBar, volume: int) -> None:
        """Take a closed minute: break the zones it went through, then let it into the baselines."""
        end, high, low, close = bar.end, bar.high, bar.low, bar.close
        if close < self._watch.break_below or close > self._watch.break_above:
            self._watch_until(self._stretch.reached)
            for zone in list(self._zones.values()):
                far = close < zone.low if zone.side == "bid" else close > zone.high
                beyond = zone.low - low if zone.side == "bid" else high - zone.high
                if far and beyond >= self._watch.through:
                    self._break(zone, end, beyond)
            self._watch.rearm()
        oldest = self._minutes[0] if len(self._minutes) == _MINUTES else (0, 0)
        self._minutes.append((high - low, volume))
        reach, lots = self._minute_sums
        self._minute_sums = reach + high - low - oldest[0], lots + volume - oldest[1]
        self._clock = max(self._clock, end)
        self._measure()

    def _break(self, zone: Zone, ts: int, beyond: int) -> None:
        """Break a zone: the first time it changes its side, the second time it dies."""
        open_touches = [
            touch for number, touch in self._watched.values() if number == zone.number and touch.verdict == "open"
        ]
        for touch in open_touches:
            self._judge(zone, touch, ts, held=False)
        if open_touches:
            self._watch.fail_touches(zone.number)
        self._say(zone, "broken", ts, f"a minute traded {beyond} ticks through it and closed beyond")
        if zone.flipped:
            self._die(zone, ts, "broken a second time")
            return
        zone.side, zone.flipped = OTHER_SIDE[zone.side], True
        zone.judged = zone.held = 0
        self._lay_out(zone)
        self._say(zone, "flipped", ts, f"was {OTHER_SIDE[zone.side]}, is {zone.side} now")

    def _die(self, zone: Zone, ts: int, reason: str) -> None:
        self._say(zone, "died", ts, reason)
        if self._is_seen:
            self._ended.append(_Ended(self._teller.mark(zone, self._sessions, reason), zone.records))
        del self._zones[zone.number]
        self._watch.let_go(zone.number)
        if any(number == zone.number for number, _ in self._watched.values()):
            self._watched = {visit: kept for visit, kept in self._watched.items() if kept[0] != zone.number}

    # --------------------------------------------------------------------------------------------------- the measures

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
        return self._watch.last

    def _lay_out(self, zone: Zone) -> None:
        """Hand a zone that is new or changed to the watch."""
        self._watch.lay_out(zone, len(self._zones))

    def _measure(self) -> None:
        """Set the distances by the newest minutes; by their least values before any traded."""
        settings, (reach, lots), count = self._settings, self._minute_sums, len(self._minutes) or 1
        self._price_lots = max(1.0, lots / (reach + count))
        leave = max(settings.leave_least, round(settings.leave * (reach / count)))
        through = max(settings.through_least, round(settings.through * (reach / count)))
        if leave != self._watch.leave or through != self._watch.through:
            self._watch_until(self._stretch.reached)
            self._watch.set_distances(leave, through)

    @property
    def _measured(self) -> bool:
        """Whether there is a measure of evidence."""
        return len(self._minutes) >= _LEAST_MINUTES

    # ---------------------------------------------------------------------------------------------- what is said

    def _say(self, zone: Zone, state: MemoryState, ts: int, reason: str, touch: KeptTouch | None = None) -> None:
        if state != "recalled":
            zone.last_ts = ts
            self.revision += 1
        zone.state = state
        reactions = () if touch is None else touch.reactions
        self._said.append(self._teller.event(zone, ts, reason, self._sessions, reactions))

    def marks(self) -> tuple[ZoneMark, ...]:
        """Return the ended zones, and those near price or with a touch that is watched; the oldest first."""
        reach, last = _NEAR * self._watch.leave, self.last
        visited = {number for number, _ in self._watched.values()}
        live = [
            self._teller.mark(zone, self._sessions)
            for zone in self._zones.values()
            if zone.number in visited or (last is not None and zone.low - reach <= last <= zone.high + reach)
        ]
        return tuple(sorted((*(one.mark for one in self._ended), *live), key=attrgetter("first_ts")))

    def opened(self, zone_id: str) -> OpenedZone | None:
        """Return a zone with the records of this session behind it; None where there is none of that id."""
        for zone in self._zones.values():
            if zone.id == zone_id:
                return OpenedZone(self._teller.mark(zone, self._sessions), zone.records.all(), zone.records.count)
        for mark, records in self._ended:
            if mark.id == zone_id:
                return OpenedZone(mark, records.all(), records.count)
        return None
