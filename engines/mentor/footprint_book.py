"""Places where somebody large stands, as zones and icebergs told of them, kept until a line or a minute ends them.

| line | counts for | until |
|---|---|---|
| absorption or iceberg at a bid, at an ask | buy, sell | broken or expired, executed or cancelled |
| sweep of sell-side, of buy-side liquidity | buy, sell | a minute closes beyond its extreme, or an hour has passed |
| memory of a bid zone, of an ask zone | buy, sell | broken or died; flipped it counts for the other side |

An accepted break counts for nobody: it shows that nobody stood there, and where price goes from it is the phase's
business. Memory counts once price came back to the zone, or where it was found in an earlier session: until then it
rests on the very lots that absorption and icebergs count already.
"""

from typing import Final, NamedTuple

from engines.events import Absorption, AggressorSide, Event, Memory, PassiveSide, Sweep
from engines.zones.absorption import AbsorptionSettings, score_of
from engines.zones.icebergs import IcebergStep
from feeds.instrument import Instrument

RESTING: Final = 0
"""The family of absorption and icebergs: one, since the same lots make both."""
SWEEP: Final = 1
MEMORY: Final = 2
SWEEP_LIFE_NS: Final = 3_600_000_000_000
_PASSIVE: Final[dict[PassiveSide, int]] = {"bid": 1, "ask": -1}
_SPEAKS_FOR: Final[dict[AggressorSide, int]] = {"buy": 1, "sell": -1}


class Place(NamedTuple):
    """Where somebody stands, as of the newest line of it.

    Attributes:
        id: As of its lines.
        family: RESTING, SWEEP or MEMORY; each rests on facts of its own.
        sign: Whom it counts for: 1 for buy, -1 for sell.
        low: Lowest tick.
        evidence: Strength of the evidence, 0 to 1.
        lots: Lots taken there, where evidence grows with them; 0 elsewhere.
        ts: Time of its newest line,
        kind: and that line's kind.
        name: What it is, in words.
        told: What the line says, in words.
    """

    id: str
    family: int
    sign: int
    low: int
    high: int
    evidence: float
    lots: int
    ts: int
    kind: str
    name: str
    told: str

    def away(self, tick: int) -> int:
        """Ticks from its near edge to a price that it holds; negative where price is inside or through it."""
        return tick - self.high if self.sign > 0 else self.low - tick

    def beyond(self, tick: int) -> int:
        """Ticks by which a price is through its far edge; negative where it is not."""
        return self.low - tick if self.sign > 0 else tick - self.high


class Places:
    """The places of one instrument that nothing has ended yet."""

    def __init__(self, instrument: Instrument, absorption: AbsorptionSettings) -> None:
        """Start with none; `absorption` is what its zones are found with, and so what their scores are measured by."""
        self._instrument = instrument
        self._absorption = absorption
        self._absorptions: dict[str, Place] = {}
        self._icebergs: dict[str, Place] = {}
        self._sweeps: dict[str, Place] = {}
        self._memory: dict[str, Place] = {}
        self._recalled: set[str] = set()
        self._steps: dict[str, IcebergStep] = {}

    def near(self, tick: int, reach: int, beyond: int) -> list[Place]:
        """Return those within `reach` ticks of a price that they hold, or that it is at most `beyond` ticks through."""
        self._take_steps()
        return [
            place
            for places in (self._absorptions, self._icebergs, self._sweeps, self._memory)
            for place in places.values()
            if (
                place.low - beyond <= tick <= place.high + reach
                if place.sign > 0
                else place.low - reach <= tick <= place.high + beyond
            )
        ]

    def begin_day(self) -> None:
        """Start a trading day: absorption, inferred icebergs and sweeps end with the one before."""
        self._take_steps()
        self._absorptions.clear()
        self._sweeps.clear()
        self._icebergs = {id_: place for id_, place in self._icebergs.items() if not _is_inferred(place)}

    def hear(self, event: Event) -> None:
        """Take what an engine of zones said; what tells of no place changes nothing."""
        if isinstance(event, Absorption):
            self._hear_absorption(event)
        elif isinstance(event, Memory):
            self._hear_memory(event)
        elif isinstance(event, Sweep):
            self._hear_sweep(event)

    def hear_iceberg(self, step: IcebergStep) -> None:
        """Take a step of an iceberg."""
        self._steps[step.mark.id] = step

    def close_minute(self, end: int, close: int) -> None:
        """End the sweeps that a closed minute refutes, and those that are old."""
        if not self._sweeps:
            return
        self._sweeps = {
            place.id: place
            for place in self._sweeps.values()
            if place.beyond(close) <= 0 and end - place.ts < SWEEP_LIFE_NS
        }

    def _take_steps(self) -> None:
        """Take the newest step of each iceberg that took any: of a burst of refreshes only the last one counts."""
        for step in self._steps.values():
            if step.mark.is_live:
                self._icebergs[step.mark.id] = self._iceberg(step)
            else:
                self._icebergs.pop(step.mark.id, None)
        self._steps.clear()

    def _iceberg(self, step: IcebergStep) -> Place:
        mark = step.mark
        return Place(
            id=mark.id,
            family=RESTING,
            sign=_PASSIVE[mark.side],
            low=mark.tick,
            high=mark.tick,
            evidence=mark.score,
            lots=mark.filled,
            ts=step.ts,
            kind="iceberg",
            name=f"{mark.tier} {mark.side} iceberg",
            told=f"{mark.filled} lots filled at {self._instrument.price_text(mark.tick)}",
        )

    def _hear_absorption(self, event: Absorption) -> None:
        if event.state in ("broken", "expired"):
            self._absorptions.pop(event.id, None)
            return
        low, high, band = self._band(event)
        self._absorptions[event.id] = Place(
            id=event.id,
            family=RESTING,
            sign=_PASSIVE[event.side],
            low=low,
            high=high,
            evidence=score_of(self._absorption, event.impact_z, event.volume_z, event.refill_ratio),
            lots=0,
            ts=event.ts,
            kind="absorption",
            name=f"{event.side} absorption",
            told=f"{event.volume} lots, {event.state}, at {band}",
        )

    def _hear_sweep(self, event: Sweep) -> None:
        if event.score is None:
            return
        low, high, band = self._band(event)
        self._sweeps[event.id] = Place(
            id=event.id,
            family=SWEEP,
            sign=_SPEAKS_FOR[event.direction],
            low=low,
            high=high,
            evidence=event.score,
            lots=0,
            ts=event.ts,
            kind="sweep",
            name=f"{event.pool.label} swept",
            told=f"score {event.score:.2f} at {band}",
        )

    def _hear_memory(self, event: Memory) -> None:
        if event.state == "recalled":
            self._recalled.add(event.id)
        if event.state in ("broken", "died"):
            self._memory.pop(event.id, None)
            return
        if not event.touches and event.id not in self._recalled:
            return
        low, high, band = self._band(event)
        held = f"held {event.held} of {event.judged}" if event.judged else f"touches: {event.touches}"
        self._memory[event.id] = Place(
            id=event.id,
            family=MEMORY,
            sign=_PASSIVE[event.side],
            low=low,
            high=high,
            evidence=event.strength,
            lots=0,
            ts=event.ts,
            kind="memory",
            name=f"{event.side} zone remembered",
            told=f"{event.state}, {held}, at {band}",
        )

    def _band(self, line: Absorption | Sweep | Memory) -> tuple[int, int, str]:
        """Return the lowest and highest tick of a zone, and both in words."""
        size, price_text = self._instrument.tick_size, self._instrument.price_text
        low, high = round(line.low / size), round(line.high / size)
        return low, high, price_text(low) if low == high else f"{price_text(low)} to {price_text(high)}"


def _is_inferred(place: Place) -> bool:
    return place.id.startswith("inferred")
