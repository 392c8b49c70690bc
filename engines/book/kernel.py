"""The compiled order book: MBO records in, resting orders and what happened to them out.

One call of `process` takes a run of wire records and applies them to the arrays of one book (`layout.BookArrays`). It
stops early, before the record that needs it, when an array must grow, an output must be emptied, or the clock is about
to pass a boundary; the caller acts and calls again from where it stopped. So nothing depends on how records are cut
into calls, and nothing is read or written outside the arrays.

**The book rule.** A adds at the back of its price's queue. C takes away from the order it names, at the price and side
the *order* has. M replaces: a new price or a larger size goes to the back of the queue, a smaller size keeps its place,
and the reinstated display of an iceberg goes to the back. R removes everything. T and F never change the book. The book
means something only after a record with F_LAST, the end of the matching event.

**How it is held.** `table` is an open-addressing hash of order ids with Fibonacci hashing: ids are handed out in
sequence, and multiplying by 2**64 / golden ratio spreads a sequence evenly. An entry keeps 32 bits of the hash, so that
probing and the backward shift on removal never touch the orders. `orders` holds one cache line per order; the queue at
a price is a doubly linked list of order slots, front to back. `levels` is a dense ladder around the first price seen;
`blocks` counts occupied levels in groups of 64, so the next best price is found quickly across any gap. Orders farther
than `REACH` ticks are kept (and counted) but stand in no level.

**One matching event** collects its fills in `fills`, since what an F means is known only later: whether its order is
the aggressor itself, and what size the C or M that answers it leaves. A fill is *pending* until its C or M comes.
Before the first book change, while all queues still stand as the aggressor found them, every filled order's queue is
walked towards the front: an order passed over is a candidate for a FIFO violation, unless the event takes it away too
(self-match prevention).

**The clock** is the newest `ts_event` of records outside a snapshot, as long as it is not later than `ts_recv` by more
than a second; it never runs backwards, and records that are late against it are counted.
"""

from typing import Any

import numpy as np

from engines.book.layout import (
    ASK,
    BID,
    BLOCK,
    BOUNDARY,
    CLOCK_TRUST_NS,
    DONE,
    GROW_LEVELS,
    GROW_ORDERS,
    HIDDEN_CANCELLED,
    HIDDEN_EXECUTED,
    HIDDEN_EXPIRED,
    HIDDEN_FILLED,
    HIDDEN_MOVED,
    KIND_MARKET,
    KIND_MODIFIED,
    KIND_STOP,
    KIND_UNKNOWN,
    NO_ASK,
    NO_BID,
    NO_FILL,
    NO_ORDER,
    OUTPUT_FULL,
    PHASE_AUCTION,
    PHASE_CONTINUOUS,
    PHASE_HALTED,
    PHASE_UNKNOWN,
    REACH,
    TRADE_BUY,
    TRADE_NONE,
    TRADE_SELL,
    BookArrays,
    RecordArray,
)
from engines.compiled import compiled, inlined
from feeds.records import (
    ACTION_ADD,
    ACTION_CANCEL,
    ACTION_CLEAR,
    ACTION_FILL,
    ACTION_MODIFY,
    ACTION_NONE,
    ACTION_TRADE,
    F_LAST,
    F_MAYBE_BAD_BOOK,
    F_MBP,
    F_SNAPSHOT,
    F_TOP_OF_BOOK,
    SIDE_ASK,
    SIDE_BID,
    UNDEFINED_PRICE,
)

# What is to be made of a record.
PLAUSIBLE = 0
OFF_TICK = 1
IMPLAUSIBLE = 2
REFUSED = 3

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_EMPTY = np.uint64(0)
_ONE = np.uint64(1)
_NO_ID = np.uint64(0)
_MASK31 = 0x7FFFFFFF
_EXACT_FLOAT = 2**52
_REFUSED_FLAGS = F_TOP_OF_BOOK | F_MBP


# ---------------------------------------------------------------------------------------------------- orders by id


@inlined
def _find(book: BookArrays, order_id: np.uint64) -> int:
    """Return the slot of an order, or NO_ORDER."""
    table = book.table
    mask = len(table) - 1
    hashed = order_id * _GOLDEN
    tag = hashed >> _SHIFT
    place = np.int64(tag) & mask
    while True:
        entry = table[place]
        if entry == _EMPTY:
            return NO_ORDER
        if entry >> _SHIFT == tag:
            slot = np.int64(entry & _LOW) - 1
            if book.orders[slot].order_id == order_id:
                return slot
        place = (place + 1) & mask


@inlined
def _enter_id(book: BookArrays, order_id: np.uint64, slot: int) -> None:
    table = book.table
    mask = len(table) - 1
    tag = (order_id * _GOLDEN) >> _SHIFT
    place = np.int64(tag) & mask
    while table[place] != _EMPTY:
        place = (place + 1) & mask
    table[place] = (tag << _SHIFT) | np.uint64(slot + 1)


@inlined
def _erase_id(book: BookArrays, slot: int) -> None:
    """Take an order out of the hash table, closing the gap so that probing needs no tombstones."""
    table = book.table
    mask = len(table) - 1
    tag = (book.orders[slot].order_id * _GOLDEN) >> _SHIFT
    wanted = (tag << _SHIFT) | np.uint64(slot + 1)
    gap = np.int64(tag) & mask
    while table[gap] != wanted:
        gap = (gap + 1) & mask
    place = gap
    while True:
        place = (place + 1) & mask
        entry = table[place]
        if entry == _EMPTY:
            break
        home = np.int64(entry >> _SHIFT) & mask
        # The entry may fill the gap only if its probe path from home passes over it.
        if ((place - home) & mask) >= ((place - gap) & mask):
            table[gap] = entry
            gap = place
    table[gap] = _EMPTY


# ------------------------------------------------------------------------------------------------- queues and levels


@compiled
def _next_best(book: BookArrays, side: int, column: int) -> int:
    """Return the tick of the best occupied level at or behind `column`, or NO_BID / NO_ASK."""
    levels = book.levels[side]
    blocks = book.blocks[side]
    base = book.now[0].base
    step = -1 if side == BID else 1
    end = -1 if side == BID else len(levels)
    while column != end:
        block = column // BLOCK
        if blocks[block] == 0:
            column = block * BLOCK - 1 if side == BID else (block + 1) * BLOCK
        elif levels[column].orders > 0:
            return base + column
        else:
            column += step
    return NO_BID if side == BID else NO_ASK


@inlined
def _join(book: BookArrays, slot: int) -> None:
    """Put an order, its tick, side and size set, at the back of its queue."""
    now = book.now[0]
    order = book.orders[slot]
    order.next = NO_ORDER
    if order.afar:
        order.prev = NO_ORDER
        order.next = now.afar_head
        if now.afar_head != NO_ORDER:
            book.orders[now.afar_head].prev = slot
        now.afar_head = slot
        return
    tick = order.tick
    side = np.int64(order.side)
    column = tick - now.base
    level = book.levels[side, column]
    if level.orders == 0:
        level.size = order.size
        level.orders = 1
        level.head = slot
        level.tail = slot
        order.prev = NO_ORDER
        book.blocks[side, column // BLOCK] += 1
        if side == BID:
            now.best_bid = max(now.best_bid, tick)
        else:
            now.best_ask = min(now.best_ask, tick)
    else:
        level.size += order.size
        level.orders += 1
        order.prev = level.tail
        book.orders[level.tail].next = slot
        level.tail = slot


@inlined
def _leave(book: BookArrays, slot: int) -> None:
    """Take an order out of its queue; it stays known by id."""
    now = book.now[0]
    order = book.orders[slot]
    after = order.next
    before = order.prev
    if after != NO_ORDER:
        book.orders[after].prev = before
    if before != NO_ORDER:
        book.orders[before].next = after
    if order.afar:
        if before == NO_ORDER:
            now.afar_head = after
        return
    tick = order.tick
    side = np.int64(order.side)
    column = tick - now.base
    level = book.levels[side, column]
    level.size -= order.size
    level.orders -= 1
    if before == NO_ORDER:
        level.head = after
    if after == NO_ORDER:
        level.tail = before
    if level.orders == 0:
        book.blocks[side, column // BLOCK] -= 1
        if side == BID:
            if tick == now.best_bid:
                now.best_bid = _next_best(book, BID, column)
        elif tick == now.best_ask:
            now.best_ask = _next_best(book, ASK, column)


@inlined
def _resize(book: BookArrays, slot: int, size: int) -> None:
    """Change an order's displayed size where it stands."""
    order = book.orders[slot]
    if not order.afar:
        book.levels[np.int64(order.side), order.tick - book.now[0].base].size += size - order.size
    order.size = size


@inlined
def _insert(book: BookArrays, order_id: np.uint64, side: int, tick: int, size: int) -> int:
    """Enter a new order at the back of its queue; a free slot and its level are there. Return its slot."""
    now = book.now[0]
    slot = np.int64(now.free)
    order = book.orders[slot]
    now.free = order.next
    now.free_count -= 1
    now.resting += 1
    order.order_id = order_id
    order.tick = tick
    order.size = size
    order.filled = 0
    order.entry_sum = 0
    order.fill_row = NO_FILL
    order.visited = -1
    order.touched = now.event & _MASK31
    order.side = side
    order.hidden = False
    order.afar = abs(tick - now.origin) > REACH
    _enter_id(book, order_id, slot)
    _join(book, slot)
    return slot


@inlined
def _remove(book: BookArrays, slot: int) -> None:
    """Forget an order: queue, id, slot."""
    now = book.now[0]
    _leave(book, slot)
    _erase_id(book, slot)
    order = book.orders[slot]
    if order.hidden:
        now.hidden_live -= 1
    order.order_id = _NO_ID
    order.size = 0
    order.next = now.free
    now.free = slot
    now.free_count += 1
    now.resting -= 1


@compiled
def _clear(book: BookArrays, index: int) -> None:
    """Remove every order, best price first; those that had shown hidden size are handed on as expired."""
    now = book.now[0]
    for side in range(2):
        while True:
            best = now.best_bid if side == BID else now.best_ask
            if best in (NO_BID, NO_ASK):
                break
            slot = np.int64(book.levels[side, best - now.base].head)
            _expire(book, slot, index)
    while now.afar_head != NO_ORDER:
        _expire(book, np.int64(now.afar_head), index)
    now.clears += 1


@compiled
def _expire(book: BookArrays, slot: int, index: int) -> None:
    order = book.orders[slot]
    if order.hidden:
        _hand_on_order(book, slot, index, HIDDEN_EXPIRED)
    _remove(book, slot)


# ------------------------------------------------------------------------------------- what happened to hidden orders


@compiled
def _hand_on_order(book: BookArrays, slot: int, index: int, what: int) -> None:
    """Hand on a step outside a fill: cancelled, expired or moved. Room in `hiddens` is there."""
    now = book.now[0]
    order = book.orders[slot]
    row = book.hiddens[now.hiddens]
    now.hiddens += 1
    row.index = index
    row.clock = now.clock
    row.event = now.event
    row.order_id = order.order_id
    row.tick = order.tick
    row.before = order.size
    row.lots = 0
    row.after = order.size if what == HIDDEN_MOVED else 0
    row.filled = order.filled
    row.entry_sum = order.entry_sum
    row.side = order.side
    row.what = what
    row.refreshed = False
    row.evidence = False


@compiled
def _hand_on_fill(book: BookArrays, number: int, index: int) -> None:
    """Hand on a fill of the event that closes. Room in `hiddens` is there."""
    now = book.now[0]
    fill = book.fills[number]
    row = book.hiddens[now.hiddens]
    now.hiddens += 1
    row.index = index
    row.clock = now.clock
    row.event = now.event
    row.order_id = fill.order_id
    row.tick = fill.tick
    row.before = fill.before
    row.lots = fill.lots
    row.after = fill.after
    row.filled = fill.filled
    row.entry_sum = fill.entry_sum
    row.side = fill.side
    row.what = HIDDEN_FILLED
    if fill.removed:
        # An order that left as the aggressor was not executed where it stood: it was taken out of the book.
        row.what = HIDDEN_EXECUTED if fill.lots > 0 else HIDDEN_CANCELLED
    row.refreshed = fill.refreshed
    row.evidence = fill.evidence


@compiled
def _settle(book: BookArrays, slot: int, after: int, replaced: bool) -> bool:
    """Answer an order's pending fill with the size the book change leaves; return True for a display refresh.

    `replaced` says that the change is an M at the order's own price. The rule (CME display quantity): an M whose size
    is not the displayed size less the lots filled reinstated the display; a fill beyond the displayed size took
    hidden lots.
    """
    order = book.orders[slot]
    fill = book.fills[order.fill_row]
    refreshed = False
    if fill.pending > 0 and not fill.own:
        left = fill.shown - fill.pending
        refreshed = replaced and after != left
        order.filled += fill.pending
        fill.lots += fill.pending
        if refreshed or left < 0:
            fill.evidence = True
            if not order.hidden:
                order.hidden = True
                book.now[0].hidden_live += 1
        fill.refreshed |= refreshed
    fill.pending = 0
    fill.shown = after
    fill.after = after
    fill.filled = order.filled
    fill.entry_sum = order.entry_sum
    fill.hidden = order.hidden
    return refreshed


# -------------------------------------------------------------------------------------------------- the running event


@inlined
def _aggressor_row(book: BookArrays, order_id: np.uint64) -> int:
    """Return the row of an aggressor of the running event, or -1."""
    now = book.now[0]
    # Newest first: a fill or a resting remainder names the trade just before it.
    for row in range(now.aggressors - 1, -1, -1):
        if book.aggressors[row].order_id == order_id:
            return row
    return -1


@compiled
def _seal(book: BookArrays) -> None:
    """Check the queue position of the event's fills, before its first book change.

    Every order in front of a filled one must be filled too, or be taken away by this same event.
    """
    now = book.now[0]
    stamp = np.int32(now.event & _MASK31)
    for number in range(now.sealed, now.fills):
        fill = book.fills[number]
        slot = np.int64(fill.slot)
        if fill.own or book.orders[slot].afar:
            continue
        level = book.levels[np.int64(fill.side), fill.tick - now.base]
        if level.audited != stamp:
            level.audited = stamp
            now.queue_checks += 1
        while slot != NO_ORDER and book.orders[slot].visited != stamp:
            order = book.orders[slot]
            order.visited = stamp
            if order.fill_row == NO_FILL:
                if now.candidates == len(book.candidates):
                    break
                candidate = book.candidates[now.candidates]
                now.candidates += 1
                candidate.order_id = order.order_id
                candidate.tick = order.tick
                candidate.slot = slot
                candidate.side = order.side
            slot = np.int64(order.prev)
    now.sealed = now.fills


@compiled
def _count_violations(book: BookArrays) -> None:
    """Count levels at which an order was passed over and left untouched."""
    now = book.now[0]
    stamp = np.int32(now.event & _MASK31)
    for number in range(now.candidates):
        candidate = book.candidates[number]
        order = book.orders[candidate.slot]
        level = book.levels[np.int64(candidate.side), candidate.tick - now.base]
        # A level counts once: its mark is taken off with its first violation.
        if order.order_id == candidate.order_id and order.touched != stamp and level.audited == stamp:
            level.audited = -1
            now.queue_violations += 1


@inlined
def _close(book: BookArrays, index: int) -> None:
    """End the running event: answer what is still pending, hand on hidden fills, judge the book."""
    now = book.now[0]
    if now.fills > 0:
        _close_fills(book, index)
    now.event += 1
    now.aggressors = 0
    now.initiator = _NO_ID
    if not now.in_snapshot:
        now.valid = not now.suspect
        if now.traded and now.phase != PHASE_HALTED:
            now.phase = PHASE_CONTINUOUS
        if now.best_bid >= now.best_ask:
            _count_crossing(book)
    if now.traded:
        now.trade_events += 1
        now.traded = False


@compiled
def _close_fills(book: BookArrays, index: int) -> None:
    now = book.now[0]
    if now.fills > now.sealed:
        _seal(book)
    if now.candidates > 0:
        _count_violations(book)
    for number in range(now.fills):
        fill = book.fills[number]
        slot = np.int64(fill.slot)
        order = book.orders[slot]
        if not fill.removed and order.order_id == fill.order_id and order.fill_row == number:
            if fill.pending > 0:
                _settle(book, slot, order.size, False)
            order.fill_row = NO_FILL
        if fill.hidden and (fill.lots > 0 or fill.removed):
            _hand_on_fill(book, number, index)
    now.fills = 0
    now.sealed = 0
    now.candidates = 0


@compiled
def _count_crossing(book: BookArrays) -> None:
    """Count an event that left the book locked or crossed; before the open and in a halt that is normal."""
    now = book.now[0]
    if now.phase == PHASE_CONTINUOUS:
        now.crossed_events += 1
        return
    now.auction_crossed += 1
    if now.phase == PHASE_UNKNOWN:
        now.phase = PHASE_AUCTION


# ---------------------------------------------------------------------------------------------------------- records


@compiled
def _trade(book: BookArrays, index: int, record: Any, verdict: int, tick: int) -> None:
    """Take a T: who is the aggressor, and how did it come to trade? Room for it is there."""
    now = book.now[0]
    if verdict != PLAUSIBLE:
        _count_refusal(book, verdict)
        return
    if record.flags & F_SNAPSHOT:
        return
    now.traded = True
    order_id = record.order_id
    side = TRADE_NONE
    if record.side == SIDE_BID:
        side = TRADE_BUY
    elif record.side == SIDE_ASK:
        side = TRADE_SELL
    size = np.int64(record.size)
    kind = KIND_UNKNOWN
    first = True
    if order_id != _NO_ID:
        known = _aggressor_row(book, order_id)
        first = known < 0
        if first:
            known = now.aggressors
            now.aggressors += 1
            book.aggressors[known].order_id = order_id
            book.aggressors[known].lots = 0
            book.aggressors[known].kind = _classify(book, order_id, side)
        book.aggressors[known].lots += size
        kind = np.int64(book.aggressors[known].kind)
    row = book.trades[now.trades]
    now.trades += 1
    row.index = index
    row.clock = now.clock
    row.ts_event = np.int64(record.ts_event)
    row.event = now.event
    row.order_id = order_id
    row.tick = tick
    row.size = size
    row.side = side
    row.kind = kind
    row.first = first


@compiled
def _classify(book: BookArrays, order_id: np.uint64, side: int) -> int:
    """Name the kind of an aggressor that is new in the event.

    The first one started the event: at market, or as a resting order modified into the market. A later one was
    triggered by it: a stop, if it carries an older id (exchange ids run upwards with entry), trades in the same
    direction and does not rest in the book. Both conditions are needed: an old id alone is no proof.
    """
    now = book.now[0]
    slot = _find(book, order_id)
    if slot != NO_ORDER and book.orders[slot].fill_row != NO_FILL:
        book.fills[book.orders[slot].fill_row].own = True
    if side == TRADE_NONE:
        return KIND_UNKNOWN
    if now.initiator == _NO_ID:
        now.initiator = order_id
        now.initiator_side = side
        return KIND_MARKET if slot == NO_ORDER else KIND_MODIFIED
    if slot == NO_ORDER and order_id < now.initiator and side == now.initiator_side:
        return KIND_STOP
    return KIND_UNKNOWN


@compiled
def _fill(book: BookArrays, record: Any) -> None:
    """Take an F: note the fill against its order. Room for it is there."""
    now = book.now[0]
    if record.flags & F_SNAPSHOT:
        return
    order_id = record.order_id
    own = _aggressor_row(book, order_id) >= 0
    slot = _find(book, order_id)
    if slot == NO_ORDER:
        if not own and (record.side == SIDE_BID or record.side == SIDE_ASK):
            now.unknown_changes += 1
        elif not own:
            now.anonymous_fills += 1
        return
    if record.size == 0:
        return
    order = book.orders[slot]
    if order.fill_row != NO_FILL:
        fill = book.fills[order.fill_row]
        if fill.pending == 0:
            fill.shown = order.size
        fill.pending += np.int64(record.size)
        return
    fill = book.fills[now.fills]
    order.fill_row = now.fills
    now.fills += 1
    fill.order_id = order_id
    fill.tick = order.tick
    fill.before = order.size
    fill.shown = order.size
    fill.pending = np.int64(record.size)
    fill.lots = 0
    fill.after = order.size
    fill.filled = order.filled
    fill.entry_sum = order.entry_sum
    fill.slot = slot
    fill.side = order.side
    fill.own = own
    fill.refreshed = False
    fill.evidence = False
    fill.hidden = order.hidden
    fill.removed = False


@compiled
def _take_away(book: BookArrays, slot: int, index: int) -> None:
    """Remove a resting order because a record said so."""
    order = book.orders[slot]
    if order.fill_row != NO_FILL:
        _settle(book, slot, 0, False)
        book.fills[order.fill_row].removed = True
    elif order.hidden:
        _hand_on_order(book, slot, index, HIDDEN_CANCELLED)
    _remove(book, slot)


@compiled
def _add(book: BookArrays, record: Any, side: int, tick: int, index: int) -> None:
    """Take an A: a new order, or the remainder of an aggressor."""
    now = book.now[0]
    slot = _find(book, record.order_id)
    if slot != NO_ORDER:
        now.duplicates += 1
        _take_away(book, slot, index)
    size = np.int64(record.size)
    slot = _insert(book, record.order_id, side, tick, size)
    if not record.flags & F_SNAPSHOT:
        row = _aggressor_row(book, record.order_id) if now.aggressors > 0 else -1
        book.orders[slot].entry_sum = size + (book.aggressors[row].lots if row >= 0 else 0)


@compiled
def _cancel(book: BookArrays, record: Any, index: int) -> None:
    """Take a C: less of the order, usually nothing."""
    now = book.now[0]
    slot = _find(book, record.order_id)
    if slot == NO_ORDER:
        now.unknown_changes += 1
        return
    order = book.orders[slot]
    left = order.size - np.int64(record.size)
    if left <= 0:
        _take_away(book, slot, index)
        return
    order.touched = now.event & _MASK31
    if order.fill_row != NO_FILL:
        _settle(book, slot, left, False)
    else:
        order.entry_sum = 0
    _resize(book, slot, left)


@compiled
def _modify(book: BookArrays, record: Any, verdict: int, side: int, tick: int, index: int) -> None:
    """Take an M: new price, new size, or a reinstated display; of an unknown order it is a usable A."""
    now = book.now[0]
    slot = _find(book, record.order_id)
    if verdict != PLAUSIBLE:
        _count_refusal(book, verdict)
        # Where the order now stands cannot be told, so it must not stand where it was.
        if slot != NO_ORDER and (record.size == 0 or verdict == OFF_TICK):
            _take_away(book, slot, index)
    elif slot == NO_ORDER:
        now.unknown_changes += 1
        _insert(book, record.order_id, side, tick, np.int64(record.size))
    else:
        _replace(book, slot, side, tick, np.int64(record.size), index)


@inlined
def _replace(book: BookArrays, slot: int, side: int, tick: int, size: int, index: int) -> None:
    """Give a known order a new place or size; it keeps its turn only at its price and with no more lots."""
    now = book.now[0]
    order = book.orders[slot]
    if order.side != side:
        now.bad_records += 1
    same_price = order.tick == tick and order.side == side
    order.touched = now.event & _MASK31
    refreshed = False
    if order.fill_row != NO_FILL:
        refreshed = _settle(book, slot, size, same_price)
    elif order.size != size:
        order.entry_sum = 0  # the trader changed the order: its first display no longer tells the display quantity
    if same_price and size <= order.size and not refreshed:
        _resize(book, slot, size)
        return
    _leave(book, slot)
    order.tick = tick
    order.side = side
    order.size = size
    order.afar = abs(tick - now.origin) > REACH
    _join(book, slot)
    if order.hidden and not same_price:
        _hand_on_order(book, slot, index, HIDDEN_MOVED)


@inlined
def _ticks(price: int, tick_size: int) -> int:
    """Divide a wire price by the tick size, downwards; a float product is right for all but absurd prices."""
    if -_EXACT_FLOAT < price < _EXACT_FLOAT:
        guess = np.int64(np.floor(price / tick_size + 0.5))
        if guess * tick_size == price:
            return guess
    return price // tick_size


@inlined
def _room(book: BookArrays) -> int:
    """Return DONE where there is room for whatever one record can do, else what must be done first."""
    now = book.now[0]
    if now.hiddens + now.hidden_live + now.fills + 2 > len(book.hiddens) or now.trades == len(book.trades):
        return OUTPUT_FULL
    if now.free_count == 0:
        return GROW_ORDERS
    return DONE


@inlined
def _judge(book: BookArrays, record: Any) -> tuple[int, int, int]:
    """Return (verdict, side, tick) of a record; side and tick mean something for A, M and T."""
    if record.flags & _REFUSED_FLAGS:
        return REFUSED, BID, 0
    action = record.action
    if action not in (ACTION_ADD, ACTION_MODIFY, ACTION_TRADE):
        return PLAUSIBLE, BID, 0
    side = BID if record.side == SIDE_BID else ASK
    if record.price == UNDEFINED_PRICE or record.size == 0:
        return IMPLAUSIBLE, side, 0
    if action != ACTION_TRADE and record.side != SIDE_BID and record.side != SIDE_ASK:
        return IMPLAUSIBLE, side, 0
    tick_size = book.now[0].tick_size
    tick = _ticks(record.price, tick_size)
    return PLAUSIBLE if tick * tick_size == record.price else OFF_TICK, side, tick


@inlined
def _beyond_arrays(book: BookArrays, tick: int) -> bool:
    """Whether the ladder must grow before an order can rest at `tick`; the first price seen is its origin."""
    now = book.now[0]
    if not now.has_origin:
        now.has_origin = True
        now.origin = tick
    now.wanted = tick
    return abs(tick - now.origin) <= REACH and not 0 <= tick - now.base < book.levels.shape[1]


@inlined
def _step(book: BookArrays, record: Any, index: int) -> int:
    """Apply one record of this instrument; return DONE, or why it could not be applied yet (then nothing changed)."""
    now = book.now[0]
    flags = record.flags
    action = record.action
    reason = _room(book)
    if reason != DONE:
        return reason
    verdict, side, tick = _judge(book, record)
    if verdict == PLAUSIBLE and (action in (ACTION_ADD, ACTION_MODIFY)) and _beyond_arrays(book, tick):
        return GROW_LEVELS
    time = np.int64(record.ts_event)
    received = np.int64(record.ts_recv)
    if not flags & F_SNAPSHOT and time >= 0 and (received < 0 or time - received <= CLOCK_TRUST_NS):
        if time >= now.boundary:
            return BOUNDARY
        if time < now.clock:
            now.late_records += 1
        else:
            now.clock = time
    now.received = max(now.received, received)

    if action == ACTION_CLEAR and verdict == PLAUSIBLE:
        _begin_anew(book, index)
    elif flags & F_SNAPSHOT and not now.in_snapshot:
        _begin_anew(book, index)
    now.in_snapshot = (flags & F_SNAPSHOT) != 0
    if flags & F_MAYBE_BAD_BOOK:
        now.suspect = True
    if action == ACTION_TRADE:
        _trade(book, index, record, verdict, tick)
    elif action == ACTION_FILL and verdict == PLAUSIBLE:
        _fill(book, record)
    else:
        _change(book, record, verdict, side, tick, index)

    overflow = now.fills == len(book.fills) or now.aggressors == len(book.aggressors)
    if flags & F_LAST:
        now.in_snapshot = False
        _close(book, index)
    elif overflow:
        now.unclosed_events += 1
        _close(book, index)
    return DONE


@inlined
def _change(book: BookArrays, record: Any, verdict: int, side: int, tick: int, index: int) -> None:
    """Apply A, C or M; the first of an event seals the queues as its fills found them."""
    now = book.now[0]
    action = record.action
    if now.fills > now.sealed:
        _seal(book)
    if verdict == REFUSED:
        now.bad_records += 1
    elif action == ACTION_CANCEL:
        _cancel(book, record, index)
    elif action == ACTION_MODIFY:
        _modify(book, record, verdict, side, tick, index)
    elif action == ACTION_ADD:
        if verdict == PLAUSIBLE:
            _add(book, record, side, tick, index)
        else:
            _count_refusal(book, verdict)
    elif action not in (ACTION_CLEAR, ACTION_NONE):
        now.bad_records += 1


@inlined
def _count_refusal(book: BookArrays, verdict: int) -> None:
    if verdict == OFF_TICK:
        book.now[0].off_tick += 1
    else:
        book.now[0].bad_records += 1


@compiled
def _begin_anew(book: BookArrays, index: int) -> None:
    """Empty the book because a clear or a snapshot begins."""
    now = book.now[0]
    _clear(book, index)
    now.fills = 0
    now.sealed = 0
    now.candidates = 0
    now.aggressors = 0
    now.initiator = _NO_ID
    now.traded = False
    now.anchored = True
    now.valid = False
    now.suspect = False
    if now.phase != PHASE_HALTED:
        now.phase = PHASE_UNKNOWN


@compiled
def process(book: BookArrays, records: RecordArray, start: int) -> tuple[int, int]:
    """Apply records from `start` on; return (position reached, reason).

    The reason is DONE at the end, or GROW_ORDERS, GROW_LEVELS (to hold `now.wanted`), OUTPUT_FULL (empty `trades` and
    `hiddens`, or make room for what the event can hand on) or BOUNDARY (the record at the position is at or after
    `now.boundary`); after acting on it, call again from the position.
    """
    now = book.now[0]
    instrument = now.instrument_id
    for position in range(start, len(records)):
        record = records[position]
        if record.instrument_id != instrument:
            now.others += 1
            now.records += 1
            continue
        reason = _step(book, record, now.records)
        if reason != DONE:
            return position, reason
        now.records += 1
    return len(records), DONE


@compiled
def rebuild_table(book: BookArrays) -> None:
    """Enter every resting order into an empty, larger hash table."""
    for slot in range(len(book.orders)):
        if book.orders[slot].size > 0:
            _enter_id(book, book.orders[slot].order_id, slot)


@compiled
def queue_ahead(book: BookArrays, slot: int) -> tuple[int, int]:
    """Return (orders, lots) in front of the order in its queue."""
    orders = 0
    lots = np.int64(0)
    ahead = np.int64(book.orders[slot].prev)
    while ahead != NO_ORDER:
        orders += 1
        lots += book.orders[ahead].size
        ahead = np.int64(book.orders[ahead].prev)
    return orders, lots
