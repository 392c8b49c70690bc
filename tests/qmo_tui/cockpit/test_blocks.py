import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmo_tui.cockpit.painting.blocks import column, round_maximum, shaded, stacked_bar


@pytest.mark.parametrize(
    ("value", "maximum"), [(0, 1), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (999, 1_000), (5_001, 10_000)]
)
def test_a_scale_ends_at_one_two_or_five(value: int, maximum: int) -> None:
    assert round_maximum(value) == maximum


@given(st.integers(0, 10**15))
def test_a_scale_holds_its_largest_value(value: int) -> None:
    assert value <= round_maximum(value) <= max(1, value * 5 // 2)


def test_heat_grows_from_the_price_on_both_sides() -> None:
    assert shaded("   12 ", 2, from_right=True, ink="bid", bar_ink="bar") == [("   1", "bid"), ("2 ", "bar")]
    assert shaded(" 12   ", 2, from_right=False, ink="ask", bar_ink="bar") == [(" 1", "bar"), ("2   ", "ask")]
    assert shaded("12", 9, from_right=True, ink="bid", bar_ink="bar") == [("12", "bar")]


def test_amounts_stand_end_to_end_to_an_eighth_of_a_cell() -> None:
    assert stacked_bar(((4, "a"), (8, "b")), maximum=32, width=4) == [("▌", "a on b"), ("▌", "b"), ("  ", "text")]
    assert stacked_bar(((32, "a"), (0, "b")), maximum=32, width=4) == [("████", "a")]
    assert stacked_bar(((0, "a"), (0, "b")), maximum=32, width=3) == [("   ", "text")]


def test_a_column_never_hides_a_small_amount() -> None:
    assert column(0, 100, 2) == "  "
    assert column(1, 1_000, 2) == " ▁"
    assert column(100, 100, 2) == "██"
    assert column(75, 100, 2) == "▄█"
