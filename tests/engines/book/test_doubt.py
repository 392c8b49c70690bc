"""What a book makes of missing records, of cuts inside a matching event, and of times that cannot be."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engines.pipeline import Pipeline, run
from engines.view import BookState, MarketPhase, ViewRequest
from feeds.instrument import Instrument
from feeds.records import ACTION_ADD, F_LAST, MBO, UNDEFINED_TIME, Batch, Records, Schema
from tests.engines.real_data import ES, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, TICK

GOLD = Instrument("GCZ6", FIRST_INSTRUMENT, TICK, 100.0)
SESSION = "esh4-20231225.mbo.dbn.zst"
LOOK = ViewRequest()


def _run(records: Records, instrument: Instrument) -> Pipeline:
    pipeline = Pipeline(instrument)
    run(pipeline, [Batch(Schema.MBO, records)])
    return pipeline


def test_a_whole_session_is_not_doubted(data: Path) -> None:
    pipeline = _run(read_records(data, SESSION), ES)
    view = pipeline.view(LOOK)
    assert view.book is BookState.VALID
    assert {mark.score for mark in view.icebergs} == {1.0}


def test_missing_records_make_the_book_suspect(data: Path) -> None:
    array = read_records(data, SESSION)
    kept = np.ones(len(array), np.bool_)
    kept[40_000:43_000] = False
    pipeline = _run(array[kept], ES)
    view, summary = pipeline.view(LOOK), pipeline.summary()
    assert view.book is BookState.SUSPECT
    assert summary.unknown_orders is not None
    assert summary.unknown_orders > 0
    # Those found before are over, and no longer shown.
    assert {mark.score for mark in view.icebergs} == {0.5}


def test_a_book_that_began_without_a_snapshot_is_building_not_suspect() -> None:
    made = session(5, 800, opening="none")
    assert _run(made.array, GOLD).view(LOOK).book is BookState.BUILDING


@pytest.mark.parametrize("seed", range(3))
def test_nobody_sees_the_book_inside_a_matching_event(seed: int) -> None:
    array = session(seed, 600).array
    pipeline = Pipeline(GOLD)
    for place in range(len(array)):
        pipeline.process(Batch(Schema.MBO, array[place : place + 1]))
        view = pipeline.view(LOOK)
        if view.phase is MarketPhase.CONTINUOUS and view.best_bid is not None and view.best_ask is not None:
            assert view.best_bid < view.best_ask


def test_the_real_book_is_never_crossed_between_reads(data: Path) -> None:
    array = read_records(data, SESSION)[30_000:36_000]
    pipeline = Pipeline(ES)
    cuts = [0, *range(1, len(array), 7), len(array)]
    for start, stop in pairwise(cuts):
        pipeline.process(Batch(Schema.MBO, array[start:stop]))
        now = pipeline.view(LOOK)
        assert now.phase is not MarketPhase.CONTINUOUS or (now.best_bid or 0) < (now.best_ask or 2**62)


@pytest.mark.parametrize("moment", [2**63 - 1, 2**63, 2**62, 1_700_000_000_000_000_000 + 10**18])
@pytest.mark.parametrize("received", [UNDEFINED_TIME, 2**63 - 1])
def test_a_time_that_cannot_be_does_not_move_the_clock(moment: int, received: int) -> None:
    array = session(5, 800).array
    broken = array[-1:].copy()
    broken["ts_event"], broken["ts_recv"] = moment, received
    broken["action"], broken["order_id"] = ACTION_ADD, 2**60
    straight, poisoned = _run(array, GOLD), _run(np.concatenate([array, broken]), GOLD)
    if moment < 2**62 and received != UNDEFINED_TIME:
        return  # a capture time vouches for it
    assert poisoned.clock == straight.clock


def test_a_send_time_behind_each_record_changes_nothing() -> None:
    array = session(5, 800).array
    longer = np.zeros(len(array), np.dtype([*MBO.descr, ("ts_out", "<u8")]))
    for name in MBO.names or ():
        longer[name] = array[name]
    plain, sent = Pipeline(GOLD), Pipeline(GOLD)
    assert run(plain, [Batch(Schema.MBO, array)]) == run(sent, [Batch(Schema.MBO, longer)])
    assert plain.summary() == sent.summary()


def test_an_event_that_never_ends_is_not_waited_for() -> None:
    array = session(5, 200).array
    endless = np.repeat(array[-1:], 20_000)
    endless["flags"] = 0
    endless["action"], endless["order_id"] = ACTION_ADD, np.arange(2**40, 2**40 + 20_000)
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, array))
    before = pipeline.view(LOOK).resting_orders or 0
    for start in range(0, 20_000, 500):
        pipeline.process(Batch(Schema.MBO, endless[start : start + 500]))
    assert (pipeline.view(LOOK).resting_orders or 0) > before
    assert not endless["flags"].any() & F_LAST
