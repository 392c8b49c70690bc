"""A market for the demo: a recording that is made while it plays, and never ends."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Final

from feeds.read_ahead import read_ahead
from feeds.recording import Contents, Recording
from feeds.records import DEMO_DATASET, Batch, Provenance, Schema
from feeds.replay import Replay
from feeds.simulator.contract import CONTRACT, INSTRUMENT_ID, SYMBOL
from feeds.simulator.session import Simulation, SimulationSettings

_SLICE_NS: Final = 500_000_000
"""Market time made at once; short, so that the first frame has something to show."""
_SLICES_AHEAD: Final = 8
"""Slices made ahead of the screen; bounds memory."""


class EndlessMarket(Recording):
    """A simulated session of any length, the same from its start whenever it is played again.

    Only a few slices exist at a time, made in a second thread ahead of whoever reads.
    """

    def __init__(self, settings: SimulationSettings | None = None) -> None:
        super().__init__([])
        self.settings = settings or SimulationSettings()
        self._ready: Simulation | None = None

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

    def _made(self) -> Iterator[Batch]:
        simulation, self._ready = self._ready or Simulation(self.settings), None
        for batch in simulation.batches(slice_ns=_SLICE_NS):
            simulation.truth.taken()
            yield batch


class EndlessReplay(Replay):
    """Plays a market that has a start and no end."""

    def __init__(self, market: EndlessMarket, *, speed: float | None = 1.0) -> None:
        super().__init__(market, speed=speed)
        self.start = market.settings.start

    def measure(self) -> None:
        """There is no end to look for."""
