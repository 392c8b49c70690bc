"""The strongest period: found where it is, and no more often significant by chance than its p-value says."""

from collections.abc import Callable
from math import cos, pi
from pathlib import Path
from random import Random

import numpy as np
import pytest

from engines.timing.cycles.spectrum import Spectrum, SpectrumSettings, fisher, strongest_period
from engines.timing.swings import ClosedBar
from tests.engines.timing.closed_bars import hours_of_gold

BARS = 192
SERIES = 500
HOUR = 3_600_000_000_000
Noise = Callable[[np.random.Generator], np.ndarray[tuple[int], np.dtype[np.float64]]]


def carried(share: float, dice: np.random.Generator, step: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return an AR(1) series."""
    series = np.zeros(BARS)
    for bar, shock in enumerate(dice.normal(0, step, BARS - 1), start=1):
        series[bar] = share * series[bar - 1] + shock
    return series


def with_quiet_and_loud_times(dice: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a walk whose steps are large after large ones."""
    series, variance = np.zeros(BARS), 100.0
    for bar in range(1, BARS):
        shock = dice.normal() * variance**0.5
        variance = 5 + 0.1 * shock**2 + 0.85 * variance
        series[bar] = series[bar - 1] + shock
    return series


NOISES: dict[str, Noise] = {
    "white noise": lambda dice: dice.normal(0, 50, BARS),
    "random walk": lambda dice: dice.normal(0, 10, BARS).cumsum(),
    "walk with a drift": lambda dice: (dice.normal(0, 10, BARS) + 3).cumsum(),
    "walk with wild steps": lambda dice: (10 * dice.standard_t(3, BARS)).cumsum(),
    "walk with quiet and loud times": with_quiet_and_loud_times,
    "red noise": lambda dice: carried(0.9, dice, 20),
    "walk with bounce": lambda dice: dice.normal(0, 10, BARS).cumsum() + dice.normal(0, 3, BARS),
}


@pytest.mark.parametrize("name", NOISES)
def test_p_values_of_noise_are_uniform_or_larger(name: str) -> None:
    """Three standard errors of SERIES series are allowed."""
    dice = np.random.default_rng(7)
    p_values = []
    for _ in range(SERIES):
        found = strongest_period(NOISES[name](dice).round().astype(int).tolist(), 8, 48)
        assert found is not None
        p_values.append(found.p_value)
    for level in (0.01, 0.05, 0.1, 0.25, 0.5):
        share = sum(one <= level for one in p_values) / SERIES
        assert share <= level + 3 * (level * (1 - level) / SERIES) ** 0.5


def test_on_two_years_of_gold_hours_few_cycles_are_significant(data: Path) -> None:
    engine = Spectrum("1h", HOUR, SpectrumSettings())
    p_values = []
    for number, bar in enumerate(hours_of_gold(data)):
        engine.close(bar)
        seen = engine.look() if number % 48 == 0 else None
        p_values += [] if seen is None else [seen.p_value]
    assert len(p_values) > 150
    assert sum(one <= 0.05 for one in p_values) / len(p_values) == pytest.approx(0.06, abs=0.015)
    assert sum(one <= 0.01 for one in p_values) / len(p_values) == pytest.approx(0.017, abs=0.007)


@pytest.mark.parametrize("period", [10.0, 16.5, 24.0, 33.0, 44.0])
def test_a_planted_cycle_is_found_with_its_period_and_its_next_turn(period: float) -> None:
    dice = np.random.default_rng(int(period * 10))
    walk = dice.normal(0, 5, BARS).cumsum()
    for phase in (0.3, 1.9, 3.5, 5.1):
        wave = [40 * cos(2 * pi * bar / period + phase) for bar in range(BARS)]
        found = strongest_period([round(one) for one in walk + wave], 8, 48)
        assert found is not None
        assert found.p_value < 0.001
        assert found.period == pytest.approx(period, rel=0.05)
        angle = 2 * pi * (BARS - 1) / period + phase
        to_high, to_low = (-angle % (2 * pi)) / (2 * pi) * period, ((pi - angle) % (2 * pi)) / (2 * pi) * period
        expected = to_high if found.side == "high" else to_low
        away = abs(found.turn - expected)
        assert min(away, period - away) < 0.12 * period


def test_the_largest_of_exponential_powers_has_the_share_that_fishers_test_says() -> None:
    dice = np.random.default_rng(3)
    powers = dice.exponential(size=(40_000, 20))
    shares = powers.max(axis=1) / powers.sum(axis=1)
    for share in (0.12, 0.18, 0.25, 0.33):
        assert fisher(share, 20) == pytest.approx(float((shares > share).mean()), abs=0.008)


def test_fishers_test_ends_at_certainty_and_at_nothing() -> None:
    assert fisher(1.0, 20) == 0.0
    assert fisher(1 / 20, 20) == pytest.approx(1.0)
    assert fisher(0.3, 1) == 1.0


def test_a_market_that_stands_still_or_rises_evenly_has_no_cycle() -> None:
    assert strongest_period([26_500] * BARS, 8, 48) is None
    assert strongest_period(list(range(26_500, 26_500 + 7 * BARS, 7)), 8, 48) is None


def bars_of(closes: list[int]) -> list[ClosedBar]:
    return [
        ClosedBar(number * HOUR, (number + 1) * HOUR, close, close, close, close, 0)
        for number, close in enumerate(closes)
    ]


def test_a_turn_is_expected_only_where_the_cycle_is_significant() -> None:
    dice = Random(2)
    noise = [dice.gauss(0, 10) for _ in range(BARS)]
    quiet, loud = Spectrum("1h", HOUR, SpectrumSettings()), Spectrum("1h", HOUR, SpectrumSettings())
    for one in bars_of([round(value) for value in noise]):
        quiet.close(one)
    for one in bars_of([round(value + 60 * cos(2 * pi * bar / 24)) for bar, value in enumerate(noise)]):
        loud.close(one)
    seen, significant = quiet.look(), loud.look()
    assert seen is not None
    assert seen.p_value > 0.01
    assert (seen.turn, seen.turn_side) == (None, None)
    assert significant is not None
    assert significant.p_value <= 0.01
    assert significant.period == pytest.approx(24, abs=0.5)
    assert significant.turn_side == "high"
    assert significant.turn == pytest.approx(192 * HOUR + HOUR, abs=HOUR)


def test_nothing_is_known_of_fewer_bars_than_are_looked_at() -> None:
    engine = Spectrum("1h", HOUR, SpectrumSettings())
    for number, one in enumerate(bars_of([26_500 + (7 * bar) % 31 for bar in range(BARS)]), start=1):
        engine.close(one)
        assert (engine.look() is None) == (number < BARS)


def test_what_is_known_depends_on_the_newest_bars_alone() -> None:
    dice = Random(5)
    closes = [round(sum(dice.gauss(0, 10) for _ in range(1 + bar % 3))) for bar in range(2 * BARS)]
    whole, newest = Spectrum("1h", HOUR, SpectrumSettings()), Spectrum("1h", HOUR, SpectrumSettings())
    bars = bars_of(closes)
    for one in bars:
        whole.close(one)
    for one in bars[BARS:]:
        newest.close(one)
    assert whole.look() == newest.look()
