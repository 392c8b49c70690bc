"""Trading status records: what they make of a crossed book."""

from typing import Any

import numpy as np
import pytest

from engines.pipeline import Pipeline
from engines.view import MarketPhase, ViewRequest
from feeds.records import STATUS, Batch, Records, Schema
from tests.engines.book.extremes import stream
from tests.engines.flow.test_bars import GOLD
from tests.market.sessions import FIRST_INSTRUMENT, SECOND, TICK
from tests.market.strategies import NEAR_ROLL

HALTS = (8, 9, 10, 12, 13, 15)
BEFORE_TRADING = (1, 2, 3, 4, 5, 6, 11)
TRADING = 7


def _status(action: int, instrument_id: int = FIRST_INSTRUMENT) -> Batch:
    record = np.zeros(1, STATUS)
    record["instrument_id"], record["action"] = instrument_id, action
    return Batch(Schema.STATUS, record)


def _market() -> Records:
    """A bid, an ask, and a trade between them."""
    array = stream(3, action=list(b"AAT"), side=list(b"BAB"))
    array["price"][1:] += TICK
    return array


def _crossing(order_id: int, moment: int | None = None) -> Batch:
    """A bid above the ask."""
    array = stream(1, order_id=order_id)
    array["price"] += 5 * TICK
    array["ts_event"] = array["ts_recv"] = moment or int(array["ts_event"][0]) + 100
    return Batch(Schema.MBO, array)


def _after(*batches: Batch) -> tuple[MarketPhase, tuple[Any, ...]]:
    pipeline = Pipeline(GOLD)
    for batch in batches:
        pipeline.process(batch)
    summary = pipeline.summary()
    return pipeline.view(ViewRequest()).phase, (summary.crossed_events, summary.auction_crossed_events)


MARKET = Batch(Schema.MBO, _market())


def test_a_crossed_book_in_trading_is_an_error() -> None:
    assert _after(MARKET, _crossing(9)) == (MarketPhase.CONTINUOUS, (1, 0))


def test_a_halt_said_before_the_first_order_holds() -> None:
    assert _after(_status(8), MARKET) == (MarketPhase.HALTED, (0, 0))
    assert _after(_status(8), MARKET, _crossing(9)) == (MarketPhase.HALTED, (0, 1))


def test_the_status_of_another_instrument_does_not_repeat_ours() -> None:
    others = _status(8, FIRST_INSTRUMENT + 1)
    assert _after(_status(TRADING), MARKET, others)[0] is MarketPhase.CONTINUOUS
    assert _after(_status(TRADING), MARKET, others, _crossing(9)) == (MarketPhase.CONTINUOUS, (1, 0))


@pytest.mark.parametrize("action", HALTS)
def test_a_halt_makes_it_normal(action: int) -> None:
    assert _after(MARKET, _status(action)) == (MarketPhase.HALTED, (0, 0))
    assert _after(MARKET, _status(action), _crossing(9)) == (MarketPhase.HALTED, (0, 1))


@pytest.mark.parametrize("action", BEFORE_TRADING)
def test_before_trading_a_crossed_book_is_an_auction(action: int) -> None:
    assert _after(MARKET, _status(action)) == (MarketPhase.UNKNOWN, (0, 0))
    assert _after(MARKET, _status(action), _crossing(9)) == (MarketPhase.AUCTION, (0, 1))


def test_a_halt_outlasts_a_trade_and_ends_with_the_status() -> None:
    trade = Batch(Schema.MBO, _market()[2:])
    assert _after(MARKET, _status(8), trade)[0] is MarketPhase.HALTED
    assert _after(MARKET, _status(8), _status(TRADING), trade)[0] is MarketPhase.CONTINUOUS


@pytest.mark.parametrize("action", [0, 14, 99])
def test_other_actions_change_nothing(action: int) -> None:
    assert _after(MARKET, _status(action))[0] is MarketPhase.CONTINUOUS


def test_the_status_of_another_instrument_changes_nothing() -> None:
    assert _after(MARKET, _status(8, instrument_id=1))[0] is MarketPhase.CONTINUOUS


def _at(moment: int, batch: Batch) -> Batch:
    records = batch.records.copy()
    records["ts_event"] = records["ts_recv"] = moment
    return Batch(batch.schema, records)


@pytest.mark.parametrize(("traded", "turn"), [(-7_200, -3_600), (-1_800, 0)])
def test_the_daily_halt_and_the_new_day_await_trading(traded: int, turn: int) -> None:
    """The halt begins an hour before the trading day ends."""
    end = NEAR_ROLL + SECOND
    market = _at(end + traded * SECOND, MARKET)
    moment = end + turn * SECOND
    assert _after(market, _crossing(9, moment - 1)) == (MarketPhase.CONTINUOUS, (1, 0))
    assert _after(market, _crossing(9, moment)) == (MarketPhase.AUCTION, (0, 1))
