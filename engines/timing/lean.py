"""How a pillar leans, without its reasons: read every minute, while reasons are made when it is said or looked at."""

from typing import Final

import msgspec

from engines.events import AggressorSide


class Lean(msgspec.Struct, frozen=True, gc=False):
    """A pillar's reading in figures; fields as of `events.Pillar`."""

    available: bool
    direction: AggressorSide | None
    strength: float


UNAVAILABLE: Final = Lean(available=False, direction=None, strength=0.0)
QUIET: Final = Lean(available=True, direction=None, strength=0.0)
