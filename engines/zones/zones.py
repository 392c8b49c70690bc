"""All engines of zones in their order, so that each finds what those before it said of the same stretch."""

from operator import attrgetter

from engines.events import Event
from engines.timing.market_structure import MarketStructure, StructureSettings
from engines.timing.trading_day import TradingDay
from engines.view import OpenedZone, ZoneMark
from engines.zones.absorption import Absorptions, AbsorptionSettings
from engines.zones.found import Found
from engines.zones.iceberg_marks import IcebergZones
from engines.zones.memory import IcebergMemory, MemorySettings
from engines.zones.memory_state import Recollection
from engines.zones.sweeps import Sweeps, SweepSettings
from feeds.instrument import Instrument


class Zones:
    """Where large traders stand, and what came of it, in one instrument.

    Attributes:
        memory: What outlives the session.
    """

    def __init__(
        self,
        instrument: Instrument,
        memory: MemorySettings | None = None,
        earlier: Recollection | None = None,
        absorption: AbsorptionSettings | None = None,
        icebergs: IcebergZones | None = None,
        *,
        structure: StructureSettings | None = None,
        sweeps: SweepSettings | None = None,
    ) -> None:
        """Begin with what earlier sessions left, if anything; without `icebergs` nobody will look at any zone."""
        self._instrument = instrument
        self._icebergs = icebergs
        watched = icebergs is not None
        self._absorption = Absorptions(instrument, absorption, watched=watched)
        self._sweeps = Sweeps(
            instrument,
            sweeps or SweepSettings(),
            MarketStructure(instrument, structure or StructureSettings()),
            watched=watched,
        )
        self.memory = IcebergMemory(instrument, memory, earlier, watched=watched)

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day: everything of the one before has been taken."""
        self._absorption.begin_day(day)
        self._sweeps.begin_day(day)
        self.memory.begin_day(day)

    def take(self, found: Found) -> list[Event]:
        """Take a stretch and return what is to be said of it; icebergs are said by the pipeline itself."""
        if self._icebergs is not None:
            self._icebergs.take(found)
        absorbed = self._absorption.take(found)
        swept = self._sweeps.take(found, absorbed)
        return absorbed + swept + self.memory.take(found, self._absorption.proofs)

    def finish(self, clock: int) -> list[Event]:
        """Return what is left to be said: the data has ended at `clock`."""
        return self.memory.finish(clock)

    def marks(self) -> tuple[ZoneMark, ...]:
        """Return live zones and the newest ended ones, oldest first."""
        icebergs = () if self._icebergs is None else self._icebergs.marks()
        marks = (*icebergs, *self._absorption.marks(), *self._sweeps.marks(), *self.memory.marks())
        return tuple(sorted(marks, key=attrgetter("first_ts")))

    def opened(self, zone_id: str) -> OpenedZone | None:
        """Return a zone with the records behind it; None where there is none of that id any more."""
        return (
            (None if self._icebergs is None else self._icebergs.opened(zone_id))
            or self._absorption.opened(zone_id)
            or self._sweeps.opened(zone_id)
            or self.memory.opened(zone_id)
        )
