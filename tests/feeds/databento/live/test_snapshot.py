from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feeds.databento.snapshot import Snapshot, SnapshotState
from feeds.records import ACTION_CLEAR, F_BAD_TS_RECV, F_LAST, F_SNAPSHOT, Records
from tests.feeds.streams import orders

RESTING = F_SNAPSHOT | F_BAD_TS_RECV


def run(*flags: int, clears: int = 0) -> Records:
    """Return records of these flags, of which the first may be clears."""
    records = orders(len(flags), flags=list(flags))
    records["action"][:clears] = ACTION_CLEAR
    return records


def flags_of(records: Records) -> int:
    return int(np.bitwise_or.reduce(records["flags"]))


def taken(*runs: Records) -> tuple[Snapshot, list[int | None]]:
    snapshot = Snapshot(expected=True)
    return snapshot, [snapshot.take(one, flags_of(one)) for one in runs]


WHOLE = run(RESTING, RESTING, RESTING | F_LAST, F_LAST, 0, F_LAST, clears=1)


@given(st.lists(st.integers(1, 5), max_size=6))
def test_it_is_done_with_its_last_record_however_it_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(set(cuts)), len(WHOLE)]
    snapshot = Snapshot(expected=True)
    for first, last in pairwise(places):
        assert snapshot.take(WHOLE[first:last], flags_of(WHOLE)) is None
        assert snapshot.is_over == (last > 2)
    assert snapshot.state is SnapshotState.DONE


def test_without_a_last_record_it_is_done_with_the_first_record_after_it() -> None:
    assert taken(run(RESTING, RESTING, clears=1))[0].state is SnapshotState.COMING
    snapshot, wrong = taken(run(RESTING, RESTING, clears=1), run(0))
    assert (snapshot.state, wrong) == (SnapshotState.DONE, [None, None])


def test_an_empty_book_is_one_clear() -> None:
    snapshot, _ = taken(run(RESTING | F_LAST, clears=1))
    assert snapshot.state is SnapshotState.DONE


def test_orders_without_one_show_that_it_is_missing() -> None:
    snapshot, wrong = taken(run(F_LAST, F_LAST))
    assert snapshot.state is SnapshotState.MISSING
    assert wrong == [None]


def test_a_clear_of_the_market_may_stand_before_it_or_for_it() -> None:
    snapshot, wrong = taken(run(F_LAST, clears=1), WHOLE)
    assert (snapshot.state, wrong) == (SnapshotState.DONE, [None, None])
    snapshot, wrong = taken(run(F_LAST, F_LAST, clears=1))
    assert (snapshot.state, wrong) == (SnapshotState.DONE, [None])


def test_a_second_one_is_found_where_it_begins() -> None:
    assert taken(WHOLE, run(F_LAST, RESTING, RESTING))[1] == [None, 1]
    assert taken(np.concatenate([WHOLE, WHOLE]))[1] == [len(WHOLE)]
    assert taken(np.concatenate([WHOLE[:3], WHOLE[1:]]))[1] == [3]
    assert taken(run(F_LAST, RESTING))[1] == [1]


def test_where_none_is_expected_none_is_awaited() -> None:
    assert Snapshot(expected=False).is_over
