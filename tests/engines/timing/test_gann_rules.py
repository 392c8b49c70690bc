"""Rules of Gann: golden prices, by hand and from independent sources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.timing.gann.rules import (
    DOWN,
    EIGHTHS,
    EXTENSION,
    THIRDS,
    UP,
    levels_of_angles,
    levels_of_range,
    levels_of_square,
    turn,
    turns_of_circle,
)
from feeds.instrument import Instrument

GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0)
"""Tick 0.10."""


@pytest.mark.parametrize(
    ("price", "degrees", "there"),
    [
        (2650, 90, 2701.73),
        (2650, 180, 2753.96),
        (2650, 270, 2806.68),
        (2650, 360, 2859.91),
        (4100, 45, 4132.08),
        (4100, 90, 4164.28),
        (4100, 360, 4360.12),
        (5000, 45, 5035.42),
        (5000, 90, 5070.96),
        (5000, 360, 5286.84),
    ],
)
def test_a_full_turn_of_the_square_of_nine_adds_two_to_the_root(price: float, degrees: float, there: float) -> None:
    assert turn(price, degrees, 1.0) == pytest.approx(there, abs=0.005)


def test_a_turn_back_leads_to_where_the_turn_began() -> None:
    assert turn(turn(2650, 135, 1.0) or 0, -135, 1.0) == pytest.approx(2650)


@pytest.mark.parametrize(("scale", "there"), [(1.0, 2680.1), (0.1, 2662.5), (10.0, 2736.4)])
def test_what_a_unit_of_the_wheel_is_worth_decides_where_a_turn_leads(scale: float, there: float) -> None:
    assert turn(2654.3, 45, scale) == pytest.approx(there, abs=0.06)


@pytest.mark.parametrize("price", [-37.6, 0.0, 0.01])
def test_there_is_no_turn_down_from_the_middle_of_the_wheel_nor_beyond_it(price: float) -> None:
    assert turn(price, -45, 1.0) is None


def test_turns_are_snapped_to_the_tick_and_close_the_circle() -> None:
    levels = levels_of_square(26_500, turns_of_circle(45.0)[UP], 1.0, instrument=GOLD, anchor="low")
    assert [level.label for level in levels] == ["+45°", "+90°", "+135°", "+180°", "+225°", "+270°", "+315°", "+360°"]
    assert [levels[place].tick for place in (1, 3, 5, 7)] == [27_017, 27_540, 28_067, 28_599]
    half_steps = levels_of_square(26_500, turns_of_circle(22.5)[DOWN], 1.0, instrument=GOLD, anchor="high")
    assert len(half_steps) == 16
    assert half_steps[0].label == "-22.5°"
    assert half_steps[-1].tick == 24_481


def test_eighths_thirds_and_extensions_of_a_range() -> None:
    levels = levels_of_range(26_000, 26_480, 4, 6, "prior day")
    by_family = {family: [level.tick for level in levels if level.family == family] for family in range(3)}
    assert by_family[EIGHTHS] == [26_060, 26_120, 26_180, 26_240, 26_300, 26_360, 26_420]
    assert by_family[THIRDS] == [26_160, 26_320]
    assert by_family[EXTENSION] == [26_720, 26_960, 27_200, 27_440, 27_920, 25_760, 25_520, 25_280, 25_040, 24_560]


def test_a_family_whose_levels_stand_too_close_together_is_left_out() -> None:
    assert families(26_480, least=60) == {EIGHTHS, THIRDS, EXTENSION}
    assert families(26_480, least=61) == {THIRDS, EXTENSION}
    assert not families(26_480, least=241)


def test_thirds_that_stand_beside_eighths_have_no_vote_of_their_own() -> None:
    assert families(26_000 + 24 * 6 + 1, least=4) == {EIGHTHS, THIRDS, EXTENSION}
    assert families(26_000 + 24 * 6, least=4) == {EIGHTHS, EXTENSION}


def families(high: int, least: float) -> set[int]:
    return {level.family for level in levels_of_range(26_000, high, least, 6, "range")}


def angles(tick: int, way: int, moved: float, low: int = 0, high: int = 100_000) -> list[tuple[str, int]]:
    levels = levels_of_angles(tick, way, moved, low=low, high=high, apart=6, anchor="low")
    return [(level.label, level.tick) for level in levels]


def test_angles_move_by_their_share_of_what_the_1x1_does() -> None:
    up = angles(26_000, 1, 16 * 10.0)
    assert up == [
        ("1x8", 26_020),
        ("1x4", 26_040),
        ("1x3", 26_053),
        ("1x2", 26_080),
        ("1x1", 26_160),
        ("2x1", 26_320),
        ("3x1", 26_480),
        ("4x1", 26_640),
        ("8x1", 27_280),
    ]
    assert [26_000 - tick for _, tick in angles(26_000, -1, 16 * 10.0)] == [tick - 26_000 for _, tick in up]


def test_an_angle_that_has_hardly_left_its_anchor_is_none() -> None:
    assert not angles(26_000, 1, 0.0)
    assert angles(26_000, 1, 20.0)[0] == ("1x3", 26_007)


@given(st.integers(0, 1_000), st.sampled_from([1, -1]), st.floats(0, 500), st.integers(0, 1_000), st.integers(0, 300))
def test_angles_asked_for_between_two_prices_are_those_of_all_that_stand_there(
    tick: int, way: int, moved: float, low: int, width: int
) -> None:
    everywhere = angles(tick, way, moved, low=-10_000, high=10_000)
    assert angles(tick, way, moved, low, low + width) == [one for one in everywhere if low <= one[1] <= low + width]
