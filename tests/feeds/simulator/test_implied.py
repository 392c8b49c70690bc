"""Implied liquidity shows in trades that the book alone does not explain, and in nothing else."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from feeds.records import ACTION_ADD, ACTION_FILL, ACTION_TRADE, F_LAST, F_SNAPSHOT, SIDE_NONE, Records
from feeds.simulator.contract import INSTRUMENT_ID
from tests.oracle import rows
from tests.oracle.book import PlainBook, Traded

from .sessions import TICK, order_flow, simulated

SHARE = 0.3
LEG, INSIDE, BESIDE, PLAIN = "leg", "inside", "beside", "plain"


@cache
def trade_events(share: float) -> tuple[Records, ...]:
    """Return the matching events with a trade."""
    records = order_flow(simulated(1, minutes=8.0, implied=share)[0])
    live = records[(records["flags"] & F_SNAPSHOT) == 0]
    events = np.split(live, np.flatnonzero(live["flags"] & F_LAST) + 1)
    return tuple(event for event in events if (event["action"] == ACTION_TRADE).any())


def lots_of(event: Records, action: int) -> int:
    """Return the lots of all trades of an event, or of all fills of orders that waited."""
    trades = event[event["action"] == ACTION_TRADE]
    chosen = event[event["action"] == action]
    if action == ACTION_FILL:
        chosen = chosen[~np.isin(chosen["order_id"], trades["order_id"]) | (chosen["order_id"] == 0)]
    return int(chosen["size"].sum())


def kind_of(event: Records) -> str:
    if (event["side"][event["action"] == ACTION_TRADE] == SIDE_NONE).any():
        return LEG
    if lots_of(event, ACTION_TRADE) == lots_of(event, ACTION_FILL):
        return PLAIN
    alone = event["action"][0] == ACTION_TRADE and (len(event) == 1 or event["action"][1] == ACTION_TRADE)
    return INSIDE if alone else BESIDE


def of_kind(kind: str) -> list[Records]:
    found = [event for event in trade_events(SHARE) if kind_of(event) == kind]
    assert len(found) > 20
    return found


def test_without_it_every_trade_is_made_of_fills() -> None:
    assert {kind_of(event) for event in trade_events(0.0)} == {PLAIN}


@pytest.mark.parametrize("share", [0.05, SHARE])
def test_about_the_wanted_share_of_trade_events_meets_it(share: float) -> None:
    kinds = Counter(kind_of(event) for event in trade_events(share))
    assert 1.0 - kinds[PLAIN] / kinds.total() == pytest.approx(share, rel=0.2)


def test_an_aggressor_trades_more_at_the_touch_than_all_orders_there_give() -> None:
    for event in of_kind(BESIDE):
        assert lots_of(event, ACTION_TRADE) > lots_of(event, ACTION_FILL) > 0


def test_a_lone_trade_inside_the_spread_changes_no_order() -> None:
    lone = [event for event in of_kind(INSIDE) if len(event) == 1]
    assert len(lone) > 20
    for event in lone:
        assert event["order_id"][0] > 0
        assert event["side"][0] != SIDE_NONE


def test_a_trade_inside_the_spread_is_better_than_the_book_that_it_finds() -> None:
    book, inside = PlainBook(INSTRUMENT_ID, TICK), 0
    records = order_flow(simulated(1, minutes=8.0, implied=SHARE)[0])
    for row in rows(records):
        bid, ask = book.best_bid, book.best_ask
        for fact in book.apply(row):
            if isinstance(fact, Traded) and bid is not None and ask is not None and bid < fact.tick < ask:
                inside += 1
    assert inside == len(of_kind(INSIDE))


def test_the_leg_of_a_spread_has_no_aggressor_and_its_fills_no_side_but_the_book_changes() -> None:
    for event in of_kind(LEG):
        trade, fills = event[0], event[event["action"] == ACTION_FILL]
        changed = event[len(fills) + 1 :]
        assert (trade["action"], trade["order_id"], trade["side"]) == (ACTION_TRADE, 0, SIDE_NONE)
        assert (fills["side"] == SIDE_NONE).all()
        assert fills["size"].sum() == trade["size"]
        assert (changed["side"] != SIDE_NONE).all()
        assert set(changed["order_id"].tolist()) == set(fills["order_id"].tolist())
        assert (changed["action"] != ACTION_ADD).all()
