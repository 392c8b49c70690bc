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

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from engines.events import Absorption, AggressorSide, Event, Memory, PassiveSide, Sweep
from engines.zones.absorption import AbsorptionSettings, score_of
from engines.zones.icebergs import IcebergStep
from feeds.instrument import Instrument

Family = Literal["resting", "sweep", "memory"]
Line = Absorption | IcebergStep | Sweep | Memory
FAMILIES: Final[tuple[Family, ...]] = ("resting", "sweep", "memory")
"""What rests on facts of its own; absorption and icebergs are one, since the same lots make both."""
SWEEP_LIFE_NS: Final = 3_600_000_000_000
_PASSIVE: Final[dict[PassiveSide, int]] = {"bid": 1, "ask": -1}
_SPEAKS_FOR: Final[dict[AggressorSide, int]] = {"buy": 1, "sell": -1}


class Place(NamedTuple):
    """Where somebody stands, as of the newest line of it.

    Attributes:
        id: As of its lines.
        sign: Whom it counts for: 1 for buy, -1 for sell.
        low: Lowest tick.
        evidence: Strength of the evidence, 0 to 1.
        lots: Lots taken there, where evidence grows with them; None elsewhere.
        ts: Time of its newest line.
        line: That line.
    """

    id: str
    family: Family
    sign: int
    low: int
    high: int
    evidence: float
    lots: int | None
    ts: int
    line: Line

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
        self._tick_size = instrument.tick_size
        self._absorption = absorption
        self._resting: dict[str, Place] = {}
        self._sweeps: dict[str, Place] = {}
        self._memory: dict[str, Place] = {}
        self._recalled: set[str] = set()

    def __iter__(self) -> Iterator[Place]:
        """Return all of them, family by family, those longest known first."""
        yield from self._resting.values()
        yield from self._sweeps.values()
        yield from self._memory.values()

    def begin_day(self) -> None:
        """Start a trading day: absorption, inferred icebergs and sweeps end with the one before."""
        self._resting = {id_: place for id_, place in self._resting.items() if _outlasts_day(place.line)}
        self._sweeps.clear()

    def hear(self, event: Event) -> None:
        """Take what an engine of zones said; what tells of no place changes nothing."""
        if isinstance(event, Absorption):
            self._hear_absorption(event)
        elif isinstance(event, Memory):
            self._hear_memory(event)
        elif isinstance(event, Sweep) and event.state == "swept" and event.score is not None:
            sign = _SPEAKS_FOR[event.direction]
            self._sweeps[event.id] = self._place("sweep", sign, event, event.score)

    def hear_iceberg(self, step: IcebergStep) -> None:
        """Take a step of an iceberg."""
        mark = step.mark
        if not mark.is_live:
            self._resting.pop(mark.id, None)
            return
        sign = _PASSIVE[mark.side]
        self._resting[mark.id] = Place(
            mark.id, "resting", sign, mark.tick, mark.tick, mark.score, mark.filled, step.ts, step
        )

    def close_minute(self, end: int, close: int) -> None:
        """End the sweeps that a closed minute refutes, and those that are old."""
        refuted = [
            place.id for place in self._sweeps.values() if place.beyond(close) > 0 or end - place.ts >= SWEEP_LIFE_NS
        ]
        for id_ in refuted:
            del self._sweeps[id_]

    def _hear_absorption(self, event: Absorption) -> None:
        if event.state in ("broken", "expired"):
            self._resting.pop(event.id, None)
            return
        score = score_of(self._absorption, event.impact_z, event.volume_z, event.refill_ratio)
        self._resting[event.id] = self._place("resting", _PASSIVE[event.side], event, score)

    def _hear_memory(self, event: Memory) -> None:
        if event.state == "recalled":
            self._recalled.add(event.id)
        if event.state in ("broken", "died"):
            self._memory.pop(event.id, None)
        elif event.touches or event.id in self._recalled:
            self._memory[event.id] = self._place("memory", _PASSIVE[event.side], event, event.strength)

    def _place(self, family: Family, sign: int, event: Absorption | Sweep | Memory, evidence: float) -> Place:
        low, high = round(event.low / self._tick_size), round(event.high / self._tick_size)
        return Place(event.id, family, sign, low, high, evidence, None, event.ts, event)


def _outlasts_day(line: Line) -> bool:
    return isinstance(line, IcebergStep) and line.mark.tier != "inferred"
