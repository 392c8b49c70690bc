"""Each pillar by itself: how often the side it spoke for won, beside how often any did."""

from collections.abc import Sequence

import msgspec
import numpy as np

from engines.mentor.pillars import TIMING
from qmo_tui.calibration.fitting import matrix_of, sessions_of, won_of
from qmo_tui.calibration.inputs import PILLARS
from qmo_tui.calibration.measures import Interval
from qmo_tui.calibration.outcomes import Outcome
from qmo_tui.evaluation.scores import wilson


class PillarRate(msgspec.Struct, frozen=True):
    """One pillar; of Astro and Cycle *for* means in a window.

    Attributes:
        n: Outcomes in which it spoke for the score's side.
        won: Of them.
        rate: None, as the interval (95 %, Wilson), where there are none.
        against: Outcomes in which it spoke against the side.
        against_won: Of them.
        quiet: Outcomes in which it said neither.
        unavailable: Outcomes in which it could not be read.
        base_rate: Share won of all outcomes in which it could be read.
        first: Date of the first session in which it could be read, ISO 8601.
    """

    name: str
    n: int
    won: int
    rate: float | None
    interval: Interval | None
    against: int
    against_won: int
    quiet: int
    unavailable: int
    base_rate: float | None
    first: str | None


def pillar_rates(outcomes: Sequence[Outcome]) -> tuple[PillarRate, ...]:
    """Return the hit rate of every pillar."""
    values, won = matrix_of(outcomes), won_of(outcomes)
    found = []
    for place, name in enumerate(PILLARS):
        column = values[:, place]
        spoke, against, known = column > 0, column < 0, ~np.isnan(column)
        n, hits, readable = int(spoke.sum()), int(won[spoke].sum()), int(known.sum())
        seen = sessions_of([outcome for outcome, is_known in zip(outcomes, known, strict=True) if is_known])
        found.append(
            PillarRate(
                name,
                n,
                hits,
                hits / n if n else None,
                wilson(hits, n),
                0 if name in TIMING else int(against.sum()),
                0 if name in TIMING else int(won[against].sum()),
                int((column == 0).sum()),
                len(outcomes) - readable,
                float(won[known].mean()) if readable else None,
                seen[0] if seen else None,
            )
        )
    return tuple(found)
