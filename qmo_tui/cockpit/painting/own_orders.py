"""What is the trader's own on the ladder: working orders with their turn in the queue, stop, targets, the prompt.

A mark stands on the side of the price where nobody rests, so that it hides nothing: right of bids, left of asks.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engines.trading_events import OrderRole
from engines.trading_view import OrderMark, PositionMark, PromptMark, TradingView
from engines.view import MarketView
from qmo_tui.cockpit.painting.account import HELD
from qmo_tui.cockpit.painting.pillars import INKS
from qmo_tui.cockpit.painting.spans import Span

_INKS: Final[dict[OrderRole, str]] = {
    "stop": "ink on alarm bold",
    "target": "ink on key bold",
    "exit": "ink on alarm bold",
}
_SHORT: Final[dict[OrderRole, str]] = {"stop": "stop", "target": "T", "exit": "X"}
"""Roles where nothing else has room; an entry is its side's letter."""
_ORDERS, _ARMED, _HELD, _WAITING = range(4)
"""Which mark a price shows where several stand: what rests in the market before what is only asked."""


@dataclass(frozen=True, slots=True)
class OwnMark:
    """A mark at one price.

    Attributes:
        rank: The lowest is shown where several stand at a price.
        texts: What it says, the fullest first.
    """

    rank: int
    texts: tuple[str, ...]
    ink: str


def own_marks(trading: TradingView | None) -> Mapping[int, OwnMark]:
    """Return the mark of each price that has one."""
    found: defaultdict[int, list[OwnMark]] = defaultdict(list)
    if trading is not None:
        for order in trading.orders:
            if order.tick is not None:
                found[order.tick].append(_of_order(order))
        for prompt in trading.prompts:
            for tick, mark in _of_prompt(prompt, is_armed=prompt.id == trading.armed):
                found[tick].append(mark)
        if trading.position is not None:
            found[round(trading.position.entry)].append(_of_position(trading.position))
    return {tick: _foremost(marks) for tick, marks in found.items()}


def fitted_mark(mark: OwnMark, room: int, *, on_right: bool) -> Span:
    """Return a mark of exactly `room` cells that points at its price."""
    text = next((text for text in mark.texts if len(text) + 4 <= room), mark.texts[-1])
    told = f" ◂ {text}" if on_right else f"{text} ▸ "
    cut = told[:room] if on_right else told[-room:] if room else ""
    return (cut.ljust(room) if on_right else cut.rjust(room)), mark.ink


def stands_right(view: MarketView, tick: int) -> bool:
    """Whether bids rest at a price, or would."""
    if view.best_bid is not None and tick <= view.best_bid:
        return True
    return view.best_ask is None or tick < view.best_ask


def _of_order(order: OrderMark) -> OwnMark:
    lots = order.quantity - order.filled
    word = order.side if order.role == "entry" else order.role
    queue = "sent" if order.state == "pending" else "" if order.ahead is None else f"{order.ahead} ahead"
    short = f"{_SHORT.get(order.role, order.side[0].upper())}{lots}"
    told = (f"{word} {lots} {order.product}", f"{word} {lots}", short)
    texts = tuple(f"{text}, {queue}" for text in told) if queue else told
    return OwnMark(_ORDERS, (*texts, short), _INKS.get(order.role, f"ink on {INKS[order.side]} bold"))


def _of_prompt(prompt: PromptMark, *, is_armed: bool) -> list[tuple[int, OwnMark]]:
    """Return the marks of what a prompt would send; only the armed one's are filled."""
    rank = _ARMED if is_armed else _WAITING
    side = INKS[prompt.side]
    name = "ARMED" if is_armed else "prompt"
    order = f"{prompt.side} {prompt.contracts}"
    ink = f"ink on {side} bold" if is_armed else f"{side} underline"
    bold = " bold" if is_armed else ""
    marks = [(prompt.entry, OwnMark(rank, (f"{name}: {order}", order), ink))]
    if prompt.stop is not None:
        marks.append((prompt.stop, OwnMark(rank, (f"{name}: stop", "stop"), f"alarm{bold}")))
    target = OwnMark(rank, (f"{name}: target", "target"), f"key{bold}")
    return [*marks, *((tick, target) for tick in prompt.targets)]


def _of_position(position: PositionMark) -> OwnMark:
    lots = f"{HELD[position.side]} {position.quantity}"
    return OwnMark(_HELD, (f"{lots} {position.product}", lots), f"{INKS[position.side]} bold")


def _foremost(marks: list[OwnMark]) -> OwnMark:
    """Return the mark of lowest rank; that others stand there too is told with it."""
    first, *others = sorted(marks, key=lambda mark: mark.rank)
    if not others:
        return first
    return OwnMark(first.rank, tuple(f"{text} +{len(others)}" for text in first.texts), first.ink)
