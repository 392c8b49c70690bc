"""The same records give the same lines, digest, summary and view, however they are cut into batches."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.events import Digest, Event, encode
from engines.pipeline import Pipeline, PipelineSettings
from engines.view import MarketView, ViewRequest
from feeds.instrument import Instrument
from feeds.records import F_LAST, Batch, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.habits import Habits
from feeds.simulator.session import SimulationSettings
from qmo_tui.evaluation.simulated import SimulatedSession
from tests.engines.real_data import ES, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, SECOND, TICK
from tests.market.strategies import damaged_streams, streams

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
FINDING = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SESSION = "esh4-20231225.mbo.dbn.zst"
LOOK = ViewRequest(
    ladder_rows=80,
    prints=200,
    bars=200,
    interval="1s",
    profile=True,
    flow=True,
    footprints=200,
    timing=True,
    mentor=True,
)
GOLD = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
ALL_BARS = PipelineSettings(bars_logged=("1s", "1m", "5m", "15m", "1h", "session"))
Told = tuple[list[bytes], str, bytes, MarketView]
"""Event lines, digest, summary and the final view."""


def _run(instrument: Instrument, batches: Iterable[Records]) -> Told:
    pipeline = Pipeline(instrument, ALL_BARS)
    events: list[Event] = []
    for records in batches:
        events += pipeline.process(Batch(Schema.MBO, records))
    events += pipeline.finish()
    lines, digest = [encode(event) for event in events], Digest()
    for event, line in zip(events, lines, strict=True):
        digest.add(event, line)
    return lines, digest.hexdigest(), msgspec.json.encode(pipeline.summary()), pipeline.view(LOOK)


def _cut(array: Records, places: Sequence[int]) -> list[Records]:
    """Cut an array at the given places, in order; batches may be empty."""
    return [array[first:end] for first, end in pairwise([0, *sorted(places), len(array)])]


def _every(array: Records, size: int) -> list[Records]:
    return _cut(array, range(size, len(array), size))


# --- the real session ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def array(data: Path) -> Records:
    return read_records(data, SESSION)


@pytest.fixture(scope="module")
def whole(array: Records) -> Told:
    return _run(ES, [array])


def test_the_real_session_says_something(whole: Told) -> None:
    lines, _digest, _summary, view = whole
    assert len(lines) > 1_100
    assert len(view.bars) == len(view.prints) == 200
    assert view.icebergs


@pytest.mark.parametrize("size", [1, 7, 777, 65_536])
def test_the_real_session_in_batches_of_one_size(array: Records, whole: Told, size: int) -> None:
    assert _run(ES, _every(array, size)) == whole


@pytest.mark.parametrize("seed", range(4))
def test_the_real_session_in_batches_of_any_size(array: Records, whole: Told, seed: int) -> None:
    random = Random(seed)
    places = [random.randrange(len(array)) for _ in range(10 ** (1 + seed % 3))]
    assert _run(ES, _cut(array, places)) == whole


def test_the_real_session_cut_inside_every_matching_event(array: Records, whole: Told) -> None:
    inside = np.flatnonzero((array["flags"][:-1] & F_LAST) == 0) + 1
    after_snapshot = inside[inside > 8_730]
    assert len(after_snapshot) > 10_000
    assert _run(ES, _cut(array, after_snapshot[::3].tolist())) == whole


# --- any stream ---------------------------------------------------------------------------------------------------


@FINDING
@given(st.data())
def test_any_stream_in_any_batches(data: st.DataObject) -> None:
    array = data.draw(streams(most_events=150)).array
    _assert_same(array, data.draw(st.lists(st.integers(0, len(array)), max_size=40)))


@FINDING
@given(st.data())
def test_any_damaged_stream_in_any_batches(data: st.DataObject) -> None:
    array = data.draw(damaged_streams(most_events=100))
    _assert_same(array, data.draw(st.lists(st.integers(0, len(array)), max_size=40)))


@settings(FINDING, max_examples=15)
@given(damaged_streams(most_events=60))
def test_any_damaged_stream_record_by_record(array: Records) -> None:
    _assert_same(array, range(len(array)))


def _assert_same(array: Records, places: Sequence[int]) -> None:
    assert _run(GOLD, _cut(array, places)) == _run(GOLD, [array])


def test_a_simulated_session_by_price_in_any_batches() -> None:
    """Of levels an iceberg's end is known by the time that passed: whoever weighs it must not see it early."""
    market = SimulationSettings(seed=9, habits=Habits(records_per_second=20.0))
    simulated = SimulatedSession(market, 60 * 60 * SECOND, Schema.MBP_10)
    array = np.concatenate([batch.records for batch in simulated.batches() if batch.schema is Schema.MBP_10])
    random, told = Random(1), []
    for places in ([], sorted(random.sample(range(len(array)), 100))):
        pipeline = Pipeline(CONTRACT)
        batches = [Batch(Schema.MBP_10, records) for records in _cut(array, places)]
        events = [event for batch in batches for event in pipeline.process(batch)]
        told.append([encode(event) for event in (*events, *pipeline.finish())])
    assert told[0] == told[1]
    assert sum(b'"kind":"sweep"' in line for line in told[0]) > 3


@pytest.mark.parametrize("seed", range(3))
def test_other_instruments_change_nothing(seed: int) -> None:
    array = session(seed, 1_500, instruments=3, auction=True).array
    lines, digest, _, view = _run(GOLD, [array])
    alone = _run(GOLD, [array[array["instrument_id"] == FIRST_INSTRUMENT]])
    assert (lines, digest) == alone[:2]
    assert view.ladder == alone[3].ladder
    assert view.prints == alone[3].prints
    assert view.bars == alone[3].bars


def test_two_processes_tell_the_same_digest() -> None:
    program = (
        "from tests.engines.test_batch_cuts import GOLD, _every, _run; from tests.market import session; "
        "print(_run(GOLD, _every(session(5, 1_500, auction=True).array, {size}))[1])"
    )
    root = Path(__file__).resolve().parents[2]
    digests = {
        subprocess.run(
            [sys.executable, "-c", program.format(size=size)], cwd=root, capture_output=True, text=True, check=True
        ).stdout
        for size in (13, 100_000)
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 32
