"""All engines of zones in their order, so that each finds what those before it said of the same stretch."""

from engines.events import Event
from engines.timing.trading_day import TradingDay
from engines.view import OpenedZone, ZoneMark
from engines.zones.found import Found
from feeds.instrument import Instrument


class Zones:
    """Where large traders stand, and what came of it, in one instrument."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day: everything of the one before has been taken."""

    def take(self, found: Found) -> list[Event]:
        """Take a stretch and return what is to be said of it."""
        return []

    def finish(self, clock: int) -> list[Event]:
        """Return what is left to be said: the data has ended at `clock`."""
        return []

    def marks(self) -> tuple[ZoneMark, ...]:
        """Return live zones and the newest ended ones, oldest first."""
        return ()

    def opened(self, zone_id: str) -> OpenedZone | None:
        """Return a zone with the records behind it; None where there is none of that id any more."""
        return None
