"""What protects the open position: one stop for all of it, targets for parts of it, each told to the lot.

The quantities follow from one rule, applied after every fill: the stop covers what is open, the targets share what was
entered in the order of the bracket, and together they never exceed what is open.
"""

from dataclasses import dataclass, field
from typing import Final

from engines.events import AggressorSide
from engines.execution.orders import Bracket, OrderRequest, Target
from engines.execution.paper.desk import Desk
from engines.execution.paper.paper_order import PaperOrder
from engines.execution.setup import OPPOSITE
from engines.trading_events import OrderKind, OrderRole

_KINDS: Final[dict[OrderRole, OrderKind]] = {"stop": "stop", "target": "limit", "exit": "market"}


@dataclass(slots=True)
class _Part:
    """A target of the bracket: the orders that worked for it, and what they had filled when it was set."""

    target: Target
    orders: list[PaperOrder] = field(default_factory=list)
    before: int = 0

    @property
    def live(self) -> PaperOrder | None:
        """The order that works for it."""
        return self.orders[-1] if self.orders and self.orders[-1].is_live else None

    @property
    def filled(self) -> int:
        """Lots filled since it was set."""
        return sum(order.filled for order in self.orders) - self.before

    @property
    def is_withdrawn(self) -> bool:
        """Whether its order was cancelled, so that it is not to come back by itself."""
        return bool(self.orders) and self.orders[-1].state == "cancelled"


class Cover:
    """An open position with the orders that close it.

    Attributes:
        quantity: Lots open.
        taken: Lots that targets have filled.
        stop: The one stop.
    """

    def __init__(self, name: str, side: AggressorSide, product: str, prompt: str | None, bracket: Bracket) -> None:
        """Begin with nothing open.

        Args:
            name: What the orders' ids begin with.
            side: Of the position.
            product: Root of its contract.
            prompt: The prompt that it came from.
            bracket: Where stop and targets stand.
        """
        self.name = name
        self.side = side
        self.product = product
        self.prompt = prompt
        self.quantity = self.taken = 0
        self.stop: PaperOrder | None = None
        self._scope = 0
        self._bracket = bracket
        self._parts = [_Part(target) for target in bracket.targets]
        self._targets = 0
        self._exits = 0

    def enter(self, lots: int) -> None:
        """Hold more."""
        self.quantity += lots
        self._scope += lots

    def leave(self, lots: int) -> None:
        """Hold less."""
        self.quantity -= lots

    def is_stop(self, order: PaperOrder) -> bool:
        """Whether an order is the position's stop."""
        return order is self.stop

    @property
    def is_closing(self) -> bool:
        """Whether all of it is being closed at the market, so that no bracket matters any longer."""
        return self._exits > 0 or (self.stop is not None and self.stop.is_triggered)

    def close_at_market(self) -> OrderRequest:
        """Return a new order that closes all of it at the market."""
        self._exits += 1
        return self._request("exit", f"{self.name}.flat{self._exits}", None, self.quantity)

    def protect(self, bracket: Bracket, desk: Desk) -> None:
        """Take a new bracket for what is open; `fit` makes the orders follow."""
        self._bracket = bracket
        self._scope = self.quantity
        earlier, self._parts = self._parts, []
        for target in bracket.targets:
            same = next((part for part in earlier if part.live and part.target.tick == target.tick), None)
            if same is None:
                self._parts.append(_Part(target))
            else:
                earlier.remove(same)
                self._parts.append(_Part(target, same.orders, sum(order.filled for order in same.orders)))
        for part in earlier:
            if part.live is not None:
                desk.end(part.live, "replaced")

    def fit(self, desk: Desk) -> list[PaperOrder]:
        """Make stop and targets fit what is open; return the targets that are to be sent."""
        if not self.quantity:
            return []
        self._fit_stop(desk)
        sent = []
        for part, lots in zip(self._parts, self._lots_of_parts(), strict=True):
            order = part.live
            if order is not None:
                self._fit_target(desk, order, lots)
            elif lots and not part.is_withdrawn:
                self._targets += 1
                name = f"{self.name}.target{self._targets}"
                order = desk.enter(self._request("target", name, part.target.tick, lots))
                part.orders.append(order)
                sent.append(order)
        return sent

    def _fit_stop(self, desk: Desk) -> None:
        stop, tick = self.stop, self._bracket.stop
        if stop is None:
            self.stop = stop = desk.enter(self._request("stop", f"{self.name}.stop", tick, self.quantity))
            stop.has_arrived = stop.is_unchecked = True
            desk.work(stop)
            return
        quantity = stop.filled + self.quantity
        if quantity != stop.request.quantity or (tick != stop.tick and not stop.is_triggered):
            stop.resize(quantity)
            if not stop.is_triggered:
                stop.is_unchecked |= tick != stop.tick
                stop.move(tick)
            desk.work(stop)

    def _lots_of_parts(self) -> list[int]:
        """Return the lots that each target is still to close, the nearest served first, the farthest cut first."""
        lots, rest = [], self._scope
        for part in self._parts:
            share = min(part.target.quantity, rest)
            rest -= share
            lots.append(0 if part.is_withdrawn else max(0, share - part.filled))
        excess = sum(lots) - self.quantity
        for number in reversed(range(len(lots))):
            cut = min(max(excess, 0), lots[number])
            lots[number] -= cut
            excess -= cut
        return lots

    @staticmethod
    def _fit_target(desk: Desk, order: PaperOrder, lots: int) -> None:
        if lots == order.left:
            return
        if lots == 0:
            desk.end(order, "nothing is left for it to close")
            return
        if lots > order.left:
            order.lose_place()  # more lots go to the back of the queue
        order.resize(order.filled + lots)
        if order.has_arrived:
            desk.tell(order)

    def _request(self, role: OrderRole, name: str, tick: int | None, quantity: int) -> OrderRequest:
        return OrderRequest(
            id=name,
            role=role,
            kind=_KINDS[role],
            side=OPPOSITE[self.side],
            product=self.product,
            tick=tick,
            quantity=quantity,
            prompt=self.prompt,
        )
