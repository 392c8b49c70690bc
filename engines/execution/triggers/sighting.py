"""What a trigger says: a place that a trade could stand on, from the line of the log that completed it on."""

from dataclasses import dataclass

from engines.events import AggressorSide, Reason
from engines.execution.entry_settings import EntryTrigger
from engines.execution.setup import Ground


@dataclass(frozen=True, slots=True)
class Sighting:
    """Evidence for a trade.

    Attributes:
        ts: Event time from which on it was known.
        ground: Its prices: the entry waits at the near edge, the stop stands beyond the far one.
        by_limit: Whether it is entered by a limit whatever the settings say.
        zone: Id of the zone that it stands on; None for none.
    """

    trigger: EntryTrigger
    side: AggressorSide
    ts: int
    ground: Ground
    reasons: tuple[Reason, ...]
    by_limit: bool = False
    zone: str | None = None
