"""The matching engine once more: the same requests, with one order added that was not there.

Traders of a simulation act by what they see, and by chance, so that one more order would change all that comes after.
Here everybody else asks for what he asked for without it, at the same times, whatever it meets now: so what becomes of
the added order is what the exchange itself would have made of it, up to its fill. A request about an order that has
gone meanwhile is passed over.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from feeds.records import ACTION_TRADE
from feeds.simulator.compiled import compiled, signed
from feeds.simulator.layout import (
    CANCEL,
    DUE,
    ENTER_LIMIT,
    ENTER_STOP,
    MOVE,
    NOBODY,
    RESIZE,
    WITHDRAW_STOP,
    Market,
    Rows,
)
from feeds.simulator.matching import cancel, enter_limit, enter_stop, move, resize, withdraw_stop


class Fill(NamedTuple):
    """Lots of the added order that traded at a time."""

    time: int
    tick: int
    lots: int


class _Names(NamedTuple):
    """Where the simulation's orders stand here: by their id there, less the first, their slot and their id here."""

    slots: npt.NDArray[np.int64]
    ids: npt.NDArray[np.uint64]


class Rematch:
    """A market that goes through requests once more, and can be asked at any time what would become of an order."""

    def __init__(self, market: Market, requests: Rows) -> None:
        """Begin where a simulation stands.

        Args:
            market: The simulation's arrays, which are copied, when it began to note requests.
            requests: All requests since, in their order.
        """
        self._market = copied(market)._replace(dues=np.zeros(1, DUE))
        self._market.orders["actor"] = NOBODY
        self._market.now["muted"] = 1
        self._market.now["noting"] = 0
        self._requests = requests
        self._position = 0
        resting = [market.orders["id"], market.stops["id"]]
        known = np.concatenate([*(ids[ids > 0] for ids in resting), requests["id"]])
        self._first = known.min()
        count = int(known.max() - self._first) + 1
        self._names = _Names(np.full(count, NOBODY, np.int64), np.zeros(count, np.uint64))
        for ids in resting:
            slots = np.flatnonzero(ids)
            self._names.slots[(ids[slots] - self._first).astype(np.int64)] = slots
            self._names.ids[(ids[slots] - self._first).astype(np.int64)] = ids[slots]

    @property
    def lots(self) -> npt.NDArray[np.int32]:
        """Lots displayed at every price, (side, tick)."""
        return self._market.levels["lots"]

    @property
    def touch(self) -> tuple[int, int]:
        """Best bid and ask as they stand, in ticks of the ladder."""
        return int(self._market.now["best_bid"][0]), int(self._market.now["best_ask"][0])

    def go_to(self, time: int) -> None:
        """Go through the requests before a time."""
        self._position, _ = _ask_all(
            self._market, self._names, self._first, self._requests, self._position, time, NOBODY, np.uint64(0), 0
        )

    def fills_of(self, side: int, tick: int, lots: int, time: int, until: int) -> list[Fill]:
        """Return what would be filled of a limit order that came at a time, not before the newest, up to another."""
        self.go_to(time)
        market, names = copied(self._market), _Names(self._names.slots.copy(), self._names.ids.copy())
        slot, fills = _enter(market, side, tick, lots, time)
        position, left = self._position, lots - sum(fill.lots for fill in fills)
        own_id = market.orders["id"][slot]
        while left and position < len(self._requests):
            position, now = _ask_all(market, names, self._first, self._requests, position, until, slot, own_id, left)
            shown = int(market.orders["shown"][slot]) if market.orders["id"][slot] == own_id else 0
            if shown == left:
                break
            fills.append(Fill(now, tick, left - shown))
            left = shown
        return fills


def _enter(market: Market, side: int, tick: int, lots: int, time: int) -> tuple[int, list[Fill]]:
    """Enter the added order; return its slot, NOBODY where nothing rests, and what it took."""
    now = market.now
    now["clock"], now["muted"], now["records"] = time, 0, 0
    slot = int(enter_limit(market, side, tick, lots, 0, 0, NOBODY, True))
    now["muted"] = 1
    own = market.records[: int(now["records"][0])]
    taken = own[own["action"] == ACTION_TRADE]
    now["records"] = 0
    taken = taken[taken["order_id"] == taken["order_id"][0]] if len(taken) else taken
    prices = (taken["price"] // now["tick_size"][0]).tolist()
    return slot, [Fill(time, tick, lots) for tick, lots in zip(prices, taken["size"].tolist(), strict=True)]


def copied(market: Market) -> Market:
    """Return a market that may go on by itself; what only a running event uses is shared."""
    own = ("now", "orders", "levels", "stops", "stop_levels")
    return market._replace(**{name: getattr(market, name).copy() for name in own})


@compiled
def _ask_all(
    market: Market,
    names: _Names,
    first: np.uint64,
    requests: Rows,
    start: int,
    until: int,
    own_slot: int,
    own_id: np.uint64,
    own_lots: int,
) -> tuple[int, int]:
    """Make the requests from `start` on that come before a time; stop after one that changes the added order.

    Return the place of the next one and the time of the newest.
    """
    for number in range(start, len(requests)):
        time = signed(requests[number].time)
        if time >= until:
            return number, time
        _ask(market, names, first, requests, number)
        if own_slot != NOBODY:
            own = market.orders[own_slot]
            if own.id != own_id or own.shown != own_lots:
                return number + 1, time
    return len(requests), until


@compiled
def _ask(market: Market, names: _Names, first: np.uint64, requests: Rows, number: int) -> None:
    """Make one request, if whom it is about is still there."""
    request = requests[number]
    now = market.now[0]
    now.clock = max(signed(now.clock), signed(request.time))
    name = signed(request.id - first)
    what, side, tick, lots = signed(request.what), signed(request.side), signed(request.tick), signed(request.lots)
    slot = names.slots[name]
    if what == ENTER_LIMIT:
        display, owner = signed(request.display), signed(request.owner)
        slot = enter_limit(market, side, tick, lots, display, owner, NOBODY, request.rests != 0)
        names.slots[name] = slot
        if slot != NOBODY:
            names.ids[name] = market.orders[slot].id
    elif what == ENTER_STOP:
        slot = enter_stop(market, side, tick, lots, NOBODY)
        names.slots[name] = slot
        if slot != NOBODY:
            names.ids[name] = market.stops[slot].id
    elif slot == NOBODY:
        return
    elif what == WITHDRAW_STOP:
        if market.stops[slot].id == names.ids[name]:
            withdraw_stop(market, slot)
    elif market.orders[slot].id != names.ids[name]:
        return
    elif what == CANCEL:
        cancel(market, slot)
    elif what == MOVE:
        move(market, slot, tick)
    elif what == RESIZE:
        resize(market, slot, lots)
