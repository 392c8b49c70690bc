"""No fill from a book that cannot be trusted: orders wait, say why, and queue anew once it can."""

import numpy as np
import pytest

from engines.execution.orders import Target
from engines.execution.paper.broker import PaperBroker
from engines.execution.paper.settings import PaperSettings
from feeds.records import F_MAYBE_BAD_BOOK, STATUS, Batch, Schema
from tests.engines.execution.paper.bench import GOLD, PRODUCTS, Bench, Filled, fills, reasons, took
from tests.market.sessions import FIRST_INSTRUMENT

HALT, TRADING = 8, 7


def _flag_a_gap(bench: Bench) -> None:
    """Let the newest record say that the channel has lost some."""
    bench.exchange.limit("B", 19_001, 1)
    records = bench.wire.array()[-1:]
    records["flags"] |= F_MAYBE_BAD_BOOK
    bench.skip()
    bench.pipeline.process(Batch(Schema.MBO, records))


def _say(bench: Bench, action: int) -> None:
    """Let the exchange state its trading."""
    record = np.zeros(1, STATUS)
    record["instrument_id"], record["ts_event"], record["action"] = FIRST_INSTRUMENT, bench.now, action
    bench.pipeline.process(Batch(Schema.STATUS, record))


def test_nothing_is_known_before_the_first_record() -> None:
    assert PaperBroker(GOLD, PRODUCTS, PaperSettings()).trouble == "no order book yet"


def test_a_market_to_be_trusted_has_no_trouble() -> None:
    assert Bench().broker.trouble == ""


def test_a_suspect_book_fills_nothing_until_it_is_told_anew() -> None:
    bench = Bench()
    bench.buy(20_000, 3)
    bench.beat()
    _flag_a_gap(bench)
    assert bench.broker.trouble == "book suspect"
    bench.exchange.limit("B", 20_000, 5)
    bench.exchange.market("A", 15)
    reports = bench.feed()
    assert fills(reports) == []
    assert reasons(reports, "e") == ["waits: book suspect"]
    bench.exchange.limit("B", 20_000, 8)
    bench.exchange.snapshot("clear")
    assert fills(bench.feed()) == []
    assert bench.broker.trouble == "no continuous trading"
    bench.exchange.market("B", 1)
    assert fills(bench.feed()) == []
    assert bench.ahead() == 8, "it stands behind all that rests now"
    bench.exchange.market("A", 9)
    assert fills(bench.feed()) == [Filled("e", 20_000, 1)]


def test_what_the_market_went_through_meanwhile_fills_at_its_own_price_not_a_better_one() -> None:
    bench = Bench()
    bench.buy(20_000, 3)
    bench.beat()
    _flag_a_gap(bench)
    bench.exchange.market("A", 30)
    bench.exchange.limit("A", 19_995, 10)
    bench.exchange.limit("B", 19_990, 10)
    bench.exchange.snapshot("clear")
    bench.exchange.market("B", 1)
    assert fills(bench.feed()) == [Filled("e", 20_000, 3)]


def test_a_line_that_broke_fills_nothing() -> None:
    bench = Bench()
    bench.buy(20_000, 3)
    bench.beat()
    bench.pipeline.gap()
    bench.exchange.market("A", 15)
    assert fills(bench.feed()) == []
    assert bench.broker.trouble == "book suspect"


def test_orders_sent_in_a_halt_wait_for_trading() -> None:
    bench = Bench()
    _say(bench, HALT)
    bench.buy(None, 2, kind="market")
    assert reasons(bench.beat(), "e") == ["waits: halted"]
    bench.exchange.market("B", 1)
    assert fills(bench.feed()) == []
    _say(bench, TRADING)
    bench.beat()
    assert bench.broker.trouble == "no continuous trading"
    bench.exchange.market("B", 1)
    assert fills(bench.feed()) == [took("e", 20_002, 2)]


def test_a_position_is_flattened_at_the_first_moment_of_trading() -> None:
    bench = Bench()
    bench.hold(2, targets=(Target(20_006, 1),))
    _say(bench, HALT)
    bench.broker.flatten(bench.now)
    reports = bench.beat()
    assert reasons(reports, "e.flat1") == ["waits: halted"]
    assert [mark.id for mark in bench.broker.orders()] == ["e.stop", "e.flat1"], "the stop stays until it is closed"
    _say(bench, TRADING)
    bench.exchange.market("B", 1)
    assert fills(bench.feed()) == [took("e.flat1", 20_000, 2)]
    assert bench.broker.orders() == ()


def test_a_stop_that_is_reached_in_a_suspect_book_waits_to_be_filled() -> None:
    bench = Bench()
    bench.hold(2, stop=19_999)
    _flag_a_gap(bench)
    bench.exchange.market("A", 12)
    reports = bench.feed()
    assert fills(reports) == []
    assert reasons(reports, "e.stop") == ["triggered", "waits: book suspect"]
    bench.exchange.snapshot("clear")
    bench.exchange.market("B", 1)
    assert fills(bench.feed()) == [took("e.stop", 19_999, 2)]


def test_a_clear_takes_places_away() -> None:
    bench = Bench()
    bench.buy(20_000, 3)
    bench.beat()
    bench.exchange.limit("B", 20_000, 5)
    bench.exchange.snapshot("clear")
    bench.exchange.market("B", 1)
    bench.feed()
    assert bench.ahead() == 15


@pytest.mark.parametrize("kind", ["clear", "bare"])
def test_a_stop_alone_does_not_mind_a_snapshot(kind: str) -> None:
    bench = Bench()
    bench.hold(2, stop=19_999)
    bench.exchange.snapshot("clear" if kind == "clear" else "bare")
    bench.exchange.market("A", 12)
    assert fills(bench.feed()) == [took("e.stop", 19_999, 2)]


def test_an_auction_fills_nothing_but_what_waits_is_filled_when_it_is_over() -> None:
    bench = Bench()
    _say(bench, HALT)
    _say(bench, 1)
    bench.exchange.close_for_auction()
    bench.exchange.limit("B", 20_002, 4)
    bench.exchange.limit("A", 20_000, 3)
    bench.buy(20_002, 2)
    bench.beat()
    assert bench.broker.trouble == "no continuous trading"
    bench.exchange.auction()
    reports = bench.feed()
    assert bench.broker.trouble == ""
    assert fills(reports) == [took("e", 20_002, 2)], "as an order that comes after the auction"


def test_a_locked_market_fills_nothing_until_it_parts() -> None:
    bench = Bench()
    bench.exchange.close_for_auction()
    lock = bench.exchange.limit("B", 20_002, 4)
    bench.feed()
    assert bench.broker.trouble == "crossed"
    bench.buy(None, 2, kind="market")
    assert reasons(bench.beat(), "e") == ["waits: crossed"]
    bench.exchange.cancel(lock)
    assert fills(bench.feed()) == [took("e", 20_002, 2)]


def test_a_time_that_cannot_be_brings_no_order_to_the_exchange() -> None:
    bench = Bench()
    bench.buy(20_000, 1)
    bench.exchange.limit("B", 19_001, 1)
    records = bench.wire.array()[-1:]
    records["ts_event"] += 3_600_000_000_000
    bench.skip()
    bench.pipeline.process(Batch(Schema.MBO, records))
    assert [mark.state for mark in bench.broker.orders()] == ["pending"]
