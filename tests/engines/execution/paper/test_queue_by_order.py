"""A resting limit order joins the real queue: who stands before it is known, and only behind them it is filled."""

from tests.engines.execution.paper.bench import Bench, Filled, fills, states, took


def _resting(tick: int = 20_000, lots: int = 3) -> Bench:
    bench = Bench()
    bench.buy(tick, lots)
    bench.beat()
    return bench


def _behind_an_iceberg() -> Bench:
    """Rest behind 4 displayed lots of an iceberg of 40."""
    bench = Bench()
    bench.exchange.cancel(bench.bids[0])
    bench.exchange.limit("B", 20_000, 40, display=4)
    bench.feed()
    bench.buy(20_000, 3)
    bench.beat()
    return bench


def test_an_order_is_pending_until_it_reaches_the_exchange() -> None:
    bench = Bench()
    bench.buy(20_000, 3)
    bench.pass_time(4)
    bench.exchange.limit("B", 20_000, 7)
    assert states(bench.feed(), "e") == []
    assert bench.broker.orders()[0].state == "pending"
    bench.pass_time(1)
    bench.exchange.limit("B", 20_000, 9)
    assert states(bench.feed(), "e") == ["working"]
    assert bench.ahead() == 17, "what came before its arrival stands before it, what came at that moment does not"


def test_the_lots_behind_are_told_too() -> None:
    bench = _resting()
    bench.exchange.limit("B", 20_000, 6)
    bench.feed()
    mark = bench.mark()
    assert mark is not None
    assert (mark.ahead, mark.behind) == (10, 6)


def test_trades_with_orders_ahead_fill_nothing() -> None:
    bench = _resting()
    bench.exchange.market("A", 10)
    assert fills(bench.feed()) == []
    assert bench.ahead() == 0


def test_lots_traded_with_orders_behind_are_its_own() -> None:
    bench = _resting()
    bench.exchange.limit("B", 20_000, 5)
    bench.exchange.market("A", 12)
    assert fills(bench.feed()) == [Filled("e", 20_000, 2)]
    bench.exchange.market("A", 3)
    assert fills(bench.feed()) == [Filled("e", 20_000, 1)], "it never gets more than it wants"
    assert states(bench.told, "e") == ["working", "partly_filled", "filled"]


def test_orders_ahead_that_leave_bring_it_forward() -> None:
    bench = _resting()
    bench.exchange.limit("B", 20_000, 5)
    bench.exchange.cancel(bench.bids[0])
    bench.feed()
    assert bench.ahead() == 0
    bench.exchange.market("A", 1)
    assert fills(bench.feed()) == [Filled("e", 20_000, 1)]


def test_an_order_ahead_that_shrinks_keeps_its_turn() -> None:
    bench = _resting()
    bench.exchange.modify(bench.bids[0], 20_000, 4)
    bench.feed()
    assert bench.ahead() == 4


def test_an_order_ahead_that_grows_loses_its_turn() -> None:
    bench = _resting()
    bench.exchange.modify(bench.bids[0], 20_000, 11)
    bench.exchange.market("A", 2)
    assert fills(bench.feed()) == [Filled("e", 20_000, 2)]


def test_an_order_ahead_that_moves_away_and_back_loses_its_turn() -> None:
    bench = _resting()
    bench.exchange.modify(bench.bids[0], 19_999, 10)
    bench.exchange.modify(bench.bids[0], 20_000, 10)
    bench.feed()
    assert bench.ahead() == 0


def test_an_order_ahead_that_is_partly_filled_stays_ahead() -> None:
    bench = _resting()
    bench.exchange.market("A", 4)
    bench.feed()
    assert bench.ahead() == 6
    bench.exchange.limit("B", 20_000, 5)
    bench.exchange.market("A", 6)
    assert fills(bench.feed()) == []


def test_a_refreshed_iceberg_ahead_comes_back_behind() -> None:
    bench = _behind_an_iceberg()
    assert bench.ahead() == 4
    bench.exchange.market("A", 4)
    assert fills(bench.feed()) == []
    assert bench.ahead() == 0
    bench.exchange.market("A", 2)
    assert fills(bench.feed()) == [Filled("e", 20_000, 2)]


def test_what_an_iceberg_trades_beyond_its_display_comes_from_behind() -> None:
    bench = _behind_an_iceberg()
    bench.exchange.market("A", 6)
    assert fills(bench.feed()) == [Filled("e", 20_000, 2)]


def test_a_trade_through_its_price_fills_as_many_lots() -> None:
    bench = _resting(lots=9)
    bench.exchange.market("A", 14)
    assert fills(bench.feed()) == [Filled("e", 20_000, 4)]


def test_a_remainder_that_comes_to_rest_at_its_price_would_have_met_it() -> None:
    bench = _resting(lots=9)
    bench.exchange.limit("A", 20_000, 14)
    assert fills(bench.feed()) == [Filled("e", 20_000, 4)]


def test_an_order_inside_the_spread_meets_who_rests_there() -> None:
    bench = _resting(20_001, 5)
    assert bench.ahead() == 0
    offer = bench.exchange.limit("A", 20_001, 2)
    assert fills(bench.feed()) == [Filled("e", 20_001, 2)]
    bench.exchange.modify(offer, 20_001, 1)
    assert fills(bench.feed()) == [], "whom it has met is not met twice"


def test_buyers_who_trade_at_its_price_do_not_fill_a_buy_order() -> None:
    bench = _resting(20_001)
    bench.exchange.limit("A", 20_001, 1)
    assert fills(bench.feed()) == [Filled("e", 20_001, 1)]
    bench.exchange.market("B", 1)
    assert fills(bench.feed()) == []


def test_self_match_prevention_ahead_brings_it_forward() -> None:
    bench = Bench()
    bench.exchange.cancel(bench.bids[0])
    bench.exchange.limit("B", 20_000, 6, owner=7)
    bench.feed()
    bench.buy(20_000, 3)
    bench.beat()
    bench.exchange.limit("B", 20_000, 5)
    bench.exchange.market("A", 2, owner=7)
    assert fills(bench.feed()) == [Filled("e", 20_000, 2)], "the order behind it traded, so it would have"


def test_a_modified_order_that_goes_into_the_market_fills_like_any_aggressor() -> None:
    bench = _resting()
    bench.exchange.modify(bench.asks[0], 20_000, 10)
    assert fills(bench.feed()) == []
    assert bench.ahead() == 0
    bench.exchange.limit("B", 20_000, 4)
    bench.exchange.modify(bench.asks[1], 20_000, 10)
    assert fills(bench.feed()) == [Filled("e", 20_000, 3)]


def test_lots_of_implied_quotes_fill_nothing() -> None:
    bench = _resting()
    bench.exchange.implied_trade("B", 0, 5)
    bench.exchange.market("A", 10, implied=5)
    assert fills(bench.feed()) == []


def test_a_sell_order_stands_in_its_own_queue() -> None:
    bench = Bench()
    bench.hold(1)
    bench.sell_out(20_002, 1)
    bench.beat()
    assert bench.ahead("x") == 10
    bench.exchange.market("B", 12)
    assert fills(bench.feed()) == [Filled("x", 20_002, 1)]


def test_a_marketable_limit_takes_level_by_level_and_joins_with_the_rest() -> None:
    bench = Bench()
    bench.buy(20_003, 25)
    reports = bench.beat()
    assert fills(reports) == [took("e", 20_002, 10), took("e", 20_003, 10)]
    mark = bench.mark()
    assert mark is not None
    assert (mark.filled, mark.quantity, mark.tick, mark.ahead) == (20, 25, 20_003, 0)


def test_stops_set_off_by_going_through_its_price_would_not_have_fired() -> None:
    bench = Bench()
    bench.exchange.stop("A", 19_999, 5)
    bench.buy(20_000, 6)
    bench.beat()
    bench.exchange.market("A", 12)
    assert fills(bench.feed()) == [Filled("e", 20_000, 2)], "the aggressor's two lots, not the stop's five"


def test_stops_set_off_at_its_price_fire_all_the_same() -> None:
    bench = Bench()
    bench.exchange.stop("A", 20_000, 5)
    bench.buy(20_000, 6)
    bench.beat()
    bench.exchange.market("A", 10)
    assert fills(bench.feed()) == [Filled("e", 20_000, 5)]


def test_orders_it_has_taken_are_not_met_again_though_the_book_still_shows_them() -> None:
    bench = Bench()
    bench.buy(20_002, 15)
    assert fills(bench.beat()) == [took("e", 20_002, 10)]
    bench.exchange.modify(bench.asks[0], 20_002, 8)
    assert fills(bench.feed()) == []
    bench.exchange.limit("A", 20_002, 2)
    assert fills(bench.feed()) == [Filled("e", 20_002, 2)]
