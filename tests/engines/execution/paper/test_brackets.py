"""Every filled lot is covered at once by one stop; targets share what was entered; nothing closes more than is open."""

from engines.execution.orders import Bracket, OrderReport, OrderRequest, Target
from tests.engines.execution.paper.bench import Bench, Filled, fills, reasons, states, took

TARGETS = (Target(20_006, 2), Target(20_008, 3))


def _working(bench: Bench) -> dict[str, tuple[int | None, int]]:
    """Return tick and lots still to fill of every order that has not ended."""
    return {mark.id: (mark.tick, mark.quantity - mark.filled) for mark in bench.broker.orders()}


def _partly_entered(bought: int, lots: int, *, stop: int = 19_990, targets: tuple[Target, ...] = ()) -> Bench:
    """Have so many lots bought of an order at the best bid, where nobody stands before it."""
    bench = Bench()
    bench.exchange.cancel(bench.bids[0])
    bench.buy(20_000, lots, stop=stop, targets=targets)
    bench.beat()
    bench.exchange.limit("A", 20_000, bought)
    bench.feed()
    return bench


def test_a_fill_is_covered_in_the_same_event() -> None:
    bench = Bench()
    bench.buy(None, 5, kind="market", targets=TARGETS)
    bench.pass_time(7)
    bench.exchange.limit("B", 19_000, 1)
    reports = bench.feed()
    assert fills(reports) == [took("e", 20_002, 5)]
    assert _working(bench) == {"e.stop": (19_990, 5), "e.target1": (20_006, 2), "e.target2": (20_008, 3)}
    assert [mark.state for mark in bench.broker.orders()] == ["working", "pending", "pending"]
    bench.beat()
    assert [mark.state for mark in bench.broker.orders()] == ["working"] * 3


def test_bracket_orders_carry_prompt_product_and_side() -> None:
    bench = Bench()
    bench.hold(5, targets=TARGETS)
    orders = {report.order.id: report.order for report in bench.told if isinstance(report, OrderReport)}
    assert orders["e.stop"] == OrderRequest("e.stop", "stop", "stop", "sell", "GC", 19_990, 5, "p1")
    assert orders["e.target1"] == OrderRequest("e.target1", "target", "limit", "sell", "GC", 20_006, 2, "p1")


def test_partial_fills_grow_stop_and_targets() -> None:
    bench = _partly_entered(1, 5, targets=TARGETS)
    bench.beat()
    assert _working(bench) == {"e": (20_000, 4), "e.stop": (19_990, 1), "e.target1": (20_006, 1)}
    bench.exchange.limit("A", 20_000, 2)
    bench.feed()
    bench.beat()
    assert _working(bench)["e.stop"] == (19_990, 3)
    assert _working(bench)["e.target1"] == (20_006, 2)
    assert _working(bench)["e.target2"] == (20_008, 1)


def test_an_entry_that_is_withdrawn_keeps_the_bracket_of_what_filled() -> None:
    bench = _partly_entered(3, 5, targets=TARGETS)
    bench.broker.cancel("e", bench.now)
    bench.beat()
    assert states(bench.told, "e")[-1] == "cancelled"
    assert _working(bench) == {"e.stop": (19_990, 3), "e.target1": (20_006, 2), "e.target2": (20_008, 1)}


def test_a_target_that_fills_takes_its_lots_off_the_stop() -> None:
    bench = Bench()
    bench.hold(5, targets=TARGETS)
    bench.exchange.limit("B", 20_006, 32)
    assert fills(bench.feed()) == [Filled("e.target1", 20_006, 2)]
    assert _working(bench) == {"e.stop": (19_990, 3), "e.target2": (20_008, 3)}


def test_the_last_target_ends_the_stop() -> None:
    bench = Bench()
    bench.hold(5, targets=TARGETS)
    bench.exchange.limit("B", 20_009, 60)
    assert fills(bench.feed()) == [Filled("e.target1", 20_006, 2), Filled("e.target2", 20_008, 3)]
    assert _working(bench) == {}
    assert states(bench.told, "e.stop")[-1] == "cancelled"
    assert not bench.broker.is_listening


def test_the_stop_that_is_reached_withdraws_the_targets_first_and_walks_the_book() -> None:
    bench = Bench()
    bench.hold(15, stop=19_999, targets=(Target(20_006, 15),))
    bench.exchange.limit("A", 19_999, 12)
    reports = bench.feed()
    cancelled = next(n for n, each in enumerate(reports) if isinstance(each, OrderReport) and each.state == "cancelled")
    first_fill = next(n for n, each in enumerate(reports) if not isinstance(each, OrderReport))
    assert cancelled < first_fill
    assert fills(reports) == [took("e.stop", 19_999, 8), took("e.stop", 19_998, 7)]
    assert _working(bench) == {}


def test_a_stop_gets_no_more_lots_than_rest_and_waits_for_others() -> None:
    bench = Bench()
    bench.hold(8, stop=19_999)
    for bid in bench.bids[1:]:
        bench.exchange.cancel(bid)
    bench.exchange.limit("A", 19_999, 10)
    reports = bench.feed()
    assert fills(reports) == []
    bench.exchange.limit("A", 19_000, 1)
    reports = bench.feed()
    assert fills(reports) == [took("e.stop", 19_000, 1)]
    assert reasons(reports, "e.stop")[-1] == "waits: no more lots to trade with"
    bench.exchange.limit("B", 18_999, 30)
    assert fills(bench.feed()) == [took("e.stop", 18_999, 7)]


def test_a_stop_is_not_triggered_by_quotes() -> None:
    bench = Bench()
    bench.hold(1, stop=19_999)
    for bid in bench.bids:
        bench.exchange.cancel(bid)
    assert fills(bench.feed()) == []
    assert bench.mark("e.stop") is not None


def test_a_sweep_that_fills_the_entry_and_runs_through_its_stop_stops_it_out() -> None:
    bench = Bench()
    bench.buy(19_999, 2, stop=19_998)
    bench.beat()
    bench.exchange.market("A", 25)
    reports = bench.feed()
    assert fills(reports) == [Filled("e", 19_999, 2), took("e.stop", 19_998, 2)]


def test_a_stop_that_is_reached_ends_an_entry_that_still_works() -> None:
    bench = _partly_entered(3, 20, stop=19_999)
    bench.exchange.market("A", 1)
    reports = bench.feed()
    assert states(reports, "e")[-1] == "cancelled"
    assert _working(bench) == {}


def test_two_targets_at_one_price_close_no_more_than_is_open() -> None:
    bench = Bench()
    bench.hold(3, targets=(Target(20_003, 1), Target(20_004, 2)))
    bench.sell_out(20_003, 3)
    bench.beat()
    bench.exchange.limit("B", 20_005, 100)
    bench.feed()
    assert sum(fill.lots for fill in fills(bench.told) if fill.order != "e") == 3
    assert _working(bench) == {}


def test_the_stop_of_an_open_position_is_not_withdrawn() -> None:
    bench = Bench()
    bench.hold(2)
    bench.broker.cancel("e.stop", bench.now)
    assert reasons(bench.beat(), "e.stop") == ["refused: the stop of an open position stays"]
    assert bench.mark("e.stop") is not None


def test_a_target_that_is_withdrawn_stays_away() -> None:
    bench = Bench()
    bench.hold(5, targets=TARGETS)
    bench.broker.cancel("e.target1", bench.now)
    bench.beat()
    assert _working(bench) == {"e.stop": (19_990, 5), "e.target2": (20_008, 3)}


def test_a_new_bracket_moves_the_stop_under_its_id_and_replaces_targets() -> None:
    bench = Bench()
    bench.hold(5, targets=TARGETS)
    bench.broker.protect(Bracket(19_995, (Target(20_008, 1), Target(20_010, 9))), bench.now)
    bench.beat()
    assert _working(bench) == {"e.stop": (19_995, 5), "e.target2": (20_008, 1), "e.target3": (20_010, 4)}


def test_a_target_keeps_its_place_when_it_only_gets_smaller() -> None:
    bench = Bench()
    bench.hold(5, targets=TARGETS)
    bench.exchange.limit("A", 20_008, 6)
    bench.broker.protect(Bracket(19_990, (Target(20_008, 1),)), bench.now)
    bench.beat()
    assert bench.ahead("e.target2") == 0
    bench.broker.protect(Bracket(19_990, (Target(20_008, 4),)), bench.now)
    bench.beat()
    assert bench.ahead("e.target2") == 6


def test_a_stop_moved_to_where_the_market_has_been_is_reached_at_once() -> None:
    bench = Bench()
    bench.hold(2)
    bench.broker.protect(Bracket(20_003), bench.now)
    reports = bench.beat()
    assert fills(reports) == [took("e.stop", 20_000, 2)]


def test_flatten_withdraws_everything_and_closes_at_the_market() -> None:
    bench = Bench()
    bench.hold(12, targets=TARGETS)
    bench.broker.flatten(bench.now)
    reports = bench.beat()
    assert fills(reports) == [took("e.flat1", 20_000, 10), took("e.flat1", 19_999, 2)]
    assert _working(bench) == {}


def test_flatten_ends_an_entry_that_works() -> None:
    bench = Bench()
    bench.buy(20_000, 2)
    bench.beat()
    bench.broker.flatten(bench.now)
    assert states(bench.beat(), "e") == ["cancelled"]


def test_flattening_again_closes_nothing_twice() -> None:
    bench = Bench()
    bench.hold(2)
    for bid in bench.bids:
        bench.exchange.cancel(bid)
    bench.broker.flatten(bench.now)
    bench.beat()
    bench.broker.flatten(bench.now)
    bench.beat()
    bench.exchange.limit("B", 20_000, 30)
    bench.feed()
    assert sum(fill.lots for fill in fills(bench.told) if fill.order != "e") == 2


def test_what_was_taken_is_not_taken_again_while_it_rests() -> None:
    bench = Bench()
    bench.hold(8, stop=19_990)
    bench.sell_out(None, 6)
    bench.beat()
    bench.sell_out(None, 2, order_id="y")
    assert fills(bench.beat()) == [took("y", 20_000, 2)]
    bench.buy(None, 4, kind="market", order_id="f")
    reports = bench.beat()
    assert fills(reports) == [took("f", 20_002, 2), took("f", 20_003, 2)]


def test_an_entry_keeps_its_place_when_it_only_gets_smaller() -> None:
    bench = Bench()
    bench.buy(20_000, 5)
    bench.beat()
    bench.exchange.limit("B", 20_000, 4)
    bench.broker.replace("e", bench.now, quantity=2)
    bench.beat()
    assert bench.ahead() == 10
    bench.broker.replace("e", bench.now, quantity=3)
    bench.beat()
    assert bench.ahead() == 14
    bench.broker.replace("e", bench.now, tick=19_999)
    bench.beat()
    assert bench.ahead() == 10


def test_a_stop_entry_is_triggered_by_a_trade_and_walks_the_book() -> None:
    bench = Bench()
    bench.buy(20_003, 12, kind="stop")
    bench.beat()
    bench.exchange.market("B", 10)
    assert fills(bench.feed()) == []
    bench.exchange.market("B", 1)
    assert fills(bench.feed()) == [took("e", 20_003, 9), took("e", 20_004, 3)]


def test_the_same_order_sent_twice_is_one_order() -> None:
    bench = Bench()
    bench.buy(20_000, 1)
    bench.buy(20_000, 1)
    bench.beat()
    assert states(bench.told, "e") == ["working"]


def test_what_makes_no_sense_is_rejected_with_the_reason() -> None:
    bench = Bench()
    bench.buy(20_000, 1, stop=20_000, order_id="a")
    bench.buy(20_000, 1, targets=TARGETS, order_id="b")
    bench.buy(20_000, 0, order_id="c")
    bench.buy(20_000, 1, product="SI", order_id="d")
    bench.sell_out(None, 1)
    bench.broker.submit(OrderRequest("n", "entry", "limit", "buy", "GC", 20_000, 1), bench.now)
    reports = bench.broker.reports()
    assert {report.order.id: report.reason for report in reports if isinstance(report, OrderReport)} == {
        "a": "the stop stands on the wrong side of the entry",
        "b": "targets for more than the entry",
        "c": "no lots",
        "d": "SI is not traded here",
        "x": "no such position is open",
        "n": "an entry needs a stop",
    }
    assert not bench.broker.is_listening


def test_one_entry_at_a_time() -> None:
    bench = Bench()
    bench.buy(20_000, 1)
    bench.buy(20_000, 1, order_id="f")
    assert states(bench.broker.reports(), "f") == ["rejected"]


def test_a_restored_position_is_covered_at_once_and_its_targets_queue_anew() -> None:
    bench = Bench()
    bracket = Bracket(19_999, (Target(20_003, 2), Target(20_004, 2)))
    bench.broker.restore("r1", side="buy", quantity=3, product="GC", bracket=bracket, now=bench.now, prompt="p1")
    assert _working(bench) == {"r1.stop": (19_999, 3), "r1.target1": (20_003, 2), "r1.target2": (20_004, 1)}
    bench.beat()
    assert bench.ahead("r1.target1") == 10
    bench.exchange.limit("A", 19_999, 11)
    assert sum(fill.lots for fill in fills(bench.feed())) == 3


def test_a_position_restored_beyond_its_stop_is_closed_at_once() -> None:
    bench = Bench()
    bench.broker.restore("r1", side="buy", quantity=2, product="GC", bracket=Bracket(20_010), now=bench.now)
    assert fills(bench.beat()) == [took("r1.stop", 20_000, 2)]


def test_a_target_that_fills_while_another_bracket_is_on_its_way_is_not_set_again() -> None:
    bench = Bench()
    bench.hold(5, targets=TARGETS)
    bench.broker.protect(Bracket(19_991, TARGETS), bench.now)
    bench.exchange.limit("B", 20_006, 32)
    assert fills(bench.feed()) == [Filled("e.target1", 20_006, 2)]
    assert fills(bench.beat()) == []
    assert _working(bench) == {"e.stop": (19_991, 3), "e.target2": (20_008, 3)}


def test_a_bracket_that_is_set_while_the_entry_fills_keeps_the_targets_of_lots_to_come() -> None:
    bench = _partly_entered(1, 5, targets=TARGETS)
    bench.broker.protect(Bracket(19_991, TARGETS), bench.now)
    bench.beat()
    bench.exchange.limit("A", 20_000, 4)
    bench.feed()
    bench.beat()
    assert _working(bench) == {"e.stop": (19_991, 5), "e.target1": (20_006, 2), "e.target2": (20_008, 3)}
