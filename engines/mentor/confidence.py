"""Side, confidence and coverage of five pillars, and when a score counts as armed.

`docs/mentor.md` gives the rules with worked examples. The score is a model's, no probability; it is never smoothed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from engines.events import AggressorSide, Pillar
from engines.mentor.pillars import TIMING

_NEUTRAL_TIMING: Final = 0.5
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
    """

    least_lean: float = 0.2
    arm: float = 0.75
    disarm: float = 0.68
    coverage: float = 0.75
    dwell: int = 60_000_000_000


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


def scored(pillars: Sequence[Pillar], least_lean: float) -> Score:
    """Return the score of the five pillars, market state and footprint first."""
    weight = available = 0.0
    for pillar in pillars:
        weight += pillar.weight
        if pillar.available:
            available += pillar.weight
    coverage = round(available / weight, _DIGITS) if weight else 0.0
    side = _side(pillars[:2], least_lean)
    return Score(side, None if side is None else _confidence(pillars, side), coverage)


def _side(deciding: Sequence[Pillar], least_lean: float) -> AggressorSide | None:
    """Return the side that market state and footprint lean to; None where they oppose each other or lean too little."""
    lean = weight = 0.0
    sides = set()
    for pillar in deciding:
        if not pillar.available:
            continue
        weight += pillar.weight
        if pillar.direction is not None and pillar.strength > 0.0:
            sides.add(pillar.direction)
            lean += pillar.weight * pillar.strength
    if len(sides) != 1 or not weight or lean / weight < least_lean:
        return None
    return sides.pop()


def _confidence(pillars: Sequence[Pillar], side: AggressorSide) -> float:
    """Return what speaks for a side, of what could; 0 where more speaks against it.

    A time without a direction counts by as much as it is there, above and below the line: one that is near lifts the
    score, and a quiet one leaves it as it is.
    """
    favour = most = 0.0
    for pillar in pillars:
        if not pillar.available:
            continue
        said = pillar.weight * pillar.strength
        if pillar.direction is None and pillar.name in TIMING:
            favour += _NEUTRAL_TIMING * said
            most += _NEUTRAL_TIMING * said
            continue
        most += pillar.weight
        if pillar.direction is not None:
            favour += said if pillar.direction == side else -said
    return round(max(0.0, favour / most), _DIGITS) if most else 0.0


class Arming:
    """Whether a side's score has been high enough for long enough.

    It arms once every reading of `dwell` has had the same side and at least `arm`, and disarms with the first reading
    below `disarm` or of another side or none: so it arms no more than once in a dwell, and is not held back from
    disarming.

    Attributes:
        armed: Whether it is.
        since: Time of the reading that made it so, ns; None before the first.
    """

    def __init__(self, settings: ConfidenceSettings) -> None:
        """Start disarmed."""
        self.armed = False
        self.since: int | None = None
        self._settings = settings
        self._side: AggressorSide | None = None
        self._reached: int | None = None

    def take(self, ts: int, score: Score) -> None:
        """Take a reading; times never go back."""
        settings, confidence = self._settings, score.confidence or 0.0
        if self.since is None:
            self.since = ts
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
