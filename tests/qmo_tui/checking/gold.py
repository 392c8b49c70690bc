"""A few seconds of gold in every schema, ten records a second, as a gateway can serve them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from feeds.dbn import DbnWriter, Interval, Mapping, Metadata
from feeds.recording import Recording
from feeds.records import DEFINITION, F_LAST, MBO, MBP_1, MBP_10, TRADE, Records, Schema
from qmo_tui.checking.asking import SCHEMAS
from tests.feeds.streams import SECOND, START, made

CONTRACT = "GCG4"
NUMBER = 17_077
TICK = SECOND // 10
COUNT = 100
_LAYOUTS = {
    Schema.TRADES: (TRADE, 0),
    Schema.TBBO: (MBP_1, 1),
    Schema.MBP_1: (MBP_1, 1),
    Schema.MBP_10: (MBP_10, 10),
    Schema.MBO: (MBO, 160),
}


def flow(schema: Schema, **fields: Any) -> Records:
    """Return bids that join the book, or sales of three lots at a bid of 2,034.50 where the schema is of trades."""
    layout, rtype = _LAYOUTS[schema]
    action = "T" if schema in {Schema.TRADES, Schema.TBBO} else "A"
    side = "A" if action == "T" else "B"
    times = START + np.arange(COUNT, dtype=np.uint64) * np.uint64(SECOND // 10)
    told = {
        "instrument_id": NUMBER,
        "ts_event": times,
        "ts_recv": times,
        "price": 20_345 * TICK,
        "size": 3,
        "action": ord(action),
        "side": ord(side),
        "flags": F_LAST,
    }
    return made(layout, rtype, COUNT, **(told | fields))


def definition(symbol: str = CONTRACT, tick: int = TICK) -> Records:
    return made(
        DEFINITION,
        19,
        1,
        instrument_id=NUMBER,
        raw_symbol=symbol.encode(),
        min_price_increment=tick,
        unit_of_measure_qty=100 * SECOND,
        instrument_class=ord("F"),
    )


def gold(
    folder: Path, schemas: Iterable[Schema] = SCHEMAS, *, symbol: str = CONTRACT, defined: Records | None = None
) -> Recording:
    """Write a recording of these schemas with the contract's definition, if one is given."""
    parts = {schema: flow(schema) for schema in schemas}
    if defined is not None:
        parts[Schema.DEFINITION] = defined
    mappings = (Mapping(symbol, (Interval(20_240_101, 20_240_201, str(NUMBER)),)),)
    for schema, records in parts.items():
        header = Metadata(dataset="GLBX.MDP3", schema=schema, start=START, symbols=(symbol,), mappings=mappings)
        with DbnWriter(folder / f"gold.{schema}.dbn", header) as writer:
            writer.write(records)
    return Recording([folder / f"gold.{schema}.dbn" for schema in parts])
