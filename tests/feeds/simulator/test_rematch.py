"""The same requests once more: alone they make the same market, with one order added only what that order changes."""

import numpy as np
import pytest

from feeds.simulator.habits import Habits
from feeds.simulator.layout import ASK, BID, NO_ASK
from feeds.simulator.rematch import Rematch, copied
from feeds.simulator.session import Simulation, SimulationSettings

SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def played() -> tuple[Simulation, Rematch]:
    simulation = Simulation(SimulationSettings(seed=6))
    simulation.note_requests()
    begin = copied(simulation.market)
    for _batch in simulation.batches(until=simulation.settings.start + 30 * SECOND):
        pass
    return simulation, Rematch(begin, np.concatenate(simulation.requests))


def test_an_order_that_comes_takes_what_rests_at_its_price_or_better(played: tuple[Simulation, Rematch]) -> None:
    simulation, rematch = played
    time = simulation.settings.start + 5 * SECOND
    rematch.go_to(time)
    _, ask = rematch.touch
    fills = rematch.fills_of(BID, ask + 2, 3, time, time + 1)
    assert sum(fill.lots for fill in fills) == 3
    assert {fill.time for fill in fills} == {time}
    assert fills[0].tick == ask


def test_an_order_inside_the_market_is_filled_by_who_comes(played: tuple[Simulation, Rematch]) -> None:
    simulation, rematch = played
    time = simulation.settings.start + 10 * SECOND
    rematch.go_to(time)
    before = rematch.lots.copy()
    bid, _ = rematch.touch
    fills = rematch.fills_of(ASK, bid + 1, 2, time, time + 10 * SECOND)
    assert sum(fill.lots for fill in fills) == 2
    assert all(fill.tick == bid + 1 for fill in fills)
    assert fills[0].time >= time
    assert np.array_equal(rematch.lots, before), "the market itself goes on without the order"


def test_the_whole_session_ends_as_it_did(played: tuple[Simulation, Rematch]) -> None:
    simulation, rematch = played
    rematch.go_to(simulation.clock)
    assert rematch.touch[1] < NO_ASK
    assert np.array_equal(rematch.lots, simulation.market.levels["lots"])


def test_implied_liquidity_is_no_request() -> None:
    with pytest.raises(ValueError, match="implied"):
        Simulation(SimulationSettings(seed=6, habits=Habits(implied_share=0.1))).note_requests()
