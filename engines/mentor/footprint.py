"""IMO, the institutional footprint: who stands near price, signed by the passive side.

Each family says how strongly it speaks for buying less for selling, -1 to 1, by its strongest place of each side within
reach; a place's strength is its evidence, times how near price is, times its age's decay in event time:

| family | evidence | weight |
|---|---|---|
| absorption and icebergs | score; an iceberg's times m / (1 + m), m being its lots in usual minutes | 0.30 |
| sweeps | score | 0.25 |
| memory | strength | 0.20 |
| flow | delta of the newest minutes in deviations, as far as a place of strength 0.5 is near to be confirmed | 0.15 |
| agreement | where two of the first three speak for one side, the weaker; flow rests on the same trades | 0.10 |

The sum's sign is the direction and its size the strength. `footprint_book` says what counts and how long.

    footprint = InstitutionalFootprint(instrument, settings)
    footprint.begin_day(day)              # as each trading day begins
    footprint.hear(event)                 # what zones say, in the order of time
    footprint.hear_iceberg(step)          # each step of an iceberg (`Found.steps`), in that order too
    footprint.close(interval, bar)        # 1m and 1h, in the order of `phase_bars`
    footprint.pillar(clock, tick, weight)

Before a bar is closed, hear what was said before its end, and everything of its very end after it: so a reading knows
what was said by then and nothing more, however records are cut.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from engines.events import Event, Pillar, Reason
from engines.mentor.footprint_book import FAMILIES, Family, Place, Places
from engines.mentor.footprint_flow import MinutePressure
from engines.mentor.footprint_telling import flow_reason, place_reason
from engines.mentor.phase_bars import PhaseBar
from engines.timing.average_range import AverageRange
from engines.timing.lean import QUIET, UNAVAILABLE, Lean
from engines.timing.trading_day import TradingDay
from engines.zones.absorption import AbsorptionSettings
from engines.zones.icebergs import IcebergStep
from feeds.instrument import Instrument

_MINUTE_NS: Final = 60_000_000_000
_DIGITS: Final = 4
"""Digits that are said, so that no machine's last bit of a power enters a digest."""


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
    resting_half_life: int = 30 * _MINUTE_NS
    sweep_half_life: int = 20 * _MINUTE_NS
    memory_half_life: int = 80 * 60 * _MINUTE_NS
    flow_minutes: int = 3
    flow_full: float = 3.0
    least: float = 0.02
    resting: float = 0.30
    sweep: float = 0.25
    memory: float = 0.20
    flow: float = 0.15
    agreement: float = 0.10


class Speaker(NamedTuple):
    """The strongest place of one family and side within reach, and its strength, 0 to 1."""

    place: Place
    strength: float


class Reading(NamedTuple):
    """The footprint at one moment.

    Attributes:
        net: What speaks for buying less what speaks for selling, -1 to 1.
        speakers: The strongest place of each family and side.
        flow: What flow says, -1 to 1.
        agreement: What agreement adds, -1 to 1.
    """

    net: float
    speakers: tuple[Speaker, ...]
    flow: float
    agreement: float


class InstitutionalFootprint:
    """The footprint in one instrument."""

    def __init__(
        self,
        instrument: Instrument,
        settings: FootprintSettings | None = None,
        absorption: AbsorptionSettings | None = None,
    ) -> None:
        """Start before the first bar; `absorption` is what the zones heard of are found with."""
        self._instrument = instrument
        self._settings = settings = settings or FootprintSettings()
        self._places = Places(instrument, absorption or AbsorptionSettings())
        self._pressure = MinutePressure(settings.flow_minutes)
        self._hours = AverageRange()
        self._half_lives: dict[Family, int] = {
            "resting": settings.resting_half_life,
            "sweep": settings.sweep_half_life,
            "memory": settings.memory_half_life,
        }
        self._weights: dict[Family, float] = {
            "resting": settings.resting,
            "sweep": settings.sweep,
            "memory": settings.memory,
        }

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day: what lives within one is over."""
        del day
        self._places.begin_day()

    def hear(self, event: Event) -> None:
        """Take what an engine of zones said."""
        self._places.hear(event)

    def hear_iceberg(self, step: IcebergStep) -> None:
        """Take a step of an iceberg, as the pipeline says it."""
        self._places.hear_iceberg(step)

    def close(self, interval: str, bar: PhaseBar) -> None:
        """Take a closed bar of any interval."""
        if interval == "1m":
            self._pressure.close(bar)
            self._places.close_minute(bar.end, bar.close)
        elif interval == "1h":
            self._hours.close(bar.high, bar.low)

    @property
    def reach(self) -> int:
        """Ticks within which a place is near."""
        return self._hours.times(self._settings.near, self._settings.near_ticks)

    def read(self, clock: int, tick: int) -> Reading:
        """Weigh what stands near a price at an event time."""
        speakers = self._speakers(clock, tick)
        if not speakers:
            return Reading(0.0, (), 0.0, 0.0)
        says: dict[Family, float] = {}
        for speaker in speakers:
            family = speaker.place.family
            says[family] = says.get(family, 0.0) + speaker.place.sign * speaker.strength
        settings, agreement = self._settings, _agreement(says)
        flow = self._flow() * min(1.0, 2.0 * max(speaker.strength for speaker in speakers))
        net = sum(self._weights[family] * said for family, said in says.items())
        net += settings.flow * flow + settings.agreement * agreement
        return Reading(round(max(-1.0, min(1.0, net)), _DIGITS), speakers, flow, agreement)

    def lean(self, reading: Reading) -> Lean:
        """Return what `pillar` says of a reading, without its reasons."""
        if not self._pressure.is_told:
            return UNAVAILABLE
        strength = abs(reading.net)
        if strength < self._settings.least:
            return QUIET
        return Lean(available=True, direction="buy" if reading.net > 0 else "sell", strength=strength)

    def pillar(self, clock: int, tick: int, weight: float) -> Pillar:
        """Return the reading at an event time and a price, with its reasons."""
        return self.told(self.read(clock, tick), clock, tick, weight)

    def told(self, reading: Reading, clock: int, tick: int, weight: float) -> Pillar:
        """Return the pillar of a reading that was made at an event time and a price, since which no minute closed."""
        if not self._pressure.is_told:
            return Pillar(
                "IMO", available=False, direction=None, strength=0.0, weight=weight, reasons=(), note=self._missing()
            )
        if not reading.speakers:
            note = f"nothing within {self.reach} ticks of {self._instrument.price_text(tick)}"
            return Pillar("IMO", available=True, direction=None, strength=0.0, weight=weight, reasons=(), note=note)
        _, direction, strength = self.lean(reading)
        reasons = self._reasons(reading, clock, tick)
        return Pillar(
            name="IMO",
            available=True,
            direction=direction,
            strength=strength,
            weight=weight,
            reasons=reasons,
            ts=max(reason.ts for reason in reasons),
            note="" if direction else "as much stands for one side as for the other",
        )

    # --------------------------------------------------------------------------------------------------- the reading

    def _speakers(self, clock: int, tick: int) -> tuple[Speaker, ...]:
        best: dict[tuple[Family, int], Speaker] = {}
        reach, beyond, usual = self.reach, self._settings.beyond_ticks, self._pressure.usual_lots
        for place in self._places:
            away = place.away(tick)
            if away > reach or place.beyond(tick) > beyond:
                continue
            near = min(1.0, 2.0 * (reach + 1 - away) / (reach + 1))
            strength = place.evidence * near * 0.5 ** ((clock - place.ts) / self._half_lives[place.family])
            if place.lots is not None:
                strength *= place.lots / (usual + place.lots)
            key = place.family, place.sign
            if key not in best or strength > best[key].strength:
                best[key] = Speaker(place, strength)
        return tuple(best[key] for family in FAMILIES for key in ((family, 1), (family, -1)) if key in best)

    def _flow(self) -> float:
        push = self._pressure.push
        return 0.0 if push is None else max(-1.0, min(1.0, push[1] / self._settings.flow_full))

    def _reasons(self, reading: Reading, clock: int, tick: int) -> tuple[Reason, ...]:
        told: list[tuple[float, Reason]] = []
        for place, strength in reading.speakers:
            weight = self._weights[place.family] * strength
            told.append((weight, place_reason(place, clock, tick, place.sign * weight, self._instrument)))
        push, newest = self._pressure.push, self._pressure.newest
        if push is not None and newest is not None and reading.flow:
            weight = self._settings.flow * reading.flow
            told.append((abs(weight), flow_reason(newest, self._settings.flow_minutes, push, weight)))
        told.sort(key=_weight, reverse=True)
        return tuple(reason for _, reason in told)

    def _missing(self) -> str:
        if self._pressure.newest is None:
            return "no minute has closed yet"
        return "no order flow: bars only"


def _agreement(says: dict[Family, float]) -> float:
    """Return what independent families agree on, -1 to 1: the weaker of the best two that speak for one side."""
    total = 0.0
    for sign in (1, -1):
        same = sorted((sign * said for said in says.values() if sign * said > 0), reverse=True)
        total += sign * same[1] if len(same) > 1 else 0.0
    return total


def _weight(told: tuple[float, Reason]) -> float:
    return told[0]
