"""Side, confidence and coverage of five pillars, and when a score counts as armed.

`docs/mentor.md` gives the rules with worked examples. The score is a model's, no probability; it is never smoothed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from engines.events import AggressorSide
from engines.timing.lean import Lean

Leans = tuple[Lean, Lean, Lean, Lean, Lean]
"""Of QMO, IMO, Gann, Astro, Cycle."""
_DIRECTED: Final = 3
"""Market state, footprint and Gann have directions, the others tell times."""
_TIMING_SHARE: Final = 0.5
"""How much of itself a time without a direction counts for a side."""
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class ConfidenceSettings:
    """When pillars make a side, and when its score arms.

    Attributes:
        least_lean: Smallest weighted mean of market state and footprint that is a side.
        arm: Score from which on a side may arm.
        disarm: Score below which an armed one disarms; above `arm` it means `arm`.
        coverage: Smallest coverage that lets a prompt arise.
        dwell: How long the score must have been at `arm` or above without a break before it is armed, ns.
        lapse: Without a reading for so long nothing is armed any more, ns.
    """

    least_lean: float = 0.2
    arm: float = 0.75
    disarm: float = 0.68
    coverage: float = 0.75
    dwell: int = 5_000_000_000
    lapse: int = 180_000_000_000


class Score(NamedTuple):
    """What the pillars make together.

    Attributes:
        side: None where market state and footprint do not speak for one together; waiting is no side.
        confidence: 0 to 1; None without a side.
        coverage: Weight of the available pillars, of all.
    """

    side: AggressorSide | None
    confidence: float | None
    coverage: float


def scored(leans: Leans, weights: Sequence[float], least_lean: float) -> Score:
    """Return the score of the five pillars."""
    qmo, imo, gann, astro, cycle = leans
    available = (qmo.available, imo.available, gann.available, astro.available, cycle.available)
    coverage = _coverage(available, tuple(weights))
    side = _side(leans, weights, least_lean)
    return Score(side, None if side is None else _confidence(leans, weights, side), coverage)


@lru_cache(maxsize=64)
def _coverage(availability: tuple[bool, ...], weights: tuple[float, ...]) -> float:
    """Return the weight of the available pillars, of all; it seldom changes and is asked for at every reading."""
    every = available = 0.0
    for is_available, weight in zip(availability, weights, strict=True):
        every += weight
        if is_available:
            available += weight
    return round(available / every, _DIGITS) if every else 0.0


def _side(leans: Leans, weights: Sequence[float], least_lean: float) -> AggressorSide | None:
    """Return the side that market state and footprint lean to; None where they oppose each other or lean too little."""
    qmo, imo = leans[0], leans[1]
    by_qmo, by_imo = _leans_to(qmo), _leans_to(imo)
    side = by_qmo or by_imo
    if side is None or (by_imo is not None and by_imo != side):
        return None
    available = (weights[0] if qmo.available else 0.0) + (weights[1] if imo.available else 0.0)
    leaned = (weights[0] * qmo.strength if by_qmo else 0.0) + (weights[1] * imo.strength if by_imo else 0.0)
    return side if available and leaned / available >= least_lean else None


def _leans_to(lean: Lean) -> AggressorSide | None:
    return lean.direction if lean.available and lean.strength > 0.0 else None


def _confidence(leans: Leans, weights: Sequence[float], side: AggressorSide) -> float:
    """Return what speaks for a side, of what could; 0 where more speaks against it.

    A time has no direction and counts half, by as much as it is there, above and below the line: one that is near lifts
    the score, and a quiet one leaves it as it is.
    """
    favour = most = 0.0
    for place, (lean, weight) in enumerate(zip(leans, weights, strict=True)):
        if not lean.available:
            continue
        if place >= _DIRECTED:
            favour += _TIMING_SHARE * weight * lean.strength
            most += _TIMING_SHARE * weight * lean.strength
            continue
        most += weight
        if lean.direction is not None:
            favour += weight * (lean.strength if lean.direction == side else -lean.strength)
    return round(max(0.0, favour / most), _DIGITS) if most else 0.0


class Arming:
    """Whether a side's score has been high enough for long enough.

    It arms once every reading of `dwell` has had the same side and at least `arm`, and disarms with the first reading
    below `disarm` or of another side or none: so it arms no more than once in a dwell, and is not held back from
    disarming. Where readings cease it lapses: an old score is none, and what comes after a silence begins anew.

    Attributes:
        armed: Whether it is.
        since: When it became so, ns; None until it first arms: nothing was disarmed.
    """

    def __init__(self, settings: ConfidenceSettings) -> None:
        """Start disarmed."""
        self.armed = False
        self.since: int | None = None
        self._settings = settings
        self._side: AggressorSide | None = None
        self._reached: int | None = None
        self._newest: int | None = None

    @property
    def is_near(self) -> bool:
        """Whether the next reading could arm or disarm: it is armed, or the score has reached `arm`."""
        return self.armed or self._reached is not None

    def lapse(self, before: int) -> int | None:
        """Hear that no other reading lies before a moment; return when it disarmed for the want of one, None if not."""
        if self._newest is None or before <= (end := self._newest + self._settings.lapse):
            return None
        self._newest = self._reached = None
        if not self.armed:
            return None
        self.armed, self.since = False, end
        return end

    def take(self, ts: int, score: Score, traded: int | None = None) -> None:
        """Take a reading; times never go back, and before one that comes late `lapse` has been asked.

        Args:
            ts: Its time.
            score: What it makes.
            traded: Up to when the market that it reads traded, where that is earlier: a longer bar ends in a silence.
        """
        settings, confidence = self._settings, score.confidence or 0.0
        self._newest = ts if traded is None else traded
        if score.side is None or score.side != self._side or confidence < settings.arm:
            self._reached = None
        if self.armed and (score.side != self._side or confidence < min(settings.disarm, settings.arm)):
            self.armed, self.since = False, ts
        self._side = score.side
        if self.armed or score.side is None or confidence < settings.arm:
            return
        if self._reached is None:
            self._reached = ts
        if ts - self._reached >= settings.dwell:
            self.armed, self.since = True, ts
