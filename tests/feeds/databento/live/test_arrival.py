from pathlib import Path

import numpy as np
import pytest

from feeds.databento.arrival import Arrival
from feeds.records import F_BAD_TS_RECV, F_LAST, F_SNAPSHOT, UNDEFINED_TIME, Batch, Records, Schema
from tests.engines.real_data import read_batches
from tests.feeds.streams import SECOND, START, orders, trades

DAY = 86_400 * SECOND


def look(arrival: Arrival, batch: Batch) -> int | None:
    return arrival.first_wrong(batch, int(np.bitwise_or.reduce(batch.records["flags"])))


def wrong(*runs: Records, schema: Schema = Schema.MBO) -> list[int | None]:
    arrival = Arrival()
    return [look(arrival, Batch(schema, run)) for run in runs]


def at(*seconds: float, **fields: object) -> Records:
    return orders(len(seconds), ts_recv=[START + round(second * SECOND) for second in seconds], **fields)


def test_times_that_rise_or_stand_are_right() -> None:
    assert wrong(at(0, 1, 1, 2), at(2, 3)) == [None, None]


def test_a_time_that_runs_back_is_wrong_within_a_batch_and_between_two() -> None:
    assert wrong(at(0, 1, 3, 2, 1)) == [3]
    assert wrong(at(0, 5), at(4, 6)) == [None, 0]


def test_a_leap_of_a_month_is_wrong_and_one_of_a_long_weekend_is_not() -> None:
    assert wrong(at(0, 4 * 86_400)) == [None]
    assert wrong(at(0, 31 * 86_400)) == [1]


def test_a_snapshot_and_times_known_to_be_bad_do_not_count() -> None:
    run = at(5, 1, 2, 6, 7)
    run["flags"][1:3] = [F_SNAPSHOT, F_BAD_TS_RECV | F_LAST]
    assert wrong(run) == [None]
    run = at(5, 6, 7)
    run["ts_recv"][1] = UNDEFINED_TIME
    assert wrong(run) == [None]


def test_each_schema_has_an_order_of_its_own() -> None:
    arrival = Arrival()
    assert look(arrival, Batch(Schema.MBO, at(9))) is None
    assert look(arrival, Batch(Schema.TRADES, trades(1, ts_recv=START))) is None
    assert look(arrival, Batch(Schema.MBO, at(8))) == 0


@pytest.mark.parametrize(
    "name",
    [
        "esh4-20231225.mbo.dbn.zst",
        "esm4-20240508-2s.mbo.dbn.zst",
        "esu4-20240701.mbp-1.dbn.zst",
        "esu4-20240701.trades.dbn.zst",
    ],
)
def test_real_sessions_arrive_in_order(data: Path, name: str) -> None:
    arrival = Arrival()
    assert {look(arrival, batch) for batch in read_batches(data, name)} == {None}


def test_a_repeated_run_of_a_real_session_is_found(data: Path) -> None:
    batch = max(read_batches(data, "esh4-20231225.mbo.dbn.zst"), key=len)
    records = batch.records[-2_000:]
    arrival = Arrival()
    assert look(arrival, Batch(Schema.MBO, np.concatenate([records, records[-100:]]))) == 2_000
