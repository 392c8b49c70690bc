"""Which rules were kept: counts of what was done, whatever it made."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from engines.trading_events import FORBIDDING, Decision, DecisionAction, Position, Risk, RiskState
from qmo_tui.journal.story import Story, Trade

_ENTERING: Final[frozenset[DecisionAction]] = frozenset({"armed", "accepted", "changed", "voided"})
"""What keys for a trade are refused as; an entry by hand that is refused at once counts as voided."""
_MOST_REASONS: Final = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a rule was not kept.

    Attributes:
        name: What was done.
        count: How often; None where the journal does not tell.
        of: Out of how many; None where that means nothing.
        cases: Which trades, or the most frequent reasons.
    """

    name: str
    count: int | None
    of: int | None = None
    cases: tuple[str, ...] = ()


def rules_of(stories: Sequence[Story]) -> list[Rule]:
    """Return the rules of some sessions."""
    trades = [trade for story in stories for trade in story.trades]
    refused = [decision for story in stories for decision in _decisions(story) if decision.refused and decision.key]
    ladder_known = all(any(isinstance(event, Risk) for event in story.events) for story in stories if story.trades)
    shut = [at for story in stories for at in _while_shut(story)]
    planned = [trade for trade in trades if trade.prompt is not None]
    bigger = [(trade, _is_bigger(trade)) for trade in planned]
    return [
        _of_trades("stop moved away after the entry", trades, _widened),
        _of_trades("stop farther away than proposed", planned, _is_farther),
        Rule(
            "size above what was proposed",
            None if any(found is None for _, found in bigger) else sum(bool(found) for _, found in bigger),
            len(planned),
            tuple(trade.name for trade, found in bigger if found),
        ),
        _of_trades("no stop when it opened", trades, _has_no_stop),
        _of_trades("entered by hand", trades, _is_manual),
        _of_trades("without any prompt", trades, _has_no_prompt),
        Rule(
            "opened while the ladder was locked or cooling down",
            sum(isinstance(event, Position) for event in shut) if ladder_known else None,
            len(trades),
        ),
        Rule(
            "keys pressed for a trade while locked or cooling down",
            sum(isinstance(event, Decision) for event in shut) if ladder_known else None,
        ),
        Rule("keys refused", len(refused), cases=tuple(_most_frequent(decision.reason for decision in refused))),
    ]


def _decisions(story: Story) -> Iterable[Decision]:
    return (event for event in story.events if isinstance(event, Decision))


def _of_trades(name: str, trades: Sequence[Trade], is_so: Callable[[Trade], bool]) -> Rule:
    cases = tuple(trade.name for trade in trades if is_so(trade))
    return Rule(name, len(cases), len(trades), cases)


def _has_no_stop(trade: Trade) -> bool:
    return trade.first.stop is None


def _is_manual(trade: Trade) -> bool:
    return trade.trigger == "manual"


def _has_no_prompt(trade: Trade) -> bool:
    return trade.prompt is None


def _sign(trade: Trade) -> int:
    return 1 if trade.first.side == "buy" else -1


def _widened(trade: Trade) -> bool:
    """Whether the stop went away from the market between any two steps of the position."""
    stops = [step.stop for step in trade.life if step.stop is not None]
    return any(_sign(trade) * (later - before) < 0 for before, later in pairwise(stops))


def _is_farther(trade: Trade) -> bool:
    proposed = None if trade.prompt is None else trade.prompt.stop
    opened = trade.first.stop
    return proposed is not None and opened is not None and _sign(trade) * (proposed - opened) > 0


def _is_bigger(trade: Trade) -> bool | None:
    """Whether more was entered than the prompt proposed, by what a tick of all lots is worth; None where not known."""
    prompt = trade.prompt
    if prompt is None:
        return None
    if prompt.product == trade.first.product:
        return trade.entered > prompt.contracts
    worth = {product.root: product.tick_cents for product in trade.session.facts.products}
    if prompt.product not in worth or trade.first.product not in worth:
        return None
    return trade.entered * worth[trade.first.product] > prompt.contracts * worth[prompt.product]


def _while_shut(story: Story) -> Iterable[Decision | Position]:
    """Return what happened while the ladder let no trade begin: refused keys for one, and positions that opened."""
    state: RiskState = "ok"
    for event in story.events:
        if isinstance(event, Risk):
            state = event.state
        elif state in FORBIDDING and isinstance(event, Decision) and event.refused and event.key:
            if event.action in _ENTERING:
                yield event
        elif state in FORBIDDING and isinstance(event, Position) and event.state == "opened":
            yield event


def _most_frequent(reasons: Iterable[str]) -> Iterable[str]:
    counted = sorted(Counter(reasons).items(), key=lambda one: (-one[1], one[0]))
    return (f"{count} x {reason}" for reason, count in counted[:_MOST_REASONS])
