"""The paper broker against the simulator's own book: 1,000 random limit orders."""

from random import Random

import numpy as np
import pytest

from feeds.records import Schema
from feeds.simulator.rematch import Fill, Rematch
from tests.engines.execution.paper.counterparty import (
    Order,
    by_price,
    is_no_better,
    on_paper,
    orders,
    played,
    summed,
    told,
)
from tests.market.sessions import SECOND

SEED = 11
ORDERS = 1_000
FEWER = 200
Drawn = list[tuple[Order, list[Fill]]]


@pytest.fixture(scope="module")
def as_told() -> Drawn:
    session = played(SEED)
    return orders(session, Rematch(session.begin, told(session)), Random(1), ORDERS)


@pytest.fixture(scope="module")
def as_asked() -> Drawn:
    session = played(SEED)
    return orders(session, Rematch(session.begin, session.requests), Random(1), FEWER)


def test_the_same_requests_make_the_same_book() -> None:
    session = played(SEED)
    asked, as_told = Rematch(session.begin, session.requests), Rematch(session.begin, told(session))
    for minute in range(1, 6):
        time = session.start + minute * 60 * SECOND
        for rematch in (asked, as_told):
            rematch.go_to(time)
        assert np.array_equal(asked.lots, as_told.lots)


def test_the_orders_are_of_every_sort(as_told: Drawn) -> None:
    filled = [sum(fill.lots for fill in fills) for _, fills in as_told]
    assert sum(lots == order.lots for (order, _), lots in zip(as_told, filled, strict=True)) > 400
    assert sum(lots == 0 for lots in filled) > 50
    assert sum(len(fills) > 1 for _, fills in as_told) > 150
    assert sum(bool(fills) and fills[0].time == order.time for order, fills in as_told) > 150


def test_by_order_it_fills_at_the_same_time_and_price(as_told: Drawn) -> None:
    on_mbo = on_paper(played(SEED).records, Schema.MBO, [order for order, _ in as_told])
    same = sum(summed(paper) == summed(real) for paper, (_, real) in zip(on_mbo, as_told, strict=True))
    assert same >= 0.99 * ORDERS


def test_by_order_what_nobody_could_see_only_makes_it_later(as_asked: Drawn) -> None:
    on_mbo = on_paper(played(SEED).records, Schema.MBO, [order for order, _ in as_asked])
    pairs = list(zip(on_mbo, as_asked, strict=True))
    assert sum(summed(paper) == summed(real) for paper, (_, real) in pairs) >= 0.95 * FEWER
    first = [(paper[0], real[0]) for paper, (_, real) in pairs if paper and real]
    assert all(mine.time >= true.time for mine, true in first)


def test_by_level_it_is_never_more_optimistic(as_told: Drawn) -> None:
    wanted = [order for order, _ in as_told]
    on_levels = on_paper(by_price(played(SEED).records), Schema.MBP_10, wanted)
    worse = [
        (order, paper, real)
        for paper, (order, real) in zip(on_levels, as_told, strict=True)
        if not is_no_better(paper, real, order.side)
    ]
    assert worse == []
    assert sum(map(bool, on_levels)) > 600, "it does fill"
