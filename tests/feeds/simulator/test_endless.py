"""The demo's market: made while it plays, with hours before it opens that engines learn from."""

import asyncio
from contextlib import closing
from itertools import islice

import numpy as np
import pytest

from feeds.records import Batch, Schema
from feeds.replay import Restarted
from feeds.simulator.endless import EndlessMarket, EndlessReplay
from feeds.simulator.habits import Habits
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings

MINUTE = 60_000_000_000
QUIET = SimulationSettings(seed=5, habits=Habits(records_per_second=20.0))


def played(market: EndlessMarket, until: int) -> list[Batch]:
    """Return what a market makes up to a time, a slice more at most."""
    found = []
    with closing(market.batches()) as batches:
        for batch in batches:
            found.append(batch)
            if len(batch) and int(batch.records["ts_event"][-1]) >= until:
                break
    return found


def orders_of(batches: list[Batch], until: int) -> bytes:
    records = np.concatenate([batch.records for batch in batches if batch.schema is Schema.MBO])
    return records[records["ts_event"] < until].tobytes()


@pytest.mark.parametrize("earlier", [0, 10 * MINUTE])
def test_it_is_one_session_from_its_start_told_once(earlier: int) -> None:
    """What came before it opens is the same market: one definition, one snapshot, and no seam."""
    market = EndlessMarket(QUIET, earlier=earlier)
    assert market.opens == DEFAULT_START
    made = played(market, market.opens + MINUTE)
    assert sum(batch.schema is Schema.DEFINITION for batch in made) == 1
    whole = list(Simulation(market.settings).batches(market.opens + MINUTE))
    assert orders_of(made, market.opens + MINUTE) == orders_of(whole, market.opens + MINUTE)


def test_it_says_how_far_the_hours_before_have_come() -> None:
    market = EndlessMarket(QUIET, earlier=10 * MINUTE)
    assert market.notes == ("the engines learn from the hours before: 07:50 of 08:00 New York",)
    played(market, market.opens + MINUTE)
    assert market.notes == EndlessMarket(QUIET).notes == ()


def test_it_plays_the_hours_before_at_once_and_then_by_the_clock() -> None:
    market = EndlessMarket(QUIET, earlier=10 * MINUTE)
    replay = EndlessReplay(market, speed=1.0)

    async def opened() -> int:
        delivered = 0
        async for batch in replay.batches():
            assert not isinstance(batch, Restarted)
            delivered += len(batch)
            if not replay.seeking:
                break
        return delivered

    assert asyncio.run(opened()) > 5_000
    assert market.opens <= (replay.position or 0) < market.opens + MINUTE


def test_a_market_that_sleeps_trades_a_fifth_as_much() -> None:
    def records(awake: int) -> int:
        simulation = Simulation(SimulationSettings(seed=5, habits=Habits(records_per_second=100.0), awake=awake))
        return sum(len(batch) for batch in islice(simulation.batches(DEFAULT_START + 10 * MINUTE), 3, None))

    asleep, awake = records(DEFAULT_START + 10 * MINUTE), records(0)
    assert asleep < awake / 2
