"""Hold rate of zones, less that of their controls.

A bid zone *held* where price traded a target above its band before a target below it, an ask zone the other way round;
where neither came within the hour, or before the data ended, it is undecided and left out. The target is twice the
usual range of a minute then, at least four ticks. A control is another moment with the band laid as far from its price
as the zone's was; the rate of a place's controls stands against the place's own outcome, and the mean of these
differences has a 95 % interval by the bootstrap over places.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from qmo_tui.evaluation.holding.controls import LEAST, Controls
from qmo_tui.evaluation.holding.path import MINUTE_NS, Path
from qmo_tui.evaluation.holding.places import Place
from qmo_tui.evaluation.resampling import mean_interval

HORIZON_NS: Final = 60 * MINUTE_NS
TARGET_RANGES: Final = 2.0
LEAST_TARGET: Final = 4
ALL: Final = "all zones"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a place.

    Attributes:
        held: None where it is undecided.
        target: Ticks beyond the band that decide.
        controls: Controls that were decided.
        control_rate: The share of them that held; None where there are too few.
    """

    place: Place
    held: bool | None
    target: int
    controls: int
    control_rate: float | None


@dataclass(frozen=True, slots=True)
class HoldRate:
    """All places of one kind.

    Attributes:
        said: Places said.
        decided: Those that held or broke.
        held: Those that held.
        compared: Decided ones with enough controls; the rates and the difference are of these.
        rate: Share that held.
        control_rate: Mean share of their controls that held.
        interval: Of the difference of the two, 95 %; None with fewer than five.
    """

    kind: str
    said: int
    decided: int
    held: int
    compared: int
    rate: float | None
    control_rate: float | None
    interval: tuple[float, float] | None

    @property
    def difference(self) -> float | None:
        """Hold rate less that of the controls."""
        return None if self.rate is None or self.control_rate is None else self.rate - self.control_rate


def outcomes(path: Path, places: Sequence[Place]) -> list[Outcome]:
    """Return what became of each place."""
    controls = Controls(path, places)
    return [_outcome(path, place, controls) for place in places]


def _outcome(path: Path, place: Place, controls: Controls) -> Outcome:
    at, usual = path.at(place.ts), path.usual_range(place.ts)
    if at < 0 or usual is None:
        return Outcome(place, None, LEAST_TARGET, 0, None)
    target = max(LEAST_TARGET, round(TARGET_RANGES * usual))
    decided = [
        held
        for other in controls.of(place, at, max(1.0, usual))
        if (held := _held(path, place, at, other, target)) is not None
    ]
    rate = sum(decided) / len(decided) if len(decided) >= LEAST else None
    return Outcome(place, _held(path, place, at, at, target), target, len(decided), rate)


def _held(path: Path, place: Place, at: int, start: int, target: int) -> bool | None:
    """Return whether the band of a place said after trade `at` holds when it is laid beside trade `start`."""
    moved = int(path.ticks[start] - path.ticks[at])
    low, high = place.low + moved - target, place.high + moved + target
    first = path.reached_first(start, low, high, int(path.times[start]) + HORIZON_NS)
    if first == 0:
        return None
    return first == (1 if place.side == "bid" else -1)


def hold_rates(found: Sequence[Outcome]) -> list[HoldRate]:
    """Return the hold rate of each kind, in the order in which they were first said, and of all together."""
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        kinds[outcome.place.kind].append(outcome)
    rates = [_hold_rate(kind, of_kind) for kind, of_kind in kinds.items()]
    return [*rates, _hold_rate(ALL, found)] if len(rates) > 1 else rates


def _hold_rate(kind: str, found: Sequence[Outcome]) -> HoldRate:
    decided = [outcome.held for outcome in found if outcome.held is not None]
    pairs = np.array(
        [
            (outcome.held, outcome.control_rate)
            for outcome in found
            if outcome.held is not None and outcome.control_rate is not None
        ],
        dtype=np.float64,
    ).reshape(-1, 2)
    rates = pairs.mean(axis=0).tolist() if len(pairs) else [None, None]
    differences = pairs[:, 0] - pairs[:, 1]
    return HoldRate(
        kind, len(found), len(decided), sum(decided), len(pairs), rates[0], rates[1], mean_interval(differences)
    )
