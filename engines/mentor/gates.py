"""Gates: what forbids a prompt whatever the score. They block and say why; they never change the score.

| gate | closed |
|---|---|
| data | the book is not whole, or the newest record came late; a live session adds its own clock |
| session | nothing trades, or it is about to stop, or has just begun (`timing/session_gate.py`) |
| news | an event of the calendar is near (`timing/news.py`) |
| volatility | the newest minutes trade extremely wide (`volatility.py`) |
| capital | the capital ladder says so; without one it says that there is none |

Gates are made when somebody looks. No line of the event log says them and none depends on them, so the digest knows
neither the news calendar nor the capital nor any clock but the records' own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engines.book.layout import SECOND_NS
from engines.mentor.age import DATA, late
from engines.mentor.confidence import ConfidenceSettings, Score
from engines.mentor.volatility import Volatility
from engines.mentor_view import Gate
from engines.timing.lean import Lean
from engines.view import BookState, MarketPhase

_WHOLE: Final = frozenset({BookState.VALID, BookState.TEN_LEVELS, BookState.TOP_ONLY})
_NOT_WHOLE: Final = {
    BookState.EMPTY: "the book is empty",
    BookState.BUILDING: "the book began without a snapshot",
    BookState.SNAPSHOT: "a snapshot is being received",
    BookState.SUSPECT: "records are missing from the book",
    BookState.ABSENT: "no order book",
}
NO_LADDER: Final = "no capital ladder"


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Settings of the data gate.

    Attributes:
        stale: The newest record may be so old, ns.
    """

    stale: int = 5 * SECOND_NS


@dataclass(frozen=True, slots=True)
class DataHealth:
    """How far what was received can be trusted.

    Attributes:
        clock: Newest trusted event time, ns; None before the first.
        received: When the newest record was captured, by its own account, ns; None where the schema does not say.
        is_unbroken: Whether readings have gone on for the whole dwell since the line last broke.
    """

    book: BookState
    phase: MarketPhase
    clock: int | None
    received: int | None
    is_unbroken: bool = True


@dataclass(frozen=True, slots=True)
class CapitalState:
    """What the capital ladder allows, as whoever keeps it says.

    Attributes:
        may_trade: Whether it allows another trade.
        reason: Why not, or what is left (`1 of 2 trades today`).
        until: When it is expected to allow one, ns UTC; None where not known.
    """

    may_trade: bool
    reason: str
    until: int | None = None


def data_gate(health: DataHealth, settings: GateSettings) -> Gate:
    """Return the gate of the data by the records' own clocks."""
    if health.book not in _WHOLE:
        return _closed(DATA, _NOT_WHOLE[health.book])
    if health.phase is not MarketPhase.CONTINUOUS:
        return _closed(DATA, "no continuous trading seen yet")
    if not health.is_unbroken:
        return _closed(DATA, "the line broke, and what was read since is too short")
    age = 0 if health.clock is None or health.received is None else health.received - health.clock
    if age > settings.stale:
        return late(age)
    return Gate(DATA, is_open=True, reason=str(health.book))


def volatility_gate(volatility: Volatility) -> Gate:
    """Return the gate of the newest minutes' range."""
    if volatility.ratio is None:
        return Gate("volatility", is_open=True, reason="what is usual is not known yet")
    against = f"at this time on {volatility.days} earlier days" if volatility.days else "earlier today"
    reason = f"minutes are {volatility.ratio:.1f} times as wide as {against}"
    return Gate("volatility", is_open=not volatility.is_extreme, reason=reason)


def capital_gate(capital: CapitalState | None) -> Gate:
    """Return the gate of the capital ladder."""
    if capital is None:
        return Gate("capital", is_open=True, reason=NO_LADDER)
    return Gate("capital", is_open=capital.may_trade, reason=capital.reason, until=capital.until)


def may_prompt(
    score: Score, leans: Sequence[Lean], gates: Sequence[Gate], settings: ConfidenceSettings, *, armed: bool
) -> bool:
    """Whether a prompt may arise: armed, score and coverage high enough now, IMO there, and every gate open."""
    return (
        armed
        and score.side is not None
        and score.confidence is not None
        and score.confidence >= settings.arm
        and score.coverage >= settings.coverage
        and leans[1].available
        and all(gate.is_open for gate in gates)
    )


def _closed(name: str, reason: str) -> Gate:
    return Gate(name, is_open=False, reason=reason)
