"""The strongest period of the newest closed bars, and how likely chance alone makes one as strong.

Closes of a market are close to a random walk, whose spectrum is steep: its longest periods always look strongest. So
they are first freed of what an AR(1) process with a trend explains (white noise and a random walk are the two ends of
that), by least squares over the very bars looked at, all of them closed. What is left is white if there is nothing
else, and the powers of white noise at Goertzel's whole frequencies are independent and exponential. Fisher's test of
the largest of them against their sum is then exact, and corrected for all periods looked at by itself:

    P(g > x) = sum over j = 1 .. floor(1 / x) of (-1)^(j - 1) C(m, j) (1 - j x)^(m - 1)

for m periods (R. A. Fisher, Tests of significance in harmonic analysis, 1929).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, comb, floor, pi
from typing import Final

import numpy as np
import numpy.typing as npt

from engines.timing.swings import ClosedBar, SwingSide
from engines.timing_view import SpectralCycle

_FINER: Final = 16
"""Frequencies looked at for each whole one, to tell the period of the strongest finer than those do."""
_NOTHING: Final = 1e-6
"""Squared ticks below which what is left of a series is rounding."""
_DIGITS: Final = 4

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SpectrumSettings:
    """Settings of the strongest period.

    Attributes:
        bars: Newest closed bars looked at.
        shortest: Shortest period looked at, bars.
        longest: The longest.
        significance: A turn is expected where the p-value is at most this.
    """

    bars: int = 192
    shortest: int = 8
    longest: int = 48
    significance: float = 0.01


@dataclass(frozen=True, slots=True)
class Found:
    """The strongest period of a series.

    Attributes:
        period: Bars.
        p_value: As of Fisher's test over all periods looked at.
        turn: Bars from the newest one to the next turn, above 0 and at most half a period.
        side: Whether that is a high or a low.
    """

    period: float
    p_value: float
    turn: float
    side: SwingSide


class Spectrum:
    """The strongest period of one interval's bars, found when somebody looks and kept until the next close."""

    def __init__(self, interval: str, length: int, settings: SpectrumSettings) -> None:
        """Start before the first bar; `length` of the interval in ns."""
        self._interval = interval
        self._length = length
        self._settings = settings
        self._closes: deque[int] = deque(maxlen=settings.bars)
        self._end = 0
        self._is_seen = False
        self._seen: SpectralCycle | None = None

    def close(self, bar: ClosedBar) -> None:
        """Take a closed bar."""
        self._closes.append(bar.close)
        self._end = bar.end
        self._is_seen = False

    def look(self) -> SpectralCycle | None:
        """Return the strongest period; None while there are too few bars, and of a market that stood still."""
        if not self._is_seen:
            self._is_seen = True
            self._seen = self._find() if len(self._closes) == self._settings.bars else None
        return self._seen

    def _find(self) -> SpectralCycle | None:
        settings = self._settings
        found = strongest_period(self._closes, settings.shortest, settings.longest)
        if found is None:
            return None
        is_significant = found.p_value <= settings.significance
        return SpectralCycle(
            interval=self._interval,
            period=round(found.period, 1),
            bars=settings.bars,
            p_value=round(found.p_value, _DIGITS),
            turn=self._end + round(found.turn * self._length) if is_significant else None,
            turn_side=found.side if is_significant else None,
        )


def strongest_period(closes: Sequence[int], shortest: int, longest: int) -> Found | None:
    """Return the strongest period from `shortest` to `longest` bars; None where there is nothing to look at."""
    left, carried = _whitened(np.asarray(closes, np.float64))
    count = len(left)
    waves = np.fft.rfft(left, _FINER * count)
    first, last = ceil(count / longest), min(floor(count / shortest), (count - 1) // 2)
    powers = np.abs(waves[_FINER * first : _FINER * last + 1 : _FINER]) ** 2
    total = float(powers.sum())
    if not len(powers) or total < _NOTHING:
        return None
    p_value = fisher(float(powers.max()) / total, len(powers))
    around = max(1, _FINER * (first + int(powers.argmax()) - 1))
    place = around + int(np.abs(waves[around : around + 2 * _FINER + 1]).argmax())
    turns, wave = place / (_FINER * count), waves[place]
    # The wave of what is left, as it stands in the closes themselves: the filter 1 - carried / z undone.
    angle = 2 * pi * turns
    here = np.angle(wave / (1 - carried * np.exp(-1j * angle))) + angle * (count - 1)
    to_high, to_low = (-here) % (2 * pi), (pi - here) % (2 * pi)
    side: SwingSide = "high" if to_high < to_low else "low"
    return Found(1 / turns, p_value, float(min(to_high, to_low)) / angle, side)


def fisher(share: float, count: int) -> float:
    """Return how likely the largest of `count` exponential powers has such a share of their sum by chance."""
    terms = range(1, min(count, floor(1 / share)) + 1)
    total = sum((1.0 if j % 2 else -1.0) * comb(count, j) * max(0.0, 1 - j * share) ** (count - 1) for j in terms)
    return min(1.0, max(0.0, total))


def _whitened(closes: _Floats) -> tuple[_Floats, float]:
    """Return what an AR(1) process with a linear trend leaves of a series, and how much it carries over a bar."""
    before, after = closes[:-1], closes[1:]
    time = np.linspace(-1.0, 1.0, len(after))
    explained = np.column_stack((np.ones_like(time), time, before - before.mean()))
    fit = np.linalg.lstsq(explained, after, rcond=None)[0]
    return after - explained @ fit, float(fit[2])
