"""Where only levels are told, all that is shown is before an order, and only what surely came fills it."""

import numpy as np

from engines.execution.orders import Bracket, OrderRequest, Report, Target
from engines.execution.paper.broker import PaperBroker
from engines.execution.paper.settings import PaperSettings
from engines.pipeline import Pipeline
from engines.trading_events import OrderKind
from feeds.records import F_LAST, STATUS, UNDEFINED_PRICE, Batch, Schema
from tests.engines.book.level_records import DEPTHS, LAYOUTS
from tests.engines.execution.paper.bench import GOLD, PRODUCTS, Filled, fills, reasons, took
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK

Levels = dict[int, int]


class LevelBench:
    """A market told by level; each step is a record, a millisecond after the one before it."""

    def __init__(self, schema: Schema = Schema.MBP_10) -> None:
        """Show 10 lots at each of twelve bids and asks, 20,000 and 20,002 the best, after a trade."""
        self.schema = schema
        self.bids: Levels = {20_000 - step: 10 for step in range(12)}
        self.asks: Levels = {20_002 + step: 10 for step in range(12)}
        self.pipeline = Pipeline(GOLD)
        self.broker = PaperBroker(GOLD, PRODUCTS, PaperSettings(0, 2))
        self.pipeline.listen(self.broker)
        self.now = START
        self.show()
        self.trade("B", 20_002, 1)
        self.show()

    def _record(self, action: str, side: str, tick: int, lots: int, flags: int) -> list[Report]:
        record = np.zeros(1, LAYOUTS[self.schema])
        record["instrument_id"], record["ts_event"], record["ts_recv"] = FIRST_INSTRUMENT, self.now, self.now
        record["action"], record["side"], record["flags"] = ord(action), ord(side), flags
        record["price"], record["size"] = tick * TICK, lots
        for word, levels in (("bid", sorted(self.bids, reverse=True)), ("ask", sorted(self.asks))):
            known = self.bids if word == "bid" else self.asks
            for level in range(DEPTHS[self.schema]):
                is_there = level < len(levels)
                record[f"{word}_px_{level:02}"] = levels[level] * TICK if is_there else UNDEFINED_PRICE
                record[f"{word}_sz_{level:02}"] = known[levels[level]] if is_there else 0
        self.pipeline.process(Batch(self.schema, record))
        return self.broker.reports()

    def show(self) -> list[Report]:
        """Tell the levels as they stand, at a new moment."""
        self.now += 1_000_000
        return [] if self.schema is Schema.TRADES else self._record("M", "B", 20_000, 1, F_LAST)

    def trade(self, side: str, tick: int, lots: int, *more: tuple[int, int]) -> list[Report]:
        """Let an aggressor trade, at several prices if more are given, and tell the levels it leaves."""
        self.now += 1_000_000
        reports: list[Report] = []
        prints = ((tick, lots), *more)
        for at, size in prints:
            reports += self._record("T", side, at, size, 0)
        passive = self.asks if side == "B" else self.bids
        for at, size in prints:
            passive[at] = max(0, passive.get(at, 0) - size)
            if passive[at] == 0:
                del passive[at]
        if self.schema is not Schema.TRADES:
            reports += self._record("C", "A", tick, lots, F_LAST)
        return reports

    def buy(self, tick: int | None, lots: int, *, kind: OrderKind = "limit", product: str = "GC") -> None:
        """Send an entry order that buys."""
        bracket = Bracket(19_900, (Target(20_050, lots),))
        self.broker.submit(OrderRequest("e", "entry", kind, "buy", product, tick, lots, None, bracket), self.now)

    def ahead(self) -> int | None:
        """Return the lots before the entry."""
        return next(mark.ahead for mark in self.broker.orders() if mark.id == "e")


def test_all_that_is_shown_is_ahead_and_trades_bring_it_forward() -> None:
    bench = LevelBench()
    bench.buy(20_000, 3)
    bench.show()
    assert bench.ahead() == 10
    assert fills(bench.trade("A", 20_000, 4)) == []
    assert bench.ahead() == 6
    bench.bids[20_000] = 20
    bench.show()
    assert bench.ahead() == 6, "who came later is behind"
    assert fills(bench.trade("A", 20_000, 8)) == [Filled("e", 20_000, 2)]


def test_where_less_is_shown_no_more_can_be_ahead() -> None:
    bench = LevelBench()
    bench.buy(20_000, 3)
    bench.show()
    bench.bids[20_000] = 4
    bench.show()
    bench.bids[20_000] = 30
    bench.show()
    assert bench.ahead() == 4


def test_trades_of_the_other_direction_and_without_a_side_fill_nothing() -> None:
    bench = LevelBench()
    bench.buy(20_001, 3)
    bench.show()
    assert fills(bench.trade("B", 20_001, 3)) == []
    assert fills(bench.trade("N", 20_001, 3)) == []
    assert fills(bench.trade("A", 20_001, 1)) == [Filled("e", 20_001, 1)]


def test_of_a_sweep_the_first_print_through_its_price_fills() -> None:
    bench = LevelBench()
    bench.buy(20_000, 30)
    bench.show()
    reports = bench.trade("A", 20_000, 10, (19_999, 10), (19_998, 10))
    assert fills(reports) == [Filled("e", 20_000, 10)]


def test_a_price_that_is_not_shown_fills_only_by_trades_through_it() -> None:
    bench = LevelBench()
    bench.buy(19_989, 1)
    bench.show()
    assert bench.ahead() is None
    assert fills(bench.trade("A", 19_989, 1)) == []
    assert fills(bench.trade("A", 19_988, 1)) == [Filled("e", 19_989, 1)]


def test_nothing_is_known_of_a_price_before_it_is_shown() -> None:
    bench = LevelBench()
    bench.buy(19_989, 1)
    bench.show()
    assert bench.ahead() is None
    for tick in range(19_991, 20_001):
        del bench.bids[tick]
    bench.show()
    assert bench.ahead() == 10, "once it is shown, all of it is ahead"


def test_a_market_order_gets_what_is_shown_and_no_more() -> None:
    bench = LevelBench(Schema.MBP_1)
    bench.buy(None, 15, kind="market")
    assert fills(bench.show()) == [took("e", 20_002, 9)]
    assert fills(bench.show()) == []
    del bench.asks[20_002]
    assert fills(bench.show()) == [took("e", 20_003, 6)]


def test_a_stop_is_triggered_by_a_trade_and_takes_what_the_event_left() -> None:
    bench = LevelBench()
    bench.buy(20_003, 4, kind="stop")
    bench.show()
    assert fills(bench.trade("B", 20_002, 10)) == []
    assert fills(bench.trade("B", 20_003, 8)) == [took("e", 20_003, 2), took("e", 20_004, 2)]


def test_trades_alone_fill_by_the_last_price_and_more() -> None:
    bench = LevelBench(Schema.TRADES)
    bench.buy(None, 7, kind="market")
    reports = bench.trade("B", 20_004, 1)
    assert fills(reports) == []
    reports = bench.trade("B", 20_005, 1)
    assert fills(reports) == [took("e", 20_006, 7)], "an event has ended when another time comes"


def test_the_micro_is_filled_only_when_the_large_contract_trades_through() -> None:
    bench = LevelBench()
    bench.buy(20_000, 25, product="MGC")
    bench.show()
    assert bench.ahead() is None
    assert fills(bench.trade("A", 20_000, 10)) == []
    assert fills(bench.trade("A", 19_999, 1)) == [Filled("e", 20_000, 25)]


def test_the_micro_pays_more_than_the_touch_of_the_large_contract() -> None:
    bench = LevelBench()
    bench.buy(None, 40, kind="market", product="MGC")
    assert fills(bench.show()) == [took("e", 20_004, 40)]


def test_a_stop_of_the_micro_is_triggered_by_the_large_contract() -> None:
    bench = LevelBench()
    bench.buy(20_003, 40, kind="stop", product="MGC")
    assert fills(bench.trade("B", 20_002, 10)) == []
    assert fills(bench.trade("B", 20_003, 1)) == [took("e", 20_005, 40)]


def test_nothing_is_filled_in_a_halt() -> None:
    bench = LevelBench()
    record = np.zeros(1, STATUS)
    record["instrument_id"], record["ts_event"], record["action"] = FIRST_INSTRUMENT, bench.now, 8
    bench.pipeline.process(Batch(Schema.STATUS, record))
    bench.buy(None, 1, kind="market")
    assert reasons(bench.show(), "e") == ["waits: halted"]
