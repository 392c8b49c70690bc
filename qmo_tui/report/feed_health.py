"""How the feed was while a session ran: spells in which its data could not be trusted, by the wall clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engines.events import Feed
from qmo_tui.journal.story import Story

SPELLS: Final = {
    "stale": "no data though the market was open",
    "degraded": "less or later data than asked for",
    "reconnecting": "line lost",
    "context": "no order flow, a delayed price instead",
}


@dataclass(frozen=True, slots=True)
class Spell:
    """All spells of one state.

    Attributes:
        count: How many began.
        seconds: How long they lasted together; None where one lasted to an end that nobody wrote down.
        longest: The longest one.
        reasons: Why, each once, in the order they came.
    """

    state: str
    count: int
    seconds: float | None
    longest: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How the feed was.

    Attributes:
        told: Sessions whose journal says anything about it.
        of: Sessions.
        spells: Of every state that is no good, even where there was none.
    """

    told: int
    of: int
    spells: tuple[Spell, ...]


def feed_health(stories: Sequence[Story]) -> FeedHealth:
    """Return how the feed was; states that follow each other under one name are one spell."""
    found: dict[str, list[tuple[int | None, str]]] = {state: [] for state in SPELLS}
    told = 0
    for story in stories:
        changes = [event for event in story.events if isinstance(event, Feed)]
        told += bool(changes)
        for change, until in _spells(changes, story.session.ended):
            if change.state in found:
                found[change.state].append((None if until is None else until - change.at, change.reason))
    return FeedHealth(told, len(stories), tuple(_spell(state, spells) for state, spells in found.items()))


def _spells(changes: Sequence[Feed], ended: int | None) -> list[tuple[Feed, int | None]]:
    """Return the first change of every spell, and when the next spell or the session's end ended it."""
    firsts = [change for at, change in enumerate(changes) if at == 0 or changes[at - 1].state != change.state]
    ends = [*(change.at for change in firsts[1:]), ended]
    return list(zip(firsts, ends, strict=True)) if firsts else []


def _spell(state: str, spells: Sequence[tuple[int | None, str]]) -> Spell:
    lengths = [length for length, _ in spells if length is not None]
    is_known = len(lengths) == len(spells)
    return Spell(
        state=state,
        count=len(spells),
        seconds=sum(lengths) / 1e9 if is_known else None,
        longest=max(lengths) / 1e9 if is_known and lengths else None,
        reasons=tuple(dict.fromkeys(reason for _, reason in spells if reason)),
    )
