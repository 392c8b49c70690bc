"""What must be true of the arrays of an order book after any records whatever."""

import numpy as np

from engines.book.book import Book
from engines.book.layout import ASK, BID, BLOCK, EVENT_MASK, NO_ASK, NO_BID, NO_FILL, NO_ORDER, REACH
from engines.book.order_table import find_order


def assert_sound(book: Book) -> None:
    """Check every array against every other.

    Raises:
        AssertionError: Two of them contradict each other.
    """
    _assert_slots(book)
    _assert_ids(book)
    _assert_queues(book)
    _assert_blocks_and_best(book)
    _assert_event(book)


def _assert_slots(book: Book) -> None:
    """Every slot either holds an order or stands once in the list of free ones."""
    arrays, now = book._arrays, book.now
    resting = int((arrays.orders["size"] > 0).sum())
    assert resting == int(now["resting"])
    assert resting + int(now["free_count"]) == len(arrays.orders) - 1  # the last one is nobody's
    following = arrays.orders["next"].tolist()
    sizes = arrays.orders["size"].tolist()
    free, slot = 0, int(now["free"])
    while slot != NO_ORDER and free <= len(sizes):
        assert sizes[slot] == 0
        free, slot = free + 1, following[slot]
    assert free == int(now["free_count"])


def _assert_ids(book: Book) -> None:
    """The hash table finds exactly the resting orders."""
    arrays = book._arrays
    entries = arrays.table[arrays.table != 0]
    slots = (entries & np.uint64(2**32 - 1)).astype(np.int64) - 1
    resting = np.flatnonzero(arrays.orders["size"] > 0)
    assert sorted(slots.tolist()) == resting.tolist()
    ids = arrays.orders["order_id"][resting]
    assert len(np.unique(ids)) == len(ids)
    for slot in resting.tolist()[:: max(1, len(resting) // 500)]:
        assert find_order(arrays, arrays.orders["order_id"][slot]) == slot


def _assert_queues(book: Book) -> None:
    """Queues hang together in both directions, and levels are the sums of their orders."""
    arrays, now = book._arrays, book.now
    orders = {name: arrays.orders[name].tolist() for name in ("tick", "size", "next", "prev", "side", "afar")}
    base, origin = int(now["base"]), int(now["origin"])
    seen = 0
    for side in (BID, ASK):
        levels = arrays.levels[side]
        for column in np.flatnonzero((levels["orders"] != 0) | (levels["size"] != 0)).tolist():
            level = levels[column]
            slot, before, count, lots = int(level["head"]), NO_ORDER, 0, 0
            while slot != NO_ORDER and count <= int(level["orders"]):
                assert orders["prev"][slot] == before
                assert (orders["tick"][slot], orders["side"][slot]) == (base + column, side)
                assert orders["size"][slot] > 0
                assert not orders["afar"][slot]
                assert abs(orders["tick"][slot] - origin) <= REACH
                before, count, lots = slot, count + 1, lots + orders["size"][slot]
                slot = orders["next"][slot]
            assert (int(level["tail"]), int(level["orders"]), int(level["size"])) == (before, count, lots)
            seen += count
    slot, before, afar = int(now["afar_head"]), NO_ORDER, 0
    while slot != NO_ORDER and afar <= int(now["resting"]):
        assert orders["prev"][slot] == before
        assert orders["afar"][slot]
        before, slot, afar = slot, orders["next"][slot], afar + 1
    assert seen + afar == int(now["resting"])


def _assert_blocks_and_best(book: Book) -> None:
    arrays, now = book._arrays, book.now
    occupied = arrays.levels["orders"] > 0
    assert arrays.blocks["occupied"].tolist() == occupied.reshape(2, -1, BLOCK).sum(axis=2).tolist()
    counted = arrays.stackings["window"].reshape(2, -1, BLOCK).any(axis=2)
    assert arrays.blocks["counted"].tolist() == counted.tolist()
    bids, asks = (np.flatnonzero(occupied[side]) for side in (BID, ASK))
    base = int(now["base"])
    assert int(now["best_bid"]) == (base + int(bids[-1]) if len(bids) else NO_BID)
    assert int(now["best_ask"]) == (base + int(asks[0]) if len(asks) else NO_ASK)


def _assert_event(book: Book) -> None:
    """Only orders filled in the running event point at a fill, and hidden orders are counted."""
    arrays, now = book._arrays, book.now
    live = arrays.orders[arrays.orders["size"] > 0]
    assert int(live["hidden"].sum()) == int(now["hidden_live"])
    pointing = live[live["fill_row"] != NO_FILL]
    assert (pointing["fill_row"] < int(now["fills"])).all()
    assert (arrays.fills["order_id"][pointing["fill_row"]] == pointing["order_id"]).all()
    assert int(now["sealed"]) <= int(now["fills"]) < len(arrays.fills)
    assert int(now["aggressors"]) < len(arrays.aggressors)
    assert int(now["event"]) <= EVENT_MASK
