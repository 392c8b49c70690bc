"""The rules of the ladder: from a state and its money to what holds the trader back from now on.

| rule | what comes of it | until |
|---|---|---|
| loss of the session, losing trades in it, trades in it | locked | the next session |
| loss of the day, losing trades in a row, trades in it | locked | the next trading day |
| loss of the week | locked | the next trading week |
| part of the day's loss | reduced | the next trading day |
| part of the week's loss | reduced | the next trading week |
"""

from collections.abc import Iterator
from typing import Final

from engines.execution.capital.figures import Figures, Loss
from engines.execution.capital.ladder_day import ladder_day
from engines.execution.capital.state import Hold, LadderState, Rule
from engines.execution.money import dollars

COUNTS: Final[frozenset[Rule]] = frozenset({"trades in the day", "trades in the session", "journal"})
"""Rules that lock as a trade opens, or whose reason is not known any more."""
_RULES_OF: Final[dict[str, tuple[Rule, Rule | None]]] = {
    "week": ("week loss", "week half size"),
    "day": ("day loss", "day half size"),
    "session": ("session loss", None),
}


def breaches(state: LadderState, money: Figures) -> Iterator[Hold]:
    """Yield what the rules say now; the ladder keeps each until it ends."""
    day = ladder_day(state.clock)
    limits = state.limits
    yield from _losses("week", money.week, day.week_end)
    yield from _losses("day", money.day, day.end)
    yield from _count("losses in a row", state.losses, limits.losses_in_a_row, day.end)
    yield from _count("trades in the day", state.trades, limits.day_trades, day.end)
    session_end = day.session_at(state.clock).end
    yield from _losses("session", money.session, session_end)
    yield from _count("losses in the session", state.session_losses, limits.session_losses, session_end)
    yield from _count("trades in the session", state.session_trades, limits.session_trades, session_end)


def _losses(span: str, loss: Loss, until: int) -> Iterator[Hold]:
    locks, reduces = _RULES_OF[span]
    if loss.lost >= loss.limit:
        yield Hold(locks, "locked", f"{span}: {dollars(loss.lost)} of {dollars(loss.limit)} lost", until)
    if reduces is not None and loss.reduce is not None and loss.lost >= loss.reduce:
        yield Hold(reduces, "reduced", f"{span}: {dollars(loss.lost)} lost, smaller size", until)


def _count(rule: Rule, count: int, limit: int, until: int) -> Iterator[Hold]:
    if count >= limit:
        yield Hold(rule, "locked", f"{count} of {limit} {rule}", until)
