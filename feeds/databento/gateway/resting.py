"""The resting orders of an instrument at some record of its history: what a snapshot says, in queue order.

The rules are those of the book: `A` joins the tail of its price, `C` takes away, `M` replaces and goes to the tail
where the price changes, lots are added, or an iceberg reloads its display (it was filled in this matching event and
does not show what is left of what it showed); `T` and `F` change nothing; `R`, or the beginning of a snapshot, clears.

Nearly all orders of a session are gone by its end, so arrays first leave out every order whose last record takes it
away; the orders that may rest are then followed record by record.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.records import (
    ACTION_ADD,
    ACTION_CANCEL,
    ACTION_CLEAR,
    ACTION_FILL,
    ACTION_MODIFY,
    ACTION_TRADE,
    F_BAD_TS_RECV,
    F_LAST,
    F_MBP,
    F_SNAPSHOT,
    F_TOP_OF_BOOK,
    SIDE_ASK,
    SIDE_BID,
    SIDE_NONE,
    UNDEFINED_PRICE,
    Records,
)

_SNAPSHOT_FLAGS: Final = F_SNAPSHOT | F_BAD_TS_RECV


@dataclass(slots=True)
class _Order:
    """A resting order: what it shows, the record that told it last, and the one that put it where it stands."""

    side: int
    price: int
    size: int
    told: int
    turn: int


def resting(records: Records) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (index of the record that told each resting order last, lots it shows).

    Bids stand before asks, each side from its best price, each price in its queue's order.

    Args:
        records: MBO records of one instrument, from where its history is known.
    """
    begin = _last_clear(records)
    live = _book_changes(records, begin)
    orders = _followed(records, live)
    ranked = sorted(
        orders.values(), key=lambda order: (order.side == SIDE_ASK, _distance(order.side, order.price), order.turn)
    )
    told = np.array([order.told for order in ranked], np.int64)
    return told, np.array([order.size for order in ranked], np.int64)


def snapshot(records: Records, instrument_id: int, now: int) -> Records:
    """Return the snapshot that a gateway sends after these records: a clear, then every resting order.

    `records` are all MBO records of the instrument so far, and may be none; `now` is the snapshot's time (ns UTC).
    """
    told, sizes = resting(records)
    made = np.zeros(len(told) + 1, records.dtype)
    made[1:] = records[told]
    made["size"][1:] = sizes
    made["action"][1:] = ACTION_ADD
    made["ts_in_delta"] = 0
    made["ts_recv"] = now
    made["flags"] = _SNAPSHOT_FLAGS
    made["flags"][-1] |= F_LAST
    clear = made[:1]
    for name in ("length", "rtype", "publisher_id", "channel_id", "sequence"):
        clear[name] = records[name][-1] if len(records) else 0
    clear["length"], clear["rtype"] = records.dtype.itemsize // 4, 160
    clear["publisher_id"] = records["publisher_id"][-1] if len(records) else 1
    clear["instrument_id"] = instrument_id
    clear["ts_event"] = now
    clear["price"], clear["action"], clear["side"] = UNDEFINED_PRICE, ACTION_CLEAR, SIDE_NONE
    return made


def settled(records: Records, place: int) -> int:
    """Return the first place from `place` on at which no matching event and no snapshot of the instrument is open.

    Args:
        records: All MBO records of one instrument.
        place: Number of its records that have been sent.
    """
    while 0 < place < len(records):
        last = int(records["flags"][place - 1])
        if last & F_LAST or (last & F_SNAPSHOT and not int(records["flags"][place]) & F_SNAPSHOT):
            break
        place += 1
    return place


def _last_clear(records: Records) -> int:
    """Return where the newest history begins: at a clear, or where a snapshot begins."""
    flags = records["flags"]
    held = (flags & F_SNAPSHOT) != 0
    goes_on = np.zeros(len(records), bool)
    goes_on[1:] = held[:-1] & ((flags[:-1] & F_LAST) == 0)
    begins = np.flatnonzero((records["action"] == ACTION_CLEAR) | (held & ~goes_on))
    return int(begins[-1]) if len(begins) else 0


def _book_changes(records: Records, begin: int) -> npt.NDArray[np.int64]:
    """Return the indices, from `begin` on, of the records of all orders that may rest at the end."""
    window = records[begin:]
    action, size = window["action"], window["size"].astype(np.int64)
    joins = (action == ACTION_ADD) | (action == ACTION_MODIFY)
    cancels = (action == ACTION_CANCEL) | ((action == ACTION_MODIFY) & (size == 0))
    changes = np.flatnonzero((joins | cancels) & _is_order_by_order(window))
    by_order = changes[np.argsort(window["order_id"][changes], kind="stable")]
    ids = window["order_id"][by_order]
    final = np.ones(len(ids), bool)
    final[:-1] = ids[1:] != ids[:-1]
    last = by_order[final]
    before = np.full(len(last), -1, np.int64)
    ends = np.flatnonzero(final)
    has_before = (ends > 0) & (np.concatenate([[False], ids[1:] == ids[:-1]])[ends] if len(ids) else False)
    before[has_before] = by_order[ends[has_before] - 1]
    taken_away = cancels[last] & (before >= 0) & joins[before] & (size[last] >= size[before])
    may_rest = window["order_id"][last[~taken_away]]
    told = np.flatnonzero(np.isin(window["order_id"], may_rest) & _is_known_action(action))
    return told + begin


def _is_order_by_order(records: Records) -> npt.NDArray[np.bool_]:
    plain: npt.NDArray[np.bool_] = (records["flags"] & (F_TOP_OF_BOOK | F_MBP)) == 0
    return plain


def _is_known_action(action: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return np.isin(action, (ACTION_ADD, ACTION_CANCEL, ACTION_MODIFY, ACTION_TRADE, ACTION_FILL))


def _followed(records: Records, live: npt.NDArray[np.int64]) -> dict[int, _Order]:
    """Follow orders record by record and return those that rest at the end, by id."""
    ends = (records["flags"] & F_LAST) != 0
    events = np.cumsum(ends) - ends
    rows = records[live]
    orders: dict[int, _Order] = {}
    filled: dict[int, int] = {}
    aggressors: set[int] = set()
    event = -1
    columns = (live, events[live], *(rows[name] for name in ("order_id", "action", "side", "price", "size", "flags")))
    for index, now, order_id, action, side, price, size, flags in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        if now != event:
            event = now
            filled.clear()
            aggressors.clear()
        if flags & (F_TOP_OF_BOOK | F_MBP):
            continue
        if action == ACTION_TRADE:
            aggressors.add(order_id)
        elif action == ACTION_FILL:
            if order_id in orders and order_id not in aggressors:
                filled[order_id] = filled.get(order_id, 0) + size
        elif action == ACTION_CANCEL:
            _cancel(orders, filled, order_id, size)
        elif action == ACTION_MODIFY and size == 0:
            orders.pop(order_id, None)
            filled.pop(order_id, None)
        elif side in {SIDE_BID, SIDE_ASK} and size and price != UNDEFINED_PRICE:
            known, lots = orders.get(order_id), filled.pop(order_id, 0)
            stays = action == ACTION_MODIFY and known is not None and _keeps_turn(known, side, price, size, lots)
            turn = known.turn if stays and known is not None else index
            orders[order_id] = _Order(side, price, size, index, turn)
    return orders


def _cancel(orders: dict[int, _Order], filled: dict[int, int], order_id: int, size: int) -> None:
    order = orders.get(order_id)
    if order is None:
        return
    order.size -= size
    if order.size <= 0:
        del orders[order_id]
        filled.pop(order_id, None)


def _keeps_turn(order: _Order, side: int, price: int, size: int, filled: int) -> bool:
    """Whether a modified order stays where it stands in its queue."""
    moved = (side, price) != (order.side, order.price)
    reloaded = filled > 0 and size != order.size - filled
    return not moved and size <= order.size and not reloaded


def _distance(side: int, price: int) -> int:
    """Return how far a price is from the best one of its side, up to a constant."""
    return -price if side == SIDE_BID else price
