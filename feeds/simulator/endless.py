"""A market for the demo: a recording that is made while it plays, and never ends."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Final

from feeds.read_ahead import read_ahead
from feeds.recording import Contents, Recording
from feeds.records import DEMO_DATASET, Batch, Provenance, Schema
from feeds.replay import Replay
from feeds.simulator.contract import CONTRACT, INSTRUMENT_ID, SYMBOL
from feeds.simulator.day import NEW_YORK
from feeds.simulator.session import Simulation, SimulationSettings

_SLICE_NS: Final = 500_000_000
"""Market time made at once; short, so that the first frame has something to show."""
_EARLIER_SLICE_NS: Final = 120_000_000_000
"""The same of what comes before it opens, which is played as fast as it is made."""
_AWAKE_NS: Final = 30 * 60 * 1_000_000_000
"""So long before it opens it is as lively as at that hour; engines learn what is usual from the newest minutes."""
_SLICES_AHEAD: Final = 8
"""Slices made ahead of the screen; bounds memory."""


class EndlessMarket(Recording):
    """A simulated session of any length, the same from its start whenever it is played again.

    Only a few slices exist at a time, made in a second thread ahead of whoever reads.

    Attributes:
        settings: What it is made from.
        opens: When it is to be seen, ns: what it trades before is there for engines to learn from.
    """

    def __init__(self, settings: SimulationSettings | None = None, *, earlier: int = 0) -> None:
        """Prepare a market that has traded for `earlier` ns at the start of `settings`, asleep until shortly before."""
        super().__init__([])
        settings = settings or SimulationSettings()
        self.opens = settings.start
        if earlier:
            settings = replace(settings, start=settings.start - earlier, awake=settings.start - _AWAKE_NS)
        self.settings = settings
        self._ready: Simulation | None = None
        self._clock = self.settings.start

    @property
    def source(self) -> str:
        """What the screen says instead of a file name."""
        return f"simulated market, seed {self.settings.seed}"

    @property
    def dataset(self) -> str:
        """The dataset code that marks simulated data."""
        return DEMO_DATASET

    @property
    def provenance(self) -> Provenance:
        """Always `DEMO`."""
        return Provenance.DEMO

    def batches(self, most: int = 2**62) -> Generator[Batch, None, None]:
        """Yield the session from its start, without end, at most `most` records to a batch."""
        with closing(read_ahead(self._made(), _SLICES_AHEAD)) as batches:
            for batch in batches:
                for start in range(0, len(batch), most):
                    yield batch.cut(start, start + most) if len(batch) > most else batch

    def contents(self) -> Contents:
        """Tell the contract, and prepare the market, which takes a while when its kernels are new."""
        self._ready = self._ready or Simulation(self.settings)
        contents = Contents(counts={INSTRUMENT_ID: 1}, symbols={INSTRUMENT_ID: SYMBOL})
        contents.defined[INSTRUMENT_ID] = CONTRACT
        contents.schemas[INSTRUMENT_ID] = Schema.MBO
        return contents

    @property
    def notes(self) -> tuple[str, ...]:
        """Say how far what comes before it opens has come."""
        if self._clock >= self.opens:
            return ()
        now, opens = (datetime.fromtimestamp(one // 10**9, NEW_YORK) for one in (self._clock, self.opens))
        return (f"the engines learn from the hours before: {now:%H:%M} of {opens:%H:%M} New York",)

    def _made(self) -> Iterator[Batch]:
        simulation, self._ready = self._ready or Simulation(self.settings), None
        earlier = simulation.batches(self.opens, _EARLIER_SLICE_NS) if simulation.clock < self.opens else iter(())
        for batch in chain(earlier, simulation.batches(slice_ns=_SLICE_NS)):
            simulation.truth.taken()
            self._clock = simulation.clock
            yield batch


class EndlessReplay(Replay):
    """Plays a market that has a start and no end."""

    endless = True

    def __init__(self, market: EndlessMarket, *, speed: float | None = 1.0) -> None:
        """Prepare to play at `speed`, once all that comes before the market opens was played at once."""
        super().__init__(market, speed=speed, since=market.opens if market.opens > market.settings.start else None)
        self.start = market.settings.start

    def measure(self) -> None:
        """There is no end to look for."""
