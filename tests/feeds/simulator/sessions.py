"""Simulated sessions for tests, made once for all of them."""

from functools import cache
from typing import Any

import numpy as np

from feeds.records import Batch, Records, Schema
from feeds.simulator.habits import Habits
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings

MINUTE = 60_000_000_000
TICK = 100_000_000


@cache
def simulated(
    seed: int, minutes: float = 4.0, start: int = DEFAULT_START, implied: float = 0.0
) -> tuple[tuple[Batch, ...], list[Any]]:
    """Return the batches and the truth of a session."""
    simulation = Simulation(SimulationSettings(seed=seed, start=start, habits=Habits(implied_share=implied)))
    batches = tuple(simulation.batches(until=start + int(minutes * MINUTE)))
    return batches, simulation.truth.finish()


def order_flow(batches: tuple[Batch, ...]) -> Records:
    """Return the MBO records of batches as one array."""
    joined: Records = np.concatenate([batch.records for batch in batches if batch.schema is Schema.MBO])
    return joined
