"""What is on its way to the exchange, in the order in which it arrives."""

from bisect import insort
from dataclasses import dataclass, field

from engines.execution.orders import Bracket
from engines.execution.paper.paper_order import PaperOrder


@dataclass(frozen=True, slots=True)
class Enter:
    """An order arrives."""

    order: PaperOrder


@dataclass(frozen=True, slots=True)
class Change:
    """An order's price or quantity changes; None leaves it."""

    order_id: str
    tick: int | None
    quantity: int | None


@dataclass(frozen=True, slots=True)
class Protect:
    """The open position gets another bracket; `taken` is what its targets had filled when it was sent."""

    bracket: Bracket
    taken: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """An order is withdrawn."""

    order_id: str


@dataclass(frozen=True, slots=True)
class Flatten:
    """Everything is withdrawn and the position closed."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Nothing arrives, but the book is to be seen."""


Request = Enter | Change | Protect | Withdraw | Flatten | LookAgain


@dataclass(order=True, slots=True)
class _Arrival:
    moment: int
    number: int
    request: Request = field(compare=False)


class OnTheWay:
    """Requests by the moment at which they reach the exchange; those of one moment as they were sent."""

    def __init__(self) -> None:
        self._arrivals: list[_Arrival] = []
        self._count = 0

    @property
    def moment(self) -> int | None:
        """When the next one arrives, ns; None where nothing is on its way."""
        return self._arrivals[0].moment if self._arrivals else None

    def send(self, request: Request, moment: int) -> None:
        """Let a request arrive at a moment."""
        self._count += 1
        insort(self._arrivals, _Arrival(moment, self._count, request))

    def arrived(self, now: int) -> list[Request]:
        """Take away what has arrived by now."""
        there = [each.request for each in self._arrivals if each.moment <= now]
        self._arrivals = [each for each in self._arrivals if each.moment > now]
        return there
