"""A small exchange, the pipeline that reads its records, and the paper broker that listens."""

from dataclasses import dataclass

from engines.execution.money import Product
from engines.execution.orders import Bracket, FillReport, OrderReport, OrderRequest, Report, Target
from engines.execution.paper.broker import PaperBroker
from engines.execution.paper.settings import PaperSettings
from engines.pipeline import Pipeline
from engines.trading_events import OrderKind
from engines.trading_view import OrderMark
from feeds.instrument import Instrument
from feeds.records import Batch, Schema
from tests.market.exchange import Exchange, Wire
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK

MILLISECOND = 1_000_000
LATENCY = 5 * MILLISECOND
GOLD = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
PRODUCTS = (Product("GC", 1_000), Product("MGC", 100))


class Bench:
    """The market has traded; then 10 lots rest at each of three bids, 20,000 the best, and asks, 20,002 the best."""

    def __init__(self, *, latency: int = LATENCY) -> None:
        """Open the market."""
        self.wire = Wire(START)
        self.exchange = Exchange(self.wire, FIRST_INSTRUMENT, TICK)
        self.pipeline = Pipeline(GOLD)
        self.broker = PaperBroker(GOLD, PRODUCTS, PaperSettings(latency=latency, extra_ticks=2))
        self.pipeline.listen(self.broker)
        self.told: list[Report] = []
        self._fed = 0
        self.exchange.limit("A", 20_000, 1)
        self.exchange.market("B", 1)
        self.bids = [self.exchange.limit("B", 20_000 - step, 10) for step in range(3)]
        self.asks = [self.exchange.limit("A", 20_002 + step, 10) for step in range(3)]
        self.feed()

    @property
    def now(self) -> int:
        """Event time of the newest record."""
        return self.wire.now

    def pass_time(self, milliseconds: int = 10) -> None:
        """Let time pass, enough for a request to reach the exchange unless told otherwise."""
        self.wire.now += milliseconds * MILLISECOND

    def feed(self) -> list[Report]:
        """Hand on what was written; return what the broker reports."""
        records = self.wire.array()[self._fed :]
        self._fed += len(records)
        self.pipeline.process(Batch(Schema.MBO, records))
        reports = self.broker.reports()
        self.told += reports
        return reports

    def skip(self) -> None:
        """Leave out what was written since."""
        self._fed = len(self.wire.rows)

    def beat(self) -> list[Report]:
        """Let something happen far from the market, after enough time for any request to arrive."""
        self.pass_time()
        self.exchange.limit("B", 19_000, 1)
        return self.feed()

    def buy(
        self,
        tick: int | None,
        lots: int,
        *,
        kind: OrderKind = "limit",
        stop: int = 19_990,
        targets: tuple[Target, ...] = (),
        order_id: str = "e",
        product: str = "GC",
    ) -> None:
        """Send an entry order that buys."""
        bracket = Bracket(stop, targets)
        order = OrderRequest(order_id, "entry", kind, "buy", product, tick, lots, "p1", bracket)
        self.broker.submit(order, self.now)

    def sell_out(self, tick: int | None, lots: int, *, order_id: str = "x") -> None:
        """Send an order that closes a long position, or a part of it."""
        kind: OrderKind = "market" if tick is None else "limit"
        self.broker.submit(OrderRequest(order_id, "exit", kind, "sell", "GC", tick, lots), self.now)

    def hold(self, lots: int, *, stop: int = 19_990, targets: tuple[Target, ...] = ()) -> list[Report]:
        """Buy at the market, and let targets join their queues."""
        self.buy(None, lots, kind="market", stop=stop, targets=targets)
        return [*self.beat(), *self.beat()]

    def mark(self, order_id: str = "e") -> OrderMark | None:
        """Return a working order."""
        return next((mark for mark in self.broker.orders() if mark.id == order_id), None)

    def ahead(self, order_id: str = "e") -> int | None:
        """Return the lots before an order that works."""
        mark = self.mark(order_id)
        assert mark is not None
        return mark.ahead


@dataclass(frozen=True)
class Filled:
    """A fill, in short."""

    order: str
    tick: int
    lots: int
    is_maker: bool = True


def took(order: str, tick: int, lots: int) -> Filled:
    """Return the fill of an order that took from the book."""
    return Filled(order, tick, lots, is_maker=False)


def fills(reports: list[Report]) -> list[Filled]:
    """Return the fills among reports."""
    return [
        Filled(report.order.id, report.tick, report.quantity, report.is_maker)
        for report in reports
        if isinstance(report, FillReport)
    ]


def states(reports: list[Report], order_id: str) -> list[str]:
    """Return the states that are told of one order."""
    return [report.state for report in reports if isinstance(report, OrderReport) and report.order.id == order_id]


def reasons(reports: list[Report], order_id: str) -> list[str]:
    """Return the reasons that are told of one order."""
    return [report.reason for report in reports if isinstance(report, OrderReport) and report.order.id == order_id]
