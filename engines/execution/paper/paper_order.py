"""An own order as the paper broker keeps it."""

from dataclasses import dataclass, replace
from typing import Final

from engines.book.layout import ASK, BID
from engines.events import AggressorSide
from engines.execution.holdings import ENDED
from engines.execution.orders import OrderRequest
from engines.execution.paper.places import Place
from engines.trading_events import OrderState

_SIDES: Final[dict[AggressorSide, int]] = {"buy": BID, "sell": ASK}


@dataclass(slots=True)
class PaperOrder:
    """An order from its way to the exchange to its end.

    Attributes:
        request: As it stands now, changes included.
        state: Of the event `order`.
        filled: Lots filled.
        fills: How many times.
        has_arrived: It is at the exchange, whatever it waits for there.
        place: Its place in the queue; None while it has none.
        was_resting: It had a place and lost it: what it takes from the book now, it takes at its own price.
        is_triggered: Of a stop order: it takes from the book now.
        is_unchecked: Of a stop order: nobody has looked yet whether the market stands beyond its trigger already.
        waits: Why it does nothing although it could, as told last.
    """

    request: OrderRequest
    state: OrderState = "pending"
    filled: int = 0
    fills: int = 0
    has_arrived: bool = False
    place: Place | None = None
    was_resting: bool = False
    is_triggered: bool = False
    is_unchecked: bool = False
    waits: str = ""

    @property
    def side(self) -> int:
        """BID of a buy order, ASK of a sell order."""
        return _SIDES[self.request.side]

    @property
    def is_live(self) -> bool:
        """Whether it has not ended."""
        return self.state not in ENDED

    @property
    def left(self) -> int:
        """Lots still to be filled."""
        return self.request.quantity - self.filled

    @property
    def takes(self) -> bool:
        """Whether it takes from the book at any price: at market, or a stop that was triggered."""
        return self.is_live and self.has_arrived and (self.request.kind == "market" or self.is_triggered)

    @property
    def is_limit(self) -> bool:
        """Whether it is a limit order at the exchange."""
        return self.is_live and self.has_arrived and self.request.kind == "limit"

    @property
    def is_stop(self) -> bool:
        """Whether it is a stop order that waits for its trigger."""
        return self.is_live and self.has_arrived and self.request.kind == "stop" and not self.is_triggered

    @property
    def tick(self) -> int:
        """Limit or trigger.

        Raises:
            ValueError: It is a market order, which has none.
        """
        if self.request.tick is None:
            raise ValueError(f"{self.request.id} is a market order")
        return self.request.tick

    def is_reached(self, low: int | None, high: int | None) -> bool:
        """Whether trades between two ticks reach the trigger of a stop."""
        if self.side == BID:
            return high is not None and high >= self.tick
        return low is not None and low <= self.tick

    def resize(self, quantity: int) -> None:
        """Change the lots, filled ones included."""
        self.request = replace(self.request, quantity=quantity)

    def move(self, tick: int) -> None:
        """Change limit or trigger; a limit order loses its place."""
        self.request = replace(self.request, tick=tick)
        self.lose_place()

    def lose_place(self) -> None:
        """Have to join a queue anew, as if it had just come."""
        self.place = None
        self.was_resting = False
