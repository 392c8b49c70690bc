"""Remembered zones in words and figures: event lines, and marks with what speaks for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engines.events import Memory
from engines.view import Evidence, ZoneMark
from engines.zones.memory_layout import HORIZON_NAMES
from engines.zones.memory_zone import Zone
from feeds.instrument import Instrument

_DIGITS: Final = 4
"""Digits of a strength that is said, so that no machine's last bit of an exponential enters a digest."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells of the zones of one instrument; `decay` as of `memory.MemorySettings`."""

    instrument: Instrument
    decay: float

    def event(
        self, zone: Zone, ts: int, reason: str, session: int, reactions: Sequence[tuple[int, int]] = ()
    ) -> Memory:
        """Return the line of a zone as it stands in a session, with how price reacted to one touch where that is it."""
        price = self.instrument.price
        return Memory(
            ts,
            zone.id,
            zone.side,
            price(zone.low),
            price(zone.high),
            zone.state,
            zone.touches,
            zone.judged,
            zone.held,
            zone.age(session),
            round(zone.strength(session, self.decay), _DIGITS),
            dict(zip(HORIZON_NAMES, reactions, strict=False)) if reactions else None,
            reason,
        )

    def mark(self, zone: Zone, session: int, died: str = "") -> ZoneMark:
        """Return a zone as screens show it in a session, or in the one in which it died, with why."""
        return ZoneMark(
            id=zone.id,
            kind="memory",
            label=f"memory of {', '.join(zone.kinds)}" + (", flipped" if zone.flipped else ""),
            side=zone.side,
            low=zone.low,
            high=zone.high,
            first_ts=zone.first_ts,
            last_ts=zone.last_ts,
            state=zone.state,
            live=not died,
            score=round(zone.strength(session, self.decay), _DIGITS),
            evidence=_evidence(zone, session),
            reason=died,
        )


def _evidence(zone: Zone, session: int) -> tuple[Evidence, ...]:
    last = zone.recent[-1].ts if zone.recent else None
    found = [
        Evidence("touches", str(zone.touches), last),
        Evidence("held", f"{zone.held} of {zone.judged}" if zone.judged else "--"),
        Evidence("age", f"{zone.age(session)} sessions"),
        Evidence("lots", f"{zone.evidence:.1f} minutes' worth"),
    ]
    for place, name in enumerate(HORIZON_NAMES):
        reactions = [touch.reactions[place] for touch in zone.recent if len(touch.reactions) > place]
        if reactions:
            best, worst = (sum(column) / len(reactions) for column in zip(*reactions, strict=True))
            found.append(Evidence(f"after {name}", f"+{best:.0f} / -{worst:.0f} ticks ({len(reactions)})"))
    if zone.origin:
        found.append(Evidence("from", f"{zone.origin} ticks"))
    return tuple(found)
