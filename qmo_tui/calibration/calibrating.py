"""What several recordings gave, put together: outcomes that overlap nowhere, a model, and what it is worth."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from qmo_tui.calibration.calibration_file import FORMAT, Stored
from qmo_tui.calibration.collecting import Collected
from qmo_tui.calibration.fitting import DRAWS, fit, sessions_of
from qmo_tui.calibration.measures import measure
from qmo_tui.calibration.outcomes import MINUTE_NS, Ended, Outcome
from qmo_tui.calibration.pillar_rates import pillar_rates
from qmo_tui.calibration.shifted_dates import shift_tests
from qmo_tui.calibration.walk_forward import LEAST_SESSIONS, walk_forward
from qmo_tui.errors import QmoError
from qmo_tui.settings import Settings

_WAYS: Final[tuple[Ended, ...]] = ("target", "stop", "time")


def calibrate(collected: Sequence[Collected], settings: Settings, *, version: str, digest: str) -> Stored:
    """Return what the recordings teach; without a model where they are too few.

    Raises:
        QmoError: They are of several products, or some are simulated and others are not.
    """
    first = of_one_market(collected)
    chosen, seen_twice = apart(outcome for one in collected for outcome in one.outcomes)
    sessions = sessions_of(chosen)
    stored = Stored(
        format=FORMAT,
        version=version,
        settings_digest=digest,
        product=first.product,
        simulated=first.simulated,
        barriers=first.barriers,
        recordings=tuple(one.source for one in collected),
        records=sum(one.records for one in collected),
        sessions=tuple(sessions),
        n=len(chosen),
        needed=settings.calibration.least_outcomes,
        left_out=sum(one.left_out for one in collected),
        seen_twice=seen_twice,
    )
    if len(chosen) < stored.needed or len(sessions) < LEAST_SESSIONS:
        return stored
    return _fitted(stored, chosen, collected, settings)


def of_one_market(collected: Sequence[Collected]) -> Collected:
    """Return the first of what was collected, having made sure that all of it belongs together.

    Raises:
        QmoError: It is of several products, or some is simulated and some is not.
    """
    kinds = {(one.product, one.simulated): one for one in collected}
    if len(kinds) > 1:
        held = ", ".join(sorted(f"{'simulated ' if simulated else ''}{product}" for product, simulated in kinds))
        raise QmoError(f"the recordings are of different markets ({held}): calibrate one at a time")
    return collected[0]


def apart(outcomes: Iterable[Outcome]) -> tuple[list[Outcome], int]:
    """Return outcomes in order that overlap nowhere, and how many were dropped because recordings tell a time twice."""
    kept: list[Outcome] = []
    dropped = 0
    for outcome in sorted(outcomes, key=lambda outcome: (outcome.ts, outcome.end)):
        if kept and outcome.ts < kept[-1].end:
            dropped += 1
        else:
            kept.append(outcome)
    return kept, dropped


def _fitted(stored: Stored, chosen: list[Outcome], collected: Sequence[Collected], settings: Settings) -> Stored:
    wanted = settings.calibration
    embargo = wanted.embargo * MINUTE_NS
    predicted = walk_forward(chosen, ridge=wanted.ridge, embargo=embargo)
    if not len(predicted.won):
        return stored
    readings = [reading for one in collected for reading in one.readings]
    return msgspec.structs.replace(
        stored,
        ended={way: sum(outcome.how == way for outcome in chosen) for way in _WAYS},
        base_rate=sum(outcome.won for outcome in chosen) / len(chosen),
        fitted=measure(predicted.fitted, predicted.won, predicted.sessions),
        recalibrated=measure(predicted.recalibrated, predicted.won, predicted.sessions),
        score=measure(predicted.score, predicted.won, predicted.sessions),
        pillars=pillar_rates(chosen),
        shifts=shift_tests(readings, chosen, wanted.shifts),
        model=fit(chosen, ridge=wanted.ridge, embargo=embargo, draws=DRAWS),
    )
