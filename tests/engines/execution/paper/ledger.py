"""What a broker's reports make of orders and position, reckoned apart from it, and what must always hold."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from engines.execution.broker import Broker
from engines.execution.orders import FillReport, OrderReport, OrderRequest, Report

ENDED = {"filled", "cancelled", "rejected"}


@dataclass
class Ledger:
    """What reports make of orders and position, kept apart from the broker, and what must always hold of it."""

    held: int = 0
    live: dict[str, OrderRequest] = field(default_factory=dict)
    filled: Counter[str] = field(default_factory=Counter)
    fill_ids: set[str] = field(default_factory=set)

    def take(self, reports: Sequence[Report]) -> None:
        """Take reports, all of one look at the broker, and check each."""
        for report in reports:
            if isinstance(report, FillReport):
                self._fill(report)
            else:
                self._step(report)

    def _fill(self, fill: FillReport) -> None:
        order = fill.order
        assert fill.id not in self.fill_ids
        assert fill.quantity > 0
        self.fill_ids.add(fill.id)
        self.filled[order.id] += fill.quantity
        assert self.filled[order.id] <= order.quantity
        self.held += fill.quantity if order.role == "entry" else -fill.quantity
        assert self.held >= 0, "never more closed than held"
        if order.kind == "limit" and order.tick is not None:
            sign = 1 if order.side == "buy" else -1
            assert sign * fill.tick <= sign * order.tick, "never worse than its limit"
            assert not fill.is_maker or fill.tick == order.tick, "never better than where it rested"

    def _step(self, report: OrderReport) -> None:
        assert report.filled == self.filled[report.order.id]
        if report.state in ENDED:
            self.live.pop(report.order.id, None)
        else:
            self.live[report.order.id] = report.order

    def check(self, broker: Broker) -> None:
        """Check what must hold whenever the broker has come to rest."""
        marks = broker.orders()
        assert {mark.id for mark in marks} >= self.live.keys(), "nothing ends unsaid, nothing lives on that has ended"
        stops = [mark for mark in marks if mark.role == "stop"]
        assert len(stops) <= 1, "never two live stops"
        assert sum(mark.quantity - mark.filled for mark in stops) == self.held, "never naked, never too much"
        targets = sum(mark.quantity - mark.filled for mark in marks if mark.role == "target")
        assert targets <= self.held
        assert all(mark.quantity > mark.filled for mark in marks)
