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

from collections.abc import Iterable
from typing import Final

import msgspec

from engines.events import Absorption, AggressorSide, Event, Memory, PassiveSide, Sweep
from engines.saturation import saturated
from engines.zones.icebergs import IcebergStep
from feeds.instrument import Instrument

RESTING: Final = 0
"""The family of absorption and icebergs: one, since the same lots make both."""
SWEEP: Final = 1
MEMORY: Final = 2
SWEEP_LIFE_NS: Final = 3_600_000_000_000
_PASSIVE: Final[dict[PassiveSide, int]] = {"bid": 1, "ask": -1}
_SPEAKS_FOR: Final[dict[AggressorSide, int]] = {"buy": 1, "sell": -1}
_CELL_TICKS: Final = 64


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where somebody stands, as of the newest line of it.

    Attributes:
        id: As of its lines.
        family: RESTING, SWEEP or MEMORY; each rests on facts of its own.
        sign: Whom it counts for: 1 for buy, -1 for sell.
        low: Lowest tick.
        evidence: Strength of the evidence, 0 to 1.
        lots: Lots taken there, where evidence grows with them; 0 elsewhere.
        ts: Time of its newest line.
        line: That line; of an iceberg the step that it tells.
    """

    id: str
    family: int
    sign: int
    low: int
    high: int
    evidence: float
    lots: int
    ts: int
    line: Absorption | IcebergStep | Sweep | Memory

    def away(self, tick: int) -> int:
        """Ticks from its near edge to a price that it holds; negative where price is inside or through it."""
        return tick - self.high if self.sign > 0 else self.low - tick

    def beyond(self, tick: int) -> int:
        """Ticks by which a price is through its far edge; negative where it is not."""
        return self.low - tick if self.sign > 0 else tick - self.high


class Places:
    """The places of one instrument that nothing has ended yet, found by price."""

    def __init__(self, instrument: Instrument) -> None:
        """Start with none."""
        self._tick_size = instrument.tick_size
        self._live: dict[str, Place] = {}
        self._cells: dict[int, dict[str, Place]] = {}
        self._sweeps: dict[str, Place] = {}
        self._recalled: set[str] = set()
        self._steps: dict[str, IcebergStep] = {}

    def near(self, tick: int, reach: int, beyond: int) -> list[Place]:
        """Return those within `reach` ticks of a price that they hold, or that it is at most `beyond` ticks through.

        One that crosses the border of two cells may come twice.
        """
        self._take_steps()
        widest = max(reach, beyond)
        first, last = (tick - widest) // _CELL_TICKS, (tick + widest) // _CELL_TICKS
        # Where damaged records make the reach enormous, there are fewer cells in use than in reach.
        is_wide = last - first >= len(self._cells)
        cells = [cell for cell in sorted(self._cells) if first <= cell <= last] if is_wide else range(first, last + 1)
        found: list[Place] = []
        for cell in cells:
            places = self._cells.get(cell)
            if places is not None:
                found += [
                    place
                    for place in places.values()
                    if (
                        place.low - beyond <= tick <= place.high + reach
                        if place.sign > 0
                        else place.low - reach <= tick <= place.high + beyond
                    )
                ]
        return found

    def begin_day(self) -> None:
        """Start a trading day: absorption, inferred icebergs and sweeps end with the one before."""
        self._take_steps()
        for place in [place for place in self._live.values() if not _outlasts_day(place)]:
            self._end(place.id)

    def hear(self, event: Event) -> None:
        """Take what an engine of zones said; what tells of no place changes nothing."""
        if isinstance(event, Memory):
            self._hear_memory(event)
        elif isinstance(event, Absorption):
            self._hear_absorption(event)
        elif isinstance(event, Sweep) and event.score is not None:
            self._put_zone(SWEEP, _SPEAKS_FOR[event.direction], _of_burst(event.score), event)
            self._sweeps[event.id] = self._live[event.id]

    def hear_icebergs(self, steps: Iterable[IcebergStep]) -> None:
        """Take steps of icebergs, in the order of their times."""
        for step in steps:
            self._steps[step.mark.id] = step

    def lots(self, id_: str) -> int:
        """Return the lots of an iceberg as of the newest reading, 0 where there was none."""
        place = self._live.get(id_)
        return 0 if place is None else place.lots

    def close_minute(self, end: int, close: int) -> None:
        """End the sweeps that a closed minute refutes, and those that are old."""
        if not self._sweeps:
            return
        for place in list(self._sweeps.values()):
            if place.beyond(close) > 0 or end - place.ts >= SWEEP_LIFE_NS:
                self._end(place.id)

    def _take_steps(self) -> None:
        """Take the newest step of each iceberg that took any: of a burst of refreshes only the last one counts."""
        if not self._steps:
            return
        for id_, step in self._steps.items():
            mark = step.mark
            if mark.is_live:
                sign, tick = _PASSIVE[mark.side], mark.tick
                self._put(Place(id_, RESTING, sign, tick, tick, mark.score, mark.filled, step.ts, step))
            else:
                self._end(id_)
        self._steps.clear()

    def _hear_absorption(self, event: Absorption) -> None:
        if event.state in ("broken", "expired"):
            self._end(event.id)
        else:
            self._put_zone(RESTING, _PASSIVE[event.side], event.score, event)

    def _hear_memory(self, event: Memory) -> None:
        if event.state == "recalled":
            self._recalled.add(event.id)
        if event.state in ("broken", "died"):
            self._end(event.id)
            self._recalled.discard(event.id)
        elif event.touches or event.id in self._recalled:
            self._put_zone(MEMORY, _PASSIVE[event.side], event.strength, event)

    def _put_zone(self, family: int, sign: int, evidence: float, line: Absorption | Sweep | Memory) -> None:
        low, high = round(line.low / self._tick_size), round(line.high / self._tick_size)
        self._put(Place(line.id, family, sign, low, high, evidence, 0, line.ts, line))

    def _put(self, place: Place) -> None:
        """Keep a place, in every cell of prices that it reaches into."""
        known = self._live.get(place.id)
        if known is not None and (known.low != place.low or known.high != place.high):
            self._end(place.id)
        self._live[place.id] = place
        for cell in range(place.low // _CELL_TICKS, place.high // _CELL_TICKS + 1):
            self._cells.setdefault(cell, {})[place.id] = place

    def _end(self, id_: str) -> None:
        place = self._live.pop(id_, None)
        if place is None:
            return
        self._sweeps.pop(id_, None)
        for cell in range(place.low // _CELL_TICKS, place.high // _CELL_TICKS + 1):
            places = self._cells[cell]
            del places[id_]
            if not places:
                del self._cells[cell]


def _of_burst(score: float) -> float:
    """Return the evidence of a sweep by its score, x / (x + half): x / half is it in multiples of what says a half."""
    return saturated(score / (1.0 - score)) if score < 1.0 else 1.0


def _outlasts_day(place: Place) -> bool:
    if isinstance(place.line, IcebergStep):
        return place.line.mark.tier != "inferred"
    return place.family == MEMORY
