"""The own orders and what is said of them: states, fills, and the reports that tell both."""

from collections.abc import Iterator

from engines.execution.orders import FillReport, OrderReport, OrderRequest, Report
from engines.execution.paper.paper_order import PaperOrder


class Desk:
    """Own orders by id, and the reports since somebody took them.

    Attributes:
        ts: Event time of whatever happens now, ns.
    """

    def __init__(self) -> None:
        self.ts = 0
        self._orders: dict[str, PaperOrder] = {}
        self._ended: dict[str, PaperOrder] = {}
        self._reports: list[Report] = []

    def knows(self, order_id: str) -> bool:
        """Whether an order was ever entered here."""
        return order_id in self._orders or order_id in self._ended

    def find(self, order_id: str) -> PaperOrder | None:
        """Return an order, ended ones included."""
        return self._orders.get(order_id) or self._ended.get(order_id)

    def __iter__(self) -> Iterator[PaperOrder]:
        """Go through the orders that have not ended now, oldest first, whatever becomes of them meanwhile."""
        return iter(list(self._orders.values()))

    def __bool__(self) -> bool:
        """Whether any order has not ended."""
        return bool(self._orders)

    def enter(self, request: OrderRequest) -> PaperOrder:
        """Take a new order, which is on its way."""
        order = PaperOrder(request)
        self._orders[request.id] = order
        return order

    def refuse(self, request: OrderRequest, reason: str, now: int) -> None:
        """Reject an order before it was one."""
        self._ended[request.id] = PaperOrder(request, "rejected")
        self._reports.append(OrderReport(now, request, "rejected", 0, reason=reason))

    def tell(self, order: PaperOrder, reason: str = "") -> None:
        """Report how an order stands."""
        ahead = None if order.place is None else order.place.ahead
        self._reports.append(OrderReport(self.ts, order.request, order.state, order.filled, ahead, reason))

    def work(self, order: PaperOrder, reason: str = "") -> None:
        """Report that an order works at the exchange."""
        order.waits = ""
        order.state = "partly_filled" if order.filled else "working"
        self.tell(order, reason)

    def wait(self, order: PaperOrder, why: str) -> None:
        """Report once that an order cannot do what it should."""
        if order.waits != why:
            order.waits = why
            self.tell(order, f"waits: {why}")

    def end(self, order: PaperOrder, reason: str) -> None:
        """Withdraw an order."""
        order.place = None
        order.state = "cancelled"
        self._put_away(order)
        self.tell(order, reason)

    def fill(self, order: PaperOrder, tick: int, lots: int, *, is_maker: bool) -> None:
        """Fill lots of an order."""
        order.filled += lots
        order.fills += 1
        order.waits = ""
        fill_id = f"{order.request.id}/{order.fills}"
        self._reports.append(FillReport(self.ts, fill_id, order.request, tick, lots, is_maker))
        order.state = "partly_filled" if order.left else "filled"
        if not order.left:
            order.place = None
            self._put_away(order)
        self.tell(order)

    def take_reports(self) -> list[Report]:
        """Return the reports since the last call."""
        reports, self._reports = self._reports, []
        return reports

    def _put_away(self, order: PaperOrder) -> None:
        self._ended[order.request.id] = self._orders.pop(order.request.id)
