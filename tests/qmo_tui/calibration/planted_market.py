"""A market by hand whose scores win as often as a formula of their pillars says: lines of the log, minute by minute.

Price swings three ticks around a middle. After each score the middle goes its way, two ticks a minute, towards the
target or the stop as dice with the known probability decide, until well beyond both.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from engines.events import AggressorSide, Event
from qmo_tui.calibration.collecting import Collected, Listener, sample
from qmo_tui.calibration.inputs import inputs_of, signed_pillars
from tests.qmo_tui.calibration.lines import MINUTE, SECOND, TICK, bar, pillar, pillars
from tests.qmo_tui.calibration.planted import BARRIERS, Truth, days

_NEW_YORK = ZoneInfo("America/New_York")
_MINUTES = 20
"""Between scores."""
_STEP = 2.0
"""Ticks a minute."""
_APART = 5
"""Seconds between bars of a second."""


class PlantedMarket:
    """One session; `lines` says it once, then `chances` holds the probability that each score was to win with."""

    def __init__(self, day: date, truth: Truth, dice: np.random.Generator, scores: int) -> None:
        self.chances: list[float] = []
        self._now = round(datetime.combine(day, time(2), _NEW_YORK).timestamp()) * SECOND
        self._truth, self._dice, self._scores = truth, dice, scores
        self._middle = 30_000.0

    def lines(self) -> Iterator[Event]:
        """Say the session, in the order of the log."""
        for _ in range(30):
            yield from self._minute(0.0)
        for _ in range(self._scores):
            side: AggressorSide = "buy" if self._dice.random() < 0.5 else "sell"
            other: AggressorSide = "sell" if side == "buy" else "buy"
            imo = self._dice.uniform(-0.3, 1.0)
            told = (
                pillar("QMO", side, self._dice.uniform(0.0, 1.0)),
                pillar("IMO", side if imo > 0 else other, abs(imo)),
                pillar("Astro", None, self._dice.uniform(0.0, 1.0)),
            )
            line = pillars(self._now, side, *told, confidence=0.5)
            chance = self._truth.probability(inputs_of(signed_pillars(line.pillars), side, self._now, None))
            self.chances.append(chance)
            yield line
            rises = (self._dice.random() < chance) == (side == "buy")
            for _ in range(_MINUTES):
                yield from self._minute(_STEP if rises else -_STEP)
        for _ in range(30):
            yield from self._minute(0.0)

    def _minute(self, step: float) -> Iterator[Event]:
        ticks = []
        for second in range(0, 60, _APART):
            self._middle += step * _APART / 60
            ticks.append(round(self._middle + 3 * np.sin(2 * np.pi * second / 60)))
            yield bar(self._now + second * SECOND, "1s", ticks[-1], ticks[-1])
        yield bar(self._now, "1m", max(ticks), min(ticks), ticks[-1])
        self._now += MINUTE


def collected(count: int, truth: Truth, scores: int, seed: int = 1) -> tuple[list[Collected], list[float]]:
    """Return what listening to so many sessions collects, and the probability of each score."""
    dice = np.random.default_rng(seed)
    found, chances = [], []
    for day in days(count):
        market, listener = PlantedMarket(day, truth, dice, scores), Listener(TICK)
        listener.hear(market.lines())
        outcomes, left_out = sample(listener.readings, listener.prices(None), BARRIERS)
        chances += market.chances
        found.append(Collected(f"{day}", "GC", False, BARRIERS, listener.readings, outcomes, left_out, 0, []))
    return found, chances
