"""Own orders and the position they make, from what the broker reports; one position at a time.

Each report becomes the lines that the event log and the journal keep of it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from engines.events import Event
from engines.execution.money import Product
from engines.execution.orders import FillReport, OrderReport, OrderRequest, Report, reached
from engines.execution.positions import HeldPosition
from engines.trading_events import Fill, Order, OrderState, Position, PositionState
from engines.trading_view import OrderMark
from feeds.instrument import Instrument

ENDED: Final[frozenset[OrderState]] = frozenset({"filled", "cancelled", "rejected"})
"""States in which an order does nothing any more."""
_CENTS: Final = 100


class Holdings:
    """What is held and what is working.

    Attributes:
        position: The open position; None while flat.
        entry: The entry order that has not ended; None for none.
        ended: Positions that closed since somebody took them away, oldest first.
    """

    def __init__(self, instrument: Instrument, products: Mapping[str, Product], *, positions: int = 0) -> None:
        """Begin flat; `positions` were counted before, so that ids go on."""
        self._instrument = instrument
        self._products = products
        self._count = positions
        self.position: HeldPosition | None = None
        self.entry: OrderRequest | None = None
        self.ended: list[HeldPosition] = []

    @property
    def is_flat(self) -> bool:
        """Whether nothing is held and no entry is working."""
        return self.position is None and self.entry is None

    def sent(self, order: OrderRequest, now: int) -> Order:
        """Take an order that is about to be sent; return the line that says so."""
        if order.role == "entry":
            self.entry = order
        return self._order(OrderReport(now, order, "pending", 0))

    @property
    def counted(self) -> int:
        """How many positions there have been."""
        return self._count

    def gone(self, order: OrderMark, now: int, reason: str) -> Order:
        """Return the line of an order that ended without the broker's word."""
        owner = self.position or self.entry
        return Order(
            ts=now,
            id=order.id,
            prompt=None if owner is None else owner.prompt,
            role=order.role,
            type=order.kind,
            side=order.side,
            product=order.product,
            price=None if order.tick is None else self._instrument.price(order.tick),
            quantity=order.quantity,
            filled=order.filled,
            state="cancelled",
            reason=reason,
        )

    def restore(self, position: HeldPosition) -> None:
        """Go on with a position that an earlier run of the program held."""
        self.position = position

    def take(self, report: Report) -> list[Event]:
        """Take a report; return the lines it makes."""
        if isinstance(report, FillReport):
            return self._filled(report)
        if report.order.role == "entry" and report.state in ENDED and self._is_entry(report.order):
            self.entry = None
        return [self._order(report), *self._moved(report)]

    def _is_entry(self, order: OrderRequest) -> bool:
        return self.entry is not None and self.entry.id == order.id

    def _moved(self, report: OrderReport) -> Sequence[Event]:
        """Take note of where the stop and the targets of the position stand."""
        position, order = self.position, report.order
        if position is None or order.tick is None or report.state not in {"working", "partly_filled"}:
            return ()
        if order.role == "stop" and position.stop != order.tick:
            position.stop = order.tick
            return (self.told(position, "changed", report.ts, f"stop at {self._instrument.price_text(order.tick)}"),)
        return ()

    # ------------------------------------------------------------------------------------------------------- fills

    def _filled(self, fill: FillReport) -> list[Event]:
        said: list[Event] = [self._fill(fill)]
        if fill.order.role == "entry":
            said.append(self._entered(fill))
        elif self.position is not None:
            said.append(self._left(self.position, fill))
        return said

    def _entered(self, fill: FillReport) -> Position:
        state: PositionState = "opened" if self.position is None else "changed"
        self.position = position = self.position or self._open(fill)
        position.enter(fill.tick, fill.quantity)
        reason = f"{fill.quantity} entered at {self._instrument.price_text(fill.tick)}"
        return self.told(position, state, fill.ts, reason)

    def _open(self, fill: FillReport) -> HeldPosition:
        self._count += 1
        order, bracket = fill.order, fill.order.bracket
        return HeldPosition(
            id=f"t{self._count}",
            prompt=order.prompt,
            side=order.side,
            product=self._products[order.product],
            opened=fill.ts,
            first_stop=None if bracket is None else bracket.stop,
            stop=None if bracket is None else bracket.stop,
            targets=() if bracket is None else bracket.targets,
        )

    def _left(self, position: HeldPosition, fill: FillReport) -> Position:
        position.leave(fill.tick, fill.quantity)
        if fill.order.role == "target":
            position.targets = reached(position.targets, fill.quantity)
        what = {"stop": "stopped out", "target": "target filled"}.get(fill.order.role, "closed")
        reason = f"{what}: {fill.quantity} at {self._instrument.price_text(fill.tick)}"
        if position.quantity:
            return self.told(position, "changed", fill.ts, reason)
        self.ended.append(position)
        self.position = None
        return self.told(position, "closed", fill.ts, reason)

    # ------------------------------------------------------------------------------------------------------- lines

    def told(self, position: HeldPosition, state: PositionState, ts: int, reason: str) -> Position:
        """Return the line that tells a position as it stands."""
        price, tick_cents = self._instrument.price, position.product.tick_cents
        quantity = position.quantity
        return Position(
            ts=ts,
            id=position.id,
            state=state,
            prompt=position.prompt,
            side=position.side,
            product=position.product.root,
            quantity=quantity,
            entry=self._average(position.entry),
            exit=None if position.exit is None else self._average(position.exit),
            stop=None if position.stop is None or not quantity else price(position.stop),
            realised=position.realised_cents / _CENTS,
            fees=position.fees_cents / _CENTS,
            risk=None if position.risk_cents is None else position.risk_cents / _CENTS,
            r=None if position.r is None else round(position.r, 4),
            mfe=position.mfe_ticks * tick_cents / _CENTS,
            mae=position.mae_ticks * tick_cents / _CENTS,
            reason=reason,
        )

    def _average(self, ticks: float) -> float:
        """Return an average price, with two digits more than the tick has."""
        return round(ticks * self._instrument.tick_size, self._instrument.decimals + 2)

    def _order(self, report: OrderReport) -> Order:
        order = report.order
        return Order(
            ts=report.ts,
            id=order.id,
            prompt=order.prompt,
            role=order.role,
            type=order.kind,
            side=order.side,
            product=order.product,
            price=None if order.tick is None else self._instrument.price(order.tick),
            quantity=order.quantity,
            filled=report.filled,
            state=report.state,
            ahead=report.ahead,
            reason=report.reason,
        )

    def _fill(self, fill: FillReport) -> Fill:
        order = fill.order
        return Fill(
            ts=fill.ts,
            id=fill.id,
            order=order.id,
            prompt=order.prompt,
            role=order.role,
            side=order.side,
            product=order.product,
            price=self._instrument.price(fill.tick),
            quantity=fill.quantity,
            maker=fill.is_maker,
            fees=fill.quantity * self._products[order.product].fee_cents / _CENTS,
        )
