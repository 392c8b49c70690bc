"""What is to be sent to a broker once the decision behind it has been handed to the journal."""

from dataclasses import dataclass
from typing import Protocol

from engines.execution.broker import Broker
from engines.execution.orders import Bracket, OrderRequest


class Request(Protocol):
    """Something that is sent once."""

    def send(self, broker: Broker, now: int) -> None:
        """Hand it to the broker."""


@dataclass(frozen=True, slots=True)
class Submit:
    """A new order with what protects it."""

    order: OrderRequest

    def send(self, broker: Broker, now: int) -> None:
        """Hand it to the broker."""
        broker.submit(self.order, now)


@dataclass(frozen=True, slots=True)
class Protect:
    """Another stop, other targets for what is held."""

    bracket: Bracket

    def send(self, broker: Broker, now: int) -> None:
        """Hand it to the broker."""
        broker.protect(self.bracket, now)


@dataclass(frozen=True, slots=True)
class Cancel:
    """An order is withdrawn."""

    order: str

    def send(self, broker: Broker, now: int) -> None:
        """Hand it to the broker."""
        broker.cancel(self.order, now)


@dataclass(frozen=True, slots=True)
class Flatten:
    """Every order is withdrawn, the position is closed at the market."""

    def send(self, broker: Broker, now: int) -> None:
        """Hand it to the broker."""
        broker.flatten(now)
