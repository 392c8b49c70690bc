"""How a session goes on that was cut off: what its journal left open becomes a position with its stop again.

Orders that worked when the program stopped are gone with it, and the journal is told so. The position is built from its
fills, as it was; stop and targets work again from the back of the queue, where the journal saw them last. The market
went on unseen meanwhile: a stop that it has passed fills at the first trustworthy price.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from engines.events import Event
from engines.execution.money import Product
from engines.execution.orders import Bracket, Target
from engines.execution.positions import HeldPosition
from engines.execution.trading import Counted
from engines.trading_events import Decision, Order, Position
from feeds.instrument import Instrument
from qmo_tui.journal.facts import Unfinished

STOPPED: Final = "the program was stopped"
_CENTS: Final = 100
_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class GoingOn:
    """What a session goes on with.

    Attributes:
        lines: What is to be written first: orders that are gone, prompts whose order was never sent.
        counted: Ids that were given out.
        position: The open position; None while flat.
        bracket: Its stop and targets; None while flat.
        name: What ids of its new orders begin with.
        moment: Event time of the newest line, ns.
    """

    lines: tuple[Event, ...]
    counted: Counted
    position: HeldPosition | None
    bracket: Bracket | None
    name: str
    moment: int


def go_on(left: Unfinished, instrument: Instrument, products: Mapping[str, Product]) -> GoingOn:
    """Return what a session that was cut off goes on with."""
    moment = left.session.newest or 0
    undone = [
        Decision(ts=moment, prompt=prompt.id, action="voided", reason=f"{STOPPED} before its order was sent")
        for prompt in left.undone
    ]
    position = _position(left, instrument, products)
    bracket = None if position is None else _bracket(left, position, instrument)
    if position is not None and bracket is not None:
        position.targets = bracket.targets
    ids = left.newest_ids
    return GoingOn(
        lines=(*_gone(left, STOPPED), *undone),
        counted=Counted(
            prompts=_number(ids.get("prompt")),
            orders=_number(ids.get("order")),
            positions=_number(ids.get("position")),
        ),
        position=position,
        bracket=bracket,
        name=f"o{_number(ids.get('order'))}.again{left.session.restarts + 1}",
        moment=moment,
    )


def why_not(left: Unfinished, instrument: Instrument, products: Mapping[str, Product]) -> str:
    """Return why a session that was cut off cannot go on; empty where it can."""
    symbol, position = left.session.facts.symbol, left.position
    if symbol != instrument.symbol:
        return f"{symbol} is followed no more"
    if position is not None and position.product not in products:
        return f"{position.product} is traded no more"
    return ""


def given_up(left: Unfinished, why: str) -> tuple[tuple[Event, ...], int]:
    """Return what is to be written where a session cannot go on, and the cents that the ladder counts.

    What became of an open position is not known, so it counts as if it had been stopped out.
    """
    reason = f"{STOPPED}, and {why}"
    orders = _gone(left, reason)
    if left.position is None:
        return orders, 0
    made = min(left.position.realised, -(left.position.risk or 0.0))
    closed = msgspec.structs.replace(
        left.position,
        ts=left.session.newest or 0,
        state="closed",
        quantity=0,
        stop=None,
        realised=made,
        r=None,
        reason=f"{reason}: counted as stopped out",
    )
    return (*orders, closed), round(made * _CENTS)


def _gone(left: Unfinished, reason: str) -> tuple[Order, ...]:
    """Return the lines of orders that are gone with the program."""
    end = {"ts": left.session.newest or 0, "state": "cancelled", "ahead": None, "reason": reason}
    return tuple(msgspec.structs.replace(order, **end) for order in left.orders)


def _position(left: Unfinished, instrument: Instrument, products: Mapping[str, Product]) -> HeldPosition | None:
    """Return the open position as its fills made it."""
    newest, opened = left.position, left.opened
    if newest is None or opened is None:
        return None
    stop = _tick(opened.stop, instrument)
    position = HeldPosition(
        id=newest.id,
        prompt=newest.prompt,
        side=newest.side,
        product=products[newest.product],
        opened=opened.ts,
        first_stop=stop,
        stop=_tick(newest.stop, instrument),
    )
    for fill in left.fills:
        take = position.enter if fill.role == "entry" else position.leave
        take(instrument.ticks(fill.price), fill.quantity)
    _see_excursions(position, newest)
    return position


def _see_excursions(position: HeldPosition, line: Position) -> None:
    """Let a position know how far price had gone."""
    cents = position.product.tick_cents / _CENTS
    entry = round(position.entry)
    position.see(entry + position.sign * round(line.mfe / cents))
    position.see(entry - position.sign * round(line.mae / cents))


def _bracket(left: Unfinished, position: HeldPosition, instrument: Instrument) -> Bracket | None:
    stop = position.stop if position.stop is not None else position.first_stop
    if stop is None:
        return None
    targets = [
        Target(instrument.ticks(order.price), order.quantity - order.filled)
        for order in left.orders
        if order.role == "target" and order.price is not None
    ]
    return Bracket(stop, tuple(sorted(targets, key=lambda target: position.sign * target.tick)))


def _tick(price: float | None, instrument: Instrument) -> int | None:
    return None if price is None else instrument.ticks(price)


def _number(name: str | None) -> int:
    """Return the first number in an id, 0 where there is none."""
    found = None if name is None else _NUMBER.search(name)
    return 0 if found is None else int(found[0])
