"""The mentor in sentences: each made from evidence that it carries, and from nothing else.

Every piece of evidence names a line of the event log, and every figure of a sentence stands in one of its pieces. Where
there is no evidence there is no sentence. Words are neutral: what was seen and whom it counts for, not what will come.
What rests on the clock, on a calendar or on the state of the data names the bar that the reading was made at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from engines.events import AggressorSide, Pillar, PillarName, Reason
from engines.mentor_view import Gate, PhaseMark, Sentence
from engines.timing.session_clock import SessionFact
from engines.timing.sessions import NEW_YORK
from engines.timing.trading_day import clock_text

MOST: Final = 8
"""Sentences that are told at most."""
_REASONS: Final = 2
"""Reasons that a sentence names at most."""
_WIDE: Final = 1.5
"""Minutes so many times as wide as usual are told of."""
_FOR: Final[dict[AggressorSide | None, str]] = {"buy": "buying", "sell": "selling", None: "neither side"}
_SIGNS: Final[dict[AggressorSide, int]] = {"buy": 1, "sell": -1}
_DECIDING: Final[dict[PillarName, str]] = {"QMO": "market state", "IMO": "the footprint"}
_FLOW: Final = "delta"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is told of: one reading, at the end of one bar.

    Attributes:
        ts: End of the bar.
        interval: Of the bar, which the event log holds.
        said: `ts` of the newest `pillars` line; None before the first.
        facts: What the session clock says, the most telling first.
        wide: How wide the newest minutes are, and in words; None where not known.
    """

    ts: int
    interval: str
    phase: PhaseMark | None
    pillars: tuple[Pillar, ...]
    side: AggressorSide | None
    armed: bool
    said: int | None
    facts: tuple[SessionFact, ...]
    wide: tuple[float, str] | None
    gates: tuple[Gate, ...]


def tell(subject: Subject) -> tuple[Sentence, ...]:
    """Return what is to be read of a reading, the most important first."""
    pillars = {pillar.name: pillar for pillar in subject.pillars}
    sentences = (
        *_closed_gates(subject),
        *_side(subject),
        *_phase(subject),
        *_zones(pillars),
        *_flow(pillars),
        *_place(pillars),
        *_width(subject),
        *_times(pillars),
        *_session(subject),
    )
    return tuple(islice(sentences, MOST))


def _closed_gates(subject: Subject) -> Iterator[Sentence]:
    closed = [gate for gate in subject.gates if not gate.is_open]
    if closed:
        evidence = tuple(_here(subject, f"{gate.name} gate", gate.reason) for gate in closed)
        yield _sentence("gate", f"no prompt: {'; '.join(gate.reason for gate in closed)}", evidence)


def _side(subject: Subject) -> Iterator[Sentence]:
    """Tell the side and who speaks for and against it."""
    side = subject.side
    if side is None or subject.said is None:
        return
    line = Reason("side", f"{side}{', armed' if subject.armed else ''}", None, "pillars", subject.said)
    against = [pillar for pillar in subject.pillars if pillar.direction is not None and pillar.direction != side]
    speaking = [words for name, words in _DECIDING.items() if _direction(subject, name) == side]
    text = f"{' and '.join(speaking)} {'speak' if len(speaking) > 1 else 'alone speaks'} for {_FOR[side]}"
    text += f"; {' and '.join(pillar.name for pillar in against)} against it" if against else ""
    text += "; armed" if subject.armed else ""
    opposed = tuple(reason for pillar in against for reason in pillar.reasons[:1])
    yield _sentence("side", text, (line, *opposed))


def _direction(subject: Subject, name: PillarName) -> AggressorSide | None:
    return next((pillar.direction for pillar in subject.pillars if pillar.name == name), None)


def _phase(subject: Subject) -> Iterator[Sentence]:
    mark = subject.phase
    if mark is None:
        return
    since = f"since {clock_text(mark.since, NEW_YORK)} New York"
    called = Reason(str(mark.phase), since, mark.strength, "phase", mark.since)
    reasons = mark.reasons[:_REASONS]
    speaks = "" if mark.direction is None else f", which counts for {_FOR[mark.direction]}"
    because = f": {'; '.join(_words(reason) for reason in reasons)}" if reasons else ""
    yield _sentence("phase", f"{mark.phase} {since}{speaks}{because}", (called, *reasons))


def _zones(pillars: dict[PillarName, Pillar]) -> Iterator[Sentence]:
    """Tell the strongest place of each side."""
    footprint = pillars["IMO"]
    for side, sign in _SIGNS.items():
        reason = next((one for one in footprint.reasons if one.name != _FLOW and (one.value or 0.0) * sign > 0), None)
        if reason is not None:
            yield _sentence("zone", f"{reason.name}: {reason.text}; counts for {_FOR[side]}", (reason,))


def _flow(pillars: dict[PillarName, Pillar]) -> Iterator[Sentence]:
    reason = next((one for one in pillars["IMO"].reasons if one.name == _FLOW), None)
    if reason is not None:
        yield _sentence("flow", f"{reason.name} of the newest minutes: {reason.text}", (reason,))


def _place(pillars: dict[PillarName, Pillar]) -> Iterator[Sentence]:
    gann = pillars["Gann"]
    reasons = gann.reasons[:_REASONS]
    if reasons:
        words = "; ".join(f"{reason.name}: {reason.text}" for reason in reasons)
        yield _sentence("place", f"{words}; counts for {_FOR[gann.direction]}", reasons)


def _width(subject: Subject) -> Iterator[Sentence]:
    if subject.wide is not None and subject.wide[0] >= _WIDE:
        evidence = _here(subject, "width", subject.wide[1])
        yield _sentence("risk", f"the newest {evidence.text}", (evidence,))


def _times(pillars: dict[PillarName, Pillar]) -> Iterator[Sentence]:
    reasons = (*pillars["Astro"].reasons[:1], *pillars["Cycle"].reasons[:1])
    if reasons:
        words = "; ".join(_words(reason) for reason in reasons)
        yield _sentence("timing", f"a time without a direction: {words}", reasons)


def _session(subject: Subject) -> Iterator[Sentence]:
    facts = subject.facts[:_REASONS]
    if facts:
        clock = _here(subject, "clock", f"{clock_text(subject.ts, NEW_YORK)} New York")
        evidence = tuple(_here(subject, fact.name, fact.text) for fact in facts)
        yield _sentence("session", f"{clock.text}: {'; '.join(fact.text for fact in facts)}", (clock, *evidence))


def _here(subject: Subject, name: str, text: str) -> Reason:
    """Return evidence that rests on the moment of the reading: the bar that ended then."""
    return Reason(name, text, None, "bar", subject.ts, subject.interval)


def _words(reason: Reason) -> str:
    return f"{reason.name} {reason.text}"


def _sentence(topic: str, text: str, evidence: Sequence[Reason]) -> Sentence:
    return Sentence(topic, f"{text[0].upper()}{text[1:]}.", tuple(evidence))
