"""How a pillar leans, without its reasons: read every minute, while reasons are made when it is said or looked at."""

from typing import Final, NamedTuple

from engines.events import AggressorSide


class Lean(NamedTuple):
    """A pillar's reading in figures; fields as of `events.Pillar`."""

    available: bool
    direction: AggressorSide | None
    strength: float


UNAVAILABLE: Final = Lean(available=False, direction=None, strength=0.0)
QUIET: Final = Lean(available=True, direction=None, strength=0.0)
