"""QMO, the market's phase: accumulation, distribution, expansion or balance, read at every closed five-minute bar.

What makes each is in `phase_features`. A phase is called once `hysteresis` bars in a row have shown it, so that nothing
turns twice within so many; until the window of bars is full there is none at all.

    phase = PhaseReading(instrument, settings)
    phase.begin_day(day)                  # as each trading day begins
    phase.hear(event)                     # what zones say, in the order of time
    phase.close(interval, bar)            # 5m, 15m, 1h, in the order of `phase_bars`; returns what is to be said
    phase.pillar(clock, weight)
    phase.mark()

Before a bar is closed, hear all that was said before its end and the `structure` lines of its very end, and nothing
later: then it does not matter how records are cut. `lean` is what the pillar says without its reasons.
"""

from typing import Final

from engines.book.layout import MINUTE_NS
from engines.events import Absorption, AggressorSide, Event, Phase, Pillar, Reason, StructureBreak
from engines.mentor.phase_bars import PhaseBar
from engines.mentor.phase_features import (
    BALANCE,
    REDUCED,
    SIDES,
    Absorbed,
    Called,
    Facts,
    PhaseSettings,
    called,
    features_of,
    strength_of,
)
from engines.mentor.phase_range import DealingRange
from engines.mentor.phase_telling import reasons_of
from engines.mentor.phase_window import BarWindow, UsualRanges
from engines.mentor_view import PhaseMark
from engines.timing.lean import QUIET, UNAVAILABLE, Lean
from engines.timing.trading_day import TradingDay
from feeds.instrument import Instrument

_READ: Final = "5m"
_SLOT_NS: Final = 5 * MINUTE_NS


class PhaseReading:
    """The phase of one instrument."""

    def __init__(self, instrument: Instrument, settings: PhaseSettings | None = None) -> None:
        """Start before the first bar."""
        self._instrument = instrument
        self._settings = settings = settings or PhaseSettings()
        self._window = BarWindow(settings.bars)
        self._range = DealingRange(settings.wing)
        self._usual = UsualRanges(settings.usual_days)
        self._day: TradingDay | None = None
        self._bars_today = 0
        self._structure: StructureBreak | None = None
        self._absorptions: dict[str, Absorption] = {}
        self._hour: PhaseBar | None = None
        self._facts: Facts | None = None
        self._shown, self._times = BALANCE, 0
        self._called: Called | None = None
        self._since = 0
        self._strength = 0.0
        self._lean = UNAVAILABLE
        self._reasons: tuple[Reason, ...] | None = None
        self._pillar: Pillar | None = None

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day: what is called stays, the value area begins anew."""
        self._day = day
        self._bars_today = 0
        self._window.begin_day()

    def hear(self, event: Event) -> None:
        """Take what an engine of zones said."""
        if isinstance(event, StructureBreak):
            if event.interval == _READ:
                self._structure = event
        elif isinstance(event, Absorption):
            if event.state in ("broken", "expired"):
                self._absorptions.pop(event.id, None)
            else:
                self._absorptions[event.id] = event

    def close(self, interval: str, bar: PhaseBar) -> list[Phase]:
        """Take a closed bar of any interval; return the phase that begins with it, if one does."""
        if interval == "1h":
            self._hour = bar
        elif interval == "15m":
            self._range.close(bar)
        elif interval == _READ:
            return self._read(bar)
        return []

    def mark(self) -> PhaseMark | None:
        """Return the phase as of the newest closed five-minute bar; None while none was called."""
        if self._called is None or self._facts is None:
            return None
        return PhaseMark(
            phase=self._called.phase,
            direction=SIDES.get(self._called.sign),
            strength=self._strength,
            reasons=self._told(self._called, self._facts),
            ts=self._facts.bar.end,
            since=self._since,
        )

    def lean(self, clock: int) -> Lean:
        """Return what `pillar` says, without its reasons."""
        if self._called is None or self._facts is None:
            return UNAVAILABLE
        if clock - self._facts.bar.end >= self._settings.stale:
            return QUIET
        return self._lean

    def pillar(self, clock: int, weight: float) -> Pillar:
        """Return the reading at an event time; without a side in balance, and where bars have ceased.

        While they have not it is the same until the next one, and so made once.
        """
        known = self._pillar
        if known is not None and known.weight == weight and clock - (known.ts or 0) < self._settings.stale:
            return known
        mark = self.mark()
        if mark is None:
            return Pillar(
                "QMO", available=False, direction=None, strength=0.0, weight=weight, reasons=(), note=self._missing()
            )
        if clock - mark.ts >= self._settings.stale:
            note = f"no five-minute bar for {(clock - mark.ts) // MINUTE_NS} minutes"
            return _pillar(None, 0.0, weight, mark, note)
        self._pillar = _pillar(mark.direction, mark.strength, weight, mark, self._note())
        return self._pillar

    # --------------------------------------------------------------------------------------------------- the reading

    def _read(self, bar: PhaseBar) -> list[Phase]:
        self._bars_today += 1
        self._range.widen(bar)
        self._window.close(bar)
        if not self._window.is_full:
            return []
        self._facts = facts = self._gathered(bar)
        shown = called(facts, self._settings)
        self._times = self._times + 1 if shown == self._shown else 1
        self._shown = shown
        begins = shown != self._called and self._times >= self._settings.hysteresis
        if begins:
            self._called, self._since = shown, bar.end
        if self._called is None:
            return []
        self._strength = strength_of(features_of(self._called, facts, self._settings), facts)
        self._lean = Lean(available=True, direction=SIDES.get(self._called.sign), strength=self._strength)
        self._reasons = self._pillar = None
        return [self._phase(self._called, facts)] if begins else []

    def _gathered(self, bar: PhaseBar) -> Facts:
        window, dealing = self._window, self._range
        percentile, days = self._percentile(bar)
        return Facts(
            bar=bar,
            net=window.net,
            efficiency=window.efficiency,
            flat=self._settings.flat * window.average_range,
            extremes=(window.newer_extreme(-1), window.newer_extreme(1)),
            lots=window.lots,
            push=window.push,
            absorbed=self._absorbed(),
            value=bar.value if self._bars_today >= self._settings.value_bars else None,
            low=dealing.low,
            high=dealing.high,
            structure=self._structure,
            trend=dealing.trend,
            swing=dealing.newest,
            hour=self._hour,
            percentile=percentile,
            days=days,
        )

    def _percentile(self, bar: PhaseBar) -> tuple[float | None, int]:
        if self._day is None:
            return None, 0
        return self._usual.take((bar.start - self._day.start) // _SLOT_NS, self._window.ranges)

    def _absorbed(self) -> Absorbed:
        """Return what is absorbed within the window; what is older is forgotten."""
        if not self._absorptions:
            return Absorbed(0, 0, None, None)
        start = self._window.start
        self._absorptions = {id_: line for id_, line in self._absorptions.items() if line.ts >= start}
        newest: dict[str, Absorption] = {}
        lots = {"bid": 0, "ask": 0}
        for line in self._absorptions.values():
            lots[line.side] += line.volume
            if line.side not in newest or line.ts >= newest[line.side].ts:
                newest[line.side] = line
        return Absorbed(lots["bid"], lots["ask"], newest.get("bid"), newest.get("ask"))

    # ------------------------------------------------------------------------------------------------------ in words

    def _phase(self, one: Called, facts: Facts) -> Phase:
        return Phase(
            ts=facts.bar.end,
            phase=one.phase,
            direction=SIDES.get(one.sign),
            strength=self._strength,
            reasons=self._told(one, facts),
        )

    def _told(self, one: Called, facts: Facts) -> tuple[Reason, ...]:
        if self._reasons is None:
            features = features_of(one, facts, self._settings)
            self._reasons = reasons_of(one, features, facts, self._instrument)
        return self._reasons

    def _missing(self) -> str:
        if self._window.is_full:
            return f"not seen at {self._settings.hysteresis} five-minute bars in a row yet"
        return f"{self._window.count} of {self._settings.bars} five-minute bars"

    def _note(self) -> str:
        notes = []
        if self._called == BALANCE:
            notes.append("balance: no side")
        if self._facts is not None and self._facts.push is None:
            notes.append(f"bars only: strength at most {REDUCED:g}")
        return "; ".join(notes)


def _pillar(direction: AggressorSide | None, strength: float, weight: float, mark: PhaseMark, note: str) -> Pillar:
    return Pillar("QMO", True, direction, strength, weight, mark.reasons, mark.ts, note)  # noqa: FBT003 - by place
