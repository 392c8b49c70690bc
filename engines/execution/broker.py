"""What a broker must do, whoever it is. Nothing else in the program knows which one it is talking to."""

from typing import Protocol

from engines.execution.orders import Bracket, OrderRequest, Report
from engines.trading_view import OrderMark


class Broker(Protocol):
    """Takes orders and reports what became of them.

    Requests return at once; what comes of them is in `reports`, in the order in which it happened, each once. A request
    that cannot be obeyed is reported as rejected, with the reason. Moments are event times, ns.
    """

    @property
    def name(self) -> str:
        """What the screen calls it (`paper`)."""

    @property
    def trouble(self) -> str:
        """Why it cannot take orders now; empty while it can."""

    def submit(self, request: OrderRequest, now: int) -> None:
        """Send an order, with the stop and targets that are to protect it."""

    def replace(self, order_id: str, now: int, *, tick: int | None = None, quantity: int | None = None) -> None:
        """Change an order's price or quantity; what is filled in the meantime stays filled."""

    def protect(self, bracket: Bracket, now: int) -> None:
        """Change stop and targets of the open position; quantities beyond it are cut to it."""

    def cancel(self, order_id: str, now: int) -> None:
        """Withdraw an order; cancelling the stop of an open position is refused."""

    def flatten(self, now: int) -> None:
        """Withdraw every order and close the position at the market."""

    def reports(self) -> list[Report]:
        """Return what has happened since the last call."""

    def orders(self) -> tuple[OrderMark, ...]:
        """Return the orders that have not ended, stops and targets included."""
