"""Counts of what was found, and what they come to: precision, recall, F1, each with its 95 % interval."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Final

from qmo_tui.evaluation.detectors import Detector
from qmo_tui.evaluation.matching import Occurrence, Tolerance, pair
from qmo_tui.evaluation.readings import Recorded, Truth
from qmo_tui.evaluation.truth_file import Thing

AGAIN: Final = "said again"
_QUANTILE: Final = 1.959964
"""Of the normal distribution, for 95 %."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that was missed, or said wrongly: enough to look at its records.

    Attributes:
        session: Which recording.
        why: The name of a decoy that was taken for the real thing, or None.
    """

    session: str
    ts: int
    side: str
    price: float
    count: int
    label: str
    why: str | None = None


@dataclass(slots=True)
class Score:
    """What one detector did. All counts are of its unit.

    Attributes:
        truth: Scored things that are true.
        found: What was said, less what is neither right nor wrong.
        matched: Of both, what was paired.
        compared: Of the matched, those whose figures could be compared.
        exact: Of the compared, those that agree.
        aside: True things that this recording cannot show whole.
        controls: Controls planted.
        control_hits: False ones that took a control for the real thing.
        delays: Of each pair, ns from when it could first be known to when it was said; earliest and latest.
        missed: Scored and not found.
        false: Said and not true.
    """

    truth: int = 0
    found: int = 0
    matched: int = 0
    compared: int = 0
    exact: int = 0
    aside: int = 0
    controls: int = 0
    control_hits: int = 0
    delays: tuple[int, int] | None = None
    missed: list[Incident] = field(default_factory=list)
    false: list[Incident] = field(default_factory=list)

    @property
    def precision(self) -> float | None:
        """Of what was said, the share that is true; None where nothing was said."""
        return _share(self.matched, self.found)

    @property
    def recall(self) -> float | None:
        """Of what is true, the share that was found; None where there was nothing to find."""
        return _share(self.matched, self.truth)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of the two; None where nothing is true and nothing was said."""
        return _share(2 * self.matched, self.truth + self.found)

    @property
    def f1_against_controls(self) -> float | None:
        """F1 over planted things and their controls alone; None without controls."""
        return _share(2 * self.matched, self.truth + self.matched + self.control_hits) if self.controls else None

    def __add__(self, other: "Score") -> "Score":
        """Return both sessions together."""
        both = [delays for delays in (self.delays, other.delays) if delays is not None]
        return Score(
            truth=self.truth + other.truth,
            found=self.found + other.found,
            matched=self.matched + other.matched,
            compared=self.compared + other.compared,
            exact=self.exact + other.exact,
            aside=self.aside + other.aside,
            controls=self.controls + other.controls,
            control_hits=self.control_hits + other.control_hits,
            delays=(min(first for first, _ in both), max(last for _, last in both)) if both else None,
            missed=self.missed + other.missed,
            false=self.false + other.false,
        )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """Return the 95 % interval (Wilson) of a share; None of nothing."""
    if not whole:
        return None
    share, weight = part / whole, _QUANTILE**2 / whole
    middle = (share + weight / 2) / (1 + weight)
    reach = _QUANTILE / (1 + weight) * sqrt(share * (1 - share) / whole + weight / (4 * whole))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def score(
    detector: Detector, things: Sequence[Thing], recorded: Recorded, said: Sequence[Occurrence], session: str = ""
) -> Score:
    """Hold what was said in a session against what is true of it.

    What is left of what was said is paired with what is aside, which takes it out of the count; the rest is false, and
    named after the decoy that lies within the tolerance.
    """
    truth = detector.truth(things, recorded)
    within = detector.tolerance
    # What was over so late that a detector had less than its full time for it is aside too.
    latest = recorded.last - (within.span or 0)
    truth.aside += [one for one in truth.scored if one.end > latest]
    scored = pair([one for one in truth.scored if one.end <= latest], said, within)
    aside = pair(truth.aside, scored.false, within)

    matched = sum(min(one.count, other.count) for one, other in scored.pairs)
    compared = [(one, other) for one, other in scored.pairs if one.figures is not None]
    exact = [one for one, other in compared if (one.figures, one.count) == (other.figures, other.count)]
    delays = [other.begin - one.begin for one, other in scored.pairs]
    false = [(one, _why(one, truth, within)) for one in aside.false]
    return Score(
        truth=matched + _count(scored.missed),
        found=matched + _count(aside.false),
        matched=matched,
        compared=sum(min(one.count, other.count) for one, other in compared),
        exact=_count(exact),
        aside=_count(truth.aside),
        controls=sum(name == detector.control for name, _ in truth.decoys),
        control_hits=sum(one.count for one, why in false if why is not None and why == detector.control),
        delays=(min(delays), max(delays)) if delays else None,
        missed=[_incident(one, session, recorded.tick) for one in scored.missed],
        false=[_incident(one, session, recorded.tick, why) for one, why in false],
    )


def _count(occurrences: Sequence[Occurrence]) -> int:
    return sum(one.count for one in occurrences)


def _why(said: Occurrence, truth: Truth, within: Tolerance) -> str | None:
    """Name the mistake: the nearest decoy within the tolerance, else that what is said had been found already."""
    near = [(distance, name) for name, decoy in truth.decoys if (distance := within.distance(decoy, said)) is not None]
    if near:
        return min(near)[1]
    return AGAIN if any(within.distance(one, said) is not None for one in truth.scored) else None


def _incident(one: Occurrence, session: str, tick: float, why: str | None = None) -> Incident:
    return Incident(session, one.begin, one.side, round(one.low * tick, 9), one.count, one.label, why)
