"""Pairing: as many pairs as can be, of those ways the nearest one, and the same however the lines stand."""

from collections.abc import Sequence
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmo_tui.evaluation.matching import Occurrence, Tolerance, assign, pair

SECOND = 1_000_000_000
NEAR = Tolerance(seconds=3.0, ticks=1)


def at(seconds: int, tick: int = 0, side: str = "bid", *, identity: int | None = None, count: int = 1) -> Occurrence:
    moment = seconds * SECOND
    return Occurrence(moment, moment, tick, tick, side, identity=identity, count=count)


def by_trying_all(costs: Sequence[dict[int, int]], columns: int) -> tuple[int, int]:
    """Return the most pairs that can be had, and the least that so many can cost, by trying every way."""
    best = (0, 0)
    rows = range(len(costs))
    padded = [*range(columns), *(columns + row for row in rows)]
    for chosen in permutations(padded, len(costs)):
        taken = [costs[row][column] for row, column in zip(rows, chosen, strict=True) if column in costs[row]]
        if all(column in costs[row] or column >= columns for row, column in zip(rows, chosen, strict=True)):
            best = max(best, (len(taken), -sum(taken)))
    return best[0], -best[1]


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[dict[int, int]], int]:
    rows, columns = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    cost = st.none() | st.integers(0, 6)
    drawn = [[draw(cost) for _ in range(columns)] for _ in range(rows)]
    return [{place: one for place, one in enumerate(row) if one is not None} for row in drawn], columns


@given(tables())
def test_no_other_way_gives_more_pairs_or_costs_less(table: tuple[list[dict[int, int]], int]) -> None:
    costs, columns = table
    partners = assign(costs)
    assert len(set(partners.values())) == len(partners)
    assert all(column in costs[row] for row, column in partners.items())
    total = sum(costs[row][column] for row, column in partners.items())
    assert (len(partners), total) == by_trying_all(costs, columns)


def test_the_nearest_pair_is_given_up_for_two_pairs() -> None:
    """Taking 10 with 11 first, the smallest distance of all, would leave 8 without partner and 13 alone."""
    pairing = pair([at(8), at(11)], [at(10), at(13)], NEAR)
    assert [(one.begin // SECOND, other.begin // SECOND) for one, other in pairing.pairs] == [(8, 10), (11, 13)]
    assert (pairing.missed, pairing.false) == ([], [])


@pytest.mark.parametrize(
    ("said", "together"),
    [
        (at(103), True),
        (at(104), False),
        (at(97), True),
        (at(96), False),
        (at(100, tick=1), True),
        (at(100, tick=2), False),
        (at(100, side="ask"), False),
        (at(100, identity=5), False),
    ],
)
def test_tolerance_ends_where_it_says(said: Occurrence, together: bool) -> None:
    assert len(pair([at(100)], [said], NEAR).pairs) == together


def test_spans_that_overlap_are_together_however_far_their_begins() -> None:
    long = Occurrence(0, 500 * SECOND, 0, 0, "bid")
    assert pair([at(400)], [long], Tolerance(0.0, 0)).pairs
    assert pair([long], [at(400)], Tolerance(0.0, 0)).pairs
    assert not pair([at(501)], [long], Tolerance(0.0, 0)).pairs


def test_any_time_and_any_price_are_as_good_where_identity_decides() -> None:
    assert pair([at(0, identity=5)], [at(900, tick=70, identity=5)], Tolerance(None, None)).pairs


def test_what_one_stands_for_beyond_the_other_is_left() -> None:
    pairing = pair([at(1, count=5)], [at(1, count=3)], NEAR)
    assert [(one.count, other.count) for one, other in pairing.pairs] == [(5, 3)]
    assert [one.count for one in pairing.missed] == [2]
    assert pair([at(1, count=3)], [at(1, count=5)], NEAR).false == [at(1, count=2)]


occurrences = st.lists(
    st.builds(at, st.integers(0, 12), st.integers(0, 3), st.sampled_from(["bid", "ask"]), count=st.integers(1, 2)),
    max_size=10,
)


@given(occurrences, occurrences, st.integers(0, 2**32))
def test_the_order_of_the_lines_makes_no_difference(known: list[Occurrence], said: list[Occurrence], seed: int) -> None:
    pairing = pair(known, said, NEAR)
    Random(seed).shuffle(known)
    Random(seed + 1).shuffle(said)
    assert pair(known, said, NEAR) == pairing


@given(occurrences, occurrences)
def test_everything_is_paired_or_left(known: list[Occurrence], said: list[Occurrence]) -> None:
    pairing = pair(known, said, NEAR)
    paired = sum(min(one.count, other.count) for one, other in pairing.pairs)
    assert sum(one.count for one in known) == paired + sum(one.count for one in pairing.missed)
    assert sum(one.count for one in said) == paired + sum(one.count for one in pairing.false)
