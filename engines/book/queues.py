"""The compiled queues: which orders rest at a price, front to back, and where the best prices are.

`orders` holds one cache line per order; the queue at a price is a doubly linked list of order slots. `levels` is a
dense ladder around the first price seen; `blocks` counts occupied levels in groups of 64, so the next best price is
found quickly across any gap. Orders farther than `REACH` ticks are kept, and counted, but stand in no level.
"""

from typing import Any

import numpy as np

from engines.book.layout import ASK, BID, BLOCK, EVENT_MASK, NO_ASK, NO_BID, NO_FILL, NO_ID, NO_ORDER, REACH, BookArrays
from engines.book.order_table import enter_id, erase_id
from engines.compiled import compiled, inlined, place, signed


@compiled
def next_best(book: BookArrays, side: int, column: int) -> int:
    """Return the tick of the best occupied level at or behind `column`, or NO_BID / NO_ASK."""
    levels = book.levels[side]
    blocks = book.blocks[side]
    base = book.now[0].base
    step = -1 if side == BID else 1
    end = -1 if side == BID else len(levels)
    while column != end:
        block = column // BLOCK
        if blocks[block].occupied == 0:
            column = block * BLOCK - 1 if side == BID else (block + 1) * BLOCK
        elif levels[column].orders > 0:
            tick: int = base + column
            return tick
        else:
            column += step
    return NO_BID if side == BID else NO_ASK


@inlined
def order_at(book: BookArrays, slot: int) -> Any:
    """Return the ORDER row of a slot."""
    return book.orders[place(slot)]


@inlined
def level_at(book: BookArrays, side: int, tick: int) -> Any:
    """Return the LEVEL row of a price that the arrays hold."""
    return book.levels[place(side), place(tick - book.now[0].base)]


@inlined
def join_queue(book: BookArrays, slot: int, side: int, tick: int, size: int) -> None:
    """Let an order stand at the back of the queue at a price, whose level is there."""
    now = book.now[0]
    order = order_at(book, slot)
    order.tick = tick
    order.size = size
    order.side = side
    order.next = NO_ORDER
    order.afar = not now.origin - REACH <= tick <= now.origin + REACH
    if order.afar:
        _join_afar(book, slot)
        return
    level = level_at(book, side, tick)
    if level.orders == 0:
        level.size = size
        level.orders = 1
        level.head = slot
        level.tail = slot
        order.prev = NO_ORDER
        book.blocks[side, (tick - now.base) // BLOCK].occupied += 1
        if side == BID:
            now.best_bid = max(now.best_bid, tick)
        else:
            now.best_ask = min(now.best_ask, tick)
    else:
        level.size += size
        level.orders += 1
        order.prev = level.tail
        order_at(book, level.tail).next = slot
        level.tail = slot


@compiled
def _join_afar(book: BookArrays, slot: int) -> None:
    now = book.now[0]
    order = book.orders[slot]
    now.far_orders += 1
    order.prev = NO_ORDER
    order.next = now.afar_head
    if now.afar_head != NO_ORDER:
        book.orders[now.afar_head].prev = slot
    now.afar_head = slot


@inlined
def leave_queue(book: BookArrays, slot: int) -> None:
    """Take an order out of its queue; it stays known by id.

    Whether there is a neighbour cannot be foretold, and asking costs more than writing: NO_ORDER, as an index, is the
    last row, in which no order ever stands.
    """
    now = book.now[0]
    order = order_at(book, slot)
    after = order.next
    before = order.prev
    book.orders[after].prev = before
    book.orders[before].next = after
    if order.afar:
        if before == NO_ORDER:
            now.afar_head = after
        return
    tick = order.tick
    side = signed(order.side)
    level = level_at(book, side, tick)
    head = level.head
    tail = level.tail
    level.size -= order.size
    level.orders -= 1
    level.head = after if before == NO_ORDER else head
    level.tail = before if after == NO_ORDER else tail
    if level.orders == 0:
        _leave_level(book, side, tick)


@inlined
def _leave_level(book: BookArrays, side: int, tick: int) -> None:
    """Note that no order rests at a price any more."""
    now = book.now[0]
    column = tick - now.base
    book.blocks[side, column // BLOCK].occupied -= 1
    if side == BID:
        if tick == now.best_bid:
            now.best_bid = next_best(book, BID, column)
    elif tick == now.best_ask:
        now.best_ask = next_best(book, ASK, column)


@inlined
def resize_order(book: BookArrays, slot: int, size: int) -> None:
    """Change an order's displayed size where it stands."""
    order = order_at(book, slot)
    if not order.afar:
        level_at(book, signed(order.side), order.tick).size += size - order.size
    order.size = size


@inlined
def insert_order(book: BookArrays, order_id: np.uint64, side: int, tick: int, size: int) -> int:
    """Enter a new order at the back of its queue; a free slot and its level are there. Return its slot."""
    now = book.now[0]
    slot = signed(now.free)
    order = order_at(book, slot)
    now.free = order.next
    now.free_count -= 1
    now.resting += 1
    order.order_id = order_id
    order.filled = 0
    order.entry_sum = -size
    order.fill_row = NO_FILL
    order.visited = -1
    order.touched = now.event & EVENT_MASK
    order.hidden = False
    enter_id(book, order_id, slot)
    join_queue(book, slot, side, tick, size)
    return slot


@inlined
def remove_order(book: BookArrays, slot: int) -> None:
    """Forget an order: queue, id, slot."""
    now = book.now[0]
    leave_queue(book, slot)
    erase_id(book, slot)
    order = order_at(book, slot)
    if order.hidden:
        now.hidden_live -= 1
    order.order_id = NO_ID
    order.size = 0
    order.next = now.free
    now.free = slot
    now.free_count += 1
    now.resting -= 1


@compiled
def queue_ahead(book: BookArrays, slot: int) -> tuple[int, int]:
    """Return (orders, lots) in front of the order in its queue."""
    orders = 0
    lots = signed(0)
    ahead = signed(book.orders[slot].prev)
    while ahead != NO_ORDER:
        orders += 1
        lots += book.orders[ahead].size
        ahead = signed(book.orders[ahead].prev)
    return orders, lots
