"""A session told from its events: its trades from first fill to last, and what became of every prompt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engines.trading_events import Decision, DecisionAction, Fill, Hindsight, Position, Prompt, Trigger
from qmo_tui.journal.facts import SessionRecord
from qmo_tui.journal.reading import JournalReader, Note
from qmo_tui.journal.tables import JournalEvent

Outcome = Literal["won", "lost", "even", "open"]
_FATES: Final[frozenset[DecisionAction]] = frozenset({"accepted", "rejected", "expired", "voided", "snoozed"})


@dataclass(frozen=True, slots=True)
class Trade:
    """A position and all that belongs to it.

    Attributes:
        life: What was said of the position, from `opened` on.
        prompt: The prompt that it came from; None for none.
        entered: Lots that its entries filled.
        tags: Put on it by the trader.
    """

    session: SessionRecord
    life: tuple[Position, ...]
    prompt: Prompt | None
    entered: int
    tags: tuple[str, ...]

    @property
    def id(self) -> str:
        """What it is called within its session."""
        return self.life[0].id

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return f"{self.session.id}/{self.id}"

    @property
    def first(self) -> Position:
        """As it was opened."""
        return self.life[0]

    @property
    def last(self) -> Position:
        """As it was said last."""
        return self.life[-1]

    @property
    def closed(self) -> int | None:
        """When its last lot left, ns; None while it is open."""
        return self.last.ts if self.last.state == "closed" else None

    @property
    def trigger(self) -> Trigger | None:
        """What made its prompt arise; None where it had none."""
        return None if self.prompt is None else self.prompt.trigger

    @property
    def outcome(self) -> Outcome:
        """What it made, fees taken off."""
        if self.closed is None:
            return "open"
        made = self.last.realised
        return "won" if made > 0 else "lost" if made < 0 else "even"


@dataclass(frozen=True, slots=True)
class PromptStory:
    """A prompt and what became of it.

    Attributes:
        fate: None while nothing has.
        hindsight: What it would have made; None where it was taken, or nobody knows yet.
    """

    prompt: Prompt
    fate: Decision | None
    hindsight: Hindsight | None

    @property
    def outcome(self) -> str:
        """What became of it, in a word."""
        return "waiting" if self.fate is None else self.fate.action


@dataclass(frozen=True, slots=True)
class Story:
    """A session with everything in it.

    Attributes:
        events: In the order they were written.
        tags: Of the session as a whole.
        notes: Of the session and its trades.
    """

    session: SessionRecord
    events: tuple[JournalEvent, ...]
    trades: tuple[Trade, ...]
    prompts: tuple[PromptStory, ...]
    tags: tuple[str, ...]
    notes: tuple[Note, ...]


def stories_of(reader: JournalReader, sessions: Sequence[SessionRecord]) -> list[Story]:
    """Return sessions told, in the order given."""
    tags, notes = reader.tags(), reader.notes()
    return [
        _told(
            session,
            reader.events(session.id),
            {trade: found for (number, trade), found in tags.items() if number == session.id},
            tuple(note for note in notes if note.session == session.id),
        )
        for session in sessions
    ]


def _told(
    session: SessionRecord, events: list[JournalEvent], tags: dict[str, tuple[str, ...]], notes: tuple[Note, ...]
) -> Story:
    prompts: dict[str, Prompt] = {}
    fates: dict[str, Decision] = {}
    hindsights: dict[str, Hindsight] = {}
    lives: dict[str, list[Position]] = {}
    fills: list[Fill] = []
    for event in events:
        match event:
            case Prompt():
                prompts.setdefault(event.id, event)
            case Decision() if event.action in _FATES and not event.refused:
                fates[event.prompt] = event
            case Hindsight():
                hindsights[event.prompt] = event
            case Position():
                lives.setdefault(event.id, []).append(event)
            case Fill():
                fills.append(event)
            case _:
                pass
    return Story(
        session=session,
        events=tuple(events),
        trades=tuple(
            Trade(session, tuple(life), prompts.get(life[0].prompt or ""), _entered(life, fills), tags.get(name, ()))
            for name, life in lives.items()
        ),
        prompts=tuple(PromptStory(one, fates.get(name), hindsights.get(name)) for name, one in prompts.items()),
        tags=tags.get("", ()),
        notes=notes,
    )


def _entered(life: list[Position], fills: Iterable[Fill]) -> int:
    """Return the lots entered: those filled for its prompt, else the most that were held."""
    first = life[0]
    entered = sum(
        fill.quantity
        for fill in fills
        if fill.role == "entry" and fill.prompt is not None and fill.prompt == first.prompt and fill.side == first.side
    )
    return entered or max(one.quantity for one in life)
