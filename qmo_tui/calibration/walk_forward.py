"""Walk-forward: every session is judged by a model that knew only sessions before it.

The first third of the sessions only teaches. The rest is cut into blocks of whole sessions; each is predicted by a
model fitted to all sessions before it, less what was not decided an embargo before the block begins.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from qmo_tui.calibration.fitting import Flags, Numbers, before, fit, recalibration, sessions_of, split, won_of
from qmo_tui.calibration.model import logistic
from qmo_tui.calibration.outcomes import Outcome

LEAST_SESSIONS: Final = 6
"""Two to teach and four to be tested at least: with fewer an interval over sessions means nothing."""
_BLOCKS: Final = 8
_TEACHING: Final = 1 / 3


class Block(NamedTuple):
    """Outcomes of some sessions, and what a model of them may learn from."""

    training: list[Outcome]
    tested: list[Outcome]


class Predicted(NamedTuple):
    """What was said of outcomes before they were known, one row an outcome.

    Attributes:
        sessions: Number of the session of each, from 0.
        fitted: Probabilities of the fitted model.
        recalibrated: Those of the fixed-weight score, recalibrated on earlier sessions alone.
        score: The fixed-weight score as it stands.
    """

    won: Flags
    sessions: np.ndarray[tuple[int], np.dtype[np.int64]]
    fitted: Numbers
    recalibrated: Numbers
    score: Numbers


def blocks(outcomes: Sequence[Outcome], embargo: int) -> list[Block]:
    """Cut outcomes into tested blocks of sessions with what came before; `embargo` in ns."""
    sessions = sessions_of(outcomes)
    first = max(2, round(_TEACHING * len(sessions)))
    found = []
    for tested_sessions in np.array_split(np.array(sessions[first:]), _BLOCKS):
        names = set(tested_sessions.tolist())
        if not names:
            continue
        tested = [outcome for outcome in outcomes if outcome.session in names]
        earlier = [outcome for outcome in outcomes if outcome.session < min(names)]
        found.append(Block(before(earlier, tested, embargo), tested))
    return [block for block in found if len(sessions_of(block.training)) >= 2]


def walk_forward(outcomes: Sequence[Outcome], *, ridge: float, embargo: int) -> Predicted:
    """Predict the tested blocks of outcomes, which must be of `LEAST_SESSIONS` sessions at least."""
    tested: list[Outcome] = []
    fitted: list[float] = []
    recalibrated: list[float] = []
    for block in blocks(outcomes, embargo):
        model = fit(block.training, ridge=ridge, embargo=embargo)
        fitted += [model.probability(outcome.inputs) for outcome in block.tested]
        _, later = split(block.training, embargo)
        slope, offset = recalibration(_scores(later), won_of(later))
        recalibrated += [logistic(slope * outcome.confidence + offset) for outcome in block.tested]
        tested += block.tested
    numbers = {session: number for number, session in enumerate(sessions_of(tested))}
    return Predicted(
        won_of(tested),
        np.array([numbers[outcome.session] for outcome in tested], np.int64),
        np.array(fitted, np.float64),
        np.array(recalibrated, np.float64),
        _scores(tested),
    )


def _scores(outcomes: Sequence[Outcome]) -> Numbers:
    return np.array([outcome.confidence for outcome in outcomes], np.float64)
