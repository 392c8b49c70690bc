"""The mentor: at the end of every bar of a minute or more, and at what happens within, five pillars and their score.

It hears what the engines of zones say, the steps of icebergs and the bars that close, and goes through them in the
order of their times, so that where records are cut into batches means nothing: a reading at the end of a bar rests on
what was said by then, and on nothing later.

What has one time comes in this order: breaks of structure, which that time's bars are read with; the bars, for phase
and footprint the longest first, for Gann and cycles the shortest first; everything else; and then the reading.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import msgspec

from engines.book.layout import MINUTE_NS
from engines.events import Absorption, Bar, Event, Memory, Pillar, Pillars, StructureBreak, Sweep
from engines.flow.bars import Bars
from engines.mentor.confidence import Arming, ConfidenceSettings, Leans, Score, scored
from engines.mentor.footprint import FootprintSettings, InstitutionalFootprint
from engines.mentor.footprint import Reading as FootprintReading
from engines.mentor.gates import (
    CapitalState,
    DataHealth,
    GateSettings,
    capital_gate,
    data_gate,
    may_prompt,
    volatility_gate,
)
from engines.mentor.narrative import Subject, tell
from engines.mentor.phase import PhaseReading
from engines.mentor.phase_bars import LENGTHS, CoarserBars, PhaseBar, finished_bar, phase_bars
from engines.mentor.phase_features import PhaseSettings
from engines.mentor.pillars import Weights, read_differently
from engines.mentor.reading_times import ReadingTimes, TradedPrices
from engines.mentor.volatility import Volatility, VolatilitySettings
from engines.mentor_view import Gate, MentorView
from engines.timing.astro.windows import AstroSettings, AstroWindows
from engines.timing.cycles.cycles import Cycles, CycleSettings
from engines.timing.gann.gann import Gann, GannSettings
from engines.timing.news import News, NewsSettings, news_gate
from engines.timing.session_clock import clock_at, session_facts
from engines.timing.session_gate import SessionSettings, session_gate
from engines.timing.status import TradingStatus
from engines.timing.swings import ClosedBar
from engines.timing.trading_day import TradingDay, trading_day
from engines.timing_view import PinnedRange, Timing
from engines.zones.found import Found
from engines.zones.icebergs import IcebergStep
from feeds.instrument import Instrument

_HEARD: Final[dict[type[Event], int]] = {StructureBreak: 0, Absorption: 2, Sweep: 3, Memory: 4}
"""What is heard of the engines of zones, and its place among what has one time."""
_BARS: Final = 1
_ICEBERGS: Final = 5
_LEAST_LOTS: Final = 10
"""Icebergs that were filled with fewer are of no weight anywhere, and nobody asks."""
_MINUTE: Final = "1m"
_SEEN: Final = 0.02
"""A score that moved by less reads the same."""


@dataclass(frozen=True, slots=True)
class MentorSettings:
    """What pillars count, when their score arms, and what closes gates."""

    weights: Weights = field(default_factory=Weights)
    confidence: ConfidenceSettings = field(default_factory=ConfidenceSettings)
    astro: AstroSettings = field(default_factory=AstroSettings)
    gates: GateSettings = field(default_factory=GateSettings)
    volatility: VolatilitySettings = field(default_factory=VolatilitySettings)


_Heard = tuple[int, int, int, int, Any]
"""An event, or all bars that ended at a time, after its place, by which tuples compare: time, place of its kind,
matching event of an iceberg's step, a number that is unique."""
_Ended = list[tuple[str, PhaseBar]]
"""Bars that ended at one time with their intervals, the longest first."""


class _Reading(msgspec.Struct, frozen=True, gc=False):
    """How the pillars lean at a time and a price, and the score they make.

    The newest bar, of `interval`, ended at `bar`.
    """

    ts: int
    bar: int
    interval: str
    tick: int
    footprint: FootprintReading
    leans: Leans
    score: Score
    armed: bool

    def reads_differently(self, now: "_Reading") -> bool:
        """Whether a reader would see that a later one is another."""
        before, score = self.score, now.score
        if (before.side, before.coverage, self.armed) != (score.side, score.coverage, now.armed):
            return True
        moved = abs((before.confidence or 0.0) - (score.confidence or 0.0))
        return moved >= _SEEN or read_differently(self.leans, now.leans)


class Mentor:
    """The reading of one instrument.

    Attributes:
        capital: What the capital ladder allows; None where there is none. Only a gate depends on it.
    """

    def __init__(
        self,
        instrument: Instrument,
        settings: MentorSettings | None = None,
        *,
        phase: PhaseSettings | None = None,
        footprint: FootprintSettings | None = None,
        gann: GannSettings | None = None,
        cycles: CycleSettings | None = None,
        sessions: SessionSettings | None = None,
        news: NewsSettings | None = None,
        watched: bool = True,
    ) -> None:
        """Start before the first record; where nobody watches, what only a view shows is not followed."""
        self._instrument = instrument
        self._settings = settings or MentorSettings()
        self._weights = astuple(self._settings.weights)
        self._phase = PhaseReading(instrument, phase)
        self._footprint = InstitutionalFootprint(instrument, footprint)
        self._gann = Gann(instrument, gann)
        self._astro = AstroWindows(self._settings.astro)
        self._cycles = Cycles(instrument, cycles, watched=watched)
        self._coarser = CoarserBars()
        self.capital: CapitalState | None = None
        self._watched = watched
        self._volatility = Volatility(self._settings.volatility)
        self._sessions = sessions or SessionSettings()
        self._news = News(news)
        self._heard: list[_Heard] = []
        self._steps: list[IcebergStep] = []
        self._count = 0
        self._day_end = 0
        self._ended: PhaseBar | None = None
        self._bar: PhaseBar | None = None
        self._traded: int | None = None
        self._prices = TradedPrices()
        self._times = ReadingTimes()
        self._arming = Arming(self._settings.confidence)
        self._reading: _Reading | None = None
        self._pillars: tuple[Pillar, ...] | None = None
        self._said: _Reading | None = None
        self._said_at: int | None = None
        self._broke: int | None = None
        self._resumed: int | None = None
        self._seen: tuple[_Reading, tuple[Gate, ...], MentorView] | None = None

    # ------------------------------------------------------------------------------------------------ what is heard

    def begin_day(self, day: TradingDay, moment: int) -> Sequence[Event]:
        """Start a trading day at its first moment with a record: everything before it has been taken."""
        if self._reading is not None:
            self._told(self._reading)  # as of the day that it was read in
        self._day_end = day.end
        self._phase.begin_day(day)
        self._footprint.begin_day(day)
        self._gann.begin_day(day)
        self._cycles.begin_day(day)
        self._volatility.begin_day(day)
        return self._astro.begin_day(moment, day.end)

    def take(self, found: Found, said: Sequence[Event], bars: Bars) -> None:
        """Hear a stretch and what the engines of zones said of it; its bars were closed by `bars`."""
        self._prices.take(found.trades)
        heard, count = self._heard, self._count
        for event in said:
            place = _HEARD.get(type(event))
            if place is not None:
                count += 1
                heard.append((event.ts, place, 0, count, event))
        for step in found.steps:
            if step.mark.filled >= _LEAST_LOTS:
                count += 1
                heard.append((step.ts, _ICEBERGS, step.event, count, step))
        self._count = count
        self._steps += found.steps
        if len(found.bars):
            self._hear(phase_bars(found.bars, bars))

    def take_finished(self, event: Bar) -> list[Event]:
        """Hear a bar that arrived finished, and read what lies before its end; return what is to be said, in order."""
        said: list[Event] = []
        if event.ts >= self._day_end:
            said += self.begin_day(trading_day(event.ts), event.ts)
        finished = finished_bar(event, self._instrument)
        self._hear(self._coarser.take(event.interval, finished))
        if event.ts % MINUTE_NS == 0:
            self._ended = finished
        return said + self.settle(event.ts + 1)

    def interrupt(self, moment: int) -> None:
        """Hear that the line broke: what was read before is no ground for a prompt. It changes no event."""
        self._broke, self._resumed = moment, None

    def settle(self, before: int) -> list[Event]:
        """Read what lies before a moment, of which everything has been heard; return what is to be said, in order."""
        said: list[Event] = []
        self._steps.sort(key=_moment)
        if self._heard:
            self._heard.sort()
            ready, due = 0, self._due()
            for ts, place, _, _, what in self._heard:
                if ts >= before:
                    break
                ready += 1
                if ts > due:
                    said += self._read_before(ts)
                    due = self._due()
                if place == _BARS:
                    due = min(due, ts)
                    said += self._close(what)
                elif place == _ICEBERGS:
                    if what.mark.filled >= self._footprint.heavy_lots and self._footprint.is_of_weight(what):
                        due = self._stir(ts)
                else:
                    self._phase.hear(what)
                    if self._footprint.hear(what):
                        due = self._stir(ts)
            del self._heard[:ready]
        said += self._read_before(before)
        self._hear_icebergs(before - 1)
        return [*said, *self._lapse(before), *self._astro.take(before - 1)]

    def _hear_icebergs(self, until: int) -> None:
        """Hear the steps of icebergs up to a moment: nothing but a reading asks for them, so they wait for one."""
        count = bisect_right(self._steps, until, key=_ts)
        if count:
            self._footprint.hear_icebergs(self._steps[:count])
            del self._steps[:count]

    def _hear(self, bars: _Ended) -> None:
        """Hear bars in the order of their ends, of one end the longest first."""
        for end, ended in groupby(bars, key=_end):
            self._count += 1
            self._heard.append((end, _BARS, 0, self._count, list(ended)))

    def _close(self, ended: _Ended) -> list[Event]:
        """Take the bars that ended at one time; return what is to be said."""
        said: list[Event] = []
        for interval, bar in ended:
            self._ended = bar
            if interval == _MINUTE:
                self._traded = bar.end
                if self._watched:
                    self._volatility.close(bar)
            self._footprint.close(interval, bar)
            said += self._phase.close(interval, bar)
        for interval, bar in sorted(ended, key=_length) if len(ended) > 1 else ended:
            closed = ClosedBar(bar.start, bar.end, bar.high, bar.low, bar.close, bar.open, 0)
            said += self._gann.close(interval, closed)
            said += self._cycles.close(interval, closed)
        return said

    # -------------------------------------------------------------------------------------------------- what is read

    def _due(self) -> int:
        """Return when the next reading is due, as far as is known."""
        due, ended = self._times.due, self._ended
        if self._arming.is_near:
            due = self._times.watched(self._prices)
        return due if ended is None or due < ended.end else ended.end

    def _stir(self, ts: int) -> int:
        """Hear that something of weight happened; return when the next reading is due."""
        self._times.stir(ts)
        return self._due()

    def _read_before(self, ts: int) -> list[Event]:
        """Make the readings that are due before a time, up to which all was heard; return what is to be said."""
        said: list[Event] = []
        while (due := self._due()) < ts:
            ended = self._ended
            if ended is not None and ended.end == due:
                self._bar, self._ended = ended, None
                said += self._read(due, ended.close, ended)
                continue
            traded = self._prices.last(due)
            if traded is None or self._bar is None:
                self._times.note(due)  # nothing to read at
                continue
            self._traded = max(traded[0], self._traded or 0)
            said += self._read(due, traded[1], self._bar)
        return said

    def _read(self, ts: int, tick: int, bar: PhaseBar) -> list[Event]:
        """Read at a time and a price, with `bar` the newest that closed; return what is to be said.

        That is windows that began, and the pillars if they read differently.
        """
        said: list[Event] = [*self._lapse(ts), *self._astro.take(ts)]
        self._times.note(ts)
        self._prices.forget(ts)
        if self._steps and self._steps[0].ts <= ts:
            self._hear_icebergs(ts)
        footprint = self._footprint.read(ts, tick)
        leans = (
            self._phase.lean(ts),
            self._footprint.lean(footprint),
            self._gann.lean(ts, tick),
            self._astro.lean(ts),
            self._cycles.lean(ts),
        )
        score = scored(leans, self._weights, self._settings.confidence.least_lean)
        self._arming.take(ts, score, self._traded)
        reading = _Reading(ts, bar.end, bar.said_as, tick, footprint, leans, score, armed=self._arming.armed)
        self._reading, self._pillars = reading, None
        if self._broke is not None and bar.start >= self._broke:
            self._resume(ts)
        if self._said is None or self._said.reads_differently(reading):
            said.append(self._say(reading, ts))
        return said

    def _resume(self, ts: int) -> None:
        """Count a reading of a bar that began after the line broke; once they span a dwell they stand on their own."""
        if self._resumed is None:
            self._resumed = ts
        if ts - self._resumed >= self._settings.confidence.dwell:
            self._broke = None

    def _lapse(self, before: int) -> list[Event]:
        """Disarm where no bar has closed for too long before a moment; return what is to be said."""
        lapsed = self._arming.lapse(before)
        if lapsed is None or self._reading is None:
            return []
        self._reading = msgspec.structs.replace(self._reading, armed=False)
        return [self._say(self._reading, lapsed)]

    def _say(self, reading: "_Reading", ts: int) -> Pillars:
        """Return the line of a reading, which is the newest that is said, and when it is said."""
        self._said, self._said_at = reading, ts
        side, confidence, coverage = reading.score
        return Pillars(
            ts=ts,
            pillars=self._told(reading),
            side=side,
            confidence=confidence,
            coverage=coverage,
            armed=reading.armed,
        )

    def _told(self, reading: "_Reading") -> tuple[Pillar, ...]:
        """Return the pillars of the newest reading with their reasons, made once."""
        if self._pillars is None:
            ts, tick, weights = reading.ts, reading.tick, self._settings.weights
            self._pillars = (
                self._phase.pillar(ts, weights.qmo),
                self._footprint.told(reading.footprint, tick, weights.imo),
                self._gann.pillar(ts, tick, weights.gann),
                self._astro.pillar(ts, weights.astro),
                self._cycles.pillar(ts, weights.cycle),
            )
        return self._pillars

    # ------------------------------------------------------------------------------------------------- what is shown

    def timing(self, clock: int, tick: int | None, pinned: PinnedRange | None = None) -> Timing:
        """Return what is shown of time, at a moment and a price, with the levels of a range that a trader pinned."""
        self._gann.show_pinned(pinned)
        windows = (*self._gann.shown(clock), *self._cycles.shown(clock), *self._astro.shown(clock))
        return Timing(
            windows=tuple(sorted(windows, key=attrgetter("start"))),
            levels=self._gann.levels(),
            clusters=() if tick is None else self._gann.clusters(tick),
            cycles=self._cycles.counts(),
            spectral=self._cycles.spectral(),
        )

    def view(self, health: DataHealth, status: TradingStatus | None = None) -> MentorView | None:
        """Return the newest reading with the gates as they stand; None before the first.

        Args:
            health: How far what was received can be trusted.
            status: What the exchange said of its trading.
        """
        reading = self._reading
        if reading is None or health.clock is None:
            return None
        gates = (
            data_gate(replace(health, is_unbroken=self._broke is None), self._settings.gates),
            session_gate(health.clock, status, self._sessions),
            news_gate(health.clock, self._news),
            volatility_gate(self._volatility),
            capital_gate(self.capital),
        )
        if self._seen is None or self._seen[:2] != (reading, gates):
            self._seen = reading, gates, self._shown(reading, gates, status)
        return self._seen[2]

    def _shown(self, reading: _Reading, gates: tuple[Gate, ...], status: TradingStatus | None) -> MentorView:
        (side, confidence, coverage), rules = reading.score, self._settings.confidence
        return MentorView(
            ts=reading.ts,
            phase=self._phase.mark(),
            pillars=self._told(reading),
            side=side,
            confidence=confidence,
            coverage=coverage,
            armed=reading.armed,
            since=self._arming.since,
            gates=gates,
            sentences=tell(self._subject(reading, gates, status)),
            threshold=rules.arm,
            may_prompt=may_prompt(reading.score, reading.leans, gates, rules, armed=reading.armed),
        )

    def _subject(self, reading: _Reading, gates: tuple[Gate, ...], status: TradingStatus | None) -> Subject:
        ratio = self._volatility.ratio
        return Subject(
            ts=reading.bar,
            interval=reading.interval,
            phase=self._phase.mark(),
            pillars=self._told(reading),
            side=reading.score.side,
            armed=reading.armed,
            said=self._said_at,
            facts=session_facts(clock_at(reading.bar, status=status), reading.bar),
            wide=None if ratio is None else (ratio, volatility_gate(self._volatility).reason),
            gates=gates,
        )


def _end(closed: tuple[str, PhaseBar]) -> int:
    return closed[1].end


def _length(closed: tuple[str, PhaseBar]) -> int:
    return LENGTHS[closed[0]]


_ts: Final = attrgetter("ts")
_moment: Final = attrgetter("ts", "event")
