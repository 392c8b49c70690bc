"""The mentor: at the end of every minute that traded, the five pillars and the score they make.

It hears what the engines of zones say and the bars that close, and goes through both in the order of their times, so
that where records are cut into batches means nothing: a reading at the end of a minute rests on what was said by then,
and on nothing later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engines.events import Event, Pillar, Pillars
from engines.flow.layout import INTERVALS, SESSION
from engines.mentor.confidence import Arming, ConfidenceSettings, Score, scored
from engines.mentor.pillars import Weights, read_differently, unavailable
from engines.mentor_view import MentorView
from engines.timing.astro.windows import AstroSettings, AstroWindows
from engines.timing.swings import ClosedBar, closed_bars
from engines.timing.trading_day import TradingDay, trading_day
from engines.timing_view import Timing
from engines.zones.found import Found

_MINUTE: Final = INTERVALS.index("1m")
_SEEN: Final = 0.02
"""A score that moved by less reads the same."""


@dataclass(frozen=True, slots=True)
class MentorSettings:
    """What pillars count, and when their score arms."""

    weights: Weights = field(default_factory=Weights)
    confidence: ConfidenceSettings = field(default_factory=ConfidenceSettings)
    astro: AstroSettings = field(default_factory=AstroSettings)


class _Heard(NamedTuple):
    """Something heard and its place; tuples compare by it, and `number` is unique."""

    ts: int
    is_bar: bool
    interval: int
    number: int
    what: Event | ClosedBar


class Mentor:
    """The reading of one instrument."""

    def __init__(self, settings: MentorSettings | None = None) -> None:
        """Start before the first record."""
        self._settings = settings or MentorSettings()
        self._astro = AstroWindows(self._settings.astro)
        self._heard: list[_Heard] = []
        self._count = 0
        self._day_end = 0
        self._minute: int | None = None
        self._pillars: tuple[Pillar, ...] = ()
        self._score = Score(None, None, 0.0)
        self._arming = Arming(self._settings.confidence)
        self._ts: int | None = None
        self._said: Pillars | None = None

    # ------------------------------------------------------------------------------------------------ what is heard

    def begin_day(self, day: TradingDay, moment: int) -> Sequence[Event]:
        """Start a trading day at its first moment with a record: everything before it has been taken."""
        self._day_end = day.end
        return self._astro.begin_day(moment, day.end)

    def take(self, found: Found, said: Sequence[Event]) -> None:
        """Hear a stretch and what the engines of zones said of it."""
        for event in said:
            self._hear(event.ts, event)
        bars = found.bars
        if len(bars):
            coarse = bars[(bars["interval"] >= _MINUTE) & (bars["interval"] < SESSION)]
            for interval, bar in zip(coarse["interval"].tolist(), closed_bars(coarse), strict=True):
                self._hear(bar.end, bar, interval)

    def take_finished(self, interval: str, bar: ClosedBar) -> list[Event]:
        """Hear a bar that arrived finished, and read what lies before its end; return what is to be said, in order."""
        said: list[Event] = []
        if bar.end >= self._day_end:
            day = trading_day(bar.end)
            said += self.begin_day(day, bar.end)
        self._hear(bar.end, bar, INTERVALS.index(interval) if interval in INTERVALS else SESSION)
        return said + self.settle(bar.end + 1)

    def settle(self, before: int) -> list[Event]:
        """Read what lies before a moment, of which everything has been heard; return what is to be said, in order."""
        said: list[Event] = []
        self._heard.sort()
        ready = 0
        for heard in self._heard:
            if heard.ts >= before:
                break
            ready += 1
            if self._minute is not None and heard.ts > self._minute:
                said += self._read(self._minute)
            if isinstance(heard.what, ClosedBar) and heard.interval == _MINUTE:
                self._minute = heard.ts
        del self._heard[:ready]
        if self._minute is not None and self._minute < before:
            said += self._read(self._minute)
        return said + self._astro.take(before - 1)

    def _hear(self, ts: int, what: Event | ClosedBar, interval: int = 0) -> None:
        self._count += 1
        self._heard.append(_Heard(ts, isinstance(what, ClosedBar), interval, self._count, what))

    # -------------------------------------------------------------------------------------------------- what is read

    def _read(self, ts: int) -> list[Event]:
        """Read the minute that ended at `ts`; return what is to be said: windows, and how it reads if differently."""
        said: list[Event] = [*self._astro.take(ts)]
        self._minute = None
        self._ts = ts
        self._pillars = self._pillars_of(ts)
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

    def _pillars_of(self, ts: int) -> tuple[Pillar, ...]:
        weights = self._settings.weights
        return (
            unavailable("QMO", weights.qmo, "market state is not read yet"),
            unavailable("IMO", weights.imo, "the footprint is not read yet"),
            unavailable("Gann", weights.gann, "Gann levels are not read yet"),
            self._astro.pillar(ts, weights.astro),
            unavailable("Cycle", weights.cycle, "cycles are not counted yet"),
        )

    def _reads_differently(self, said: Pillars) -> bool:
        score = self._score
        if (said.side, said.coverage, said.armed) != (score.side, score.coverage, self._arming.armed):
            return True
        if abs((said.confidence or 0.0) - (score.confidence or 0.0)) >= _SEEN:
            return True
        return read_differently(said.pillars, self._pillars)

    # ------------------------------------------------------------------------------------------------- what is shown

    def timing(self, clock: int) -> Timing:
        """Return what is shown of time."""
        return Timing(windows=self._astro.shown(clock))

    def view(self) -> MentorView | None:
        """Return the newest reading; None before the first."""
        if self._ts is None:
            return None
        side, confidence, coverage = self._score
        return MentorView(
            ts=self._ts,
            phase=None,
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
