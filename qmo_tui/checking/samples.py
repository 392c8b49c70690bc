"""Market records as a person reads them: what happened, on which side, how many lots at what price."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from feeds.records import (
    ACTION_ADD,
    ACTION_CANCEL,
    ACTION_CLEAR,
    ACTION_FILL,
    ACTION_MODIFY,
    ACTION_TRADE,
    F_SNAPSHOT,
    SIDE_ASK,
    SIDE_BID,
    UNDEFINED_PRICE,
    UNDEFINED_SIZE,
    Records,
)

_ACTIONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        ACTION_ADD: "add",
        ACTION_CANCEL: "cancel",
        ACTION_MODIFY: "modify",
        ACTION_CLEAR: "clear",
        ACTION_TRADE: "trade",
        ACTION_FILL: "fill",
    }
)
_RESTING: Final[Mapping[int, str]] = MappingProxyType({SIDE_BID: "bid", SIDE_ASK: "ask"})
_AGGRESSOR: Final[Mapping[int, str]] = MappingProxyType({SIDE_BID: "buy", SIDE_ASK: "sell"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One record of order flow; what it does not state is None.

    Attributes:
        ts_event: Exchange time, ns UTC.
        action: `add`, `cancel`, `modify`, `clear`, `trade` or `fill`; empty for one that only ends an event.
        side: Of a trade the aggressor's, `buy` or `sell`; of everything else the resting order's, `bid` or `ask`.
        size: Lots.
        price: Wire units of 1e-9.
    """

    ts_event: int
    action: str
    side: str | None
    size: int | None
    price: int | None


def samples(records: Records) -> Iterator[Sample]:
    """Read records of order flow, of any schema; those of a snapshot are no news and are passed over."""
    for record in records[(records["flags"] & F_SNAPSHOT) == 0]:
        action, size, price = int(record["action"]), int(record["size"]), int(record["price"])
        sides = _AGGRESSOR if action == ACTION_TRADE else _RESTING
        yield Sample(
            ts_event=int(record["ts_event"]),
            action=_ACTIONS.get(action, ""),
            side=sides.get(int(record["side"])),
            size=None if size == UNDEFINED_SIZE else size,
            price=None if price == UNDEFINED_PRICE else price,
        )
