"""How many lots a trade may have: the floor of risk money over what one lot can lose, and never one more.

    one lot loses  (stop + slippage) x tick value + fees of the way in and out
    lots           floor(risk money / that), at most what the ladder allows and what the margin carries

Products are tried in their order, so micro gold stands in where gold comes to none. None of both means no trade.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engines.execution.capital.ladder import Allowance
from engines.execution.money import Product, dollars

MOST_CONTRACTS: Final = "maximum contracts"
MARGIN: Final = "margin"


@dataclass(frozen=True, slots=True)
class Sized:
    """A trade's size, or why there is none.

    Attributes:
        product: What it is sized in; where `contracts` is 0, the last one tried.
        contracts: Lots; 0 means no trade.
        risk_cents: What they lose at the stop, slippage and fees included.
        capped_by: What allows no more lots (`per-trade risk`, `margin`).
        reason: Why there is no trade; empty where there is one.
    """

    product: Product
    contracts: int
    risk_cents: int
    capped_by: str
    reason: str = ""

    @property
    def lot_cents(self) -> int:
        """What one of the lots loses; there is one."""
        return self.risk_cents // self.contracts


def size(allowance: Allowance, stop_ticks: int, slip_ticks: int, products: Sequence[Product]) -> Sized:
    """Return how many lots of the first product that allows any.

    Args:
        allowance: What the capital ladder allows.
        stop_ticks: From entry to stop.
        slip_ticks: What is added for a worse fill.
        products: The larger contract first.

    Raises:
        ValueError: There is no product, or no distance to the stop.
    """
    if not products or stop_ticks <= 0 or slip_ticks < 0:
        raise ValueError(f"{len(products)} products, stop {stop_ticks} ticks, slippage {slip_ticks} ticks")
    if not allowance.may_trade:
        return Sized(products[-1], 0, 0, "capital", allowance.reason)
    found = Sized(products[-1], 0, 0, "")
    for product in products:
        found = _sized(allowance, product, product.risk_cents(stop_ticks + slip_ticks))
        if found.contracts:
            break
    return found


def _sized(allowance: Allowance, product: Product, lot_cents: int) -> Sized:
    caps = [
        (allowance.capped_by, max(0, allowance.risk_cents) // lot_cents),
        (MOST_CONTRACTS, allowance.max_contracts),
    ]
    if product.margin_cents:
        caps.append((MARGIN, max(0, allowance.equity_cents) // product.margin_cents))
    capped_by, contracts = min(caps, key=lambda cap: cap[1])
    if contracts:
        return Sized(product, contracts, contracts * lot_cents, capped_by)
    return Sized(product, 0, 0, capped_by, _too_small(allowance, product, lot_cents, capped_by))


def _too_small(allowance: Allowance, product: Product, lot_cents: int, capped_by: str) -> str:
    if capped_by == MOST_CONTRACTS:
        return "the size left is less than one contract"
    if capped_by == MARGIN:
        return (
            f"one {product.root} binds {dollars(product.margin_cents)} of margin, equity is "
            f"{dollars(allowance.equity_cents)}"
        )
    return f"one {product.root} risks {dollars(lot_cents)}, {capped_by} is {dollars(allowance.risk_cents)}"
