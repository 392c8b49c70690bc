"""What a reading of the pillars is to the model: numbers that are the same when fitted and when shown.

A pillar that speaks for a side counts as direction times strength, seen from the side that the score is of: +1 is all
for it, -1 all against it. Astro and Cycle tell a time and no side, so only their strength counts. Beside them stand the
time in the trading day and the volatility regime, which pillars know nothing of.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import cos, log, pi, sin
from types import MappingProxyType
from typing import Final

import msgspec

from engines.events import AggressorSide, Bar, Event, Pillar, PillarName
from engines.mentor.pillars import TIMING
from engines.timing.average_range import AverageRange
from engines.timing.trading_day import trading_day

PILLARS: Final[tuple[PillarName, ...]] = ("QMO", "IMO", "Gann", "Astro", "Cycle")
NAMES: Final = (*PILLARS, "day sine", "day cosine", "volatility")
CLAIMS: Final = frozenset(PILLARS)
"""Inputs that claim to speak for the side; a weight against the claim is not believed."""
MINUTE: Final = "1m"
_SIGNS: Final[Mapping[AggressorSide | None, int]] = MappingProxyType({"buy": 1, "sell": -1, None: 0})
_DAY_NS: Final = 24 * 3_600 * 1_000_000_000
_SLOW_BARS: Final = 240
"""Minutes over which the usual range is averaged that the newest is compared with."""

Inputs = tuple[float | None, ...]
"""One number for each of `NAMES`; None is unknown."""


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """One `pillars` line as it is needed here.

    Attributes:
        pillars: Signed, in the order of `PILLARS`, not yet seen from a side.
        average: Average range of a minute then, ticks; None where too few have closed.
        volatility: As of `Ranges`.
    """

    ts: int
    side: AggressorSide | None
    confidence: float | None
    pillars: Inputs
    average: float | None
    volatility: float | None


def sign_of(side: AggressorSide | None) -> int:
    """Return 1 for buy, -1 for sell, 0 for neither."""
    return _SIGNS[side]


class Ranges:
    """How far the market moves in a minute, lately and usually; hears closed minutes as they are said."""

    def __init__(self, tick: float) -> None:
        """Hear of a contract with this tick, in currency units."""
        self.newest = AverageRange()
        self._tick = tick
        self._slow: float | None = None

    def fresh(self) -> "Ranges":
        """Return what hears of the same contract from its beginning."""
        return Ranges(self._tick)

    def hear(self, events: Iterable[Event]) -> None:
        """Take what the engines say; all but complete minutes is passed over."""
        for event in events:
            if isinstance(event, Bar) and event.interval == MINUTE and event.complete:
                self.close(round(event.high / self._tick), round(event.low / self._tick))

    def close(self, high: int, low: int) -> None:
        """Take a closed minute, in ticks."""
        self.newest.close(high, low)
        span = float(max(1, high - low))
        self._slow = span if self._slow is None else self._slow + (span - self._slow) / _SLOW_BARS

    @property
    def volatility(self) -> float | None:
        """Natural logarithm of the newest average range over the usual one; None before there is one."""
        if self.newest.ticks is None or self._slow is None:
            return None
        return log(self.newest.ticks / self._slow)


def signed(pillar: Pillar) -> float | None:
    """Return direction times strength, of Astro and Cycle the strength; None where it cannot be read."""
    if not pillar.available:
        return None
    return pillar.strength if pillar.name in TIMING else sign_of(pillar.direction) * pillar.strength


def signed_pillars(pillars: Sequence[Pillar]) -> Inputs:
    """Return all five in the order of `PILLARS`; one that is missing is unknown."""
    found = {pillar.name: signed(pillar) for pillar in pillars}
    return tuple(found.get(name) for name in PILLARS)


def inputs_of(pillars: Inputs, side: AggressorSide, ts: int, volatility: float | None) -> Inputs:
    """Return what the model is given for a score of `side` at a time (ns UTC), from signed pillars."""
    seen = [
        value if value is None or name in TIMING else value * sign_of(side)
        for name, value in zip(PILLARS, pillars, strict=True)
    ]
    turn = 2 * pi * (ts - trading_day(ts).start) / _DAY_NS
    return (*seen, sin(turn), cos(turn), volatility)
