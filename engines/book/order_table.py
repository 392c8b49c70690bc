"""The compiled hash table of orders by id.

Open addressing with Fibonacci hashing: ids are handed out in sequence, and multiplying by 2**64 / golden ratio spreads
a sequence evenly. An entry keeps 32 bits of the hash beside the slot, so that probing and the backward shift on removal
never touch the orders. The table is at most half full, so a probe is short and always ends.
"""

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from engines.book.layout import NO_ORDER, BookArrays, RecordArray
from engines.compiled import compiled, inlined, place, signed

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(32)
_LOW: Final = np.uint64(0xFFFFFFFF)
_EMPTY: Final = np.uint64(0)
_ONE: Final = np.uint64(1)


class OrderTable(Protocol):
    """Arrays with a table of orders by id: the table, and rows that have an `order_id`."""

    @property
    def table(self) -> npt.NDArray[np.uint64]:
        """High 32 bits a tag of the id, low 32 bits slot + 1; 0 is empty. Length 2**n, at most half full."""

    @property
    def orders(self) -> RecordArray:
        """The rows."""


@inlined
def find_order(book: OrderTable, order_id: np.uint64) -> int:
    """Return the slot of an order, or NO_ORDER."""
    table = book.table
    mask = np.uint64(len(table) - 1)
    tag = (order_id * _GOLDEN) >> _SHIFT
    at = tag & mask
    while True:
        entry = table[at]
        if entry == _EMPTY:
            return NO_ORDER
        if entry >> _SHIFT == tag:
            slot = signed(entry & _LOW) - 1
            if book.orders[place(slot)].order_id == order_id:
                return slot
        at = (at + _ONE) & mask


@inlined
def enter_id(book: OrderTable, order_id: np.uint64, slot: int) -> None:
    """Enter an order that is not in the table."""
    table = book.table
    mask = np.uint64(len(table) - 1)
    tag = (order_id * _GOLDEN) >> _SHIFT
    at = tag & mask
    while table[at] != _EMPTY:
        at = (at + _ONE) & mask
    table[at] = (tag << _SHIFT) | np.uint64(slot + 1)


@inlined
def erase_id(book: OrderTable, slot: int) -> None:
    """Take an order out of the hash table, closing the gap so that probing needs no tombstones."""
    table = book.table
    mask = np.uint64(len(table) - 1)
    tag = (book.orders[place(slot)].order_id * _GOLDEN) >> _SHIFT
    wanted = (tag << _SHIFT) | np.uint64(slot + 1)
    gap = tag & mask
    while table[gap] != wanted:
        gap = (gap + _ONE) & mask
    at = gap
    while True:
        at = (at + _ONE) & mask
        entry = table[at]
        if entry == _EMPTY:
            break
        home = (entry >> _SHIFT) & mask
        # The entry may fill the gap only if its probe path from home passes over it.
        if ((at - home) & mask) >= ((at - gap) & mask):
            table[gap] = entry
            gap = at
    table[gap] = _EMPTY


@compiled
def rebuild_table(book: BookArrays) -> None:
    """Enter every resting order into an empty, larger hash table."""
    for slot in range(len(book.orders)):
        if book.orders[slot].size > 0:
            enter_id(book, book.orders[slot].order_id, slot)
