"""A report on one or several sessions: everything that is reckoned from their journal, in one object."""

from collections.abc import Sequence
from dataclasses import dataclass

from qmo_tui.journal.story import Story, Trade
from qmo_tui.report.feed_health import FeedHealth, feed_health
from qmo_tui.report.prompted import PromptOutcome, prompt_outcomes
from qmo_tui.report.results import Result, by_pillar, by_session, by_trigger, curve, drawdown, result_of
from qmo_tui.report.rules import Rule, rules_of


@dataclass(frozen=True, slots=True)
class Report:
    """A report.

    Attributes:
        stories: The sessions, at least one.
        trades: All of them, in the order in which they opened.
        total: What they made.
        triggers: By what made their prompts arise.
        sessions: By the session of their entry.
        pillars: By pillar and how it stood.
        curve: (close, R made until then).
        drawdown: Deepest fall of the curve, in R.
        hours: From first to newest event of each session, added; None where none says anything.
        held_hours: In a position.
    """

    stories: tuple[Story, ...]
    trades: tuple[Trade, ...]
    total: Result
    triggers: list[Result]
    sessions: list[Result]
    pillars: dict[str, list[Result]]
    curve: list[tuple[int, float]]
    drawdown: float | None
    rules: list[Rule]
    prompts: list[PromptOutcome]
    feed: FeedHealth
    hours: float | None
    held_hours: float


def report_on(stories: Sequence[Story]) -> Report:
    """Return the report on sessions of one account."""
    trades = sorted((trade for story in stories for trade in story.trades), key=lambda trade: trade.first.ts)
    points = curve(trades)
    return Report(
        stories=tuple(stories),
        trades=tuple(trades),
        total=result_of(trades),
        triggers=by_trigger(trades),
        sessions=by_session(trades),
        pillars=by_pillar(trades),
        curve=points,
        drawdown=drawdown(points),
        rules=rules_of(stories),
        prompts=prompt_outcomes(stories),
        feed=feed_health(stories),
        hours=_hours(stories),
        held_hours=sum(trade.closed - trade.first.ts for trade in trades if trade.closed is not None) / 3.6e12,
    )


def _hours(stories: Sequence[Story]) -> float | None:
    spans = [
        story.session.newest - story.session.first
        for story in stories
        if story.session.first is not None and story.session.newest is not None
    ]
    return sum(spans) / 3.6e12 if spans else None
