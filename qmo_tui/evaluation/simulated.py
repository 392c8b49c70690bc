"""A simulated session that exists in memory only, batch by batch, as a recording with its truth."""

from collections.abc import Iterator
from typing import Any

from engines.book.by_price import MarketByPrice
from feeds.recording import Contents, Recording
from feeds.records import DEMO_DATASET, Batch, Provenance, Schema
from feeds.simulator.contract import CONTRACT, INSTRUMENT_ID, SYMBOL
from feeds.simulator.session import Simulation, SimulationSettings
from qmo_tui.evaluation.truth_file import Thing, take_truth


class SimulatedSession(Recording):
    """One simulated session of a given length; run it once, then ask for its truth."""

    def __init__(self, settings: SimulationSettings, length: int, schema: Schema = Schema.MBO) -> None:
        """Prepare a session of `length` ns; its orders are told as they are, or by price."""
        super().__init__([])
        self._settings = settings
        self._length = length
        self._schema = schema
        self._told: list[Thing] = []

    @property
    def source(self) -> str:
        """What incidents name it by."""
        return f"seed {self._settings.seed}"

    @property
    def dataset(self) -> str:
        """The dataset code that marks simulated data."""
        return DEMO_DATASET

    @property
    def provenance(self) -> Provenance:
        """Always `DEMO`."""
        return Provenance.DEMO

    def contents(self) -> Contents:
        """Tell the contract and the schema."""
        contents = Contents(counts={INSTRUMENT_ID: 1}, symbols={INSTRUMENT_ID: SYMBOL})
        contents.defined[INSTRUMENT_ID] = CONTRACT
        contents.schemas[INSTRUMENT_ID] = self._schema
        return contents

    def batches(self, most: int = 2**62) -> Iterator[Batch]:
        """Yield the session from its start, at most `most` records to a batch."""
        simulation = Simulation(self._settings)
        self._told = []
        made = simulation.batches(until=self._settings.start + self._length)
        for batch in made if self._schema is Schema.MBO else _by_price(made, self._schema):
            self._keep(simulation.truth.taken())
            for start in range(0, len(batch), most):
                yield batch.cut(start, start + most)
        self._keep(simulation.truth.finish())

    def truth(self) -> list[Thing]:
        """Return what is true of the session that `batches` has yielded."""
        return self._told

    def _keep(self, lines: list[dict[str, Any]]) -> None:
        self._told += take_truth(lines)


def _by_price(batches: Iterator[Batch], schema: Schema) -> Iterator[Batch]:
    """Derive what the market looks like by price from its orders; other records stay as they are."""
    market = MarketByPrice(schema, lambda _instrument_id: CONTRACT.tick)
    for batch in batches:
        if batch.schema is not Schema.MBO:
            yield batch
            continue
        for records in market.process(batch.records):
            yield Batch(schema, records.copy(), batch.provenance, batch.instrument)
