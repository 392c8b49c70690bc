"""Orders as brokers take and report them; ticks, lots, nanoseconds, cents."""

from dataclasses import dataclass

from engines.events import AggressorSide
from engines.trading_events import OrderKind, OrderRole, OrderState


@dataclass(frozen=True, slots=True)
class Target:
    """Lots of a position that leave at a price."""

    tick: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Bracket:
    """What protects a position from its first filled lot on: one stop for all of it, targets for parts of it.

    The broker keeps them: each filled lot of the entry is covered at once, a target's fill takes its lots off the stop,
    and the stop's fill cancels the targets. The quantities of the targets add up to at most the entry's.
    """

    stop: int
    targets: tuple[Target, ...] = ()


def reached(targets: tuple[Target, ...], lots: int) -> tuple[Target, ...]:
    """Return what is left of targets, the nearest first, of which so many lots have filled."""
    left = []
    for target in targets:
        part = min(lots, target.quantity)
        lots -= part
        if part < target.quantity:
            left.append(Target(target.tick, target.quantity - part))
    return tuple(left)


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order that is to be sent.

    Attributes:
        id: Chosen by the sender; a broker that knows it already does nothing, so sending twice is harmless.
        role: What it is for.
        tick: Limit or trigger; None for a market order.
        product: Root of the contract (`GC`, `MGC`).
        prompt: The prompt that it came from.
        bracket: What protects what it fills; None for exits.
    """

    id: str
    role: OrderRole
    kind: OrderKind
    side: AggressorSide
    product: str
    tick: int | None
    quantity: int
    prompt: str | None = None
    bracket: Bracket | None = None


@dataclass(frozen=True, slots=True)
class OrderReport:
    """A step in the life of an order, as of the event `order`."""

    ts: int
    order: OrderRequest
    state: OrderState
    filled: int
    ahead: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FillReport:
    """Lots of an order that traded; `id` is unique within the broker."""

    ts: int
    id: str
    order: OrderRequest
    tick: int
    quantity: int
    is_maker: bool


Report = OrderReport | FillReport


@dataclass(frozen=True, slots=True)
class Quote:
    """The market as whoever decides sees it.

    Attributes:
        now: The moment, ns: the newest event time, carried on by the clock where the market is quiet.
        bid: Tick of the best bid; None for none.
        last: Tick of the last trade.
        trouble: Why nothing may be sent or filled by it (`stale 6.2 s`, `book suspect`, `crossed`, `halted`); empty
            while it can be trusted.
    """

    now: int
    bid: int | None
    ask: int | None
    last: int | None
    trouble: str = ""
