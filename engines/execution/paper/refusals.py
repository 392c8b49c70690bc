"""Why an order, or a change of one, cannot be taken."""

from engines.execution.orders import OrderRequest
from engines.execution.paper.cover import Cover
from engines.execution.paper.paper_order import PaperOrder


def refusal_of_order(request: OrderRequest, cover: Cover | None, *, entry_works: bool) -> str:
    """Return why an order cannot be taken; empty where it can."""
    if request.quantity <= 0:
        return "no lots"
    if (request.tick is None) != (request.kind == "market"):
        return "a limit or stop order needs a price, a market order has none"
    if request.role == "entry":
        return "an entry or a position is open already" if cover or entry_works else _refusal_of_entry(request)
    if request.role == "exit":
        return _refusal_of_exit(request, cover)
    return "stop and targets belong to the bracket"


def _refusal_of_entry(request: OrderRequest) -> str:
    bracket = request.bracket
    if bracket is None:
        return "an entry needs a stop"
    if sum(target.quantity for target in bracket.targets) > request.quantity:
        return "targets for more than the entry"
    if any(target.quantity <= 0 for target in bracket.targets):
        return "a target without lots"
    return _refusal_of_side(request, request.tick)


def _refusal_of_side(request: OrderRequest, tick: int | None) -> str:
    bracket = request.bracket
    if bracket is not None and tick is not None and (bracket.stop >= tick) == (request.side == "buy"):
        return "the stop stands on the wrong side of the entry"
    return ""


def _refusal_of_exit(request: OrderRequest, cover: Cover | None) -> str:
    if request.kind == "stop":
        return "the position has its stop"
    if cover is None or request.side == cover.side or request.product != cover.product:
        return "no such position is open"
    return ""


def refusal_of_change(order: PaperOrder, tick: int | None, quantity: int | None) -> str:
    """Return why an order cannot be changed so; empty where it can."""
    request = order.request
    if not order.is_live:
        return "it has ended"
    if request.role in {"stop", "target"}:
        return "stop and targets are changed with the bracket"
    if order.is_triggered or (request.kind == "market" and tick is not None):
        return "it is filled at the market"
    if quantity is not None and quantity <= order.filled:
        return "it is filled beyond that"
    return _refusal_of_side(request, tick)
