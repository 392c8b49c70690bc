"""IMO, the institutional footprint: who stands near price, signed by the passive side.

Each family says how strongly it speaks for buying less for selling, -1 to 1, by its strongest place of each side within
reach; a place's strength is its evidence, times how near price is, times its age's decay in event time:

| family | evidence | weight |
|---|---|---|
| absorption and icebergs | score; an iceberg's times 1 - 2^-m, m its lots in what a price trades in a minute | 0.30 |
| sweeps | 1 - 2^-m, m being its stops in multiples of what scores a half | 0.25 |
| memory | strength | 0.20 |
| flow | delta of the newest minutes in deviations, as far as a place of strength 0.5 is near to be confirmed | 0.15 |
| agreement | where two of the first three speak for one side, the weaker; flow rests on the same trades | 0.10 |

The sum's sign is the direction. Its size, in multiples of what the two weightiest of the first three and their
agreement make in full, is the strength, at most 1. `footprint_book` says what counts and how long.

    footprint = InstitutionalFootprint(instrument, settings)
    footprint.begin_day(day)              # as each trading day begins
    footprint.hear(event)                 # what zones say, in the order of time
    footprint.hear_icebergs(steps)        # steps of icebergs (`Found.steps`), in that order too
    footprint.close(interval, bar)        # 1m and 1h, in the order of `phase_bars`
    footprint.pillar(clock, tick, weight)

Ask for a reading once all that was said up to its time has been heard, and nothing later: then it does not matter how
records are cut. Where only its size matters, `read` and `lean` do without the words; `told` adds them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from engines.book.layout import MINUTE_NS
from engines.events import Absorption, Event, Memory, Pillar, Reason, Sweep
from engines.mentor.footprint_book import MEMORY, RESTING, SWEEP, Place, Places
from engines.mentor.footprint_flow import MinutePressure
from engines.mentor.footprint_telling import agreement_reason, flow_reason, place_reason
from engines.mentor.phase_bars import PhaseBar
from engines.saturation import saturated
from engines.timing.average_range import AverageRange
from engines.timing.lean import QUIET, UNAVAILABLE, Lean
from engines.timing.trading_day import TradingDay
from engines.zones.icebergs import IcebergStep
from feeds.instrument import Instrument

_DIGITS: Final = 4
"""Digits that are said, so that no machine's last bit of a power enters a digest."""
_OF_WEIGHT: Final = 0.15
"""Strength of a remembered zone from which on a touch is of weight."""
_HEAVY: Final = 2.0
"""Lots of an iceberg that are of weight, in what a price trades in a minute."""
_ENOUGH: Final = 0.5
"""Strength of a place that flow is heard beside in full."""


@dataclass(frozen=True, slots=True)
class FootprintSettings:
    """What the footprint goes by.

    Attributes:
        near: Places within so many mean ranges of an hour count,
        near_ticks: and within so many ticks at least; in full up to half of that, and less from there on.
        beyond_ticks: A place counts until price is so many ticks through it.
        resting_half_life: Absorption and icebergs count half when their newest line is so old, ns;
        sweep_half_life: sweeps the same,
        memory_half_life: and memory.
        flow_minutes: Newest minutes whose delta is read together,
        flow_full: which counts in full from so many deviations on.
        least: Below such a strength no side is spoken for, 0 to 1.
        resting: Weight of absorption and icebergs,
        sweep: of sweeps,
        memory: of memory,
        flow: of flow,
        agreement: of agreement.
    """

    near: float = 0.25
    near_ticks: int = 10
    beyond_ticks: int = 1
    resting_half_life: int = 30 * MINUTE_NS
    sweep_half_life: int = 20 * MINUTE_NS
    memory_half_life: int = 80 * 60 * MINUTE_NS
    flow_minutes: int = 3
    flow_full: float = 3.0
    least: float = 0.1
    resting: float = 0.30
    sweep: float = 0.25
    memory: float = 0.20
    flow: float = 0.15
    agreement: float = 0.10


Speaker = tuple[float, Place]
"""The strongest place of one family and side within reach, behind its strength, 0 to 1."""


class Reading(msgspec.Struct, frozen=True, gc=False):
    """The footprint at one moment.

    Attributes:
        net: What speaks for buying less what speaks for selling, -1 to 1.
        speakers: Whom it rests on.
        scale: What a speaker's strength times the weight of its family adds to it, of that product.
        flow: What flow adds to it,
        agreement: and what agreement adds.
    """

    net: float
    speakers: list[Speaker]
    scale: float
    flow: float
    agreement: float


class InstitutionalFootprint:
    """The footprint in one instrument.

    Attributes:
        reach: Ticks within which a place is near.
        heavy_lots: Lots of an iceberg that are of weight.
    """

    def __init__(self, instrument: Instrument, settings: FootprintSettings | None = None) -> None:
        """Start before the first bar."""
        self._instrument = instrument
        self._settings = settings = settings or FootprintSettings()
        self._places = Places(instrument)
        self._pressure = MinutePressure(settings.flow_minutes)
        self.heavy_lots = _HEAVY * self._pressure.usual_lots
        self._hours = AverageRange()
        self.reach = settings.near_ticks
        self._half_lives = settings.resting_half_life, settings.sweep_half_life, settings.memory_half_life
        self._weights = settings.resting, settings.sweep, settings.memory
        self._full = sum(sorted(self._weights)[1:]) + settings.agreement

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day: what lives within one is over."""
        del day
        self._places.begin_day()

    def hear(self, event: Event) -> bool:
        """Take what an engine of zones said; return whether it is of weight, so that another reading is due."""
        self._places.hear(event)
        if isinstance(event, Absorption):
            return event.state != "expired"
        if isinstance(event, Memory):
            return event.state == "touched" and event.strength >= _OF_WEIGHT
        return isinstance(event, Sweep) and event.score is not None

    def hear_icebergs(self, steps: Iterable[IcebergStep]) -> None:
        """Take steps of icebergs, as the pipeline says them."""
        self._places.hear_icebergs(steps)

    def is_of_weight(self, step: IcebergStep) -> bool:
        """Whether a step of an iceberg is of weight, as of `hear`.

        It is once twice what a price trades in a minute was filled since the newest reading, and where it ends then. So
        none is that was filled with less than `heavy_lots` in all.
        """
        known = self._places.lots(step.mark.id)
        return (step.mark.filled - known if step.mark.is_live else known) >= self.heavy_lots

    def close(self, interval: str, bar: PhaseBar) -> None:
        """Take a closed bar of any interval."""
        if interval == "1m":
            self._pressure.close(bar)
            self.heavy_lots = _HEAVY * self._pressure.usual_lots
            self._places.close_minute(bar.end, bar.close)
        elif interval == "1h":
            self._hours.close(bar.high, bar.low)
            self.reach = self._hours.times(self._settings.near, self._settings.near_ticks)

    def pillar(self, clock: int, tick: int, weight: float) -> Pillar:
        """Return the reading at an event time and a price, with its reasons."""
        return self.told(self.read(clock, tick), tick, weight)

    def lean(self, reading: Reading) -> Lean:
        """Return what `told` says of a reading, without its reasons."""
        if not self._pressure.is_told:
            return UNAVAILABLE
        strength = abs(reading.net)
        if strength < self._settings.least:
            return QUIET
        return Lean(available=True, direction="buy" if reading.net > 0 else "sell", strength=strength)

    def told(self, reading: Reading, tick: int, weight: float) -> Pillar:
        """Return the pillar of a reading that was made at a price, since which no minute closed."""
        if not self._pressure.is_told:
            missing = "no minute has closed yet" if self._pressure.is_told is None else "no order flow: bars only"
            return _silent(weight, missing, available=False)
        if not reading.speakers:
            return _silent(weight, f"nothing within {self.reach} ticks of {self._instrument.price_text(tick)}")
        reasons = self._reasons(reading, tick)
        newest = max([reason.ts for reason in reasons])
        lean = self.lean(reading)
        if lean.direction is None:
            return _silent(weight, "little stands near, or as much for either side", reasons, newest)
        return Pillar(
            "IMO",
            available=True,
            direction=lean.direction,
            strength=lean.strength,
            weight=weight,
            reasons=reasons,
            ts=newest,
        )

    # --------------------------------------------------------------------------------------------------- the reading

    def read(self, clock: int, tick: int) -> Reading:
        """Weigh what stands near a price at an event time."""
        speakers = self._speakers(clock, tick)
        if not speakers:
            return Reading(0.0, speakers, 0.0, 0.0, 0.0)
        settings, strongest, full = self._settings, 0.0, self._full
        says = [0.0, 0.0, 0.0]
        for strength, place in speakers:
            says[place.family] += place.sign * strength
            strongest = max(strongest, strength)
        flow, agreement = settings.flow * self._flow(strongest), settings.agreement * _agreement(says)
        net = settings.resting * says[RESTING] + settings.sweep * says[SWEEP] + settings.memory * says[MEMORY]
        net += agreement + flow
        most = max(full, abs(net))
        scale = 1.0 / most if most else 0.0
        return Reading(round(net * scale, _DIGITS), speakers, scale, flow * scale, agreement * scale)

    def _speakers(self, clock: int, tick: int) -> list[Speaker]:
        """Return the strongest place of each family and side within reach, with its strength."""
        reach, usual = self.reach, self._pressure.usual_lots
        half_lives = self._half_lives
        best: dict[tuple[int, int], Speaker] = {}
        for place in self._places.near(tick, reach, self._settings.beyond_ticks):
            strength = place.evidence * 0.5 ** ((clock - place.ts) / half_lives[place.family])
            away = tick - place.high if place.sign > 0 else place.low - tick
            if 2 * away > reach + 1:
                strength *= 2.0 * (reach + 1 - away) / (reach + 1)
            if place.lots:
                strength *= saturated(place.lots / usual)
            key = place.family, place.sign
            stronger = best.get(key)
            if stronger is None or strength > stronger[0]:
                best[key] = strength, place
        return list(best.values())

    def _flow(self, strongest: float) -> float:
        """Return what flow says, -1 to 1, beside a place of a strength."""
        push = self._pressure.push
        if push is None:
            return 0.0
        said = max(-1.0, min(1.0, push.deviations / self._settings.flow_full))
        return said * min(1.0, strongest / _ENOUGH)

    def _reasons(self, reading: Reading, tick: int) -> tuple[Reason, ...]:
        """Return what a reading rests on, what adds most first; their values add up to it."""
        told = []
        for strength, place in reading.speakers:
            adds = place.sign * strength * self._weights[place.family] * reading.scale
            told.append(place_reason(place, tick, adds, self._instrument))
        push = self._pressure.push
        if push is not None and reading.flow:
            told.append(flow_reason(push, self._settings.flow_minutes, reading.flow))
        if reading.agreement:
            told.append(agreement_reason(reading.speakers, reading.agreement))
        told.sort(key=_weight, reverse=True)
        return tuple(told)


def _agreement(says: list[float]) -> float:
    """Return what independent families agree on, -1 to 1: the weaker of the best two that speak for one side.

    Of three that is the middle one: 0 where no two speak for the same.
    """
    return sorted(says)[1]


def _silent(
    weight: float, note: str, reasons: tuple[Reason, ...] = (), ts: int | None = None, *, available: bool = True
) -> Pillar:
    """Return a pillar that speaks for no side, and why."""
    return Pillar("IMO", available, None, 0.0, weight, reasons, ts, note)


def _weight(reason: Reason) -> float:
    return abs(reason.value or 0.0)
