"""What a `MarketView` says of the whole: phase, pillars, confidence, gates, and the sentences that explain them.

Everything said names its evidence. Unknown is None. All of it is frozen, like the view.
"""

from typing import Final

import msgspec

from engines.events import AggressorSide, MarketPhaseName, Pillar, Reason

DISCLAIMER: Final = "Describes the market; no advice."
"""Stands beneath all that the mentor says."""


class PhaseMark(msgspec.Struct, frozen=True):
    """The market's phase as of the newest closed five-minute bar; fields as of the event `phase`.

    Attributes:
        since: End of the bar at which it was first called.
    """

    phase: MarketPhaseName
    direction: AggressorSide | None
    strength: float
    reasons: tuple[Reason, ...]
    ts: int
    since: int


class Gate(msgspec.Struct, frozen=True):
    """Something that forbids a prompt whatever the score; it never changes the score.

    Attributes:
        name: `data`, `session`, `news`, `volatility` or `capital`.
        is_open: Whether it lets prompts pass.
        reason: Why not, or what it looked at (`CPI in 4 min`).
        until: When it is expected to open, ns UTC; None where not known or open.
    """

    name: str
    is_open: bool
    reason: str
    until: int | None = None


class Calibration(msgspec.Struct, frozen=True):
    """How scores like this one came out on recorded sessions.

    Attributes:
        n: Outcomes that it rests on.
        probability: Share of them that reached the target first; None while `n` is too small to say.
        low: Lower end of its 80 % interval.
        high: Upper end.
        base_rate: Share of all outcomes that did.
        first: Date of the first session, ISO 8601.
        last: Date of the last one.
        note: Why a calibration that was made tells no probability, or why it is no more or nearer to the base rate.
    """

    n: int
    probability: float | None
    low: float | None
    high: float | None
    base_rate: float | None
    first: str
    last: str
    note: str = ""


class Sentence(msgspec.Struct, frozen=True):
    """One sentence of the mentor, made from the evidence it names and from nothing else.

    Attributes:
        topic: `gate`, `side`, `phase`, `zone`, `flow`, `place`, `risk`, `timing` or `session`.
    """

    topic: str
    text: str
    evidence: tuple[Reason, ...]


class MentorView(msgspec.Struct, frozen=True):
    """The mentor's reading, as of its newest evaluation.

    Attributes:
        ts: Event time of that evaluation.
        phase: None until enough bars have closed.
        pillars: In the order of their weights.
        side: The side that market state and footprint agree on; None for none. Waiting is no side.
        confidence: Score of that side, 0 to 1: a model's score, no probability. None without a side.
        coverage: Weight of the pillars that can be read, of all.
        armed: Whether the score has been high enough for long enough to let a prompt arise.
        since: Since when it is so; None while it was never armed.
        gates: All of them; those closed forbid prompts.
        sentences: What is to be read, the most important first.
        calibration: None while nothing was calibrated.
        threshold: Score from which it arms.
        may_prompt: Whether a prompt may arise now: armed, score and coverage high enough, IMO there, every gate open.
    """

    ts: int
    phase: PhaseMark | None
    pillars: tuple[Pillar, ...]
    side: AggressorSide | None
    confidence: float | None
    coverage: float
    armed: bool
    since: int | None
    gates: tuple[Gate, ...]
    sentences: tuple[Sentence, ...]
    calibration: Calibration | None = None
    threshold: float = 0.75
    may_prompt: bool = False
