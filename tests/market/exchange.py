"""A small price-time exchange that reports itself as CME market-by-order records, with the truth it knows.

One matching event is written at a time: trade summaries with their fills first, then what changed in the book (bids
before asks, best price first), the last record flagged. Book changes name displayed lots only; a reloaded iceberg goes
to the back of its queue. Simplification: a stop is triggered only by trades of its own direction.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import numpy as np

from feeds.records import (
    F_BAD_TS_RECV,
    F_LAST,
    F_SNAPSHOT,
    MBO,
    UNDEFINED_PRICE,
    Records,
)

Side = Literal["B", "A"]
SnapshotKind = Literal["clear", "bare"]
End = Literal["resting", "executed", "cancelled", "expired"]
Kind = Literal["market", "modified-limit", "stop", "unknown"]

BID: Final = "B"
ASK: Final = "A"
NOBODY: Final = 0
"""Order id where the aggressor is not told; also the owner whose orders may trade with each other."""
PUBLISHER_SPECIFIC: Final = 2
MBO_WORDS: Final = 14
MBO_RTYPE: Final = 160
AT_ANY_PRICE: Final = 1 << 40
"""Stands beyond every tick while market orders take part in an auction."""
TRANSIT_NS: Final = 119_000
OLD_NS: Final = 11 * 3_600 * 1_000_000_000
"""How far back the times of snapshot orders lie."""


# --- the truth ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RefreshTruth:
    """One reload: `index` of its modify record; `filled` lots were taken while `before` were displayed."""

    index: int
    before: int
    filled: int
    after: int


@dataclass(slots=True)
class IcebergTruth:
    """A display-quantity order since it became visible to the reader.

    Attributes:
        tick: Where it rests, or rested last.
        filled: Lots filled passively.
        overfilled: Some event took more than was displayed.
        hidden: Lots never shown so far.
    """

    order_id: int
    side: str
    tick: int
    display: int
    hidden: int
    filled: int = 0
    refreshes: list[RefreshTruth] = field(default_factory=list)
    overfilled: bool = False
    end: End = "resting"

    @property
    def is_evident(self) -> bool:
        """Whether the records prove that it hides lots."""
        return self.overfilled or bool(self.refreshes)


@dataclass(slots=True)
class StopTruth:
    """A stop order that fired. `is_identifiable`: its id is older than the initiator's, so a reader can tell."""

    first_index: int
    order_id: int
    side: str
    volume: int
    first: int
    last: int
    is_identifiable: bool


@dataclass(slots=True)
class Truth:
    """What the exchange knows about the records it wrote for one instrument.

    Attributes:
        icebergs: Every display-quantity order, evident or not; anew after each snapshot.
        kinds: How each trade record's aggressor came to trade, in wire order.
        volumes: Lots traded per side of the trade record (`B`, `A`, `N`).
        self_matches: Orders cancelled inside a trade event because they would have traded with their owner.
        auction_crossed: Events, ended snapshots included, that left the book locked or crossed before the auction.
        queues: Resting orders as (order id, displayed lots), per side and tick, in time priority.
    """

    instrument_id: int
    tick: int
    icebergs: list[IcebergTruth] = field(default_factory=list)
    stops: list[StopTruth] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    volumes: dict[str, int] = field(default_factory=lambda: {"B": 0, "A": 0, "N": 0})
    events: int = 0
    self_matches: int = 0
    auction_crossed: int = 0
    queues: dict[tuple[str, int], list[tuple[int, int]]] = field(default_factory=dict)


# --- the wire -----------------------------------------------------------------------------------------------------

_Fields = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int, int]


class Wire:
    """Collects the records of one or several exchanges in one stream, and hands out order ids and times."""

    def __init__(self, now: int, *, first_order_id: int = 6_412_777_000_000, last_flags: int = 130) -> None:
        self.now = now
        self.last_flags = last_flags
        self.muted = False
        self.rows: list[_Fields] = []
        self._order_id = first_order_id
        self._sequence = 1
        self._received = 0

    def new_order_id(self) -> int:
        """Return the next order id; ids grow over all instruments."""
        self._order_id += 1
        return self._order_id

    def write(self, instrument_id: int, tick: int, records: list["Record"], last_flags: int | None = None) -> int:
        """Write one matching event and return the index of its first record."""
        first, final = len(self.rows), len(records) - 1
        closing = self.last_flags if last_flags is None else last_flags
        self._received = max(self._received, self.now + TRANSIT_NS)
        for position, (action, side, price, size, order_id) in enumerate(records):
            flags = closing if position == final else 0
            self._put(instrument_id, self.now, order_id, price * tick, size, flags, action, side)
        self._sequence += 1
        return first

    def write_snapshot(self, instrument_id: int, tick: int, orders: list["Record"], kind: SnapshotKind) -> None:
        """Write the resting orders, after a clear or bare (older captures have neither clear nor end mark)."""
        self._received = max(self._received, self.now)
        flags = F_SNAPSHOT | F_BAD_TS_RECV
        ended = flags | F_LAST if kind == "clear" else flags
        if kind == "clear":
            self._put(instrument_id, self.now, NOBODY, UNDEFINED_PRICE, 0, flags if orders else ended, "R", "N")
        for position, (action, side, price, size, order_id) in enumerate(orders):
            mark = ended if position == len(orders) - 1 else flags
            self._put(instrument_id, self.now - OLD_NS, order_id, price * tick, size, mark, action, side)

    def _put(
        self, instrument_id: int, ts: int, order_id: int, price: int, size: int, flags: int, action: str, side: str
    ) -> None:
        if not self.muted:
            row = (MBO_WORDS, MBO_RTYPE, 1, instrument_id, ts, order_id, price, size, flags, 0, ord(action), ord(side))
            self.rows.append((*row, self._received, 15_000, self._sequence))

    def array(self) -> Records:
        """Return everything written so far."""
        return np.array(self.rows, dtype=MBO)


class Record(NamedTuple):
    """What one record says; price in ticks."""

    action: str
    side: str
    tick: int
    size: int
    order_id: int


# --- the book -----------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Resting:
    """A resting order; `display` is 0 for an ordinary one, which hides nothing."""

    order_id: int
    side: Side
    tick: int
    shown: int
    hidden: int
    display: int
    owner: int
    truth: IcebergTruth | None = None

    @property
    def total(self) -> int:
        """Lots shown and hidden."""
        return self.shown + self.hidden


@dataclass(slots=True, eq=False)
class Stop:
    """An exchange-held stop order; nobody sees it until it trades."""

    order_id: int
    side: Side
    trigger: int
    size: int
    owner: int


@dataclass(slots=True, eq=False)
class _Touch:
    """What a matching event does to one order; the first three fields are as the event found it."""

    order: Resting
    before: int
    tick: int
    passive: int = 0
    reloaded: int = 0
    gone: bool = False
    is_new: bool = False


@dataclass(slots=True, eq=False)
class _Print:
    """One trade summary and its fills."""

    side: str
    order_id: int
    tick: int
    size: int
    fills: dict[int, tuple[str, int]]
    kind: Kind
    own_fill: bool = False


def opposite(side: Side) -> Side:
    """Return the side that an order of `side` trades with."""
    return "A" if side == BID else "B"


def reloaded_display(shown: int, taken: int, display: int) -> int:
    """Return what an iceberg shows after `taken` lots: the published rule, for totals that are multiples of it."""
    if taken < shown:
        return shown - taken
    beyond = taken - shown
    return (beyond // display + 1) * display - beyond


class Exchange:
    """Matches orders of one instrument in price-time priority and writes what CME would publish.

    It opens continuous; `close_for_auction` begins a pre-open in which orders rest crossed until `auction`.
    """

    def __init__(self, wire: Wire, instrument_id: int = 17_077, tick: int = 100_000_000) -> None:
        self.wire = wire
        self.instrument_id = instrument_id
        self.tick = tick
        self.continuous = True
        self.orders: dict[int, Resting] = {}
        self.levels: dict[str, dict[int, dict[int, Resting]]] = {BID: {}, ASK: {}}
        self.prices: dict[str, list[int]] = {BID: [], ASK: []}
        self.stops: list[Stop] = []
        self.last: int | None = None
        self.has_news = True
        """Whether an event was written since the last snapshot; two bare ones in a row could not be told apart."""
        self.truth = Truth(instrument_id, tick)
        self._on_open: list[Resting] = []
        self._touched: dict[int, _Touch] = {}
        self._prints: list[_Print] = []
        self._reloads = 0

    # --- what traders do --------------------------------------------------------------------------------------------

    def limit(self, side: Side, tick: int, size: int, *, display: int = 0, owner: int = NOBODY) -> int:
        """Enter a limit order, an iceberg where `display` is given; return its id."""
        order_id = self.wire.new_order_id()
        left = self._aggress(order_id, side, tick, size, owner, "market") if self.continuous else size
        if left:
            self._rest_new(order_id, side, tick, size, left, display, owner)
        self._trigger_stops(side)
        self._finish()
        return order_id

    def market(self, side: Side, size: int, *, owner: int = NOBODY, implied: int = 0) -> int:
        """Enter a market order; what finds no opposite is cancelled unseen.

        Args:
            implied: Lots that trade on top against implied orders, which market-by-order data does not show.
        """
        order_id = self.wire.new_order_id()
        if not self.continuous:
            edge = AT_ANY_PRICE if side == BID else -AT_ANY_PRICE
            self._on_open.append(Resting(order_id, side, edge, size, 0, 0, owner))
            return order_id
        self._aggress(order_id, side, None, size, owner, "market")
        if self._prints:
            self._prints[-1].size += implied
        self._trigger_stops(side)
        self._finish()
        return order_id

    def stop(self, side: Side, trigger: int, size: int, *, owner: int = NOBODY) -> int:
        """Enter a stop order, which becomes a market order once a trade reaches `trigger`; return its id."""
        order_id = self.wire.new_order_id()
        self.stops.append(Stop(order_id, side, trigger, size, owner))
        return order_id

    def cancel(self, order_id: int) -> None:
        """Cancel a resting order."""
        order = self.orders[order_id]
        self._touch(order).gone = True
        self._leave(order)
        self._finish()

    def modify(self, order_id: int, tick: int, size: int) -> None:
        """Change price and total size of a resting order; a price that crosses trades.

        Raises:
            ValueError: The size of an iceberg would change, which its records would not show.
        """
        order = self.orders[order_id]
        if order.display and size != order.total:
            raise ValueError("an iceberg keeps its size here")
        if self.continuous and self._crosses(order.side, tick):
            self._modify_into_market(order, tick, size)
        else:
            self._touch(order)
            keeps_priority = tick == order.tick and size <= order.total
            if not keeps_priority:
                self._leave(order)
            order.tick = tick
            order.shown = order.shown if order.display else size
            if not keeps_priority:
                self._join(order)
        self._finish()

    def implied_trade(self, side: Side, size: int, implied: int) -> None:
        """Let a spread order trade: `size` lots against resting orders of `side`, `implied` against nothing shown."""
        if not self.prices[side]:
            return
        tick = self._best(side)
        fills = self._take(side, tick, size, NOBODY)
        total = sum(lots for _, lots in fills.values()) + implied
        anonymous = {order_id: ("N", lots) for order_id, (_, lots) in fills.items()}
        if total:
            self._prints.append(_Print("N", NOBODY, tick, total, anonymous, "unknown"))
            self.last = tick
        self._finish()

    # --- auctions and snapshots -------------------------------------------------------------------------------------

    def close_for_auction(self) -> None:
        """Begin a pre-open."""
        self.continuous = False

    def auction(self) -> None:
        """Trade everything that crosses at one price and go over to continuous trading.

        Market orders entered in the pre-open take part, although they never rested; what they leave is cancelled.
        """
        for order in self._on_open:
            self._join(order)
        fills: dict[int, tuple[str, int]] = {}
        volume, marginal = 0, (0, 0)
        while self.prices[BID] and self.prices[ASK] and self._best(BID) >= self._best(ASK):
            marginal = self._best(BID), self._best(ASK)
            bid, ask = self._front(BID), self._front(ASK)
            lots = min(bid.shown, ask.shown)
            volume += lots
            for order in (bid, ask):
                self._fill(order, lots, fills)
        for order in self._on_open:
            self._touched.pop(order.order_id, None)
            if order.order_id in self.orders:
                self._leave(order)
        self._on_open.clear()
        self.continuous = True
        if volume:
            price = self._auction_price(*marginal)
            anonymous = {order_id: ("N", lots) for order_id, (_, lots) in sorted(fills.items(), key=_shuffled)}
            self._prints.append(_Print("N", NOBODY, price, volume, anonymous, "unknown"))
            self.last = price
        self._finish(F_LAST)

    def _auction_price(self, bid: int, ask: int) -> int:
        """Choose a price between the last pair that traded."""
        if bid == AT_ANY_PRICE:
            return (self.last or 0) if ask == -AT_ANY_PRICE else ask
        return bid if ask == -AT_ANY_PRICE else (bid + ask) // 2

    def snapshot(self, kind: SnapshotKind) -> None:
        """Write all resting orders as a snapshot; readers know nothing older, and so does the truth from here on."""
        listed = [
            Record("A", side, tick, order.shown, order.order_id)
            for side in (BID, ASK)
            for tick in self._best_first(side)
            for order in self.levels[side][tick].values()
        ]
        self.wire.write_snapshot(self.instrument_id, self.tick, listed, kind)
        self.has_news = False
        if kind == "clear":
            self._note_crossed()
        for truth in self.truth.icebergs:
            if truth.end == "resting":
                truth.end = "expired"
        for order in self.orders.values():
            if order.display:
                self._begin_truth(order)

    def forget(self) -> None:
        """Start a new truth, as a reader does who joins now and is told nothing of what went before."""
        self.truth = Truth(self.instrument_id, self.tick)

    def finish(self) -> Truth:
        """Return the truth, with the book as it stands."""
        self.truth.queues = {
            (side, tick): [(order.order_id, order.shown) for order in queue.values()]
            for side, levels in self.levels.items()
            for tick, queue in levels.items()
        }
        return self.truth

    # --- matching ---------------------------------------------------------------------------------------------------

    def best(self, side: Side) -> int | None:
        """Return the best tick of a side, None where nothing rests."""
        return self._best(side) if self.prices[side] else None

    def _best(self, side: str) -> int:
        return self.prices[side][-1 if side == BID else 0]

    def _front(self, side: Side) -> Resting:
        return next(iter(self.levels[side][self._best(side)].values()))

    def _best_first(self, side: str) -> Iterator[int]:
        return reversed(self.prices[side]) if side == BID else iter(self.prices[side])

    def _crosses(self, side: Side, tick: int) -> bool:
        best = self.best(opposite(side))
        return best is not None and (tick >= best if side == BID else tick <= best)

    def _aggress(self, order_id: int, side: Side, limit: int | None, size: int, owner: int, kind: Kind) -> int:
        """Trade up to `limit`, one print per price, and return the lots that are left."""
        other = opposite(side)
        while size and self.prices[other] and (limit is None or self._crosses(side, limit)):
            tick = self._best(other)
            fills = self._take(other, tick, size, owner)
            lots = sum(taken for _, taken in fills.values())
            size -= lots
            if lots:
                print_ = _Print(side, order_id, tick, lots, fills, kind, own_fill=kind == "modified-limit")
                self._prints.append(print_)
                self.last = tick
        return size

    def _take(self, side: Side, tick: int, size: int, owner: int) -> dict[int, tuple[str, int]]:
        """Fill the queue of one price, clip by clip; orders of the same owner are cancelled instead."""
        fills: dict[int, tuple[str, int]] = {}
        while size and (queue := self.levels[side].get(tick)):
            order = next(iter(queue.values()))
            if owner and order.owner == owner:
                self._touch(order).gone = True
                self._leave(order)
                self.truth.self_matches += 1
                continue
            lots = min(size, order.shown)
            size -= lots
            self._fill(order, lots, fills)
        return fills

    def _fill(self, order: Resting, lots: int, fills: dict[int, tuple[str, int]]) -> None:
        """Fill a passive order by at most what it shows; an exhausted display reloads at the back of the queue."""
        touch = self._touch(order)
        touch.passive += lots
        order.shown -= lots
        side, taken = fills.get(order.order_id, (order.side, 0))
        fills[order.order_id] = side, taken + lots
        if order.shown:
            return
        self._leave(order)
        if order.hidden:
            order.shown = min(order.display, order.hidden)
            order.hidden -= order.shown
            self._join(order)
            self._reloads += 1
            touch.reloaded = self._reloads
        else:
            touch.gone = True

    def _modify_into_market(self, order: Resting, tick: int, size: int) -> None:
        touch = self._touch(order)
        self._leave(order)
        left = self._aggress(order.order_id, order.side, tick, size, order.owner, "modified-limit")
        order.tick = tick
        if left:
            shown = reloaded_display(touch.before, size - left, order.display) if order.display else left
            order.shown = min(shown, left)
            order.hidden = left - order.shown
            self._join(order)
        else:
            touch.gone = True
        self._trigger_stops(order.side)

    def _rest_new(self, order_id: int, side: Side, tick: int, size: int, left: int, display: int, owner: int) -> None:
        """Rest a new order, or what is left of it after it traded."""
        aggressed = size - left
        shown = min(display - aggressed % display, left) if display else left
        order = Resting(order_id, side, tick, shown, left - shown, display, owner)
        if display:
            self._begin_truth(order)
        self._touched[order_id] = _Touch(order, 0, tick, is_new=True)
        self._join(order)

    def _trigger_stops(self, side: Side) -> None:
        """Let the stops of one direction fire, and those that their trades reach."""
        if not self._prints or not self.stops:
            return
        initiator = self._prints[0].order_id
        while fired := [stop for stop in self.stops if stop.side == side and self._is_reached(stop)]:
            for stop in fired:
                self.stops.remove(stop)
                before = len(self._prints)
                self._aggress(stop.order_id, side, None, stop.size, stop.owner, "stop")
                self._note_stop(stop, self._prints[before:], initiator)

    def _is_reached(self, stop: Stop) -> bool:
        ticks = [print_.tick for print_ in self._prints]
        return max(ticks) >= stop.trigger if stop.side == BID else min(ticks) <= stop.trigger

    def _note_stop(self, stop: Stop, prints: list[_Print], initiator: int) -> None:
        if prints:
            volume = sum(print_.size for print_ in prints)
            first, last = prints[0].tick, prints[-1].tick
            index = len(self.wire.rows)
            older = stop.order_id < initiator
            self.truth.stops.append(StopTruth(index, stop.order_id, stop.side, volume, first, last, older))

    # --- queues -----------------------------------------------------------------------------------------------------

    def _join(self, order: Resting) -> None:
        levels = self.levels[order.side]
        if order.tick not in levels:
            levels[order.tick] = {}
            insort(self.prices[order.side], order.tick)
        levels[order.tick][order.order_id] = order
        self.orders[order.order_id] = order

    def _leave(self, order: Resting) -> None:
        queue = self.levels[order.side][order.tick]
        del queue[order.order_id]
        del self.orders[order.order_id]
        if not queue:
            del self.levels[order.side][order.tick]
            prices = self.prices[order.side]
            del prices[bisect_left(prices, order.tick)]

    def _touch(self, order: Resting) -> _Touch:
        touch = self._touched.get(order.order_id)
        if touch is None:
            touch = self._touched[order.order_id] = _Touch(order, order.shown, order.tick)
        return touch

    def _begin_truth(self, order: Resting) -> None:
        order.truth = IcebergTruth(order.order_id, order.side, order.tick, order.display, order.hidden)
        self.truth.icebergs.append(order.truth)

    # --- publication ------------------------------------------------------------------------------------------------

    def _finish(self, last_flags: int | None = None) -> None:
        """Publish the running matching event, if anything happened that is public."""
        records = [record for print_ in self._prints for record in _print_records(print_)]
        touches = sorted(self._touched.values(), key=_publication_order)
        start = len(self.wire.rows) + len(records)
        records += [_change_record(touch) for touch in touches]
        if records:
            self.wire.write(self.instrument_id, self.tick, records, last_flags)
            self.truth.events += 1
            self.has_news = True
            self._note_trades()
            for position, touch in enumerate(touches):
                _note_iceberg(touch, start + position)
            self._note_crossed()
        self._prints.clear()
        self._touched.clear()

    def _note_trades(self) -> None:
        for print_ in self._prints:
            self.truth.kinds.append(print_.kind)
            self.truth.volumes[print_.side] += print_.size

    def _note_crossed(self) -> None:
        bids, asks = self.prices[BID], self.prices[ASK]
        if bids and asks and bids[-1] >= asks[0]:
            self.truth.auction_crossed += 1


def _print_records(print_: _Print) -> Iterator[Record]:
    """Yield the trade, the own fill of an aggressor that came from the book, and one fill per passive order."""
    yield Record("T", print_.side, print_.tick, print_.size, print_.order_id)
    if print_.own_fill:
        yield Record("F", print_.side, print_.tick, print_.size, print_.order_id)
    for order_id, (side, lots) in print_.fills.items():
        yield Record("F", side, print_.tick, lots, order_id)


def _change_record(touch: _Touch) -> Record:
    """Return the record of what an event did to an order: a cancel still names what the event found displayed."""
    order = touch.order
    if touch.gone:
        return Record("C", order.side, touch.tick, touch.before, order.order_id)
    return Record("A" if touch.is_new else "M", order.side, order.tick, order.shown, order.order_id)


def _publication_order(touch: _Touch) -> tuple[bool, int, int]:
    """Bids before asks, best price first, reloads last in the order in which they went to the back."""
    tick = touch.tick if touch.gone else touch.order.tick
    is_ask = touch.order.side == ASK
    return is_ask, tick if is_ask else -tick, touch.reloaded


def _note_iceberg(touch: _Touch, index: int) -> None:
    """Keep the truth of a display-quantity order; `index` is the record that says what became of it."""
    order, truth = touch.order, touch.order.truth
    if truth is None:
        return
    truth.tick, truth.hidden = touch.tick if touch.gone else order.tick, order.hidden
    truth.filled += touch.passive
    truth.overfilled = truth.overfilled or touch.passive > touch.before
    if touch.gone:
        truth.end = "executed" if touch.passive else "cancelled"
    elif touch.passive and order.shown != touch.before - touch.passive:
        truth.refreshes.append(RefreshTruth(index, touch.before, touch.passive, order.shown))


def _shuffled(fill: tuple[int, tuple[str, int]]) -> int:
    """Order auction fills in a fixed way that is neither by side nor by price."""
    return fill[0] * 2_654_435_761 % 2**32
