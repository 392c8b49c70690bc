"""A desk of real parts on a small exchange: the pipeline, the paper broker, the capital ladder and trading itself.

What a session does around them (journal, threads, clocks) is left out; tests of the session are elsewhere.
"""

from dataclasses import replace
from typing import Final

from engines.events import Event
from engines.execution.capital.ladder import CapitalLadder
from engines.execution.capital.limits import RiskSettings
from engines.execution.commands import Command
from engines.execution.entry_settings import EntrySettings
from engines.execution.money import Product
from engines.execution.orders import Quote
from engines.execution.paper.broker import PaperBroker
from engines.execution.paper.settings import PaperSettings
from engines.execution.trading import Trading, TradingSettings
from engines.mentor_view import MentorView
from engines.pipeline import Pipeline
from engines.trading_events import Decision
from engines.view import MarketView, ViewRequest
from feeds.instrument import Instrument
from feeds.records import Batch, Schema
from tests.engines.execution.waiting import mentor
from tests.market.exchange import Exchange, Wire
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK
from tests.qmo_tui.cockpit.scenes import ScriptedDesk

SECOND: Final = 1_000_000_000
BID: Final = 20_000
ASK: Final = 20_002
_GOLD: Final = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
_PRODUCTS: Final = (Product("GC", 1_000, 250), Product("MGC", 100, 100))
_ENTRY: Final = EntrySettings(least_stop=8)
"""Beyond any range of this market: two lots of GC risk $190 of the $250 that a trade may."""
_RISK: Final = RiskSettings(equity_cents=5_000_000)


class ExchangeDesk(ScriptedDesk):
    """Gold at 2000.0 x 2000.2, ten lots at each price, after some minutes of trade that tell a usual range.

    Attributes:
        trouble: What is wrong with the data, as the session would say it.
        closed: Name of a gate that is closed.
        told: The lines that trading has said.
    """

    def __init__(self) -> None:
        super().__init__()
        self.read_only = ""
        self.trouble = ""
        self.closed = ""
        self.told: list[Event] = []
        self.wire = Wire(START)
        self.exchange = Exchange(self.wire, FIRST_INSTRUMENT, TICK)
        self.pipeline = Pipeline(_GOLD)
        broker = PaperBroker(_GOLD, _PRODUCTS, PaperSettings(latency=5_000_000, extra_ticks=1))
        self.pipeline.listen(broker)
        ladder = CapitalLadder(_RISK, account="demo")
        self.trading = Trading(_GOLD, _PRODUCTS, TradingSettings(entry=_ENTRY), broker=broker, ladder=ladder)
        self._fed = 0
        for step in range(20):
            self.exchange.limit("B", BID - step, 10)
            self.exchange.limit("A", ASK + step, 10)
        for _ in range(12):
            self.swing()
            self.pass_seconds(60)
        self.feed()

    @property
    def clock(self) -> int:
        """Newest event time."""
        return self.pipeline.clock or 0

    @property
    def quote(self) -> Quote:
        """Prices now, as the session hands them to trading."""
        view = self.pipeline.view(ViewRequest())
        return Quote(self.wire.now, view.best_bid, view.best_ask, view.last, self.trouble)

    def look(self, request: ViewRequest) -> MarketView:
        """Return the engines' view, with a mentor that only says which gates are open."""
        reading: MentorView = mentor(None, armed=False, closed=self.closed)
        return replace(self.pipeline.view(request), mentor=reading if request.mentor else None)

    def view(self, request: ViewRequest) -> MarketView:
        self.requests.append(request)
        return replace(self.look(request), trading=self.trading.view(self) if request.trading else None)

    def press(self, command: Command) -> None:
        super().press(command)
        self.told += self.trading.press(command, self)
        self.told += self.trading.send(self.wire.now)

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass without a record; trading holds what waits against it."""
        self.wire.now += round(seconds * SECOND)

    def watch(self) -> None:
        """Let trading hold everything against the moment, as a session does while the market is quiet."""
        self.told += self.trading.watch(self)
        self.told += self.trading.send(self.wire.now)

    def swing(self) -> None:
        """Let a buyer and a seller take the best price and a lot of the next one, and what they took be put back."""
        self.exchange.market("B", 11)
        self.exchange.limit("A", ASK, 10)
        self.exchange.limit("A", ASK + 1, 1)
        self.exchange.market("A", 11)
        self.exchange.limit("B", BID, 10)
        self.exchange.limit("B", BID - 1, 1)

    def feed(self) -> None:
        """Hand what was written to the engines, and what they say to trading."""
        records = self.wire.array()[self._fed :]
        self._fed += len(records)
        events = self.pipeline.process(Batch(Schema.MBO, records))
        self.told += self.trading.hear(events, self)
        self.told += self.trading.send(self.wire.now)

    def beat(self) -> None:
        """Let a request reach the exchange, and something happen far from the market."""
        self.pass_seconds(0.02)
        self.exchange.limit("B", BID - 500, 1)
        self.feed()

    def decisions(self) -> list[Decision]:
        """Return the decisions that were said."""
        return [event for event in self.told if isinstance(event, Decision)]
