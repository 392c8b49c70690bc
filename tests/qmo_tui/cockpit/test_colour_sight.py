import pytest

from qmo_tui.cockpit.colour_sight import contrast, distance


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#5a5a5a", "#5a5a5a", 1.0),
    ],
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


def test_black_and_white_are_a_hundred_apart() -> None:
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.01)


@pytest.mark.parametrize(
    ("one", "other", "usual", "deutan", "protan"),
    [
        pytest.param("#22c55e", "#ef4444", 127, 13, 37, id="green and red"),
        pytest.param("#56b4e9", "#e69f00", 113, 111, 101, id="sky blue and orange"),
        pytest.param("#0072b2", "#d55e00", 115, 108, 92, id="blue and vermillion"),
    ],
)
def test_who_cannot_see_green_or_red_mixes_up_what_others_tell_apart(
    one: str, other: str, usual: int, deutan: int, protan: int
) -> None:
    assert round(distance(one, other)) == usual
    assert round(distance(one, other, "deutan")) == deutan
    assert round(distance(one, other, "protan")) == protan
