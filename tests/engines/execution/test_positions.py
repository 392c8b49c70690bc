"""A position is worth what its fills say, to the cent: GC moves $10 a tick, MGC $1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.execution.money import Product
from engines.execution.positions import HeldPosition

GC = Product("GC", tick_cents=1_000, fee_cents=250)
MGC = Product("MGC", tick_cents=100, fee_cents=75)


def long_of(product: Product, *fills: tuple[int, int], stop: int | None = None) -> HeldPosition:
    position = HeldPosition("t1", "p1", "buy", product, 0, first_stop=stop, stop=stop)
    for tick, quantity in fills:
        position.enter(tick, quantity)
    return position


def test_ten_ticks_of_one_gold_contract_are_a_hundred_dollars_less_fees() -> None:
    position = long_of(GC, (26_500, 1))
    position.leave(26_510, 1)
    assert position.gross_cents == 10_000
    assert position.realised_cents == 10_000 - 500


def test_ten_ticks_of_three_micro_contracts_are_thirty_dollars_less_fees() -> None:
    position = long_of(MGC, (26_500, 3))
    position.leave(26_510, 3)
    assert position.gross_cents == 3_000
    assert position.realised_cents == 3_000 - 450


def test_a_short_position_makes_money_where_price_falls() -> None:
    position = HeldPosition("t1", None, "sell", GC, 0, first_stop=26_520)
    position.enter(26_500, 2)
    position.leave(26_480, 1)
    position.leave(26_520, 1)
    assert position.gross_cents == 0
    assert position.realised_cents == -1_000
    assert position.risk_cents == 2 * 20 * 1_000 + 2 * 2 * 250


def test_one_r_is_what_the_first_stop_would_have_lost() -> None:
    position = long_of(GC, (26_500, 1), (26_502, 1), stop=26_490)
    assert position.risk_cents == (10 + 12) * 1_000 + 4 * 250
    position.leave(26_490, 2)
    assert position.r == pytest.approx(-1.0)


def test_without_a_stop_there_is_no_r() -> None:
    position = long_of(GC, (26_500, 1))
    position.leave(26_510, 1)
    assert position.risk_cents is None
    assert position.r is None


def test_lots_leave_in_the_order_in_which_they_came() -> None:
    position = long_of(GC, (26_500, 1), (26_510, 1))
    position.leave(26_510, 1)
    assert position.gross_cents == 10_000
    assert position.would_make(26_510) == -250


def test_more_than_is_held_never_leaves() -> None:
    position = long_of(GC, (26_500, 1))
    with pytest.raises(ValueError, match="2 lots left of 1 held"):
        position.leave(26_500, 2)


@pytest.mark.parametrize(("side", "expected"), [("buy", 26_501), ("sell", 26_499)])
def test_break_even_pays_the_fees_of_both_ways(side: str, expected: int) -> None:
    position = HeldPosition("t1", None, "buy" if side == "buy" else "sell", GC, 0)
    position.enter(26_500, 2)
    assert position.break_even() == expected
    assert position.would_make(expected) - position.fees_cents >= 0


def test_excursions_are_measured_from_the_average_entry() -> None:
    position = long_of(GC, (26_500, 1), (26_504, 1))
    for tick in (26_490, 26_515, 26_503):
        position.see(tick)
    assert (position.mfe_ticks, position.mae_ticks) == (13, 12)


def test_a_stop_tightens_towards_profit_only() -> None:
    position = long_of(GC, (26_500, 1), stop=26_490)
    assert position.tightens(26_491)
    assert not position.tightens(26_490)
    assert not position.tightens(26_489)


@given(
    st.sampled_from(["buy", "sell"]),
    st.lists(st.tuples(st.integers(20_000, 30_000), st.integers(1, 5)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(20_000, 30_000), st.integers(1, 5)), min_size=1, max_size=12),
)
def test_a_closed_position_equals_the_cash_that_moved(
    side: str, entries: list[tuple[int, int]], exits: list[tuple[int, int]]
) -> None:
    position = HeldPosition("t1", None, "buy" if side == "buy" else "sell", MGC, 0)
    cash = 0
    sign = 1 if side == "buy" else -1
    for tick, quantity in entries:
        position.enter(tick, quantity)
        cash -= sign * tick * quantity * MGC.tick_cents + quantity * MGC.fee_cents
    for tick, wanted in exits:
        quantity = min(wanted, position.quantity)
        position.leave(tick, quantity)
        cash += sign * tick * quantity * MGC.tick_cents - quantity * MGC.fee_cents
    rest = position.quantity
    position.leave(25_000, rest)
    cash += sign * 25_000 * rest * MGC.tick_cents - rest * MGC.fee_cents
    assert position.realised_cents == cash
