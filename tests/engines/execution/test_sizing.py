"""Sizes by hand: gold moves $10 a tick and lot, micro gold $1; what does not fit is not traded, nothing rounded up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.execution.capital.ladder import Allowance
from engines.execution.money import Product, dollars
from engines.execution.sizing import MARGIN, MOST_CONTRACTS, size

GC = Product("GC", tick_cents=1_000)
MGC = Product("MGC", tick_cents=100)
GC_WITH_COSTS = Product("GC", tick_cents=1_000, fee_cents=250, margin_cents=2_500_000)
MGC_WITH_COSTS = Product("MGC", tick_cents=100, fee_cents=100, margin_cents=250_000)


def allowing(risk_cents: int, *, contracts: int = 100, equity_cents: int = 100_000_000, by: str = "risk") -> Allowance:
    return Allowance(
        state="ok",
        may_trade=True,
        reason="",
        until=None,
        risk_cents=risk_cents,
        capped_by=by,
        max_contracts=contracts,
        mult=1.0,
        equity_cents=equity_cents,
    )


@pytest.mark.parametrize(
    ("risk", "stop", "slip", "products", "root", "contracts", "lost"),
    [
        # $200 over 25 ticks: a gold lot loses $250, a micro lot $25, with $2 of fees $27.
        (20_000, 25, 0, (GC,), "GC", 0, 0),
        (20_000, 25, 0, (GC, MGC), "MGC", 8, 20_000),
        (20_000, 25, 0, (GC_WITH_COSTS, MGC_WITH_COSTS), "MGC", 7, 18_900),
        # $250 is one gold lot to the cent, and not with a cent less.
        (25_000, 25, 0, (GC, MGC), "GC", 1, 25_000),
        (24_999, 25, 0, (GC, MGC), "MGC", 9, 22_500),
        # Two ticks of slippage and $5 of fees: $275 a gold lot, of $1,000 three.
        (100_000, 25, 2, (GC_WITH_COSTS, MGC_WITH_COSTS), "GC", 3, 82_500),
        # One tick: $10 and $5 of fees, $15 a lot.
        (10_000, 1, 0, (GC_WITH_COSTS,), "GC", 6, 9_000),
        # Nothing is nothing.
        (0, 25, 0, (GC, MGC), "MGC", 0, 0),
        (-5_000, 25, 0, (GC, MGC), "MGC", 0, 0),
        # $20 is less than a micro lot of 25 ticks.
        (2_000, 25, 0, (GC, MGC), "MGC", 0, 0),
    ],
)
def test_lots_by_hand(
    risk: int, stop: int, slip: int, products: tuple[Product, ...], root: str, contracts: int, lost: int
) -> None:
    sized = size(allowing(risk), stop, slip, products)
    assert (sized.product.root, sized.contracts, sized.risk_cents) == (root, contracts, lost)
    assert bool(sized.reason) == (contracts == 0)


def test_what_caps_a_size_is_said() -> None:
    assert size(allowing(100_000, by="day loss left"), 25, 0, [GC]).capped_by == "day loss left"
    assert size(allowing(100_000, contracts=3), 25, 0, [GC]).capped_by == MOST_CONTRACTS
    assert size(allowing(100_000, contracts=3), 25, 0, [GC]).contracts == 3
    # $60,000 carry two lots of $25,000.
    sized = size(allowing(1_000_000, equity_cents=6_000_000), 25, 0, [GC_WITH_COSTS])
    assert (sized.contracts, sized.capped_by) == (2, MARGIN)


def test_micro_gold_stands_in_where_equity_does_not_carry_gold() -> None:
    sized = size(allowing(100_000, equity_cents=2_000_000), 25, 0, [GC_WITH_COSTS, MGC_WITH_COSTS])
    assert (sized.product.root, sized.contracts, sized.capped_by) == ("MGC", 8, MARGIN)


def test_no_size_says_why() -> None:
    assert size(allowing(2_000, by="day loss left"), 25, 2, [GC_WITH_COSTS, MGC_WITH_COSTS]).reason == (
        "one MGC risks $29.00, day loss left is $20.00"
    )
    assert size(allowing(20_000, contracts=0), 25, 0, [MGC]).reason == "the size left is less than one contract"
    assert size(allowing(20_000, equity_cents=200_000), 25, 0, [MGC_WITH_COSTS]).reason == (
        "one MGC binds $2,500.00 of margin, equity is $2,000.00"
    )


def test_a_locked_ladder_sizes_nothing() -> None:
    locked = Allowance(
        "locked", False, "day: $1,000.00 of $1,000.00 lost", 5, 25_000, "per-trade risk", 9, 1.0, 5_000_000
    )
    sized = size(locked, 25, 0, [GC, MGC])
    assert (sized.contracts, sized.risk_cents, sized.reason) == (0, 0, "day: $1,000.00 of $1,000.00 lost")


@pytest.mark.parametrize(("stop", "slip", "products"), [(0, 0, [GC]), (-1, 0, [GC]), (5, -1, [GC]), (5, 0, [])])
def test_a_size_needs_a_product_and_a_stop(stop: int, slip: int, products: list[Product]) -> None:
    with pytest.raises(ValueError, match="ticks"):
        size(allowing(20_000), stop, slip, products)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    risk=st.integers(-10_000, 10_000_000),
    contracts=st.integers(0, 50),
    equity=st.integers(-100_000, 100_000_000),
    stop=st.integers(1, 500),
    slip=st.integers(0, 20),
    fee=st.integers(0, 1_000),
    margin=st.integers(0, 5_000_000),
)
def test_a_size_is_the_largest_within_every_cap(
    risk: int, contracts: int, equity: int, stop: int, slip: int, fee: int, margin: int
) -> None:
    products = [Product("GC", 1_000, fee, margin), Product("MGC", 100, fee, margin // 10)]
    sized = size(allowing(risk, contracts=contracts, equity_cents=equity), stop, slip, products)

    def fits(product: Product, lots: int) -> bool:
        lost = lots * ((stop + slip) * product.tick_cents + 2 * product.fee_cents)
        return lost <= risk and lots <= contracts and lots * product.margin_cents <= equity

    if sized.contracts:
        assert fits(sized.product, sized.contracts)
        assert not fits(sized.product, sized.contracts + 1)
        assert sized.risk_cents == sized.contracts * ((stop + slip) * sized.product.tick_cents + 2 * fee)
        assert sized.product is products[0] or not fits(products[0], 1)
    else:
        assert not any(fits(product, 1) for product in products)
        assert sized.reason


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "$0.00"), (5, "$0.05"), (-5, "-$0.05"), (123_456_789, "$1,234,567.89"), (-20_000, "-$200.00")],
)
def test_money_is_read_with_two_decimals(cents: int, text: str) -> None:
    assert dollars(cents) == text
