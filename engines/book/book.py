"""One instrument's order book: owns the kernel's arrays, grows them, and answers questions about depth and queues."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engines.book import kernel
from engines.book.layout import (
    AGGRESSOR,
    ASK,
    BID,
    BLOCK,
    BLOCKS,
    BOUNDARY,
    CANDIDATE,
    DONE,
    FILL,
    FIRST_WINDOW,
    GROW_LEVELS,
    GROW_ORDERS,
    HIDDEN,
    LEVEL,
    NEVER,
    NO_ASK,
    NO_BID,
    NO_ORDER,
    NOW,
    ORDER,
    OUTPUT_FULL,
    PHASE_HALTED,
    PHASE_UNKNOWN,
    REACH,
    SECOND,
    STACKING,
    TRADE,
    BookArrays,
    RecordArray,
)
from engines.book.order_table import find_order, rebuild_table
from engines.book.queues import queue_ahead
from engines.book.stacking import recent
from feeds.records import MBO

_FIRST_ORDERS: Final = 16_384
_FIRST_WIDTH: Final = 16_384
_ROOM: Final = 1.25
"""Width of a grown ladder, as a multiple of what it must hold."""
_FILLS: Final = 8_192
"""Fills and aggressors one matching event may hold; at the limit the event is closed and counted."""
_AGGRESSORS: Final = 1_024
_CANDIDATES: Final = 256
_TRADES: Final = 16_384
_FIRST_HIDDENS: Final = 16_384
_SECONDS: Final = 4_096


class DepthLevel(NamedTuple):
    """One price level: tick, lots displayed, number of orders."""

    tick: int
    size: int
    orders: int


class QueuePlace(NamedTuple):
    """Where an order stands: what is in front of it at its price, and its own displayed size."""

    tick: int
    size: int
    orders_ahead: int
    lots_ahead: int


@dataclass(frozen=True, slots=True)
class BookOutput:
    """What one stretch of records handed on; the arrays are views, valid until the next stretch.

    Attributes:
        position: Records of the batch consumed so far.
        trades: TRADE rows, in stream order.
        hiddens: HIDDEN rows, in stream order.
        seconds: SECOND rows, in stream order.
        at_boundary: The next record reaches `boundary`; it waits for a new one.
    """

    position: int
    trades: RecordArray
    hiddens: RecordArray
    seconds: RecordArray
    at_boundary: bool


def _first_arrays(instrument_id: int, tick: int) -> BookArrays:
    orders = np.zeros(_FIRST_ORDERS, ORDER)
    now = np.zeros(1, NOW)
    now["instrument_id"] = instrument_id
    now["tick_size"] = tick
    now["ticks_per_unit"] = 1.0 / tick
    now["boundary"] = NEVER
    now["best_bid"] = NO_BID
    now["best_ask"] = NO_ASK
    now["window"] = FIRST_WINDOW
    now["quoted_bid"] = NO_BID
    now["quoted_ask"] = NO_ASK
    now["afar_head"] = NO_ORDER
    now["phase"] = PHASE_UNKNOWN
    _free_slots(orders, now, 0)
    return BookArrays(
        table=np.zeros(2 * _FIRST_ORDERS, np.uint64),
        orders=orders,
        levels=np.zeros((2, 0), LEVEL),
        blocks=np.zeros((2, 0), BLOCKS),
        stackings=np.zeros((2, 0), STACKING),
        now=now,
        fills=np.zeros(_FILLS, FILL),
        aggressors=np.zeros(_AGGRESSORS, AGGRESSOR),
        candidates=np.zeros(_CANDIDATES, CANDIDATE),
        trades=np.zeros(_TRADES, TRADE),
        hiddens=np.zeros(_FIRST_HIDDENS, HIDDEN),
        seconds=np.zeros(_SECONDS, SECOND),
    )


def _by_block(ladder: RecordArray) -> RecordArray:
    """Return rows of the ladder as (side, block, place in the block)."""
    return ladder.reshape(2, ladder.shape[1] // BLOCK, BLOCK)


def as_orders(records: RecordArray) -> RecordArray:
    """Return records as a read-only array of plain MBO records, the one type that the kernel is compiled for."""
    orders = np.ndarray(len(records), MBO, records, strides=records.strides)
    if orders.strides != (MBO.itemsize,):  # each carries a send time: leave it out
        orders = orders.copy()
    orders.flags.writeable = False
    return orders


def _free_slots(orders: RecordArray, now: RecordArray, first: int) -> None:
    """Chain the slots from `first` on into the free list, which is empty; the last slot stays nobody's."""
    count = len(orders) - 1 - first
    orders["next"][first:-1] = np.arange(first + 1, first + count + 1)
    orders["next"][-2] = NO_ORDER
    orders["visited"][first:] = -1
    now["free"] = first
    now["free_count"] = count


class Book:
    """The order book of one instrument, rebuilt order by order from MBO records.

    Prices are integer ticks, sizes lots, times nanoseconds.
    """

    def __init__(self, instrument_id: int, tick: int) -> None:
        """Make an empty book.

        Args:
            instrument_id: Records of other ids are counted and passed over.
            tick: Smallest price step in wire units of 1e-9.
        """
        self._arrays = _first_arrays(instrument_id, tick)

    @property
    def now(self) -> Any:
        """The book's scalars, a `layout.NOW` record: counters, clock, best prices, phase."""
        return self._arrays.now[0]

    @property
    def arrays(self) -> BookArrays:
        """What a kernel beside this one works on; `make_room` may replace it."""
        return self._arrays

    def process(self, records: RecordArray, start: int = 0) -> Iterator[BookOutput]:
        """Apply wire records from `start` on, one stretch after the other, and yield what each handed on.

        The caller must use each output before it asks for the next, and set `now["boundary"]` anew when an output
        stands at the boundary.
        """
        position = start
        records = as_orders(records)
        while True:
            position, reason = kernel.process(self._arrays, records, position)
            if reason in (GROW_ORDERS, GROW_LEVELS):
                self.make_room(reason)
                continue
            now = self._arrays.now
            trades, hiddens, seconds = (int(now[name][0]) for name in ("trades", "hiddens", "seconds"))
            if not trades and not hiddens and not seconds and reason == OUTPUT_FULL:
                self.make_room(reason)
                continue
            yield BookOutput(
                position,
                self._arrays.trades[:trades],
                self._arrays.hiddens[:hiddens],
                self._arrays.seconds[:seconds],
                reason == BOUNDARY,
            )
            now["trades"] = now["hiddens"] = now["seconds"] = 0
            if reason == DONE:
                return

    def make_room(self, reason: int) -> None:
        """Grow what a kernel asked for: GROW_ORDERS, GROW_LEVELS, or OUTPUT_FULL of outputs that are empty."""
        if reason == GROW_ORDERS:
            self._grow_orders()
        elif reason == GROW_LEVELS:
            self._grow_levels()
        else:
            self._grow_hiddens()

    def _grow_orders(self) -> None:
        old = self._arrays
        orders = np.zeros(2 * len(old.orders), ORDER)
        orders[: len(old.orders)] = old.orders
        _free_slots(orders, old.now, len(old.orders) - 1)
        self._arrays = old._replace(orders=orders, table=np.zeros(2 * len(orders), np.uint64))
        rebuild_table(self._arrays)

    def _grow_levels(self) -> None:
        """Make a ladder that holds the blocks in use and the wanted tick, with room on both sides."""
        old = self._arrays
        wanted, old_base = int(old.now["wanted"][0]), int(old.now["base"][0])
        used = self._used_blocks()
        low, high = wanted, wanted
        if len(used):
            low = min(wanted, old_base + int(used[0]) * BLOCK)
            high = max(wanted, old_base + int(used[-1]) * BLOCK + BLOCK - 1)
        width = _FIRST_WIDTH
        while width < _ROOM * (high - low + 1):
            width *= 2
        base = low - (width - (high - low + 1)) // 2
        base -= base % BLOCK
        levels, stackings = np.zeros((2, width), LEVEL), np.zeros((2, width), STACKING)
        blocks = np.zeros((2, width // BLOCK), BLOCKS)
        levels["audited"] = -1
        there = used + (old_base - base) // BLOCK
        blocks[:, there] = old.blocks[:, used]
        _by_block(levels)[:, there] = _by_block(old.levels)[:, used]
        counted = np.nonzero(old.blocks["counted"][:, used])
        _by_block(stackings)[counted[0], there[counted[1]]] = _by_block(old.stackings)[counted[0], used[counted[1]]]
        old.now["base"] = base
        self._arrays = old._replace(levels=levels, blocks=blocks, stackings=stackings)

    def _used_blocks(self) -> npt.NDArray[np.int64]:
        """Return the numbers of the blocks where an order rests or something was counted.

        What was counted farther than REACH from the origin is left behind: the market has moved away for good.
        """
        now, blocks = self._arrays.now[0], self._arrays.blocks
        used = np.flatnonzero(((blocks["occupied"] > 0) | blocks["counted"]).any(axis=0))
        ticks = int(now["base"]) + used * BLOCK
        return used[(ticks + BLOCK > int(now["origin"]) - REACH) & (ticks <= int(now["origin"]) + REACH)]

    def _grow_hiddens(self) -> None:
        self._arrays = self._arrays._replace(hiddens=np.zeros(2 * len(self._arrays.hiddens), HIDDEN))

    def halt(self) -> None:
        """Trading has stopped: until `await_trading` a crossed book is normal, whatever trades."""
        self._arrays.now["phase"] = PHASE_HALTED
        self._arrays.now["quote_counts"] = False

    def await_trading(self) -> None:
        """Trading may begin: the next trade makes the market continuous."""
        self._arrays.now["phase"] = PHASE_UNKNOWN
        self._arrays.now["quote_counts"] = False

    def interrupt(self) -> None:
        """Records may be missing from here on; until the next clear or snapshot the book says so.

        What is found does not change by it, since a recording of the same records does not know of the break.
        """
        self._arrays.now["interrupted"] = True

    @property
    def is_doubtful(self) -> bool:
        """Whether records are missing since the last clear or snapshot."""
        now = self._arrays.now[0]
        return bool((now["suspect"] or now["interrupted"]) and not now["in_snapshot"])

    @property
    def best_bid(self) -> int | None:
        """Tick of the highest bid; None where no bid rests."""
        tick = int(self.now["best_bid"])
        return None if tick == NO_BID else tick

    @property
    def best_ask(self) -> int | None:
        """Tick of the lowest ask; None where no ask rests."""
        tick = int(self.now["best_ask"])
        return None if tick == NO_ASK else tick

    def level(self, side: int, tick: int) -> DepthLevel:
        """Return what rests at one price on one side (`layout.BID` or `layout.ASK`)."""
        column = tick - int(self.now["base"])
        if not 0 <= column < self._arrays.levels.shape[1]:
            return DepthLevel(tick, 0, 0)
        row = self._arrays.levels[side, column]
        return DepthLevel(tick, int(row["size"]), int(row["orders"]))

    def ladder(self, low: int, high: int) -> tuple[RecordArray, RecordArray]:
        """Return the LEVEL rows of bids and asks for the ticks `low` to `high` inclusive, lowest first."""
        rows = self._stretch(self._arrays.levels, low, high)
        return rows[BID], rows[ASK]

    def recent(self, low: int, high: int) -> tuple[RecordArray, RecordArray]:
        """Return RECENT rows of bids and asks for the ticks `low` to `high` inclusive, lowest first."""
        rows = self._stretch(self._arrays.stackings, low, high)
        clock = int(self.now["clock"])
        return recent(rows[BID], clock), recent(rows[ASK], clock)

    def _stretch(self, ladder: RecordArray, low: int, high: int) -> RecordArray:
        """Return the rows of both sides for a range of ticks; those off the ladder are blank."""
        rows = np.zeros((2, high - low + 1), ladder.dtype)
        base = int(self.now["base"])
        first, last = max(low, base), min(high, base + ladder.shape[1] - 1)
        if first <= last:
            rows[:, first - low : last - low + 1] = ladder[:, first - base : last - base + 1]
        return rows

    def depth(self, count: int) -> tuple[list[DepthLevel], list[DepthLevel]]:
        """Return up to `count` occupied levels of bids and of asks, best first."""
        return self._depth_of(BID, count), self._depth_of(ASK, count)

    def _depth_of(self, side: int, count: int) -> list[DepthLevel]:
        occupied = np.flatnonzero(self._arrays.levels["orders"][side])
        best_first = occupied[::-1] if side == BID else occupied
        base = int(self.now["base"])
        return [self.level(side, base + int(column)) for column in best_first[:count]]

    def queues(self, side: int) -> Iterator[tuple[int, int, int]]:
        """Yield (tick, order id, displayed lots) of the orders of one side, best price and front of its queue first.

        The book must stay as it is meanwhile.
        """
        occupied = np.flatnonzero(self._arrays.levels["orders"][side])
        for column in occupied[::-1] if side == BID else occupied:
            for order_id, lots in self._queue_at(side, int(column)):
                yield int(self.now["base"]) + int(column), order_id, lots

    def queue(self, side: int, tick: int) -> list[tuple[int, int]]:
        """Return (order id, displayed lots) of the orders at one price, front to back."""
        column = tick - int(self.now["base"])
        if not 0 <= column < self._arrays.levels.shape[1]:
            return []
        return list(self._queue_at(side, column))

    def _queue_at(self, side: int, column: int) -> Iterator[tuple[int, int]]:
        if not self._arrays.levels["orders"][side, column]:
            return
        slot = int(self._arrays.levels["head"][side, column])
        while slot != NO_ORDER:
            order = self._arrays.orders[slot]
            yield int(order["order_id"]), int(order["size"])
            slot = int(order["next"])

    def queue_place(self, order_id: int) -> QueuePlace | None:
        """Return where an order stands in the queue at its price; None where it does not rest on the ladder."""
        slot = find_order(self._arrays, np.uint64(order_id))
        if slot == NO_ORDER:
            return None
        order = self._arrays.orders[slot]
        if order["afar"]:
            return None
        orders, lots = queue_ahead(self._arrays, slot)
        return QueuePlace(int(order["tick"]), int(order["size"]), int(orders), int(lots))
