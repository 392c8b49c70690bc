"""Swings, breaks of structure and fair value gaps: known when they are, never taken back."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.timing.gaps import OPEN_KEPT, Gaps
from engines.timing.structure import Break, Structure
from engines.timing.swings import ClosedBar, Swing, Swings
from tests.oracle import structure as oracle

MINUTE = 60_000_000_000


def bar(number: int, high: int, low: int, close: int, gap: int = 0) -> ClosedBar:
    return ClosedBar(number * MINUTE, (number + 1) * MINUTE, high, low, close, close, gap)


@st.composite
def histories(draw: st.DrawFn) -> list[oracle.Bar]:
    """A market that moves in small steps, so that equal prices, swings, breaks and gaps are common."""
    steps = draw(st.lists(st.tuples(st.integers(-4, 4), st.integers(0, 3), st.integers(0, 3)), max_size=60))
    bars, price = [], 0
    for move, up, down in steps:
        price += move
        bars.append((price + up, price - down, price))
    return bars


def closed(history: Sequence[oracle.Bar]) -> list[ClosedBar]:
    return [bar(number, *prices) for number, prices in enumerate(history)]


# --- swings -----------------------------------------------------------------------------------------------------------


@given(histories(), st.integers(1, 3))
def test_swings_are_those_of_the_whole_history_known_at_the_same_close(history: list[oracle.Bar], wing: int) -> None:
    engine = Swings(wing)
    found = [swing for one in closed(history) for swing in engine.close(one)]
    expected = [
        Swing("high" if one.side == "high" else "low", one.tick, one.bar * MINUTE, (one.known + 1) * MINUTE)
        for one in oracle.swings(history, wing)
    ]
    assert found == expected


def test_a_high_is_a_swing_once_the_bars_after_it_have_closed_and_not_before() -> None:
    engine = Swings(2)
    highs = [10, 11, 15, 12, 11]
    told = [engine.close(bar(number, high, 0 - number, 5)) for number, high in enumerate(highs)]
    assert told == [[], [], [], [], [Swing("high", 15, 2 * MINUTE, 5 * MINUTE)]]


def test_of_equal_highs_in_a_row_the_last_counts() -> None:
    engine = Swings(1)
    told = [engine.close(bar(number, high, -number, 5)) for number, high in enumerate([10, 15, 15, 12])]
    assert [[swing.start for swing in swings] for swings in told] == [[], [], [], [2 * MINUTE]]


# --- structure --------------------------------------------------------------------------------------------------------


def run(history: Sequence[oracle.Bar], wing: int) -> list[Break]:
    engine = Structure(wing)
    return [broken for one in closed(history) for broken in engine.close(one)[1]]


@given(histories(), st.integers(1, 3))
def test_breaks_are_those_of_the_whole_history(history: list[oracle.Bar], wing: int) -> None:
    found = [(one.known // MINUTE - 1, one.kind, one.direction, one.swing.tick) for one in run(history, wing)]
    assert found == oracle.breaks(history, wing)


@given(histories(), st.integers(1, 3), st.integers(0, 60))
def test_what_was_said_of_closed_bars_never_changes(history: list[oracle.Bar], wing: int, cut: int) -> None:
    before, whole = run(history[:cut], wing), run(history, wing)
    assert whole[: len(before)] == before


def test_the_first_close_against_the_trend_is_a_change_of_character() -> None:
    rising = [(1, 0, 1), (5, 2, 4), (3, 1, 2), (9, 2, 8), (7, 3, 4), (12, 4, 11)]
    falling = [(10, 0, 0)]
    found = [(one.kind, one.direction, one.swing.tick) for one in run(rising + falling, 1)]
    assert found == [("bos", "buy", 5), ("bos", "buy", 9), ("choch", "sell", 1)]


# --- gaps -------------------------------------------------------------------------------------------------------------


@given(histories(), st.integers(1, 3))
def test_gaps_and_their_lives_are_those_of_the_whole_history(history: list[oracle.Bar], least: int) -> None:
    engine = Gaps()
    steps = []
    for number, one in enumerate(closed(history)):
        changed = engine.close(one, least)
        steps += [
            (number, gap.known // MINUTE - 1, gap.direction, gap.low, gap.high, gap.state)
            for gap in changed
            if gap.state != "expired"
        ]
        if any(gap.state == "expired" for gap in changed):
            return  # the oracle keeps every gap
    assert sorted(steps) == oracle.gaps(history, least)


def test_a_gap_is_known_at_the_close_of_the_third_bar_then_touched_then_filled() -> None:
    engine = Gaps()
    bars = [(10, 8, 9), (15, 9, 14), (18, 13, 17), (17, 12, 13), (13, 12, 12), (12, 10, 11)]
    told = [[(gap.state, gap.low, gap.high) for gap in engine.close(one, 1)] for one in closed(bars)]
    assert told == [[], [], [("open", 10, 13)], [("touched", 10, 13)], [], [("filled", 10, 13)]]


def test_bars_with_an_interval_between_them_and_bars_of_two_days_make_no_gap() -> None:
    engine = Gaps()
    assert not engine.close(bar(0, 10, 8, 9), 1)
    assert not engine.close(bar(1, 15, 9, 14), 1)
    assert not engine.close(bar(3, 18, 13, 17, gap=1), 1)
    assert not engine.close(bar(4, 25, 17, 24), 1)
    engine.begin_day()
    assert not engine.close(bar(5, 35, 30, 34), 1)


def test_the_oldest_of_too_many_gaps_expires() -> None:
    engine = Gaps()
    told = [gap for number in range(OPEN_KEPT + 3) for gap in engine.close(bar(number, 10 * number, 10 * number, 0), 1)]
    assert [gap.number for gap in told if gap.state == "expired"] == [1]
    assert len(engine.open) == OPEN_KEPT


@pytest.mark.parametrize(
    ("prices", "direction"), [([(2, 1, 1), (6, 2, 6), (9, 5, 8)], "buy"), ([(9, 8, 8), (8, 3, 3), (5, 1, 2)], "sell")]
)
def test_a_gap_speaks_for_the_way_the_market_went(prices: list[oracle.Bar], direction: str) -> None:
    engine = Gaps()
    told = [gap for one in closed(prices) for gap in engine.close(one, 1)]
    assert [gap.direction for gap in told] == [direction]
