"""A generated session in every schema, as a gateway can serve it, made once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from engines.book.by_price import MarketByPrice
from engines.flow.trade_records import trades_of
from feeds.dbn import DbnWriter, Metadata
from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.records import DEFINITION, Batch, Records, Schema
from tests.feeds.streams import made
from tests.market import write_session
from tests.market.files import SYMBOL
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK

CONTRACT = Instrument(SYMBOL, FIRST_INSTRUMENT, TICK, 100.0, "GLBX.MDP3")


@dataclass(frozen=True)
class Day:
    """A short generated market: its files, and its records by schema."""

    files: tuple[Path, ...]
    records: dict[Schema, Records]

    def recording(self) -> Recording:
        return Recording(self.files)

    def batch(self, schema: Schema) -> Batch:
        return Batch(schema, self.records[schema])

    @property
    def snapshot(self) -> int:
        """How many records the snapshot has that the day begins with."""
        return int(np.argmin((self.records[Schema.MBO]["flags"] & 32) != 0))


def _levels(schema: Schema, orders: Records) -> Records:
    derived = MarketByPrice(schema, lambda _: TICK)
    return np.concatenate([told.copy() for told in derived.process(orders)])


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    folder = tmp_path_factory.mktemp("day")
    orders = write_session(folder / "day.mbo.dbn", 5, minutes=0.3).array
    definition = made(
        DEFINITION,
        19,
        1,
        instrument_id=FIRST_INSTRUMENT,
        raw_symbol=SYMBOL.encode(),
        min_price_increment=TICK,
        unit_of_measure_qty=100_000_000_000,
        instrument_class=ord("F"),
        ts_event=START,
        ts_recv=START,
    )
    records = {
        Schema.MBO: orders,
        Schema.MBP_10: _levels(Schema.MBP_10, orders),
        Schema.MBP_1: _levels(Schema.MBP_1, orders),
        Schema.TRADES: trades_of(orders),
        Schema.DEFINITION: definition,
    }
    files = [folder / "day.mbo.dbn"]
    for schema, own in records.items():
        if schema is Schema.MBO:
            continue
        files.append(folder / f"day.{schema}.dbn")
        with DbnWriter(files[-1], Metadata(dataset="GLBX.MDP3", schema=schema, start=START)) as writer:
            writer.write(own)
    return Day(tuple(files), records)


Follow = Callable[..., None]
