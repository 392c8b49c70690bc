"""One instrument's book by price: owns the arrays of `levels_kernel`, and answers questions about depth.

It is filled by the schemas without order ids: mbp-10, mbp-1, tbbo and trades. There are no queues and no kinds of
aggressor here; what remains is who traded, at what price, what the best levels show, and which of them traded more than
they showed. What a schema does not show is unknown, never zero.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from engines.book import levels_kernel as kernel
from engines.book.book import BookOutput, DepthLevel
from engines.book.layout import (
    ASK,
    BID,
    BOUNDARY,
    DONE,
    FIRST_WINDOW,
    NEVER,
    NO_ASK,
    NO_BID,
    NO_EVENT,
    PHASE_HALTED,
    PHASE_UNKNOWN,
    SECOND,
    TRADE,
    UNKNOWN_LOTS,
    UNKNOWN_OFI,
    RecordArray,
)
from engines.book.levels_layout import (
    FOLLOWED,
    LEVEL_HIDDEN,
    LEVEL_RECORD,
    LEVELS_NOW,
    MOST_LEVELS,
    PRICE_STACKING,
    PRICES,
    RESTING,
    SHOWN,
    TAKEN,
    UNKNOWN_SIZE,
    LevelArrays,
)
from engines.book.stacking import recent
from feeds.records import MBP_10, Schema
from feeds.records import TRADE as TRADE_RECORD

DEPTHS: Final = {Schema.MBP_10: MOST_LEVELS, Schema.MBP_1: 1, Schema.TBBO: 1, Schema.TRADES: 0}
"""Levels a side that each schema carries."""
JUDGING: Final = frozenset({Schema.MBP_10, Schema.MBP_1})
"""Schemas that tell the levels before and after a matching event; tbbo tells them before each trade only."""
QUIET_NS: Final = 300 * 1_000_000_000
_TRADES: Final = 16_384
_SECONDS: Final = 4_096
_STRETCH: Final = 8_192
"""Records of a lesser schema that are widened at once."""


class LevelBook:
    """The best levels of one instrument and its trades, from level or trade records.

    Prices are integer ticks, sizes lots, times nanoseconds.
    """

    def __init__(self, instrument_id: int, tick: int, schema: Schema, quiet: int = QUIET_NS) -> None:
        """Start empty.

        Args:
            instrument_id: Records of other ids are counted and passed over.
            tick: Smallest price step in wire units of 1e-9.
            schema: What the records are, one of `DEPTHS`.
            quiet: Nanoseconds without a trade after which a level found to hide lots is over.
        """
        now = np.zeros(1, LEVELS_NOW)
        now["instrument_id"], now["tick_size"], now["ticks_per_unit"] = instrument_id, tick, 1.0 / tick
        now["depth"], now["judges"], now["quiet"] = DEPTHS[schema], schema in JUDGING, quiet
        now["boundary"] = now["quiet_end"] = NEVER
        now["window"], now["quoted_bid"], now["quoted_ask"] = FIRST_WINDOW, NO_BID, NO_ASK
        now["ofi"] = 0 if schema in JUDGING else UNKNOWN_OFI
        self._arrays = LevelArrays(
            now=now,
            shown=np.zeros(2, SHOWN),
            before=np.zeros(2, SHOWN),
            carried=np.zeros(1, LEVEL_RECORD),
            taken=np.zeros(kernel.MOST_TAKEN, TAKEN),
            followed=np.zeros(kernel.MOST_FOLLOWED, FOLLOWED),
            stackings=np.zeros((2, PRICES), PRICE_STACKING),
            trades=np.zeros(_TRADES, TRADE),
            hiddens=np.zeros(2 * kernel.MOST_ROWS, LEVEL_HIDDEN),
            seconds=np.zeros(_SECONDS, SECOND),
        )
        kernel.forget_levels(self._arrays)

    @property
    def now(self) -> Any:
        """The scalars, a `LEVELS_NOW` record."""
        return self._arrays.now[0]

    def process(self, records: RecordArray, start: int = 0) -> Iterator[BookOutput]:
        """Apply records of the book's schema; yields and caller's duties as in `Book.process`.

        The outputs' `hiddens` are LEVEL_HIDDEN rows.
        """
        for first, stretch in _as_levels(records, start):
            position, reason = 0, None
            while reason != DONE:
                position, reason = kernel.process(self._arrays, stretch, position)
                now = self._arrays.now
                trades, hiddens = self._arrays.trades[: now["trades"][0]], self._arrays.hiddens[: now["hiddens"][0]]
                seconds = self._arrays.seconds[: now["seconds"][0]]
                yield BookOutput(first + position, trades, hiddens, seconds, reason == BOUNDARY)
                now["trades"] = now["hiddens"] = now["seconds"] = 0

    def expire(self, moment: int) -> RecordArray:
        """Let go of every level that is followed, at a time at which no event runs; return the LEVEL_HIDDEN rows."""
        self._arrays.now["hiddens"] = 0
        kernel.expire_followed(self._arrays, moment, NO_EVENT)
        rows = self._arrays.hiddens[: self._arrays.now["hiddens"][0]].copy()
        self._arrays.now["hiddens"] = 0
        return rows

    def finish(self) -> None:
        """Count the event that is still open, unjudged: the record that would have ended it may be missing."""
        kernel.drop_event(self._arrays)

    def halt(self) -> None:
        """Trading has stopped: until `await_trading` crossed levels are normal, whatever trades."""
        self._arrays.now["phase"] = PHASE_HALTED
        self._arrays.now["quote_counts"] = False

    def await_trading(self) -> None:
        """Trading may begin: the next trade makes the market continuous."""
        self._arrays.now["phase"] = PHASE_UNKNOWN
        self._arrays.now["quote_counts"] = False

    def interrupt(self) -> None:
        """Records may be missing: until the next levels come the book says so. What is found does not change by it."""
        self._arrays.now["interrupted"] = True

    @property
    def best_bid(self) -> int | None:
        """Tick of the highest bid; None where none is shown."""
        return self._best(BID)

    @property
    def best_ask(self) -> int | None:
        """Tick of the lowest ask; None where none is shown."""
        return self._best(ASK)

    def _best(self, side: int) -> int | None:
        shown = self._arrays.shown[side]
        return int(shown["levels"]["tick"][0]) if shown["count"] else None

    def level(self, side: int, tick: int) -> DepthLevel | None:
        """Return what one side (`layout.BID` or `layout.ASK`) shows at a price; None where that is not known."""
        size, orders = (int(value) for value in self._columns(side, tick, tick)[0])
        return None if size == UNKNOWN_SIZE else DepthLevel(tick, size, orders)

    def levels(self, side: int) -> list[DepthLevel]:
        """Return what one side shows, best price first."""
        shown = self._arrays.shown[side]
        rows = shown["levels"][: shown["count"]]
        return [DepthLevel(int(row["tick"]), int(row["size"]), int(row["orders"])) for row in rows]

    def ladder(self, low: int, high: int) -> tuple[RecordArray, RecordArray]:
        """Return the rows of bids and asks for the ticks `low` to `high` inclusive, lowest first.

        Their fields are `size` and `orders`, both UNKNOWN_SIZE beyond what the schema shows.
        """
        return self._columns(BID, low, high), self._columns(ASK, low, high)

    def recent(self, low: int, high: int) -> tuple[RecordArray, RecordArray]:
        """Return RECENT rows of bids and asks for the ticks `low` to `high` inclusive, lowest first.

        They are UNKNOWN_LOTS beyond what is shown now, and where the schema tells levels only before trades, or none.
        """
        return self._recent(BID, low, high), self._recent(ASK, low, high)

    def _recent(self, side: int, low: int, high: int) -> RecordArray:
        ticks = np.arange(low, high + 1)
        counted = self._arrays.stackings[side, ticks % PRICES]
        sums = counted["sums"]
        sums[counted["tick"] != ticks] = 0
        rows = recent(sums, int(self.now["clock"]))
        unknown = self._columns(side, low, high)["size"] == UNKNOWN_SIZE
        rows[unknown | (not self.now["judges"])] = UNKNOWN_LOTS, UNKNOWN_LOTS
        return rows

    def _columns(self, side: int, low: int, high: int) -> RecordArray:
        shown = self._arrays.shown[side]
        rows = np.zeros(high - low + 1, _DEPTH)
        levels = shown["levels"][: shown["count"]]
        # Backwards, so that of a price told twice the better level stays.
        for level in levels[(levels["tick"] >= low) & (levels["tick"] <= high)][::-1]:
            rows[int(level["tick"]) - low] = level["size"], level["orders"]
        edge = int(shown["edge"])
        beyond = slice(0, max(0, edge - low)) if side == BID else slice(max(0, edge + 1 - low), None)
        rows[beyond] = UNKNOWN_SIZE, UNKNOWN_SIZE
        return rows


_DEPTH: Final = np.dtype([("size", RESTING["size"]), ("orders", RESTING["orders"])])


def _as_levels(records: RecordArray, start: int) -> Iterator[tuple[int, RecordArray]]:
    """Yield the records from `start` on as read-only LEVEL_RECORD arrays, each with the place of its first record."""
    names = records.dtype.names or ()
    if "bid_px_09" in names:
        levels = np.ndarray(len(records), LEVEL_RECORD, records, strides=records.strides)
        if levels.strides != (MBP_10.itemsize,):  # each carries a send time: leave it out
            levels = levels.copy()
        levels.flags.writeable = False
        yield start, levels[start:]
        return
    for first in range(start, max(len(records), start + 1), _STRETCH):
        yield first, _widened(records[first : first + _STRETCH])


def _widened(records: RecordArray) -> RecordArray:
    """Return records with one level or none as LEVEL_RECORD; levels that they do not carry are left blank."""
    levels = np.zeros(len(records), LEVEL_RECORD)
    common = np.ndarray(len(levels), TRADE_RECORD, levels, strides=levels.strides)
    common[:] = np.ndarray(len(records), TRADE_RECORD, records, strides=records.strides)
    if "bid_px_00" in (records.dtype.names or ()):
        best = levels["levels"][:, 0]
        for side in ("bid", "ask"):
            best[f"{side}_price"] = records[f"{side}_px_00"]
            best[f"{side}_size"] = records[f"{side}_sz_00"]
            best[f"{side}_orders"] = records[f"{side}_ct_00"]
    levels.flags.writeable = False
    return levels
