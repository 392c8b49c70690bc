"""Windows around exact moments in the sky, said as the market's clock reaches them.

A window is a time in which somebody who believes in it would look closer; it has no direction. How much of all time the
windows of its kind cover is said with each, because what is nearly always true tells nothing.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import msgspec

from engines.events import Window
from engines.timing.astro.ephemeris import DAY_NS
from engines.timing.astro.sky import SkyEvent, SkyKind, sky_of
from engines.timing.trading_day import trading_day

_HOUR_NS: Final = DAY_NS // 24


@dataclass(frozen=True, slots=True)
class _Kind:
    """How windows of one kind are: they reach `half` ns to both sides, and cover the share `base_rate` of all time."""

    half: int
    base_rate: float


KINDS: Final = {
    SkyKind.QUARTER: _Kind(6 * _HOUR_NS, 0.07),
    SkyKind.MOON_ASPECT: _Kind(2 * _HOUR_NS, 0.23),
    SkyKind.ASPECT: _Kind(6 * _HOUR_NS, 0.11),
    SkyKind.STATION: _Kind(24 * _HOUR_NS, 0.06),
    SkyKind.INGRESS: _Kind(2 * _HOUR_NS, 0.09),
}
"""Half widths as traders of these things use them; base rates as measured over 2024 to 2026 and tested."""
_WIDEST: Final = max(kind.half for kind in KINDS.values())


class AstroWindows:
    """Says each window once, in the order of their beginnings: those of one trading day at a time."""

    def __init__(self) -> None:
        self._end: int | None = None
        self._waiting: deque[Window] = deque()

    def begin_day(self, moment: int, end: int) -> list[Window]:
        """Start a trading day at its first moment with a record; it ends before `end`. Return what is to be said.

        That is the rest of the day before, and what began since and is not over, as of now.
        """
        rest, since = list(self._waiting), self._end
        self._end = end
        days = range((moment - _WIDEST) // DAY_NS, (end + _WIDEST) // DAY_NS + 1)
        windows = sorted((_around(event) for day in days for event in sky_of(day)), key=lambda window: window.start)
        self._waiting = deque(window for window in windows if moment < window.start < end)
        in_force = [
            msgspec.structs.replace(window, ts=moment)
            for window in windows
            if window.start <= moment < window.end and (since is None or window.start >= since)
        ]
        return rest + in_force

    def take(self, clock: int) -> list[Window]:
        """Return the windows that have begun by `clock`, ns UTC, and were not said."""
        begun: list[Window] = []
        while self._waiting and self._waiting[0].start <= clock:
            begun.append(self._waiting.popleft())
        return begun

    def take_bar(self, clock: int) -> list[Window]:
        """Do both where only finished bars are known: `clock` is the end of one."""
        if self._end is None or clock >= self._end:
            return self.begin_day(clock, trading_day(clock).end)
        return self.take(clock)


def _around(event: SkyEvent) -> Window:
    kind = KINDS[event.kind]
    start = event.ts - kind.half
    return Window(
        ts=start,
        engine="astro",
        name=event.name,
        start=start,
        end=event.ts + kind.half,
        exact=event.ts,
        price=None,
        base_rate=kind.base_rate,
    )
