"""One remembered zone: its band, what confirmed it, what price did at it, and how much it counts."""

from collections import deque
from dataclasses import dataclass, field
from math import exp
from typing import Final

from msgspec.structs import replace

from engines.events import MemoryState, PassiveSide
from engines.saturation import saturated
from engines.zones.memory_state import KeptTouch, KeptZone
from engines.zones.newest_records import NewestRecords

TOUCHES_KEPT: Final = 16
"""Touches kept of each zone."""
OTHER_SIDE: Final[dict[PassiveSide, PassiveSide]] = {"bid": "ask", "ask": "bid"}
_SHARED_FIELDS: Final = [name for name in KeptZone.__struct_fields__ if name not in {"kinds", "recent", "armed"}]


@dataclass(slots=True)
class Zone:
    """One remembered zone; fields as of `KeptZone`, whether it is armed stands in its PLACE row."""

    number: int
    side: PassiveSide
    low: int
    high: int
    evidence: float
    kinds: list[str]
    first_ts: int
    last_ts: int
    session: int
    touches: int = 0
    judged: int = 0
    held: int = 0
    flipped: bool = False
    origin: str = ""
    state: MemoryState = "remembered"
    recent: deque[KeptTouch] = field(default_factory=lambda: deque(maxlen=TOUCHES_KEPT))
    records: NewestRecords = field(default_factory=NewestRecords)

    @property
    def id(self) -> str:
        """Its id in events and on screens."""
        return f"memory-{self.number}"

    def away(self, tick: int) -> int:
        """How far price is from the near edge, on the side that the zone supports."""
        return tick - self.high if self.side == "bid" else self.low - tick

    def fits(self, side: PassiveSide, low: int, high: int, *, apart: int, widest: int) -> bool:
        """Whether a band belongs to it: at most so many ticks apart, and together not wider than that."""
        if self.side != side:
            return False
        if self.low <= low and high <= self.high:
            return self.high - self.low <= widest
        return (
            low - apart <= self.high
            and high + apart >= self.low
            and max(high, self.high) - min(low, self.low) <= widest
        )

    def age(self, session: int) -> int:
        """Sessions since it was last confirmed, in the session of a number."""
        return max(0, session - self.session)

    def strength(self, session: int, decay: float) -> float:
        """How much it counts in a session, 0 to 1: evidence x hit rate x decay, as `memory` explains them."""
        rate = (self.held + 1) / (self.judged + 2)
        return saturated(self.evidence) * rate * exp(-self.age(session) / decay)

    def widen(self, low: int, high: int) -> None:
        """Grow to hold a band."""
        self.low, self.high = min(self.low, low), max(self.high, high)

    def take_in(self, other: "Zone") -> None:
        """Take in all that another zone of its side stands for, its touches too; the records behind it are its own."""
        self.widen(other.low, other.high)
        self.evidence += other.evidence
        self.kinds += [kind for kind in other.kinds if kind not in self.kinds]
        self.first_ts, self.last_ts = min(self.first_ts, other.first_ts), max(self.last_ts, other.last_ts)
        self.session = max(self.session, other.session)
        self.touches, self.judged = self.touches + other.touches, self.judged + other.judged
        self.held, self.flipped = self.held + other.held, self.flipped or other.flipped
        self.recent.extend(other.recent)


def recalled(kept: KeptZone) -> Zone:
    """Return a zone as an earlier session left it."""
    fields = {name: getattr(kept, name) for name in _SHARED_FIELDS}
    return Zone(**fields, kinds=list(kept.kinds), recent=deque(map(replace, kept.recent), TOUCHES_KEPT))


def kept_of(zone: Zone, *, armed: bool) -> KeptZone:
    """Return what a later session should know of a zone."""
    fields = {name: getattr(zone, name) for name in _SHARED_FIELDS}
    return KeptZone(**fields, kinds=tuple(zone.kinds), recent=tuple(map(replace, zone.recent)), armed=armed)
