"""Level records written by hand, and sessions of level records derived from generated orders."""

from typing import Any, Final

import numpy as np

from engines.book.by_price import MarketByPrice
from engines.flow.trade_records import trades_of
from feeds.records import F_LAST, MBP_1, MBP_10, TRADE, UNDEFINED_PRICE, Records, Schema
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK
from tests.oracle.levels import PlainLevels, read_levels

LAYOUTS: Final = {Schema.MBP_10: MBP_10, Schema.MBP_1: MBP_1, Schema.TBBO: MBP_1, Schema.TRADES: TRADE}
RTYPES: Final = {Schema.MBP_10: 10, Schema.MBP_1: 1, Schema.TBBO: 1, Schema.TRADES: 0}
DEPTHS: Final = {Schema.MBP_10: 10, Schema.MBP_1: 1, Schema.TBBO: 1, Schema.TRADES: 0}
SECOND: Final = 1_000_000_000
Levels = dict[int, int]
"""Lots by tick, best first."""


class LevelTape:
    """Writes level records one by one: a T with the levels as they are, anything else with the levels it makes.

    Attributes:
        bids: Lots by tick, best first, as the next record shows them.
        asks: The same of the asks.
    """

    def __init__(self, bids: Levels, asks: Levels, schema: Schema = Schema.MBP_10) -> None:
        self.bids = bids
        self.asks = asks
        self.schema = schema
        self._records: list[Records] = []
        self._ts = START

    def wait(self, ns: int = 1) -> "LevelTape":
        """Let time pass: what comes next belongs to another event."""
        self._ts += ns
        return self

    def trade(self, side: str, tick: int, size: int, **fields: Any) -> "LevelTape":
        """Write a T of a buyer (`B`), a seller (`A`) or nobody (`N`)."""
        return self._write("T", side, tick, size, {"flags": 0} | fields)

    def end(self, bids: Levels | None = None, asks: Levels | None = None, **fields: Any) -> "LevelTape":
        """Write the record that ends an event, with the levels after it; a side left out stays as it was."""
        self.bids = self.bids if bids is None else bids
        self.asks = self.asks if asks is None else asks
        return self._write("M", "B", 0, 1, {"flags": F_LAST} | fields).wait()

    def _write(self, action: str, side: str, tick: int, size: int, fields: dict[str, Any]) -> "LevelTape":
        record = np.zeros(1, LAYOUTS[self.schema])
        record["length"], record["rtype"] = record.dtype.itemsize // 4, RTYPES[self.schema]
        record["instrument_id"], record["ts_event"], record["ts_recv"] = FIRST_INSTRUMENT, self._ts, self._ts
        record["action"], record["side"], record["price"], record["size"] = ord(action), ord(side), tick * TICK, size
        for name, levels in (("bid", self.bids), ("ask", self.asks)):
            shown = [*levels.items(), *[(UNDEFINED_PRICE, 0)] * DEPTHS[self.schema]]
            for number, (level, lots) in enumerate(shown[: DEPTHS[self.schema]]):
                undefined = level == UNDEFINED_PRICE
                record[f"{name}_px_{number:02}"] = UNDEFINED_PRICE if undefined else level * TICK
                record[f"{name}_sz_{number:02}"] = lots
                record[f"{name}_ct_{number:02}"] = -(-lots // 2)
        for field, value in fields.items():
            record[field] = value
        self._records.append(record)
        return self

    def records(self) -> Records:
        """Return all records written so far."""
        return np.concatenate(self._records)


def set_apart(orders: Records) -> Records:
    """Return MBO records whose events differ in time by at least a nanosecond, as they do at the exchange.

    By price, an event that changed no visible level could not be told from another one of the same time.
    """
    apart = orders.copy()
    numbers = np.zeros(len(orders), np.uint64)
    numbers[1:] = np.cumsum((orders["flags"][:-1] & F_LAST) != 0)
    apart["ts_event"] += numbers
    apart["ts_recv"] += numbers
    return apart


def levels_of(orders: Records, schema: Schema, tick: int = TICK) -> Records:
    """Return the mbp-10, mbp-1, tbbo or trade records of MBO records, whose events are set apart."""
    wide = Schema.MBP_10 if schema is Schema.MBP_10 else Schema.MBP_1
    told = [piece.copy() for piece in MarketByPrice(wide, lambda _: tick).process(set_apart(orders))]
    records: Records = np.concatenate([np.zeros(0, LAYOUTS[wide]), *told])
    if schema is Schema.TBBO:
        records = records[records["action"] == ord("T")]
    return trades_of(records) if schema is Schema.TRADES else records


def plain_levels(records: Records, schema: Schema, quiet: int, *, instrument_id: int = FIRST_INSTRUMENT) -> PlainLevels:
    """Return the oracle's reading of a stream."""
    judges = schema in {Schema.MBP_10, Schema.MBP_1}
    return read_levels(records, instrument_id, TICK, depth=DEPTHS[schema], judges=judges, quiet=quiet)
