"""What the broker reports becomes orders, fills and one position in the log, each line with its money in dollars."""

from engines.execution.holdings import Holdings
from engines.execution.money import Product
from engines.execution.orders import Bracket, FillReport, OrderReport, OrderRequest, Target
from engines.trading_events import Fill, Order, Position
from feeds.instrument import Instrument

GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0)
PRODUCTS = {"GC": Product("GC", 1_000, 250), "MGC": Product("MGC", 100, 75)}
ENTRY = OrderRequest(
    "o1", "entry", "limit", "buy", "GC", 26_500, 2, "p1", Bracket(26_490, (Target(26_510, 1), Target(26_520, 1)))
)
STOP = OrderRequest("o1-stop", "stop", "stop", "sell", "GC", 26_490, 2, "p1")
TARGET = OrderRequest("o1-target-1", "target", "limit", "sell", "GC", 26_510, 1, "p1")


def entered(lots: int = 2) -> Holdings:
    holdings = Holdings(GOLD, PRODUCTS)
    holdings.sent(ENTRY, 10)
    holdings.take(FillReport(20, "f1", ENTRY, 26_500, lots, is_maker=True))
    return holdings


def test_an_order_is_told_before_it_is_sent() -> None:
    holdings = Holdings(GOLD, PRODUCTS)
    line = holdings.sent(ENTRY, 10)
    assert (line.ts, line.state, line.price, line.quantity, line.prompt) == (10, "pending", 2650.0, 2, "p1")
    assert not holdings.is_flat


def test_an_entry_that_ends_unfilled_leaves_nothing() -> None:
    holdings = Holdings(GOLD, PRODUCTS)
    holdings.sent(ENTRY, 10)
    (line,) = holdings.take(OrderReport(20, ENTRY, "cancelled", 0, reason="withdrawn"))
    assert isinstance(line, Order)
    assert line.reason == "withdrawn"
    assert holdings.is_flat


def test_the_first_fill_opens_a_position_with_its_stop_and_one_r() -> None:
    holdings = Holdings(GOLD, PRODUCTS)
    holdings.sent(ENTRY, 10)
    fill, position = holdings.take(FillReport(20, "f1", ENTRY, 26_500, 2, is_maker=True))
    assert isinstance(fill, Fill)
    assert (fill.price, fill.quantity, fill.maker, fill.fees) == (2650.0, 2, True, 5.0)
    assert isinstance(position, Position)
    assert (position.id, position.state, position.quantity, position.stop) == ("t1", "opened", 2, 2649.0)
    assert position.risk == 2 * (100.0 + 5.0)


def test_a_second_fill_changes_it() -> None:
    holdings = entered(1)
    _, position = holdings.take(FillReport(30, "f2", ENTRY, 26_498, 1, is_maker=True))
    assert isinstance(position, Position)
    assert (position.id, position.state, position.quantity, position.entry) == ("t1", "changed", 2, 2649.9)


def test_target_and_stop_close_it_and_its_money_is_right() -> None:
    holdings = entered()
    _, first = holdings.take(FillReport(40, "f2", TARGET, 26_510, 1, is_maker=True))
    assert isinstance(first, Position)
    assert (first.state, first.quantity, first.realised) == ("changed", 1, 100.0 - 7.5)
    _, last = holdings.take(FillReport(50, "f3", STOP, 26_489, 1, is_maker=False))
    assert isinstance(last, Position)
    assert (last.state, last.quantity, last.realised) == ("closed", 0, 100.0 - 110.0 - 10.0)
    assert last.reason == "stopped out: 1 at 2648.9"
    assert holdings.entry is not None  # it has not been reported as ended
    holdings.take(OrderReport(50, ENTRY, "filled", 2))
    assert holdings.is_flat
    assert [ended.id for ended in holdings.ended] == ["t1"]


def test_what_a_target_filled_is_no_more_wished_for() -> None:
    holdings = entered()
    assert holdings.position is not None
    assert [target.tick for target in holdings.position.targets] == [26_510, 26_520]
    holdings.take(FillReport(40, "f2", TARGET, 26_510, 1, is_maker=True))
    assert [target.tick for target in holdings.position.targets] == [26_520]


def test_a_stop_that_the_broker_moved_is_told_once() -> None:
    holdings = entered()
    moved = OrderRequest("o1-stop", "stop", "stop", "sell", "GC", 26_495, 2, "p1")
    lines = holdings.take(OrderReport(30, moved, "working", 0))
    assert [type(line) for line in lines] == [Order, Position]
    assert isinstance(lines[1], Position)
    assert lines[1].stop == 2649.5
    assert [type(line) for line in holdings.take(OrderReport(31, moved, "working", 0))] == [Order]


def test_positions_go_on_counting_where_an_earlier_run_ended() -> None:
    holdings = Holdings(GOLD, PRODUCTS, positions=7)
    holdings.sent(ENTRY, 10)
    _, position = holdings.take(FillReport(20, "f1", ENTRY, 26_500, 2, is_maker=True))
    assert isinstance(position, Position)
    assert position.id == "t8"
