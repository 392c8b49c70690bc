"""Sessions with a known probability: pillars drawn by dice, and scores that win as often as a formula of them says."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from engines.events import AggressorSide
from qmo_tui.calibration.calibrating import calibrate
from qmo_tui.calibration.calibration_file import Stored
from qmo_tui.calibration.collecting import Collected
from qmo_tui.calibration.inputs import PILLARS, Inputs, Reading, inputs_of
from qmo_tui.calibration.model import logistic
from qmo_tui.calibration.outcomes import MINUTE_NS, Barriers, Outcome
from qmo_tui.settings import Settings

BARRIERS: Final = Barriers(3.0, 3.0, 60 * MINUTE_NS, 2.5)
_FIRST: Final = date(2026, 1, 5)
_NEW_YORK: Final = ZoneInfo("America/New_York")
_BETWEEN_NS: Final = 25 * MINUTE_NS
_LASTS_NS: Final = 20 * MINUTE_NS


@dataclass(frozen=True)
class Truth:
    """Log odds of winning: `base` and a weight of each pillar, seen from the side of the score."""

    base: float = -0.2
    weights: dict[str, float] = field(default_factory=dict)

    def probability(self, inputs: Inputs) -> float:
        told = zip(PILLARS, inputs[: len(PILLARS)], strict=True)
        return logistic(self.base + sum(self.weights.get(name, 0.0) * (value or 0.0) for name, value in told))


def days(count: int) -> list[date]:
    """Return so many weekdays."""
    found: list[date] = []
    day = _FIRST
    while len(found) < count:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(days=1)
    return found


def session(day: date, truth: Truth, dice: np.random.Generator, scores: int = 40) -> tuple[Collected, list[float]]:
    """Return a session's scores, 25 minutes apart, and the probability that each won with."""
    start = round(datetime.combine(day, time(2), _NEW_YORK).timestamp() * 1e9)
    readings, outcomes, probabilities = [], [], []
    for number in range(scores):
        ts = start + number * _BETWEEN_NS
        side: AggressorSide = "buy" if dice.random() < 0.5 else "sell"
        own = 1 if side == "buy" else -1
        qmo, imo, gann = own * dice.uniform(0, 1), own * dice.uniform(-0.2, 1), dice.uniform(-1, 1)
        # Windows of time stay for hours, as those of the sky and of cycles do.
        astro, cycle = (max(0.0, np.sin(ts / (hours * 3.6e12) + day.day)) for hours in (3.1, 1.3))
        pillars = (qmo, imo, gann, float(astro), float(cycle))
        volatility = float(dice.normal(0, 0.3))
        inputs = inputs_of(pillars, side, ts, volatility)
        chance = truth.probability(inputs)
        confidence = 0.3 * inputs[0] + 0.25 * inputs[1] + 0.45 * 0.5  # type: ignore[operator]
        won = bool(dice.random() < chance)
        readings.append(Reading(ts, side, confidence, pillars, 6.0, volatility))
        outcomes.append(
            Outcome(ts, ts + _LASTS_NS, day.isoformat(), side, won, "target" if won else "stop", confidence, inputs)
        )
        probabilities.append(chance)
    collected = Collected(f"{day}.dbn.zst", "GC", False, BARRIERS, readings, outcomes, 0, scores, [])
    return collected, probabilities


def sessions(count: int, truth: Truth, seed: int = 1, scores: int = 40) -> tuple[list[Collected], list[float]]:
    """Return so many sessions and all their probabilities."""
    dice = np.random.default_rng(seed)
    made = [session(day, truth, dice, scores) for day in days(count)]
    return [one for one, _ in made], [chance for _, chances in made for chance in chances]


def calibrated(collected: list[Collected], settings: Settings | None = None) -> Stored:
    """Calibrate as the command does."""
    return calibrate(collected, settings or Settings(), version="test", digest="test")
