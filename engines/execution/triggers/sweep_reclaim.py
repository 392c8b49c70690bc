"""Sweep and reclaim: stops beyond a pool were taken and price came back inside, which the line `sweep` says."""

from collections.abc import Iterable

from engines.events import Event, Reason, Sweep
from engines.execution.setup import Ground
from engines.execution.triggers.sighting import Sighting
from feeds.instrument import Instrument


class SweepReclaims:
    """Takes sweeps as they are said: their zone reaches from the extreme to the nearest pool taken."""

    def __init__(self, instrument: Instrument) -> None:
        """Start with none."""
        self._tick = instrument.tick_size

    def hear(self, event: Event) -> Iterable[Sighting]:
        """Take a line of the log; return what it completes."""
        if not isinstance(event, Sweep) or event.state != "swept":
            return ()
        ground = Ground(round(event.low / self._tick), round(event.high / self._tick))
        text = f"{event.pool.label} swept by {event.penetration} ticks and reclaimed"
        reason = Reason("sweep", text, event.score, "sweep", event.ts, event.id)
        return (Sighting("sweep_reclaim", event.direction, event.ts, ground, (reason,), zone=event.id),)
