"""Settings of the paper broker."""

from dataclasses import dataclass
from typing import Final

MILLISECOND_NS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """How an order reaches the exchange, and what is assumed where the contract's own book is not seen.

    Attributes:
        latency: Nanoseconds of event time from the decision to the exchange.
        extra_ticks: Ticks beyond the touch (or beyond the last trade, where no touch is told) that a market or stop
            order pays where the book of its contract is not seen: the micro by the flow of the large one.
    """

    latency: int = 50 * MILLISECOND_NS
    extra_ticks: int = 1
