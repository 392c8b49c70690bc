"""What became of prompts, and what those that were not taken would have made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from qmo_tui.journal.story import PromptStory, Story

_ORDER: Final = ("accepted", "rejected", "expired", "voided", "snoozed", "waiting")


@dataclass(frozen=True, slots=True)
class PromptOutcome:
    """Prompts for an entry that went the same way.

    Attributes:
        traded: Those of them that a position came from.
        known: Those of which hindsight says what they would have made.
        won: Of them, those whose target would have come first.
        lost: Those whose stop would have.
        undecided: Neither in the time they were watched.
        never_filled: Whose entry would not have traded.
        total_r: What those would have made together whose R is known; None without one.
    """

    outcome: str
    n: int
    traded: int
    known: int
    won: int
    lost: int
    undecided: int
    never_filled: int
    total_r: float | None


def prompt_outcomes(stories: Sequence[Story]) -> list[PromptOutcome]:
    """Return what became of the prompts for an entry; those that ask to leave a position are left out."""
    found: dict[str, list[tuple[PromptStory, bool]]] = {}
    for story in stories:
        traded = {trade.first.prompt for trade in story.trades}
        for one in story.prompts:
            if one.prompt.trigger != "exit":
                found.setdefault(one.outcome, []).append((one, one.prompt.id in traded))
    return [_outcome(name, found[name]) for name in _ORDER if name in found]


def _outcome(name: str, prompts: Sequence[tuple[PromptStory, bool]]) -> PromptOutcome:
    known = [one.hindsight for one, _ in prompts if one.hindsight is not None]
    made = [one.r for one in known if one.r is not None]
    words = [one.outcome for one in known]
    return PromptOutcome(
        outcome=name,
        n=len(prompts),
        traded=sum(is_traded for _, is_traded in prompts),
        known=len(known),
        won=words.count("won"),
        lost=words.count("lost"),
        undecided=words.count("undecided"),
        never_filled=words.count("never_filled"),
        total_r=sum(made) if made else None,
    )
