"""Places where somebody stands, by the newest line that the log says of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from engines.events import Absorption, Event, Iceberg, Memory, PassiveSide, Reason
from engines.execution.setup import Ground
from feeds.instrument import Instrument

PlaceKind = Literal["absorption", "iceberg", "memory", "pool"]
_ENDED: Final = frozenset({"broken", "expired", "executed", "cancelled", "died"})
"""States after which nobody stands there any more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands.

    Attributes:
        since: Time of its first line.
        ts: Time of its newest one.
        weight: Lots that an iceberg filled, strength of a memory, draw of a pool; of absorption its lots.
        what: What is known of it, in words; of a pool what it is.
    """

    id: str
    kind: PlaceKind
    side: PassiveSide
    ground: Ground
    since: int
    ts: int
    weight: float
    what: str

    @property
    def name(self) -> str:
        """What it is called (`bid absorption`, `prior day low`)."""
        return self.what if self.kind == "pool" else f"{self.side} {self.kind}"

    def reason(self) -> Reason:
        """Return what the log says of it."""
        return Reason(self.name, self.what, self.weight, self.kind, self.ts, self.id)


def ended(event: Event) -> str | None:
    """Return the id of the place that a line ends; None where it ends none."""
    if isinstance(event, Absorption | Iceberg | Memory) and event.state in _ENDED:
        return event.id
    return None


class Places:
    """The places of one instrument that nothing has ended yet."""

    def __init__(self, instrument: Instrument) -> None:
        """Start with none."""
        self._instrument = instrument
        self._live: dict[str, Place] = {}

    def __iter__(self) -> Iterator[Place]:
        """Yield them, those first told of first."""
        return iter(self._live.values())

    def hear(self, event: Event) -> None:
        """Take a line; what tells of no place changes nothing."""
        over = ended(event)
        if over is not None:
            self._live.pop(over, None)
        elif isinstance(event, Absorption):
            ground = self._ground(event.low, event.high)
            self._put(event, "absorption", ground, event.volume, f"{event.volume} lots absorbed")
        elif isinstance(event, Iceberg):
            ground = self._ground(event.price, event.price)
            self._put(event, "iceberg", ground, event.filled, f"{event.filled} lots filled")
        elif isinstance(event, Memory):
            ground = self._ground(event.low, event.high)
            self._put(event, "memory", ground, event.strength, f"held {event.held} of {event.judged}")

    def _ground(self, low: float, high: float) -> Ground:
        return Ground(self._instrument.ticks(low), self._instrument.ticks(high))

    def _put(
        self, event: Absorption | Iceberg | Memory, kind: PlaceKind, ground: Ground, weight: float, what: str
    ) -> None:
        before = self._live.get(event.id)
        since = event.ts if before is None else before.since
        self._live[event.id] = Place(event.id, kind, event.side, ground, since, event.ts, weight, what)
