"""Levels go on where they ended: every record once, however often and wherever the line is cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feeds.databento.continuity import Continuity
from feeds.records import F_SNAPSHOT, UNDEFINED_TIME, Batch, Records, Schema
from tests.feeds.streams import INSTRUMENT, SECOND, START, content, trades

NOW = START + 60 * SECOND
FLOW = (Schema.TRADES,)


def tape(steps: list[int]) -> Records:
    """Return trades so many nanoseconds apart, each told from the others by its sequence."""
    return trades(len(steps), ts_event=START + np.cumsum(np.array(steps, np.uint64)), sequence=np.arange(len(steps)))


def replay(records: Records, start: int | None, place: int) -> Records:
    """Return what a gateway sends on subscription when the market stands at a place."""
    return records[place:] if start is None else records[records["ts_event"] >= start]


@given(st.lists(st.integers(0, 2), min_size=1, max_size=60), st.lists(st.tuples(st.integers(1, 30), st.integers(1, 7))))
def test_cut_anywhere_and_batched_anyhow_every_record_comes_once(steps: list[int], cuts: list[tuple[int, int]]) -> None:
    records, continuity = tape(steps), Continuity()
    out: list[Batch] = []
    for length, size in [*cuts, (len(records), 5)]:
        starts = continuity.begin(FLOW, NOW)
        sent = replay(records, starts.get(Schema.TRADES), 0)[:length] if out else records[:length]
        out += [continuity.take(Batch(Schema.TRADES, sent[at : at + size])) for at in range(0, len(sent), size)]
    assert content(out)[: records.nbytes] == records.tobytes()[: len(content(out))]
    starts = continuity.begin(FLOW, NOW)
    rest = continuity.take(Batch(Schema.TRADES, replay(records, starts[Schema.TRADES], 0)))
    assert content([*out, rest]) == records.tobytes()


def test_a_first_session_replays_nothing() -> None:
    assert Continuity().begin(FLOW, NOW) == {}


def test_a_long_gap_is_not_replayed() -> None:
    continuity = Continuity(longest_seconds=30.0)
    continuity.take(Batch(Schema.TRADES, tape([0])))
    assert continuity.begin(FLOW, START + 30 * SECOND) == {Schema.TRADES: START}
    assert continuity.begin(FLOW, START + 31 * SECOND) == {}


def test_order_by_order_is_never_replayed() -> None:
    continuity = Continuity()
    batch = Batch(Schema.MBO, tape([0]))
    assert continuity.take(batch) is batch
    assert continuity.begin((Schema.MBO,), NOW) == {}


def test_snapshots_and_records_without_a_time_do_not_say_how_far_it_came() -> None:
    continuity = Continuity()
    records = tape([0, 1, 1])
    records["flags"][1] = F_SNAPSHOT
    records["ts_event"][2] = UNDEFINED_TIME
    continuity.take(Batch(Schema.TRADES, records))
    assert continuity.begin(FLOW, NOW) == {Schema.TRADES: START}


def test_another_contract_repeats_nothing_of_the_one_before() -> None:
    continuity = Continuity()
    continuity.take(Batch(Schema.TRADES, tape([0, 0])))
    continuity.begin(FLOW, NOW)
    other = tape([0, 0, 0])
    other["instrument_id"] = INSTRUMENT + 1
    assert len(continuity.take(Batch(Schema.TRADES, other))) == 3


def test_a_replay_that_is_too_old_begins_where_it_may_and_where_that_fails_too_not_at_all() -> None:
    continuity = Continuity()
    continuity.take(Batch(Schema.TRADES, tape([0])))
    continuity.too_old(START + 5 * SECOND)
    assert continuity.begin(FLOW, NOW) == {Schema.TRADES: START + 5 * SECOND}
    continuity.too_old(START + 5 * SECOND)
    assert continuity.begin(FLOW, NOW) == {}


def test_a_replay_that_is_too_old_without_a_boundary_is_given_up() -> None:
    continuity = Continuity()
    continuity.take(Batch(Schema.TRADES, tape([0])))
    continuity.too_old(None)
    assert continuity.begin(FLOW, NOW) == {}
