"""Gann, Astro and Cycle against themselves at the wrong time.

If a pillar knows something of the market, it must know more at its own time than at others. So its readings are moved
by a random offset along the recorded market time, which closes to a ring, thousands of times, and read anew at the
moments of the outcomes: everything stays as it is, how often windows come and how long they last, only the time is
wrong. The p-value is the share of offsets at which the pillar and the outcomes agree at least as well. Three pillars
are asked, so p-values are corrected by Holm's method. The test asks one side: that the pillar helps, as it claims.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from engines.mentor.pillars import TIMING
from engines.timing.trading_day import day_of
from qmo_tui.calibration.fitting import Numbers
from qmo_tui.calibration.inputs import PILLARS, Reading, sign_of
from qmo_tui.calibration.outcomes import MINUTE_NS, Outcome

ASKED: Final = ("Gann", "Astro", "Cycle")
_LEAST_SHIFT_NS: Final = 60 * MINUTE_NS
_SEED: Final = 1

Whole = npt.NDArray[np.int64]


class ShiftTest(msgspec.Struct, frozen=True):
    """One pillar at its own time and at others.

    Attributes:
        agreement: Covariance of its reading with the outcome.
        shifted: Mean of the same at the wrong times.
        p_value: None where the pillar said nothing at any outcome.
        corrected: The p-value corrected for the number of pillars asked.
    """

    name: str
    shifts: int
    agreement: float
    shifted: float
    p_value: float | None
    corrected: float | None


def shift_tests(readings: Sequence[Reading], outcomes: Sequence[Outcome], shifts: int) -> tuple[ShiftTest, ...]:
    """Test the pillars of `ASKED` against `shifts` random offsets; the same data draws the same offsets."""
    ring = _Ring(sorted(readings, key=lambda reading: reading.ts))
    at = np.array([place for place in (ring.place(outcome.ts) for outcome in outcomes) if place is not None], np.int64)
    kept = [outcome for outcome in outcomes if ring.place(outcome.ts) is not None]
    if not kept or ring.length <= 2 * _LEAST_SHIFT_NS:
        return tuple(ShiftTest(name, 0, 0.0, 0.0, None, None) for name in ASKED)
    offsets = np.random.default_rng(_SEED).integers(_LEAST_SHIFT_NS, ring.length - _LEAST_SHIFT_NS, shifts)
    won = np.array([outcome.won for outcome in kept], np.float64)
    won -= won.mean()
    sides = np.array([sign_of(outcome.side) for outcome in kept], np.float64)
    found = []
    for name in ASKED:
        values = ring.column(PILLARS.index(name))
        signs = np.ones(len(kept)) if name in TIMING else sides
        own = _agreement(values[ring.newest(at)] * signs, won)
        others = np.array(
            [_agreement(values[ring.newest((at + offset) % ring.length)] * signs, won) for offset in offsets]
        )
        silent = not others.any() and not own
        p_value = None if silent else (1 + int((others >= own).sum())) / (1 + shifts)
        found.append(ShiftTest(name, shifts, own, float(others.mean()), p_value, None))
    return _corrected(found)


def _agreement(values: Numbers, won: Numbers) -> float:
    return float(values @ won) / len(won)


def _corrected(tests: Sequence[ShiftTest]) -> tuple[ShiftTest, ...]:
    """Return the tests with p-values corrected by Holm's method."""
    ranked = sorted((test.p_value, number) for number, test in enumerate(tests) if test.p_value is not None)
    corrected: dict[int, float] = {}
    highest = 0.0
    for rank, (p_value, number) in enumerate(ranked):
        highest = max(highest, min(1.0, p_value * (len(ranked) - rank)))
        corrected[number] = highest
    return tuple(msgspec.structs.replace(test, corrected=corrected.get(number)) for number, test in enumerate(tests))


class _Ring:
    """Recorded market time laid end to end, day by day, and what the pillars said along it."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._rows = [[0.0 if value is None else value for value in reading.pillars] for reading in readings]
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._offsets: list[int] = []
        self.length = 0
        places = []
        day = None
        for number, reading in enumerate(readings):
            today = day_of(reading.ts)
            if today != day:
                self._close(readings[number - 1].ts if number else None)
                self._begins.append(reading.ts)
                self._offsets.append(self.length)
                day = today
            places.append(self.length + reading.ts - self._begins[-1])
        self._close(readings[-1].ts if readings else None)
        self._places: Whole = np.array(places, np.int64)

    def _close(self, last: int | None) -> None:
        if last is not None:
            self._ends.append(last)
            self.length += last - self._begins[-1] + MINUTE_NS

    def place(self, ts: int) -> int | None:
        """Return where on the ring a time lies; None outside of what was recorded."""
        day = bisect_right(self._begins, ts) - 1
        if day < 0 or ts > self._ends[day]:
            return None
        return self._offsets[day] + ts - self._begins[day]

    def newest(self, places: Whole) -> Whole:
        """Return the numbers of the newest readings at or before places on the ring."""
        return np.asarray(np.searchsorted(self._places, places, side="right") - 1, np.int64)

    def column(self, pillar: int) -> Numbers:
        """Return what one pillar said in each reading; 0 where it could not be read."""
        return np.array([row[pillar] for row in self._rows], np.float64)
