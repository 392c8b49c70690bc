"""What a session left behind, told from its events alone."""

from collections.abc import Iterable
from typing import Final

from engines.events import Event
from engines.trading_events import Decision, Fill, Order, Position, Prompt
from qmo_tui.journal.facts import SessionRecord, Unfinished

_ENDED: Final = frozenset({"filled", "cancelled", "rejected"})


def left_behind(session: SessionRecord, events: Iterable[Event]) -> Unfinished:
    """Return what is open after a session's events, which come in the order they were written."""
    prompts: dict[str, Prompt] = {}
    orders: dict[str, Order] = {}
    newest_fill: str | None = None
    since_flat: list[Fill] = []
    positions: dict[str, list[Position]] = {}
    decisions: list[Decision] = []
    for event in events:
        match event:
            case Prompt():
                prompts[event.id] = event
            case Order():
                orders[event.id] = event
            case Fill():
                newest_fill = event.id
                since_flat.append(event)
            case Position():
                positions.setdefault(event.id, []).append(event)
                if event.state == "closed":
                    since_flat.clear()
            case Decision():
                decisions.append(event)
            case _:
                pass
    life = next((life for life in reversed(positions.values()) if life[-1].state != "closed"), None)
    plan = None if life is None or life[0].prompt is None else prompts.get(life[0].prompt)
    newest = {
        kind: next(reversed(found), None)
        for kind, found in (("prompt", prompts), ("order", orders), ("position", positions))
    }
    return Unfinished(
        session=session,
        position=None if life is None else life[-1],
        opened=None if life is None else life[0],
        plan=plan,
        orders=tuple(order for order in orders.values() if order.state not in _ENDED),
        fills=tuple(since_flat) if life is not None else (),
        undone=tuple(_undone(prompts, orders.values(), decisions)),
        newest_ids={kind: name for kind, name in {**newest, "fill": newest_fill}.items() if name is not None},
    )


def _undone(prompts: dict[str, Prompt], orders: Iterable[Order], decisions: list[Decision]) -> Iterable[Prompt]:
    ordered = {order.prompt for order in orders}
    newest = {decision.prompt: decision for decision in decisions if not decision.refused}
    for name, prompt in prompts.items():
        decision = newest.get(name)
        is_entry = prompt.trigger != "exit"
        if is_entry and decision is not None and decision.action == "accepted" and name not in ordered:
            yield prompt
