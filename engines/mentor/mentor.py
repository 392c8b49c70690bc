"""The mentor: at the end of every minute that traded, the five pillars and the score they make.

It hears what the engines of zones say, the steps of icebergs and the bars that close, and goes through them in the
order of their times, so that where records are cut into batches means nothing: a reading at the end of a minute rests
on what was said by then, and on nothing later.

What has one time comes in this order: breaks of structure, which that time's bars are read with; the bars, for phase
and footprint the longest first, for Gann and cycles the shortest first; everything else; and then the reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engines.events import Absorption, Bar, Event, Memory, Pillar, Pillars, StructureBreak, Sweep
from engines.flow.bars import Bars
from engines.mentor.confidence import Arming, ConfidenceSettings, Score, scored
from engines.mentor.footprint import FootprintSettings, InstitutionalFootprint
from engines.mentor.phase import PhaseReading
from engines.mentor.phase_bars import CoarserBars, PhaseBar, finished_bar, phase_bars
from engines.mentor.phase_features import PhaseSettings
from engines.mentor.pillars import Weights, read_differently
from engines.mentor_view import MentorView
from engines.timing.astro.windows import AstroSettings, AstroWindows
from engines.timing.cycles.cycles import Cycles, CycleSettings
from engines.timing.gann.gann import Gann, GannSettings
from engines.timing.swings import ClosedBar
from engines.timing.trading_day import TradingDay, trading_day
from engines.timing_view import Timing
from engines.zones.absorption import AbsorptionSettings
from engines.zones.found import Found
from engines.zones.icebergs import IcebergStep
from feeds.instrument import Instrument

_HEARD: Final[dict[type[Event], int]] = {StructureBreak: 0, Absorption: 3, Sweep: 4, Memory: 5}
"""What is heard of the engines of zones, and its place among what has one time."""
_BARS: Final = 1
_TIMING_BARS: Final = 2
_ICEBERGS: Final = 6
_LENGTHS: Final = {"1m": 1, "5m": 5, "15m": 15, "1h": 60}
_MINUTE: Final = "1m"
_MINUTE_NS: Final = 60_000_000_000
_SEEN: Final = 0.02
"""A score that moved by less reads the same."""


@dataclass(frozen=True, slots=True)
class MentorSettings:
    """What pillars count, and when their score arms."""

    weights: Weights = field(default_factory=Weights)
    confidence: ConfidenceSettings = field(default_factory=ConfidenceSettings)
    astro: AstroSettings = field(default_factory=AstroSettings)


class _Heard(NamedTuple):
    """Something heard and its place; tuples compare by it, and `number` is unique.

    Attributes:
        within: Of bars the place of their interval, of a step of an iceberg its matching event.
        interval: Of a bar; empty for anything else.
    """

    ts: int
    place: int
    within: int
    number: int
    what: "Event | IcebergStep | PhaseBar | ClosedBar"
    interval: str = ""


class Mentor:
    """The reading of one instrument."""

    def __init__(
        self,
        instrument: Instrument,
        settings: MentorSettings | None = None,
        *,
        phase: PhaseSettings | None = None,
        footprint: FootprintSettings | None = None,
        gann: GannSettings | None = None,
        cycles: CycleSettings | None = None,
        absorption: AbsorptionSettings | None = None,
    ) -> None:
        """Start before the first record; `absorption` is what the zones heard of are found with."""
        self._instrument = instrument
        self._settings = settings or MentorSettings()
        self._phase = PhaseReading(instrument, phase)
        self._footprint = InstitutionalFootprint(instrument, footprint, absorption)
        self._gann = Gann(instrument, gann)
        self._astro = AstroWindows(self._settings.astro)
        self._cycles = Cycles(instrument, cycles)
        self._coarser = CoarserBars()
        self._heard: list[_Heard] = []
        self._count = 0
        self._day_end = 0
        self._minute: PhaseBar | None = None
        self._pillars: tuple[Pillar, ...] = ()
        self._score = Score(None, None, 0.0)
        self._arming = Arming(self._settings.confidence)
        self._ts: int | None = None
        self._said: Pillars | None = None

    # ------------------------------------------------------------------------------------------------ what is heard

    def begin_day(self, day: TradingDay, moment: int) -> Sequence[Event]:
        """Start a trading day at its first moment with a record: everything before it has been taken."""
        self._day_end = day.end
        self._phase.begin_day(day)
        self._footprint.begin_day(day)
        self._gann.begin_day(day)
        self._cycles.begin_day(day)
        return self._astro.begin_day(moment, day.end)

    def take(self, found: Found, said: Sequence[Event], bars: Bars) -> None:
        """Hear a stretch and what the engines of zones said of it; its bars were closed by `bars`."""
        for event in said:
            place = _HEARD.get(type(event))
            if place is not None:
                self._hear(event.ts, place, 0, event)
        for step in found.steps:
            self._hear(step.ts, _ICEBERGS, step.event, step)
        if len(found.bars):
            for interval, bar in phase_bars(found.bars, bars):
                self._hear_bar(interval, bar)

    def take_finished(self, event: Bar) -> list[Event]:
        """Hear a bar that arrived finished, and read what lies before its end; return what is to be said, in order."""
        said: list[Event] = []
        if event.ts >= self._day_end:
            said += self.begin_day(trading_day(event.ts), event.ts)
        finished = finished_bar(event, self._instrument)
        for interval, bar in self._coarser.take(event.interval, finished):
            self._hear_bar(interval, bar)
        if event.ts % _MINUTE_NS == 0:
            self._minute = finished
        return said + self.settle(event.ts + 1)

    def settle(self, before: int) -> list[Event]:
        """Read what lies before a moment, of which everything has been heard; return what is to be said, in order."""
        said: list[Event] = []
        if self._heard:
            self._heard.sort()
            ready = 0
            for heard in self._heard:
                if heard.ts >= before:
                    break
                ready += 1
                if self._minute is not None and heard.ts > self._minute.end:
                    said += self._read(self._minute)
                said += self._hand_on(heard)
            del self._heard[:ready]
        if self._minute is not None:
            said += self._read(self._minute)
        return said + self._astro.take(before - 1)

    def _hear_bar(self, interval: str, bar: PhaseBar) -> None:
        length = _LENGTHS[interval]
        self._hear(bar.end, _BARS, -length, bar, interval)
        closed = ClosedBar(bar.start, bar.end, bar.high, bar.low, bar.close, bar.open, 0)
        self._hear(bar.end, _TIMING_BARS, length, closed, interval)

    def _hear(
        self, ts: int, place: int, within: int, what: "Event | IcebergStep | PhaseBar | ClosedBar", interval: str = ""
    ) -> None:
        self._count += 1
        self._heard.append(_Heard(ts, place, within, self._count, what, interval))

    def _hand_on(self, heard: _Heard) -> Sequence[Event]:
        """Let the readings hear; return what they say of it."""
        what, interval = heard.what, heard.interval
        if isinstance(what, PhaseBar):
            if interval == _MINUTE:
                self._minute = what
            self._footprint.close(interval, what)
            return self._phase.close(interval, what)
        if isinstance(what, ClosedBar):
            return self._gann.close(interval, what) + self._cycles.close(interval, what)
        if isinstance(what, IcebergStep):
            self._footprint.hear_iceberg(what)
        else:
            self._phase.hear(what)
            self._footprint.hear(what)
        return ()

    # -------------------------------------------------------------------------------------------------- what is read

    def _read(self, minute: PhaseBar) -> list[Event]:
        """Read at the end of a minute; return what is to be said: windows, and how it reads if differently."""
        ts = minute.end
        said: list[Event] = [*self._astro.take(ts)]
        self._minute = None
        self._ts = ts
        self._pillars = self._pillars_at(ts, minute.close)
        self._score = scored(self._pillars, self._settings.confidence.least_lean)
        self._arming.take(ts, self._score)
        if self._said is not None and not self._reads_differently(self._said):
            return said
        side, confidence, coverage = self._score
        self._said = Pillars(
            ts=ts,
            pillars=self._pillars,
            side=side,
            confidence=confidence,
            coverage=coverage,
            armed=self._arming.armed,
        )
        said.append(self._said)
        return said

    def _pillars_at(self, ts: int, tick: int) -> tuple[Pillar, ...]:
        weights = self._settings.weights
        return (
            self._phase.pillar(ts, weights.qmo),
            self._footprint.pillar(ts, tick, weights.imo),
            self._gann.pillar(ts, tick, weights.gann),
            self._astro.pillar(ts, weights.astro),
            self._cycles.pillar(ts, weights.cycle),
        )

    def _reads_differently(self, said: Pillars) -> bool:
        score = self._score
        if (said.side, said.coverage, said.armed) != (score.side, score.coverage, self._arming.armed):
            return True
        if abs((said.confidence or 0.0) - (score.confidence or 0.0)) >= _SEEN:
            return True
        return read_differently(said.pillars, self._pillars)

    # ------------------------------------------------------------------------------------------------- what is shown

    def timing(self, clock: int, tick: int | None) -> Timing:
        """Return what is shown of time, at a moment and a price."""
        return Timing(
            windows=self._astro.shown(clock),
            levels=self._gann.levels(),
            clusters=() if tick is None else self._gann.clusters(tick),
            cycles=self._cycles.counts(),
            spectral=self._cycles.spectral(),
        )

    def view(self) -> MentorView | None:
        """Return the newest reading; None before the first."""
        if self._ts is None:
            return None
        side, confidence, coverage = self._score
        return MentorView(
            ts=self._ts,
            phase=self._phase.mark(),
            pillars=self._pillars,
            side=side,
            confidence=confidence,
            coverage=coverage,
            armed=self._arming.armed,
            since=self._arming.since,
            gates=(),
            sentences=(),
            threshold=self._settings.confidence.arm,
        )
