"""The paper broker: takes orders as a broker does and fills them from the order flow, where it can be trusted.

It listens to the pipeline: `read` goes through records before the book applies them and finds the matching events that
concern an own order; `see` looks at the book right after such an event, or right before the first record at or after
the moment at which a request reaches the exchange. All that happens, happens in `see`, so that nothing depends on how
records are cut into batches.

One entry at a time, and never without a stop. What each fill means for stop and targets is in `cover`.
"""

from collections.abc import Sequence
from dataclasses import replace

from engines.book.book import Book
from engines.book.layout import BID, RecordArray
from engines.book.levels import LevelBook
from engines.events import AggressorSide
from engines.execution.money import Product
from engines.execution.orders import Bracket, OrderRequest, Report, reached
from engines.execution.paper import due
from engines.execution.paper.cover import Cover
from engines.execution.paper.desk import Desk
from engines.execution.paper.doubt import Doubt, doubt_of
from engines.execution.paper.flow_reader import FlowReader
from engines.execution.paper.liquidity import Liquidity, orders_within
from engines.execution.paper.paper_order import PaperOrder
from engines.execution.paper.places import Place, PlaceByLevel, PlaceByOrder, PlaceUnseen
from engines.execution.paper.refusals import refusal_of_change, refusal_of_order
from engines.execution.paper.settings import PaperSettings
from engines.execution.paper.watch import Wake, watch_for
from engines.trading_view import OrderMark
from feeds.instrument import Instrument, root_of


class PaperBroker:
    """Fills orders of one instrument's products from its order flow; a `Broker`, and an `OrderFlowListener`."""

    name = "paper"

    def __init__(self, instrument: Instrument, products: Sequence[Product], settings: PaperSettings) -> None:
        """Begin flat.

        Args:
            instrument: The contract whose order flow is followed.
            products: What can be traded on it; one with another root than the instrument's is filled by its prices.
            settings: Latency, and what is assumed of a book that is not seen.
        """
        self._instrument = instrument
        self._settings = settings
        self._products = frozenset(product.root for product in products)
        self._own = root_of(instrument.symbol) or products[0].root
        self._desk = Desk()
        self._way = due.OnTheWay()
        self._cover: Cover | None = None
        self._liquidity = Liquidity()
        self._book: Book | LevelBook | None = None
        self._doubt: Doubt | None = None
        self._reader = FlowReader(instrument, self._desk, self._way)

    # ------------------------------------------------------------------------------------------------- the protocol

    @property
    def trouble(self) -> str:
        """Why orders would only wait now; empty while they can be filled."""
        if self._book is None:
            return "no order book yet"
        doubt = doubt_of(self._book)
        return "" if doubt is None else doubt.text

    def submit(self, request: OrderRequest, now: int) -> None:
        """Send an order; one that is known already, or makes no sense, does nothing but say so."""
        if self._desk.knows(request.id):
            return
        entry_works = any(order.request.role == "entry" for order in self._desk)
        refusal = refusal_of_order(request, self._cover, entry_works=entry_works)
        if request.product not in self._products:
            refusal = f"{request.product} is not traded here"
        if refusal:
            self._desk.refuse(request, refusal, now)
        else:
            self._send(due.Enter(self._desk.enter(request)), now)

    def replace(self, order_id: str, now: int, *, tick: int | None = None, quantity: int | None = None) -> None:
        """Change an order's price or quantity; it keeps its place where it only gets smaller."""
        self._send(due.Change(order_id, tick, quantity), now)

    def protect(self, bracket: Bracket, now: int) -> None:
        """Change stop and targets of the open position; nothing where it has been closed meanwhile."""
        self._send(due.Protect(bracket, 0 if self._cover is None else self._cover.taken), now)

    def cancel(self, order_id: str, now: int) -> None:
        """Withdraw an order; the stop of an open position stays."""
        self._send(due.Withdraw(order_id), now)

    def flatten(self, now: int) -> None:
        """Withdraw every order and close the position at the market, at the first moment that can be trusted."""
        self._send(due.Flatten(), now)

    def restore(
        self,
        name: str,
        *,
        side: AggressorSide,
        quantity: int,
        product: str,
        bracket: Bracket,
        now: int,
        prompt: str | None = None,
    ) -> None:
        """Go on with a position that an earlier run held: a stop for all of it works at once, targets queue anew.

        Args:
            name: What the new orders' ids begin with; not used before.
            side: Of the position.
            quantity: Lots open.
            product: Root of its contract.
            bracket: Where stop and targets stand; targets beyond the quantity are cut.
            now: Moment, ns.
            prompt: The prompt that it came from.
        """
        self._desk.ts = max(self._desk.ts, now)
        self._cover = Cover(name, side, product, prompt, bracket)
        self._cover.enter(quantity)
        for order in self._cover.fit(self._desk):
            self._way.send(due.Enter(order), now)
        self._way.send(due.LookAgain(), now)
        self._look_out()

    def reports(self) -> list[Report]:
        """Return what has happened since the last call."""
        return self._desk.take_reports()

    def orders(self) -> tuple[OrderMark, ...]:
        """Return the orders that have not ended, with their places in the queue."""
        return tuple(self._mark(order) for order in self._desk)

    def _send(self, request: due.Request, now: int) -> None:
        self._way.send(request, now + self._settings.latency)

    def _mark(self, order: PaperOrder) -> OrderMark:
        request, ahead, behind = order.request, None, None
        if order.place is not None:
            ahead = order.place.ahead
            level = None if self._book is None else self._book.level(order.side, order.tick)
            if ahead is not None and level is not None:
                behind = max(0, level.size - ahead)
        return OrderMark(
            id=request.id,
            role=request.role,
            kind=request.kind,
            side=request.side,
            product=request.product,
            tick=request.tick,
            quantity=request.quantity,
            filled=order.filled,
            state=order.state,
            ahead=ahead,
            behind=behind,
        )

    # ------------------------------------------------------------------------------------------- reading ahead

    @property
    def is_listening(self) -> bool:
        """Whether an order works or a request is on its way."""
        return bool(self._desk) or self._way.moment is not None

    def read(self, book: Book | LevelBook, records: RecordArray) -> int:
        """Read up to the next matching event that concerns an order, or the moment at which a request arrives."""
        self._meet(book)
        return self._reader.read(book, records)

    def _meet(self, book: Book | LevelBook) -> None:
        """Begin with another book where a better schema has come: nothing known of the old one holds in it."""
        if book is self._book:
            return
        self._book = book
        self._reader.forget_open_event()
        self._lose_places()
        self._look_out("any" if self._desk else "")

    # ------------------------------------------------------------------------------------------- seeing the book

    def see(self, book: Book | LevelBook) -> None:
        """Do what the event just read, or the moment that has come, makes happen; otherwise only look."""
        self._meet(book)
        if self._reader.wants_look:
            self._act(book)
        if not self.is_listening:
            self._reader.forget_open_event()

    def _act(self, book: Book | LevelBook) -> None:
        self._doubt = doubt_of(book)
        for order in self._desk:
            if order.is_stop and order.request.id in self._reader.found:
                self._trigger(order)
        if self._doubt is not None or self._reader.begins_anew:
            self._lose_places()
        else:
            self._fill_resting()
        self._obey_arrived()
        if self._doubt is None:
            self._settle(book)
        else:
            self._wait(self._doubt)
        self._reader.settle()
        self._look_out()

    def _fill_resting(self) -> None:
        """Fill the resting orders to which the event's lots would have come."""
        for order in self._desk:
            lots = min(self._reader.found.get(order.request.id, 0), self._fillable(order))
            if order.is_live and order.place is not None and lots > 0:
                self._fill(order, order.tick, lots, is_maker=True)

    def _lose_places(self) -> None:
        """Forget the queues: what stands there now, if anything, is to be asked of a book that can be trusted."""
        for order in self._desk:
            order.was_resting |= order.place is not None
            order.place = None
        self._liquidity.forget()

    def _wait(self, doubt: Doubt) -> None:
        for order in self._desk:
            if order.takes or (order.is_limit and order.place is None):
                self._desk.wait(order, doubt.text)

    def _settle(self, book: Book | LevelBook) -> None:
        """Let every order do what it can in a book that can be trusted, until none can do more."""
        is_moving = True
        while is_moving:
            is_moving = False
            for order in self._desk:
                if order.is_stop and order.is_unchecked:
                    order.is_unchecked = False
                    if self._stands_beyond(book, order):
                        self._trigger(order)
                        is_moving = True
                elif order.takes:
                    is_moving |= self._take(book, order)
                elif order.is_limit and order.place is None:
                    self._rest(book, order)
                    is_moving = True
            is_moving |= self._obey_arrived()

    def _stands_beyond(self, book: Book | LevelBook, order: PaperOrder) -> bool:
        """Whether the market stands beyond a new stop's trigger already, or traded there in the very event."""
        event = self._reader.event
        if event is not None and order.is_reached(event.low, event.high):
            return True
        return order.is_reached(book.best_ask, book.best_bid)

    def _trigger(self, order: PaperOrder) -> None:
        """Let a stop take from the book; the position's stop first withdraws whatever else would trade."""
        order.is_triggered = True
        if self._cover is not None and self._cover.is_stop(order):
            for other in self._desk:
                if other is not order:
                    self._desk.end(other, "the stop was reached")
        self._desk.work(order, "triggered")

    def _take(self, book: Book | LevelBook, order: PaperOrder) -> bool:
        """Fill an order at market with what rests; return whether anything was filled."""
        parts = self._parts(book, order, None)
        for tick, lots in parts:
            self._fill(order, tick, lots, is_maker=False)
        if order.is_live and order.left:
            self._desk.wait(order, "no more lots to trade with")
        return bool(parts)

    def _rest(self, book: Book | LevelBook, order: PaperOrder) -> None:
        """Let a limit order trade with what it meets at its price or better, and join the queue with the rest.

        One that has lost its place had been there all along: what it meets, it trades with at its own price.
        """
        if order.request.role != "entry" and not self._fits(order):
            return
        for tick, lots in self._parts(book, order, order.tick):
            self._fill(order, order.tick if order.was_resting else tick, lots, is_maker=order.was_resting)
        if order.is_live:
            order.place = self._place(book, order)
            self._desk.work(order)

    def _fits(self, order: PaperOrder) -> bool:
        """Cut an order that closes to what is open; return whether anything is left of it."""
        lots = self._fillable(order)
        if lots == 0:
            self._desk.end(order, "nothing is left for it to close")
            return False
        if lots < order.left:
            order.resize(order.filled + lots)
        return True

    def _place(self, book: Book | LevelBook, order: PaperOrder) -> Place:
        if order.request.product != self._own:
            return PlaceUnseen(order.side, order.tick)
        if isinstance(book, Book):
            met = orders_within(book, order.side, order.tick)
            return PlaceByOrder(order.side, order.tick, book.queue(order.side, order.tick), met)
        level = book.level(order.side, order.tick)
        return PlaceByLevel(order.side, order.tick, None if level is None else level.size)

    def _parts(self, book: Book | LevelBook, order: PaperOrder, limit: int | None) -> list[tuple[int, int]]:
        """Return (tick, lots) of what an order gets that takes from the book now, down to a limit."""
        lots = self._fillable(order)
        if lots == 0:
            return []
        sees_its_book = order.request.product == self._own
        if sees_its_book and not (isinstance(book, LevelBook) and book.now["depth"] == 0):
            return self._liquidity.take(book, order.side, lots, limit)
        tick = self._price_unseen(book, order.side)
        if tick is None or (limit is not None and (tick > limit if order.side == BID else tick < limit)):
            return []
        return [(tick, lots)]

    def _price_unseen(self, book: Book | LevelBook, side: int) -> int | None:
        """Return what is paid in a book that is not seen: the touch of the one that is, or its last trade, and more."""
        reference = book.best_ask if side == BID else book.best_bid
        event = self._reader.event
        if reference is None and event is not None and event.prints:
            reference = event.prints[-1].tick
        extra = self._settings.extra_ticks
        return None if reference is None else reference + (extra if side == BID else -extra)

    def _fillable(self, order: PaperOrder) -> int:
        """Return the lots that may be filled: what closes never closes more than is open."""
        if order.request.role == "entry":
            return order.left
        return 0 if self._cover is None else min(order.left, self._cover.quantity)

    def _fill(self, order: PaperOrder, tick: int, lots: int, *, is_maker: bool) -> None:
        """Fill lots, and make stop and targets fit what is open then."""
        self._desk.fill(order, tick, lots, is_maker=is_maker)
        if order.request.role == "entry":
            cover = self._cover or self._open(order.request)
            cover.enter(lots)
        elif self._cover is not None:
            cover = self._cover
            cover.leave(lots)
            cover.taken += lots if order.request.role == "target" else 0
        for target in cover.fit(self._desk):
            self._way.send(due.Enter(target), self._desk.ts + self._settings.latency)
        if not cover.quantity:
            self._close()

    def _open(self, request: OrderRequest) -> Cover:
        bracket = request.bracket
        if bracket is None:
            raise ValueError(f"{request.id} entered without a stop")
        self._cover = Cover(request.id, request.side, request.product, request.prompt, bracket)
        return self._cover

    def _close(self) -> None:
        """Nothing is open any longer: whatever would close or add is withdrawn."""
        self._cover = None
        for order in self._desk:
            self._desk.end(order, "the position is closed")

    # ------------------------------------------------------------------------------------------- what was asked for

    def _look_out(self, wake: Wake = "") -> None:
        """Say anew which records concern the orders as they stand."""
        watch = watch_for(self._desk, self._instrument.tick, self._doubt)
        watch.wake = wake or watch.wake
        self._reader.watch = watch

    def _obey_arrived(self) -> bool:
        """Do what has reached the exchange by now; return whether anything has."""
        arrived = self._way.arrived(self._desk.ts)
        for request in arrived:
            match request:
                case due.Enter(order):
                    self._enter(order)
                case due.Change(order_id, tick, quantity):
                    self._change(order_id, tick, quantity)
                case due.Protect(bracket, taken):
                    self._protect(bracket, taken)
                case due.Withdraw(order_id):
                    self._withdraw(order_id)
                case due.Flatten():
                    self._flatten()
        return bool(arrived)

    def _enter(self, order: PaperOrder) -> None:
        if not order.is_live or (order.request.role != "entry" and not self._fits(order)):
            return
        order.has_arrived = True
        if order.request.kind == "stop":
            order.is_unchecked = True
            self._desk.work(order)

    def _change(self, order_id: str, tick: int | None, quantity: int | None) -> None:
        order = self._desk.find(order_id)
        if order is None:
            return
        refusal = refusal_of_change(order, tick, quantity)
        if refusal:
            self._desk.tell(order, f"refused: {refusal}")
            return
        if quantity is not None:
            if quantity > order.request.quantity:
                order.lose_place()
            order.resize(quantity)
        if tick is not None and tick != order.request.tick:
            order.move(tick)
            order.is_unchecked = order.request.kind == "stop"
        if order.request.role == "entry" or self._fits(order):
            self._desk.tell(order)

    def _protect(self, bracket: Bracket, taken: int) -> None:
        """Set another bracket, less what its targets have filled since it was sent."""
        cover = self._cover
        if cover is None:
            for order in self._desk:
                if order.request.role == "entry":
                    order.request = replace(order.request, bracket=bracket)
        elif not cover.is_closing:
            left = reached(bracket.targets, cover.taken - taken)
            cover.protect(replace(bracket, targets=left), self._desk)
            for target in cover.fit(self._desk):
                target.has_arrived = True

    def _withdraw(self, order_id: str) -> None:
        order = self._desk.find(order_id)
        if order is None:
            return
        if not order.is_live:
            self._desk.tell(order, "refused: it has ended")
        elif self._cover is not None and self._cover.is_stop(order):
            self._desk.tell(order, "refused: the stop of an open position stays")
        else:
            self._desk.end(order, "withdrawn")

    def _flatten(self) -> None:
        cover = self._cover
        if cover is not None and cover.is_closing:
            return
        for order in self._desk:
            if cover is None or not cover.is_stop(order):
                self._desk.end(order, "flattened")
        if cover is not None:
            self._desk.enter(cover.close_at_market()).has_arrived = True
