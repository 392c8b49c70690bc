"""Simulated trading days, and what the pipeline says and shows of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from engines.events import Event
from engines.mentor_view import MentorView
from engines.pipeline import Pipeline, PipelineSettings
from engines.view import ViewRequest
from feeds.instrument import Instrument
from feeds.records import ACTION_TRADE, F_LAST, SIDE_ASK, SIDE_BID, TRADE, Batch, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.habits import Habits
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings
from tests.engines.book.level_records import RTYPES
from tests.market.sessions import SECOND

HOUR = 3_600 * SECOND
MINUTE = 60 * SECOND
OPEN = 1_791_237_600 * SECOND - 24 * HOUR
"""2026-10-04 17:00 in Chicago, where a trading day begins."""


@dataclass(frozen=True)
class Day:
    """What was said, and the mentor as it was seen on the way, oldest first."""

    events: tuple[Event, ...]
    views: tuple[MentorView, ...]


@cache
def simulated_hours(seed: int, hours: float, settings: PipelineSettings | None = None) -> Day:
    """Return hours of a quiet simulated market, order by order."""
    simulation = Simulation(SimulationSettings(seed=seed, habits=Habits(records_per_second=20.0)))
    until = DEFAULT_START + round(hours * HOUR)
    return watched(CONTRACT, simulation.batches(until, slice_ns=2 * MINUTE), settings or PipelineSettings())


@cache
def traded_day(seed: int, settings: PipelineSettings | None = None) -> Day:
    """Return a whole trading day of trades alone, looked at after every minute."""
    return watched(CONTRACT, in_slices(day_of_trades(seed), Schema.TRADES), settings or PipelineSettings())


def day_of_trades(seed: int, *, a_minute: int = 20) -> Records:
    """Return the trades of a whole trading day of a market that now trends, now stands: trades alone, no book."""
    chance = np.random.default_rng(seed)
    minutes = 23 * 60
    count = minutes * a_minute
    trend = np.repeat(chance.choice([-0.3, 0.0, 0.0, 0.3], minutes // 20), 20 * a_minute)
    steps = chance.normal(trend, 1.0)
    records = np.zeros(count, TRADE)
    records["rtype"] = RTYPES[Schema.TRADES]
    records["instrument_id"] = CONTRACT.instrument_id
    records["ts_event"] = OPEN + np.sort(chance.integers(0, minutes * MINUTE, count))
    records["ts_recv"] = records["ts_event"] + 1_000
    records["price"] = (42_000 + np.round(np.cumsum(steps) / 2)).astype(np.int64) * CONTRACT.tick
    records["size"] = chance.integers(1, 20, count)
    records["action"] = ACTION_TRADE
    records["side"] = np.where(steps > 0, SIDE_BID, SIDE_ASK)
    records["flags"] = F_LAST
    records["sequence"] = np.arange(count)
    return records


def watched(instrument: Instrument, batches: Iterable[Batch], settings: PipelineSettings) -> Day:
    """Run batches through a pipeline and look at the mentor after each."""
    pipeline, events, views = Pipeline(instrument, settings), list[Event](), list[MentorView]()
    for batch in batches:
        events += pipeline.process(batch)
        seen = pipeline.view(ViewRequest(mentor=True)).mentor
        if seen is not None and (not views or views[-1] is not seen):
            views.append(seen)
    return Day((*events, *pipeline.finish()), tuple(views))


def in_slices(records: Records, schema: Schema, slice_ns: int = MINUTE) -> Iterator[Batch]:
    """Yield records as batches of so much market time each."""
    times = records["ts_event"].astype(np.int64) // slice_ns
    starts = [0, *((times[1:] != times[:-1]).nonzero()[0] + 1).tolist(), len(records)]
    for first, last in pairwise(starts):
        yield Batch(schema, records[first:last])
