"""What a trader can ask for with a key; whoever draws the screen makes them, `Trading` obeys or refuses."""

from dataclasses import dataclass

from engines.events import AggressorSide
from engines.trading_events import OrderKind


class RefusedError(Exception):
    """A key asked for something that must not be; the message says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """Something a key asked for.

    Attributes:
        key: The key, for the journal.
    """

    key: str = ""


@dataclass(frozen=True, slots=True)
class Arm(Command):
    """Arm the prompt of a side; a second prompt that was armed is disarmed by it."""

    side: AggressorSide = "buy"


@dataclass(frozen=True, slots=True)
class Confirm(Command):
    """Send the armed prompt.

    Attributes:
        prompt: Id of the prompt that the trader saw armed; another one refuses.
        seen: Whether the key was read after the armed prompt had been painted, and not by repetition.
    """

    prompt: str = ""
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Disarm(Command):
    """Put the armed prompt back; `reason` says what did it where it was no key."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reject(Command):
    """Turn down a prompt: the armed one, else the newest."""


@dataclass(frozen=True, slots=True)
class Snooze(Command):
    """Put a prompt aside for a while: the armed one, else the newest."""


@dataclass(frozen=True, slots=True)
class Resize(Command):
    """Change the size of a prompt by lots."""

    step: int = 0


@dataclass(frozen=True, slots=True)
class NudgeStop(Command):
    """Move the stop by ticks: of the prompt, else of the position, where it never loosens; positive is up in price."""

    step: int = 0


@dataclass(frozen=True, slots=True)
class NudgeTarget(Command):
    """Move the nearest target by ticks: of the prompt, else of the position; positive is up in price."""

    step: int = 0


@dataclass(frozen=True, slots=True)
class ManualEntry(Command):
    """Make a prompt for an entry at a price of the trader's choice; it takes the same two keys as any other."""

    side: AggressorSide = "buy"
    tick: int = 0
    kind: OrderKind = "limit"


@dataclass(frozen=True, slots=True)
class CancelEntry(Command):
    """Withdraw the entry order that has not filled; what has filled stays protected."""


@dataclass(frozen=True, slots=True)
class BreakEven(Command):
    """Move the stop of the position to where it costs nothing."""


@dataclass(frozen=True, slots=True)
class ClosePosition(Command):
    """Make a prompt that asks to close the position at the market; two keys as any other."""


@dataclass(frozen=True, slots=True)
class FlattenAndLock(Command):
    """Withdraw all orders, close the position at the market, and lock for the rest of the trading day; one key."""
