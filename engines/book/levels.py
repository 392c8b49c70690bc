"""Trades and the top of the book from schemas without order ids: mbp-1, mbp-10, tbbo and trades.

There are no orders here, so there is no queue, no iceberg and no kind of aggressor; what remains is who traded, at what
price, and what was quoted. The clock and the boundary follow the same rules as in the order book (`kernel`).
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from engines.book.book import BookOutput
from engines.book.clock import is_trusted
from engines.book.layout import (
    BOUNDARY,
    DONE,
    HIDDEN,
    KIND_UNKNOWN,
    NEVER,
    NO_ASK,
    NO_BID,
    OUTPUT_FULL,
    TRADE,
    TRADE_BUY,
    TRADE_NONE,
    TRADE_SELL,
    RecordArray,
)
from engines.compiled import compiled, signed
from feeds.records import ACTION_TRADE, F_LAST, F_SNAPSHOT, SIDE_ASK, SIDE_BID, UNDEFINED_PRICE
from feeds.records import TRADE as TRADE_RECORD

_TRADES: Final = 16_384

LEVELS_NOW: Final = np.dtype(
    [
        ("instrument_id", np.uint32),
        ("tick_size", np.int64),
        ("records", np.int64),
        ("others", np.int64),
        ("clock", np.int64),
        ("received", np.int64),
        ("boundary", np.int64),
        ("event", np.int64),
        ("traded", np.bool_),
        ("trades", np.int64),
        ("trade_events", np.int64),
        ("off_tick", np.int64),
        ("late_records", np.int64),
        ("best_bid", np.int64),
        ("best_bid_size", np.int64),
        ("best_ask", np.int64),
        ("best_ask_size", np.int64),
    ],
    align=True,
)


class LevelArrays(NamedTuple):
    """What the kernel works on: LEVELS_NOW (one record) and TRADE rows (output)."""

    now: RecordArray
    trades: RecordArray


@compiled
def process_trades(book: LevelArrays, records: RecordArray, start: int) -> tuple[int, int]:
    """Take records that begin like a trade record; return (position reached, DONE, OUTPUT_FULL or BOUNDARY)."""
    now = book.now[0]
    for position in range(start, len(records)):
        record = records[position]
        if record.instrument_id != now.instrument_id:
            now.others += 1
            now.records += 1
            continue
        if now.trades == len(book.trades):
            return position, OUTPUT_FULL
        snapshot = (record.flags & F_SNAPSHOT) != 0
        time = signed(record.ts_event)
        received = signed(record.ts_recv)
        if not snapshot and is_trusted(time, received, now.clock):
            if time >= now.boundary:
                return position, BOUNDARY
            if time < now.clock:
                now.late_records += 1
            else:
                now.clock = time
        now.received = max(now.received, received)
        if record.action == ACTION_TRADE:
            _take_trade(book, record)
        if record.flags & F_LAST:
            now.event += 1
            if now.traded:
                now.trade_events += 1
                now.traded = False
        now.records += 1
    return len(records), DONE


@compiled
def _take_trade(book: LevelArrays, record: Any) -> None:
    now = book.now[0]
    tick = record.price // now.tick_size
    if record.price == UNDEFINED_PRICE or tick * now.tick_size != record.price:
        now.off_tick += 1
        return
    now.traded = True
    row = book.trades[now.trades]
    now.trades += 1
    row.index = now.records
    row.clock = now.clock
    row.ts_event = signed(record.ts_event)
    row.event = now.event
    row.order_id = np.uint64(0)
    row.tick = tick
    row.size = signed(record.size)
    row.side = TRADE_NONE
    if record.side == SIDE_BID:
        row.side = TRADE_BUY
    elif record.side == SIDE_ASK:
        row.side = TRADE_SELL
    row.kind = KIND_UNKNOWN
    row.first = True


class LevelBook:
    """The top of one instrument's book and its trades, from level or trade records."""

    def __init__(self, instrument_id: int, tick: int) -> None:
        """Start empty; `tick` is the price step in wire units of 1e-9."""
        now = np.zeros(1, LEVELS_NOW)
        now["instrument_id"], now["tick_size"] = instrument_id, tick
        now["boundary"] = NEVER
        now["best_bid"], now["best_ask"] = NO_BID, NO_ASK
        self._arrays = LevelArrays(now, np.zeros(_TRADES, TRADE))
        self._no_hiddens: RecordArray = np.zeros(0, HIDDEN)

    @property
    def now(self) -> Any:
        """The scalars, a `LEVELS_NOW` record."""
        return self._arrays.now[0]

    def process(self, records: RecordArray, start: int = 0) -> Iterator[BookOutput]:
        """Apply records of one level or trade schema; yields and caller's duties as in `Book.process`."""
        position = start
        # All these schemas begin with the fields of a trade record: one kernel reads them through that prefix.
        prefix = np.ndarray(len(records), TRADE_RECORD, records, strides=records.strides)
        if prefix.strides != (TRADE_RECORD.itemsize,):
            prefix = prefix.copy()
        prefix.flags.writeable = False
        while True:
            position, reason = process_trades(self._arrays, prefix, position)
            if reason == DONE and "bid_px_00" in (records.dtype.names or ()):
                self._take_quote(records)
            count = int(self._arrays.now["trades"][0])
            yield BookOutput(position, self._arrays.trades[:count], self._no_hiddens, reason == BOUNDARY)
            self._arrays.now["trades"] = 0
            if reason == DONE:
                return

    @property
    def best_bid(self) -> int | None:
        """Tick of the best bid last quoted; None where none was."""
        tick = int(self.now["best_bid"])
        return None if tick == NO_BID else tick

    @property
    def best_ask(self) -> int | None:
        """Tick of the best ask last quoted; None where none was."""
        tick = int(self.now["best_ask"])
        return None if tick == NO_ASK else tick

    def _take_quote(self, records: RecordArray) -> None:
        """Keep the newest best bid and ask of this instrument."""
        ours = np.flatnonzero(records["instrument_id"] == self.now["instrument_id"])
        if not len(ours):
            return
        record = records[ours[-1]]
        now, tick = self._arrays.now, int(self.now["tick_size"])
        for side, nothing in (("bid", NO_BID), ("ask", NO_ASK)):
            price = int(record[f"{side}_px_00"])
            now[f"best_{side}"] = nothing if price == UNDEFINED_PRICE else price // tick
            now[f"best_{side}_size"] = 0 if price == UNDEFINED_PRICE else int(record[f"{side}_sz_00"])
