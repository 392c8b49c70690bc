"""Streams at the ends of what the format can hold, one instrument, tick 1 or `TICK`."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from feeds.records import F_LAST, MBO, UNDEFINED_PRICE, Records
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK

_GOLDEN: Final = 0x9E3779B97F4A7C15
_FULL: Final = 2**32 - 1


def stream(count: int, **fields: Any) -> Records:
    """Return bids of one lot that each end their event, with the given fields (a value or one for each) instead."""
    array = np.zeros(count, MBO)
    array["length"], array["rtype"], array["instrument_id"] = MBO.itemsize // 4, 160, FIRST_INSTRUMENT
    array["action"], array["side"], array["size"], array["flags"] = ord("A"), ord("B"), 1, F_LAST
    array["price"] = 20_000 * TICK
    array["order_id"] = np.arange(1, count + 1)
    array["ts_event"] = array["ts_recv"] = START + np.arange(count)
    for name, value in fields.items():
        array[name] = value
    return array


def _letters(text: str, count: int) -> Any:
    return np.resize(np.frombuffer(text.encode(), np.uint8), count)


def farthest_prices() -> Records:
    """Orders at both ends of the price's range, around ordinary ones."""
    ends = [0, -(2**63), UNDEFINED_PRICE - 1, UNDEFINED_PRICE, -(2**63) + 1, TICK, -TICK, 2**62, -(2**62), 2**61]
    return stream(60, price=np.resize(np.array(ends, np.int64), 60), side=_letters("BAABB", 60))


def farthest_price_first() -> Records:
    """A first price at the end of the range, from which the ladder is measured."""
    return np.concatenate([stream(1, price=UNDEFINED_PRICE - 1, order_id=99), farthest_prices()])


def fullest_level() -> Records:
    """Orders of the largest size at one price: more lots than 32 bits hold."""
    return stream(3_000, size=_FULL)


def first_and_last_id() -> Records:
    """Ids 0 and 2**64 - 1 added, filled, modified and cancelled."""
    ids = np.resize(np.array([0, 2**64 - 1], np.uint64), 40)
    return stream(40, order_id=ids, action=_letters("AATTFFMMTTFFCC", 40), size=2, flags=_flags(40))


def _flags(count: int) -> Any:
    return np.resize(np.array([F_LAST, F_LAST, 0, 0, 0, 0, 0, F_LAST], np.uint8), count)


def colliding_ids() -> Records:
    """Ids that all hash to one place with one tag: added, then cancelled in another order."""
    inverse = pow(_GOLDEN, -1, 2**64)
    ids = [(7 << 32 | low) * inverse % 2**64 for low in range(1_500)]
    ids = np.array([*ids, *ids[::3], *ids[1::3], *ids[2::3]], np.uint64)  # type: ignore[assignment]
    return stream(len(ids), order_id=ids, action=[ord("A")] * 1_500 + [ord("C")] * 1_500)


def crowded_price() -> Records:
    """Many orders at one price, every other one cancelled, the rest grown so that each goes to the back."""
    ids = np.arange(1, 20_001)
    return np.concatenate(
        [
            stream(20_000, order_id=ids),
            stream(10_000, order_id=ids[::2], action=ord("C")),
            stream(10_000, order_id=ids[1::2], action=ord("M"), size=2),
        ]
    )


def many_orders() -> Records:
    """More orders than the book has room for at first, at many prices."""
    spread = (np.arange(90_000) % 7_001 - 3_500) * TICK
    return stream(90_000, price=20_000 * TICK + spread, side=_letters("BA", 90_000))


def endless_event() -> Records:
    """An event of 20,000 fills and 5,000 aggressors that nothing ends."""
    book = stream(20_000)
    fills = stream(20_000, action=ord("F"), flags=0)
    prints = stream(5_000, action=ord("T"), order_id=np.arange(10**6, 10**6 + 5_000), side=ord("A"), flags=0)
    return np.concatenate([book, prints[:1], fills, prints])


def jumping_prices() -> Records:
    """Prices that jump between both ends of the ladder's reach, so that it must grow, and be searched, again.

    The same ten jumps over and over: each is a search through half a million prices, for half a millisecond.
    """
    reach = np.array([0, 1, -1, 2**10, -(2**14), 2**16, -(2**18), 2**18, 2**18 + 1, -(2**18) - 1])
    adds = stream(4_000, price=np.resize(reach, 4_000) * TICK, side=_letters("BAABA", 4_000))
    removals = adds.copy()
    removals["action"] = ord("C")
    return np.ravel(np.column_stack([adds, removals]))


def endless_clears() -> Records:
    """Nothing but clears after a full book."""
    clears = stream(200_000, action=ord("R"), price=UNDEFINED_PRICE, size=0, side=ord("N"), order_id=0)
    return np.concatenate([stream(20_000), clears])


def backward_times() -> Records:
    """Times that run backwards, and stand at both ends."""
    times = START - np.arange(3_000, dtype=np.uint64) * np.uint64(10**9)
    times[::100] = 0
    times[50::100] = 2**64 - 1
    times[70::100] = 2**63
    return stream(3_000, ts_event=times, action=_letters("AAT", 3_000))


def one_event_of_everything() -> Records:
    """An order that is filled, modified, moved and cancelled over and over in one event."""
    return stream(5_000, order_id=np.resize([1, 1, 1, 2], 5_000), action=_letters("ATFMFMCFAM", 5_000), flags=0)


EXTREMES: Final[tuple[Callable[[], Records], ...]] = (
    farthest_prices,
    farthest_price_first,
    fullest_level,
    first_and_last_id,
    colliding_ids,
    crowded_price,
    many_orders,
    endless_event,
    jumping_prices,
    endless_clears,
    backward_times,
    one_event_of_everything,
)
