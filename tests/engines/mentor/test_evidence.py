"""Every reason of market state and footprint names a line that the event log holds, said no later than the reading."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import pytest

from engines.events import Bar, Event, Phase, Pillars, Reason
from engines.pipeline import Pipeline
from engines.view import ViewRequest
from feeds.records import OHLCV, Batch, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.habits import Habits
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings
from tests.engines.real_data import ES, read_batches

MINUTE: Final = 60_000_000_000
READ_HERE: Final = {"QMO", "IMO"}
Told = tuple[list[Event], list[Reason]]
"""All events, and the reasons of the last view."""


def told(pipeline: Pipeline, batches: Iterable[Batch]) -> Told:
    events = [event for batch in batches for event in pipeline.process(batch)]
    mentor = pipeline.view(ViewRequest(mentor=True)).mentor
    assert mentor is not None
    shown = [reason for pillar in mentor.pillars if pillar.name in READ_HERE for reason in pillar.reasons]
    return [*events, *pipeline.finish()], [*shown, *(() if mentor.phase is None else mentor.phase.reasons)]


def readings(events: Iterable[Event]) -> Iterator[tuple[Event, Reason]]:
    """Yield each reason with the line that rests on it."""
    for event in events:
        if isinstance(event, Phase):
            yield from ((event, reason) for reason in event.reasons)
        elif isinstance(event, Pillars):
            chosen = (pillar for pillar in event.pillars if pillar.name in READ_HERE)
            yield from ((event, reason) for pillar in chosen for reason in pillar.reasons)


def lines(events: Iterable[Event]) -> set[tuple[str, int, str]]:
    """Return kind, time and id of every line; of bars and structure the interval stands for the id."""
    found = set()
    for event in events:
        kind = str(event.__struct_config__.tag)
        found.add((kind, event.ts, str(getattr(event, "id", None) or getattr(event, "interval", ""))))
    return found


def assert_evident(events: list[Event], shown: Iterable[Reason]) -> set[str]:
    """Hold each reason against the log; return the kinds of the lines that were named."""
    said, kinds = lines(events), set()
    for event, reason in readings(events):
        assert (reason.kind, reason.ts, reason.id) in said, f"{reason} is in no line"
        assert reason.ts <= event.ts
        kinds.add(reason.kind)
    for reason in shown:
        assert (reason.kind, reason.ts, reason.id) in said, f"{reason} is in no line"
    return kinds


def test_on_the_real_session(data: Path) -> None:
    events, shown = told(Pipeline(ES), read_batches(data, "esh4-20231225.mbo.dbn.zst"))
    assert assert_evident(events, shown) >= {"absorption", "iceberg", "sweep", "bar"}


@pytest.fixture(scope="module")
def records() -> Records:
    """Return two hours and a half of a quiet simulated market."""
    simulation = Simulation(SimulationSettings(seed=11, habits=Habits(records_per_second=20.0)))
    batches = simulation.batches(until=DEFAULT_START + 150 * MINUTE)
    joined: Records = np.concatenate([batch.records for batch in batches if batch.schema is Schema.MBO])
    return joined


@pytest.fixture(scope="module")
def simulated(records: Records) -> Told:
    return told(Pipeline(CONTRACT), [Batch(Schema.MBO, records)])


def test_on_a_simulated_session(simulated: Told) -> None:
    events, shown = simulated
    assert shown
    assert assert_evident(events, shown) >= {"absorption", "iceberg", "sweep", "memory", "bar"}


def test_a_simulated_session_has_phases_that_name_what_they_rest_on(simulated: Told) -> None:
    phases = [event for event in simulated[0] if isinstance(event, Phase)]
    assert phases
    assert all(phase.reasons for phase in phases)
    assert all((phase.direction is None) == (phase.phase == "balance") for phase in phases)


def test_on_minutes_alone_the_phase_rests_on_minutes_and_there_is_no_footprint(simulated: Told) -> None:
    minutes = [event for event in simulated[0] if isinstance(event, Bar) and event.interval == "1m" and event.complete]
    records = np.zeros(len(minutes), OHLCV)
    for record, minute in zip(records, minutes, strict=True):
        record["instrument_id"], record["ts_event"], record["volume"] = (
            CONTRACT.instrument_id,
            minute.start,
            minute.volume,
        )
        for name in ("open", "high", "low", "close"):
            record[name] = round(getattr(minute, name) * 10) * CONTRACT.tick
    events, shown = told(Pipeline(CONTRACT), [Batch(Schema.OHLCV_1M, records)])
    assert assert_evident(events, shown) == {"bar"}
    assert {reason.id for _, reason in readings(events)} == {"1m"}
    (*_, last) = (event for event in events if isinstance(event, Pillars))
    state, footprint = last.pillars[:2]
    assert (state.available, footprint.available) == (True, False)
    assert state.strength <= 0.6
    assert "bars only" in state.note


def test_nothing_that_is_said_depends_on_where_records_are_cut(records: Records, simulated: Told) -> None:
    """Cut within matching events too, at the very records that end five-minute bars, and in batches of thousands."""
    random = Random(3)
    ends = np.searchsorted(records["ts_event"], DEFAULT_START + 5 * MINUTE * np.arange(1, 30))
    places = sorted({*ends.tolist(), *(ends + 1).tolist(), *(random.randrange(len(records)) for _ in range(300))})
    batches = [Batch(Schema.MBO, part) for part in np.split(records, places)]
    assert told(Pipeline(CONTRACT), batches) == simulated
