"""A calibration as text for people and as one object for scripts. What is unknown is `--`, or null."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from qmo_tui.aligned import aligned
from qmo_tui.calibration.calibration_file import Stored
from qmo_tui.calibration.inputs import PILLARS
from qmo_tui.calibration.measures import Bin, Interval, Measured
from qmo_tui.calibration.pillar_rates import PillarRate
from qmo_tui.calibration.shifted_dates import ShiftTest
from qmo_tui.calibration.walk_forward import LEAST_SESSIONS

_DIAGRAM_CELLS: Final = 51


def text(stored: Stored) -> str:
    """Return the whole report; without enough outcomes it holds no share of anything."""
    heading = f"{_counts(stored)}\n{_endings(stored)}\n\n"
    if stored.model is None or stored.fitted is None:
        return heading + _too_few(stored) + "\n"
    parts = (
        _measures(stored),
        _verdict(stored.fitted),
        _diagram(stored.fitted),
        _pillars(stored),
        _shifts(stored.shifts),
    )
    return heading + "\n".join(parts)


def _counts(stored: Stored) -> str:
    kind = "simulated " if stored.simulated else ""
    dates = f", {stored.sessions[0]} to {stored.sessions[-1]}" if stored.sessions else ""
    sessions = len(stored.sessions)
    return (
        f"{stored.n:,} outcome{'s' * (stored.n != 1)} of {kind}{stored.product} "
        f"in {sessions:,} session{'s' * (sessions != 1)}{dates}, "
        f"{stored.records:,} records"
    )


def _endings(stored: Stored) -> str:
    ways = [f"{count:,} ended by {way}" for way, count in stored.ended.items()]
    twice = [f"{stored.seen_twice:,} told twice"] if stored.seen_twice else []
    return f"counted: {stored.barriers.words} ({', '.join([*ways, f'{stored.left_out:,} left out', *twice])})"


def _too_few(stored: Stored) -> str:
    if stored.n < stored.needed:
        return f"not calibrated ({stored.n:,}): {stored.needed:,} outcomes are needed"
    if len(stored.sessions) < LEAST_SESSIONS:
        return f"not calibrated ({stored.n:,}): of {len(stored.sessions)} sessions; {LEAST_SESSIONS} are needed"
    return f"not calibrated ({stored.n:,}): no session has two before it that the embargo lets it learn from"


def _measures(stored: Stored) -> str:
    kinds = (
        ("fitted to the pillars", stored.fitted),
        ("fixed weights, recalibrated", stored.recalibrated),
        ("fixed weights, as they are", stored.score),
    )
    headings = ("probability", "n", "base rate", "Brier", "skill (95 %)", "log loss", "of base", "ECE (95 %)")
    rows = [_measure_cells(name, one) for name, one in kinds if one is not None]
    return aligned([headings, *rows])


def _measure_cells(name: str, one: Measured) -> tuple[str, ...]:
    return (
        name,
        f"{one.n:,}",
        f"{one.base_rate:.3f}",
        f"{one.brier:.4f}",
        f"{one.skill:+.3f} {_between(one.skill_interval, '+.3f')}",
        f"{one.log_loss:.4f}",
        f"{one.base_log_loss:.4f}",
        f"{one.ece:.3f} {_between(one.ece_interval, '.3f')}",
    )


def _between(interval: Interval, form: str) -> str:
    return f"({interval[0]:{form}} to {interval[1]:{form}})"


def _verdict(fitted: Measured) -> str:
    if fitted.skill_interval[0] > 0:
        return "On sessions it had not seen, the fit was better than the base rate.\n"
    return "No skill is shown on sessions it had not seen: beside the score stands the base rate.\n"


def _diagram(fitted: Measured) -> str:
    """Draw the reliability of each bin: `|---o---|` the share won with its interval, `*` the probability predicted."""
    headings = ("predicted", "n", "won", "share (95 %)", "0" + "1".rjust(_DIAGRAM_CELLS - 1))
    rows = [
        (
            f"{one.predicted:.3f}",
            f"{one.n:,}",
            f"{one.won:,}",
            f"{one.share:.3f} {_between(one.interval, '.3f')}",
            _bar(one),
        )
        for one in fitted.bins
    ]
    return aligned([headings, *rows]) + "  o share won, - its 95 % interval, * what was predicted, @ both\n"


def _bar(one: Bin) -> str:
    cells = [" "] * _DIAGRAM_CELLS
    low, high, share, predicted = (
        round(value * (_DIAGRAM_CELLS - 1)) for value in (*one.interval, one.share, one.predicted)
    )
    cells[low : high + 1] = "-" * (high + 1 - low)
    cells[share] = "o"
    cells[predicted] = "@" if predicted == share else "*"
    return "".join(cells)


def _pillars(stored: Stored) -> str:
    headings = (
        "pillar",
        "for",
        "won",
        "share (95 %)",
        "base rate",
        "lift",
        "against",
        "won",
        "quiet",
        "weight",
        "since",
    )
    fit = None if stored.model is None else dict(zip(PILLARS, stored.model.fit.weights, strict=False))
    return aligned([headings, *(_pillar_cells(one, fit or {}) for one in stored.pillars)])


def _pillar_cells(one: PillarRate, weights: dict[Any, float]) -> tuple[str, ...]:
    known = one.rate is not None and one.interval is not None and one.base_rate is not None
    share = f"{one.rate:.3f} {_between(one.interval, '.3f')}" if known and one.interval else "--"
    lift = "--" if one.rate is None or one.base_rate is None else f"{one.rate - one.base_rate:+.3f}"
    return (
        one.name,
        f"{one.n:,}",
        f"{one.won:,}",
        share,
        "--" if one.base_rate is None else f"{one.base_rate:.3f}",
        lift,
        f"{one.against:,}",
        f"{one.against_won:,}",
        f"{one.quiet:,}",
        f"{weights.get(one.name, 0.0):+.3f}",
        one.first or "--",
    )


def _shifts(tests: Sequence[ShiftTest]) -> str:
    headings = ("at shifted dates", "agreement", "shifted", "p", "corrected", "")
    return aligned([headings, *(_shift_cells(test) for test in tests)])


def _shift_cells(test: ShiftTest) -> tuple[str, ...]:
    if test.p_value is None or test.corrected is None:
        return (test.name, "--", "--", "--", "--", "said nothing at any outcome")
    verdict = "better than at wrong times" if test.corrected < 0.05 else "no better than at wrong times"
    return (
        test.name,
        f"{test.agreement:+.4f}",
        f"{test.shifted:+.4f}",
        f"{test.p_value:.4f}",
        f"{test.corrected:.4f}",
        verdict,
    )


def as_object(stored: Stored) -> dict[str, Any]:
    """Return everything but the resampled fits as one object for JSON."""
    told: dict[str, Any] = msgspec.to_builtins(stored)
    if stored.model is not None:
        told["model"] = {"inputs": told["model"]["inputs"], "fit": msgspec.structs.asdict(stored.model.fit)}
    return told | {"calibrated": stored.model is not None}
