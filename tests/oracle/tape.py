"""Trades by matching event, how each aggressor came to trade, and the stops that fired.

The first aggressor of an event started it: a resting order modified into the market, or a new order. An aggressor
that follows in the same event was triggered by it. Exchange-held stops were entered earlier, so their id is older
than the initiator's; they trade in the same direction and never rested in the book.
"""

from dataclasses import dataclass
from typing import Literal

from .book import Ended, Fact, Traded
from .records import ASK, BID, Row

Kind = Literal["market", "modified-limit", "stop", "unknown"]


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade summary; `side` is `B`, `A`, or empty where nobody was the aggressor.

    Attributes:
        ts: Event clock at this record, None where no record has told a time.
        event: Running number of the matching event.
    """

    index: int
    ts: int | None
    event: int
    order_id: int
    side: str
    tick: int
    size: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class StopRun:
    """The stops of one matching event; `first` and `last` are the ticks of their first and last trade."""

    index: int
    ts: int | None
    event: int
    side: str
    orders: int
    volume: int
    first: int
    last: int


class PlainTape:
    """Collects trades and stop runs."""

    def __init__(self) -> None:
        self.trades: list[Trade] = []
        self.runs: list[StopRun] = []
        self._initiator: tuple[int, str] | None = None
        self._kinds: dict[int, Kind] = {}
        self._event: list[Trade] = []

    def volume(self, side: str | None = None) -> int:
        """Return lots traded: all of them, or those of one aggressor side (empty for none)."""
        return sum(trade.size for trade in self.trades if side is None or trade.side == side)

    def count(self, side: str) -> int:
        """Return the trades of one aggressor side (empty for none)."""
        return sum(trade.side == side for trade in self.trades)

    def see(self, row: Row, facts: list[Fact], *, event: int, clock: int | None) -> None:
        """Take what the book established from `row`; `event` is the number of the running matching event."""
        for fact in facts:
            match fact:
                case Traded():
                    trade = Trade(
                        row.index, clock, event, fact.order_id, fact.side, fact.tick, fact.size, self._kind(fact)
                    )
                    self.trades.append(trade)
                    self._event.append(trade)
                case Ended():
                    self._report_stops(row, event, clock)
                    event += 1
                case _:
                    pass

    def _kind(self, trade: Traded) -> Kind:
        if trade.order_id == 0 or trade.side not in {BID, ASK}:
            return "unknown"
        if trade.order_id not in self._kinds:
            self._kinds[trade.order_id] = self._first_kind(trade)
        return self._kinds[trade.order_id]

    def _first_kind(self, trade: Traded) -> Kind:
        """Judge an aggressor at its first trade in the event."""
        if self._initiator is None:
            self._initiator = trade.order_id, trade.side
            return "modified-limit" if trade.resting else "market"
        initiator, side = self._initiator
        triggered = trade.order_id < initiator and trade.side == side and not trade.rested
        return "stop" if triggered else "unknown"

    def _report_stops(self, row: Row, event: int, clock: int | None) -> None:
        stops = [trade for trade in self._event if trade.kind == "stop"]
        if stops:
            orders = len({trade.order_id for trade in stops})
            volume = sum(trade.size for trade in stops)
            run = StopRun(row.index, clock, event, stops[0].side, orders, volume, stops[0].tick, stops[-1].tick)
            self.runs.append(run)
        self._initiator = None
        self._kinds = {}
        self._event = []
