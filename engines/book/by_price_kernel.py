"""The compiled derivation of market by price: the best levels after each matching event, and the trades between.

Each record takes the order book's own step (`kernel.step`). A T is told at once, with the levels as the last event left
them. At F_LAST the best levels are read off the ladder; where they differ from those told last, they are told with the
event's last book change on the side that differs. A snapshot and a clear are told whether anything differs or not.

A wire record by price is 48 bytes that say what happened (`feeds.records.TRADE`), then 32 bytes a level: bid price, ask
price, two sizes, two order counts, best level first. As 8-byte words that is 6, then 4 a level, so levels are compared
and copied a word at a time.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engines.book.kernel import room, step
from engines.book.layout import ASK, BID, DONE, NO_ASK, NO_BID, BookArrays, RecordArray
from engines.book.queues import next_best
from engines.compiled import compiled, inlined, signed
from feeds.records import (
    ACTION_ADD,
    ACTION_CANCEL,
    ACTION_CLEAR,
    ACTION_MODIFY,
    ACTION_TRADE,
    F_LAST,
    F_MBP,
    F_SNAPSHOT,
    F_TOP_OF_BOOK,
    SIDE_ASK,
    SIDE_BID,
    SIDE_NONE,
    UNDEFINED_PRICE,
    UNDEFINED_SIZE,
)

HEAD_WORDS: Final = 6
LEVEL_WORDS: Final = 4
TOLD_FULL: Final = 5
"""Reason of `process`, beside those of the order book: the output must be taken away."""
MOST_TOLD: Final = 2
"""Records that one MBO record can give: a T that ends its event."""
_NO_NEWS: Final = F_SNAPSHOT | F_TOP_OF_BOOK | F_MBP
_LOW: Final = 0xFFFFFFFF
"""Bits of a word of sizes or counts that are the bid's; the others are the ask's."""
_NOT_LAST: Final = 255 - F_LAST

CHANGE: Final = np.dtype(
    [
        ("action", np.uint8),  # 0: none in the running event
        ("price", np.int64),
        ("size", np.int64),
    ],
    align=True,
)
"""The last book change of the running event on one side."""

PROGRESS: Final = np.dtype([("told", np.int64), ("last", np.int64)], align=True)
"""How many records are in the output, and on which side the newest book change was."""


class ByPriceArrays(NamedTuple):
    """What the kernel works on beside the book.

    Attributes:
        progress: PROGRESS, one record.
        changes: CHANGE of bids and of asks; one that names no side is one of both.
        shown: The words of the levels told last.
        heads: The output as TRADE records, a wire record apart.
        words: The output as words, a wire record a row; `length` and `rtype` are filled in.
        places: Of each output record, the number of the MBO record it comes from.
    """

    progress: RecordArray
    changes: RecordArray
    shown: npt.NDArray[np.int64]
    heads: RecordArray
    words: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]


@compiled
def _note(out: ByPriceArrays, side: int, action: int, price: int, size: int) -> None:
    """Keep a book change as the newest of its side, or of both sides where it names none."""
    for changed in range(2):
        if side in (SIDE_BID, SIDE_ASK) and changed != (BID if side == SIDE_BID else ASK):
            continue
        change = out.changes[changed]
        change.action = action
        change.price = price
        change.size = size
        out.progress[0].last = changed


@inlined
def _note_change(out: ByPriceArrays, record: Any, begins: bool) -> None:
    """Keep what the event did to the book last; a snapshot begins with an empty book, with or without a clear."""
    action = signed(record.action)
    refused = record.flags & (F_TOP_OF_BOOK | F_MBP)
    if begins or (action == ACTION_CLEAR and not refused):
        _note(out, SIDE_NONE, ACTION_CLEAR, UNDEFINED_PRICE, 0)
    if not refused and action in (ACTION_ADD, ACTION_CANCEL, ACTION_MODIFY):
        _note(out, signed(record.side), action, record.price, signed(record.size))


@inlined
def _is_trade(record: Any) -> bool:
    if record.action != ACTION_TRADE or record.flags & _NO_NEWS:
        return False
    return bool(record.price != UNDEFINED_PRICE and record.size > 0)


@inlined
def _tell(out: ByPriceArrays, record: Any, position: int) -> Any:
    """Begin the next output record with what it shares with the MBO record that calls for it; return its head."""
    progress = out.progress[0]
    out.places[progress.told] = position
    head = out.heads[progress.told]
    progress.told += 1
    head.publisher_id = record.publisher_id
    head.instrument_id = record.instrument_id
    head.ts_event = record.ts_event
    head.ts_recv = record.ts_recv
    head.ts_in_delta = record.ts_in_delta
    head.sequence = record.sequence
    head.flags = record.flags
    head.depth = 0
    return head


@inlined
def _tell_trade(out: ByPriceArrays, record: Any, position: int) -> None:
    head = _tell(out, record, position)
    head.action = ACTION_TRADE
    head.side = record.side if record.side in (SIDE_BID, SIDE_ASK) else SIDE_NONE
    head.price = record.price
    head.size = record.size
    row = out.words[out.progress[0].told - 1]
    for word in range(len(out.shown)):
        row[HEAD_WORDS + word] = out.shown[word]


@inlined
def _lots(size: int) -> int:
    """Return what a size field can hold of the lots at a level."""
    return min(size, UNDEFINED_SIZE)


@compiled
def _read_levels(book: BookArrays, row: npt.NDArray[np.int64]) -> None:
    """Write the words of the best levels behind the head's words; where none is, no price and nothing rests."""
    now = book.now[0]
    for first in range(HEAD_WORDS, len(row), LEVEL_WORDS):
        row[first] = UNDEFINED_PRICE
        row[first + 1] = UNDEFINED_PRICE
        row[first + 2] = 0
        row[first + 3] = 0
    tick = now.best_bid
    for first in range(HEAD_WORDS, len(row), LEVEL_WORDS):
        if tick == NO_BID:
            break
        level = book.levels[BID, tick - now.base]
        row[first] = tick * now.tick_size
        row[first + 2] = _lots(level.size)
        row[first + 3] = signed(level.orders)
        tick = next_best(book, BID, tick - now.base - 1)
    tick = now.best_ask
    for first in range(HEAD_WORDS, len(row), LEVEL_WORDS):
        if tick == NO_ASK:
            break
        level = book.levels[ASK, tick - now.base]
        row[first + 1] = tick * now.tick_size
        row[first + 2] |= _lots(level.size) << 32
        row[first + 3] |= signed(level.orders) << 32
        tick = next_best(book, ASK, tick - now.base + 1)


@inlined
def _compare(shown: npt.NDArray[np.int64], row: npt.NDArray[np.int64]) -> tuple[int, bool, bool]:
    """Return (index of the best level that differs, or -1; whether bids differ; whether asks do)."""
    best, bids, asks = -1, False, False
    for first in range(0, len(shown), LEVEL_WORDS):
        fresh = HEAD_WORDS + first
        rest = (shown[first + 2] ^ row[fresh + 2]) | (shown[first + 3] ^ row[fresh + 3])
        bid = shown[first] != row[fresh] or (rest & _LOW) != 0
        ask = shown[first + 1] != row[fresh + 1] or (rest & ~_LOW) != 0
        if best < 0 and (bid or ask):
            best = first // LEVEL_WORDS
        bids |= bid
        asks |= ask
    return best, bids, asks


@inlined
def _end_event(book: BookArrays, out: ByPriceArrays, record: Any, position: int, traded: bool) -> None:
    """Tell what the event changed, in one record or none; `traded` says that this very record told a trade."""
    progress = out.progress[0]
    last = out.changes[progress.last]
    if last.action == 0:
        return
    row = out.words[progress.told]
    _read_levels(book, row)
    best, bids, asks = _compare(out.shown, row)
    snapshot = (record.flags & F_SNAPSHOT) != 0
    if best >= 0 or snapshot or record.action == ACTION_CLEAR:
        for word in range(len(out.shown)):
            out.shown[word] = row[HEAD_WORDS + word]
        if traded:
            out.heads[progress.told - 1].flags &= _NOT_LAST
        _tell_change(out, record, position, best, bids, asks)
    out.changes[BID].action = 0
    out.changes[ASK].action = 0


@inlined
def _tell_change(out: ByPriceArrays, record: Any, position: int, best: int, bids: bool, asks: bool) -> None:
    """Tell the newest change of the side that changed; of a clear, a snapshot, both sides or none: without a side."""
    side = SIDE_NONE
    change = out.changes[out.progress[0].last]
    if bids != asks:
        side = SIDE_BID if bids else SIDE_ASK
        ours = out.changes[BID if bids else ASK]
        if ours.action != 0:
            change = ours
    if record.flags & F_SNAPSHOT or change.action == ACTION_CLEAR:
        side = SIDE_NONE
    head = _tell(out, record, position)
    head.action = change.action
    head.side = side
    head.price = change.price
    head.size = change.size
    head.depth = max(best, 0)


@compiled
def process_by_price(book: BookArrays, out: ByPriceArrays, records: RecordArray, start: int) -> tuple[int, int]:
    """Take records of the book's instrument from `start` on; return (position reached, reason).

    The reason is TOLD_FULL (take `progress.told` records away), or one of the order book's: DONE, GROW_ORDERS,
    GROW_LEVELS, OUTPUT_FULL; after acting on it, call again from the position.
    """
    now = book.now[0]
    progress = out.progress[0]
    for position in range(start, len(records)):
        if progress.told + MOST_TOLD > len(out.heads):
            return position, TOLD_FULL
        record = records[position]
        begins = (record.flags & F_SNAPSHOT) != 0 and not now.in_snapshot
        reason = room(book)
        if reason == DONE:
            reason = step(book, record, now.records)
        if reason != DONE:
            return position, reason
        now.records += 1
        now.trades = 0  # what the order book hands on is not looked at here
        now.hiddens = 0
        now.seconds = 0
        _note_change(out, record, begins)
        traded = _is_trade(record)
        if traded:
            _tell_trade(out, record, position)
        if record.flags & F_LAST:
            _end_event(book, out, record, position, traded)
    return len(records), DONE
