"""How much evidence says that may go on growing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.saturation import saturated


@pytest.mark.parametrize(("times", "strength"), [(-1, 0), (0, 0), (1, 0.5), (2, 0.75), (3, 0.875), (0.5, 0.2929)])
def test_just_enough_says_a_half_and_as_much_again_halves_what_is_left(times: float, strength: float) -> None:
    assert saturated(times) == pytest.approx(strength, abs=1e-4)


@given(st.floats(0, 50), st.floats(0, 50))
def test_more_never_says_less_and_nothing_says_more_than_all(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert 0.0 <= saturated(less) <= saturated(more) <= 1.0
