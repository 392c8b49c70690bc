"""Each pillar by itself, counted by hand."""

import pytest

from qmo_tui.calibration.inputs import PILLARS
from qmo_tui.calibration.outcomes import Outcome
from qmo_tui.calibration.pillar_rates import PillarRate, pillar_rates


def outcome(number: int, *, won: bool, **told: float | None) -> Outcome:
    pillars = tuple(told.get(name, 0.0) for name in PILLARS)
    return Outcome(
        number,
        number + 1,
        f"2026-01-0{number}",
        "buy",
        won,
        "target" if won else "stop",
        0.5,
        (*pillars, 0.0, 1.0, 0.0),
    )


TOLD = (
    outcome(1, won=True, QMO=0.8, Cycle=None),
    outcome(2, won=True, QMO=0.1, Cycle=None, Astro=0.4),
    outcome(3, won=False, QMO=0.5, Cycle=0.7),
    outcome(4, won=False, QMO=-0.5, Gann=-0.2),
    outcome(5, won=True, Gann=-0.3),
)


def rate(name: str) -> PillarRate:
    (found,) = (one for one in pillar_rates(TOLD) if one.name == name)
    return found


def test_a_pillar_counts_where_it_spoke_for_the_side_and_where_against() -> None:
    qmo = rate("QMO")
    assert (qmo.n, qmo.won, qmo.against, qmo.against_won, qmo.quiet, qmo.unavailable) == (3, 2, 1, 0, 1, 0)
    assert qmo.rate == pytest.approx(2 / 3)
    assert (qmo.base_rate, qmo.first) == (0.6, "2026-01-01")
    assert qmo.interval is not None
    assert qmo.interval[0] < 2 / 3 < qmo.interval[1]


def test_a_pillar_that_never_spoke_for_the_side_has_no_rate() -> None:
    gann = rate("Gann")
    assert (gann.n, gann.rate, gann.interval, gann.against, gann.against_won) == (0, None, None, 2, 1)


def test_a_time_has_no_side_to_speak_against() -> None:
    astro = rate("Astro")
    assert (astro.n, astro.won, astro.against, astro.quiet) == (1, 1, 0, 4)


def test_the_base_rate_of_a_pillar_is_of_what_it_could_be_read_in() -> None:
    cycle = rate("Cycle")
    assert (cycle.n, cycle.won, cycle.quiet, cycle.unavailable) == (1, 0, 2, 2)
    assert cycle.base_rate == pytest.approx(1 / 3)
    assert cycle.first == "2026-01-03"
