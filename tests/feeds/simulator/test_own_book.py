"""A book rebuilt from the records alone is the exchange's own book, at the end of every instant."""

from collections.abc import Iterator

import numpy as np
import pytest

from feeds.records import Records, Schema
from feeds.simulator.contract import INSTRUMENT_ID
from feeds.simulator.habits import Habits
from feeds.simulator.layout import ASK, BID, LADDER, NO_ASK, NO_BID, NOBODY, Market
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings
from tests.oracle import PlainBook, rows
from tests.oracle.book import Place

from .sessions import MINUTE, TICK
from .test_market import IMPLIED, OPENING

SIDES = {"B": BID, "A": ASK}
NEAR = 1_500
"""Ticks either side of the first touch in which both books are held beside each other after every instant."""
ALL_EVERY = 2_000
"""Instants after which every queue is held beside its counterpart, order by order."""


def instants(simulation: Simulation, until: int) -> Iterator[Records]:
    """Yield the records of one instant after the other; mostly that is one matching event."""
    now = simulation._market.now
    while simulation.clock < until:
        dues = simulation._market.dues["time"][0] if now["dues"][0] else until
        following = min(int(now["next_arrival"][0]), int(dues), until - 1)
        following = max(following, simulation.clock)
        batches = simulation.batches(until=following + 1)
        pieces = [batch.records for batch in batches if batch.schema is Schema.MBO]
        if pieces:
            yield np.concatenate(pieces)


class BesideEachOther:
    """The exchange's arrays, and the oracle that is told of them by records only."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.oracle = PlainBook(INSTRUMENT_ID, TICK)
        middle = int(market.now["best_bid"][0])
        self.window = slice(middle - NEAR, middle + NEAR)
        self.orders = np.zeros((2, LADDER), np.int64)
        self.lots = np.zeros((2, LADDER), np.int64)

    def take(self, records: Records) -> None:
        """Give the oracle records, and count what it now has where they changed something."""
        changed: set[Place] = set()
        for row in rows(records):
            if row.action in "AMC":
                changed.add((row.side, row.price // TICK))
                if row.order_id in self.oracle.orders:
                    order = self.oracle.orders[row.order_id]
                    changed.add((order.side, order.tick))
            self.oracle.apply(row)
        for side, tick in changed:
            queue = self.oracle.queues.get((side, tick), [])
            self.orders[SIDES[side], tick] = len(queue)
            self.lots[SIDES[side], tick] = sum(self.oracle.orders[order].size for order in queue)
            assert queue_at(self.market, side, tick) == [(order, self.oracle.orders[order].size) for order in queue]

    def compare(self) -> None:
        """Hold the two beside each other near the touch."""
        now, levels = self.market.now[0], self.market.levels
        best = (self.oracle.best_bid, self.oracle.best_ask)
        assert best == (None if now["best_bid"] == NO_BID else now["best_bid"],
                        None if now["best_ask"] == NO_ASK else now["best_ask"])  # fmt: skip
        assert len(self.oracle.orders) == now["resting"]
        assert np.array_equal(levels["orders"][:, self.window], self.orders[:, self.window])
        assert np.array_equal(levels["lots"][:, self.window], self.lots[:, self.window])

    def compare_all(self) -> None:
        """Hold every queue beside its counterpart."""
        places = [(name, int(tick)) for name, side in SIDES.items() for tick in self._used(side)]
        assert set(places) == set(self.oracle.queues)
        for side, tick in places:
            queue = self.oracle.queues[side, tick]
            assert queue_at(self.market, side, tick) == [(order, self.oracle.orders[order].size) for order in queue]

    def _used(self, side: int) -> list[int]:
        ticks: list[int] = np.flatnonzero(self.market.levels["orders"][side]).tolist()
        return ticks


def queue_at(market: Market, side: str, tick: int) -> list[tuple[int, int]]:
    """Return (order id, lots shown) at a price of the exchange's own book, front to back."""
    slot = int(market.levels["head"][SIDES[side], tick])
    queue = []
    while slot != NOBODY:
        order = market.orders[slot]
        queue.append((int(order["id"]), int(order["shown"])))
        slot = int(order["next"])
    return queue


@pytest.mark.parametrize(
    ("seed", "start", "implied", "minutes"),
    [(11, DEFAULT_START, 0.0, 1.5), (12, DEFAULT_START, IMPLIED, 1.5), (13, OPENING, IMPLIED, 3)],
)
def test_the_oracle_rebuilds_the_exchanges_own_book(seed: int, start: int, implied: float, minutes: float) -> None:
    settings = SimulationSettings(seed=seed, start=start, habits=Habits(implied_share=implied))
    simulation = Simulation(settings)
    both = BesideEachOther(simulation._market)
    events = 0
    for number, records in enumerate(instants(simulation, start + int(minutes * MINUTE))):
        both.take(records)
        both.compare()
        if number % ALL_EVERY == 0:
            both.compare_all()
        events += 1
    both.compare_all()
    assert events > 0.9 * both.oracle.events > 10_000
    assert both.oracle.priority_violations == 0
    assert both.oracle.unknown_orders == 0
    assert both.oracle.crossed_events == 0
