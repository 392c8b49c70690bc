"""The market as trading asks for it: prices of this moment, and whether they can be trusted."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from engines.book.layout import SECOND_NS
from engines.execution.orders import Quote
from engines.view import MarketPhase, MarketView, ViewRequest

if TYPE_CHECKING:
    from engines.looking import Prices
    from engines.pipeline import Pipeline


class MarketNow:
    """One moment of a session's market; prices are looked up when somebody asks.

    Attributes:
        now: The moment, ns: the newest event time, carried on by the clock where the market is quiet.
    """

    def __init__(
        self, pipeline: "Pipeline", look: Callable[[ViewRequest], MarketView], now: int, stale: int, trouble: str = ""
    ) -> None:
        """Take a moment.

        Args:
            pipeline: The engines.
            look: Returns what the session shows, the age of its data counted.
            now: The moment.
            stale: The newest record may be so old, ns.
            trouble: What the session knows to be wrong; empty for nothing.
        """
        self.now = now
        self._pipeline = pipeline
        self._look = look
        self._stale = stale
        self._trouble = trouble
        self._quote: Quote | None = None

    @property
    def clock(self) -> int:
        """Newest event time of the records, ns; 0 before the first."""
        return self._pipeline.clock or 0

    @property
    def quote(self) -> Quote:
        """Prices now."""
        if self._quote is None:
            prices = self._pipeline.prices
            trouble = self._trouble or trouble_of(prices, self.now, self._stale)
            self._quote = Quote(self.now, prices.best_bid, prices.best_ask, prices.last, trouble)
        return self._quote

    def look(self, request: ViewRequest) -> MarketView:
        """Return what the engines show, as the session shows it."""
        return self._look(request)


def trouble_of(prices: "Prices", now: int, stale: int) -> str:
    """Return why a market cannot be traded now, in a few words; empty where it can."""
    from engines.mentor.gates import DataHealth, GateSettings, data_gate  # noqa: PLC0415 - a screen does not wait for it

    if prices.event_time is None:
        return "no market yet"
    if prices.phase is MarketPhase.HALTED:
        return "trading is halted"
    health = DataHealth(prices.book, prices.phase, prices.event_time, prices.receive_time)
    gate = data_gate(health, GateSettings(stale))
    if not gate.is_open:
        return gate.reason
    if now - prices.event_time > stale:
        return f"stale {(now - prices.event_time) / SECOND_NS:.1f} s"
    if prices.best_bid is None or prices.best_ask is None:
        return "one side of the book is empty"
    return "the book is crossed" if prices.best_bid >= prices.best_ask else ""
