"""What was said of a closed bar stays: no reading of it ever changes, however much of the market comes later.

A reading is a function from a view to what it says of each closed bar, by the bar's begin, or of anything else that is
settled, by what names it. Whoever adds a reading of bars to the view adds it to `READINGS`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import numpy as np
import pytest

from engines.events import Bar
from engines.pipeline import Pipeline, PipelineSettings
from engines.view import MarketView, ViewRequest
from feeds.instrument import Instrument
from feeds.records import Batch, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.session import Simulation, SimulationSettings
from tests.engines.real_data import ES, read_records
from tests.engines.side_by_side import event_ends
from tests.market.sessions import SECOND

INTERVALS: Final = ("1s", "1m", "5m")
ALL: Final = 2_048
Said = Mapping[Any, Any]
Reading = Callable[[MarketView], Said]


def _closed(view: MarketView) -> set[int]:
    return {bar.start for bar in view.bars if bar.complete}


def bars(view: MarketView) -> Said:
    """Prices, lots, delta with its extremes, and order-flow imbalance."""
    return {bar.start: bar for bar in view.bars if bar.complete}


def footprints(view: MarketView) -> Said:
    """Lots at each price, imbalances, stacks, unfinished auctions."""
    closed = _closed(view)
    return {footprint.start: footprint for footprint in view.footprints if footprint.start in closed}


def path(view: MarketView) -> Said:
    """The day's profile and VWAP as they stood at the close."""
    closed = _closed(view)
    return {row.start: row for row in view.profile.path if row.start in closed} if view.profile else {}


def divergence(view: MarketView) -> Said:
    """The divergence that stands, which a later one may replace but not change."""
    told = view.flow.divergence if view.flow else None
    return {} if told is None else {(told.side, told.ts): told}


def pillars(view: MarketView) -> Said:
    """The five pillars, their score and what armed it, as read at the end of a bar."""
    read = view.mentor
    return {} if read is None else {read.ts: (read.pillars, read.side, read.confidence, read.coverage, read.armed)}


def phase(view: MarketView) -> Said:
    """The market's phase as of a five-minute bar."""
    mark = None if view.mentor is None else view.mentor.phase
    return {} if mark is None else {mark.ts: mark}


READINGS: Final[tuple[Reading, ...]] = (bars, footprints, path, divergence, pillars, phase)


class Witness:
    """Remembers everything that was ever said, and objects when it changes."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str], dict[Any, Any]] = {}

    def hear(self, view: MarketView) -> None:
        """Compare a view with all that was said before."""
        for reading in READINGS:
            before = self.said.setdefault((reading.__name__, view.interval), {})
            for key, told in reading(view).items():
                assert before.setdefault(key, told) == told, (reading.__name__, view.interval, key)


def _look(pipeline: Pipeline, interval: str) -> MarketView:
    return pipeline.view(ViewRequest(interval=interval, bars=ALL, footprints=ALL, profile=True, flow=True, mentor=True))


def _follow(pipeline: Pipeline, array: Records, moments: Iterable[int]) -> Witness:
    """Feed records up to each moment, look at every interval there, and at the end."""
    witness, position = Witness(), 0
    for moment in (*moments, len(array)):
        pipeline.process(Batch(Schema.MBO, array[position:moment]))
        position = moment
        for interval in INTERVALS:
            witness.hear(_look(pipeline, interval))
    return witness


def _assert_says_as_much_as_at_once(witness: Witness, instrument: Instrument, array: Records) -> None:
    """All that was said of closed bars on the way is what somebody says who saw everything at once."""
    whole, pipeline = Witness(), Pipeline(instrument)
    pipeline.process(Batch(Schema.MBO, array))
    for interval in INTERVALS:
        whole.hear(_look(pipeline, interval))
        for reading in (bars, footprints, path):
            at_once = whole.said[reading.__name__, interval]
            assert at_once
            assert witness.said[reading.__name__, interval] == at_once


def _bar_ends(instrument: Instrument, array: Records, interval: str) -> list[int]:
    """Return the positions at which a bar has just closed: after the first record at its end or later."""
    pipeline = Pipeline(instrument, PipelineSettings(bars_logged=(interval,)))
    said = [event for event in pipeline.process(Batch(Schema.MBO, array)) if isinstance(event, Bar)]
    return sorted({int(np.argmax(array["ts_event"] >= np.uint64(bar.ts))) + 1 for bar in said})


@pytest.fixture(scope="module")
def real(data: Path) -> Records:
    return read_records(data, "esh4-20231225.mbo.dbn.zst")


@pytest.fixture(scope="module")
def simulated() -> Records:
    """Minutes before and after the end of a trading day, with its halt."""
    halfway = 1_791_237_600 * SECOND  # 2026-10-05 17:00 in Chicago
    simulation = Simulation(SimulationSettings(seed=9, start=halfway - 64 * 60 * SECOND))
    batches = list(simulation.batches(halfway + 4 * 60 * SECOND))
    return np.concatenate([batch.records for batch in batches if batch.schema is Schema.MBO])


def test_the_real_session_bar_by_bar(real: Records) -> None:
    witness = _follow(Pipeline(ES), real, _bar_ends(ES, real, "1m"))
    _assert_says_as_much_as_at_once(witness, ES, real)
    assert len(witness.said["divergence", "1m"]) > 1
    assert len(witness.said["pillars", "1m"]) > 50


def test_a_simulated_session_over_the_turn_of_the_day_bar_by_bar(simulated: Records) -> None:
    witness = _follow(Pipeline(CONTRACT), simulated, _bar_ends(CONTRACT, simulated, "1m"))
    _assert_says_as_much_as_at_once(witness, CONTRACT, simulated)


@pytest.mark.parametrize("name", ["real", "simulated"])
def test_a_stretch_record_by_record(name: str, request: pytest.FixtureRequest) -> None:
    """Every record around the closes of three minutes, inside matching events too."""
    array: Records = request.getfixturevalue(name)
    instrument = ES if name == "real" else CONTRACT
    closes = _bar_ends(instrument, array, "1m")
    moments = [moment for close in closes[2:11:4] for moment in range(close - 60, close + 60)]
    _follow(Pipeline(instrument), array[: moments[-1] + 2_000], moments)


def test_any_moments(real: Records) -> None:
    ends = event_ends(real, ES.instrument_id)
    witness = _follow(Pipeline(ES), real, sorted(Random(7).sample(ends, 40)))
    _assert_says_as_much_as_at_once(witness, ES, real)


def test_a_reading_that_changes_is_noticed(real: Records) -> None:
    """An open bar does change: where its view calls it closed, the witness objects."""
    pipeline, witness = Pipeline(ES), Witness()
    with pytest.raises(AssertionError, match="bars"):
        for start in range(0, len(real), 5_000):
            pipeline.process(Batch(Schema.MBO, real[start : start + 5_000]))
            view = _look(pipeline, "5m")
            claimed = tuple(msgspec.structs.replace(bar, complete=True) for bar in view.bars)
            witness.hear(replace(view, bars=claimed, footprints=(), profile=None))
