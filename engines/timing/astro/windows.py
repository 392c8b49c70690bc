"""Windows around exact moments in the sky, said as the market's clock reaches them, and the pillar they make.

A window is a time in which somebody who believes in it would look closer; it has no direction. How much of all time the
windows of its kind cover is said with each, because what is nearly always true tells nothing.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from engines.book.layout import HOUR_NS, MINUTE_NS, SECOND_NS
from engines.events import Pillar, Reason, Window
from engines.timing.astro.ephemeris import DAY_NS, Body
from engines.timing.astro.sky import SkyEvent, SkyKind, sky_of
from engines.timing.lean import QUIET, Lean
from engines.timing.sessions import NEW_YORK
from engines.timing_view import UpcomingWindow

_DAYS_SHOWN: Final = 7
_MOST_SHOWN: Final = 12
_DIGITS: Final = 2
"""Of strengths: finer ones would be new readings every minute without telling more."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How windows of one kind are: they reach `half` ns to both sides, and cover the share `base_rate` of all time."""

    half: int
    base_rate: float


KINDS: Final = {
    SkyKind.QUARTER: _Kind(6 * HOUR_NS, 0.07),
    SkyKind.MOON_ASPECT: _Kind(2 * HOUR_NS, 0.23),
    SkyKind.ASPECT: _Kind(6 * HOUR_NS, 0.11),
    SkyKind.STATION: _Kind(24 * HOUR_NS, 0.06),
    SkyKind.INGRESS: _Kind(2 * HOUR_NS, 0.09),
}
"""Half widths as traders of these things use them; base rates as measured over 2024 to 2026 and tested."""
_WIDEST: Final = max(kind.half for kind in KINDS.values())


@dataclass(frozen=True, slots=True)
class AstroSettings:
    """How much a body's windows count, 0 to 1; a window of two bodies counts as their mean."""

    moon: float = 0.4
    mercury: float = 0.5
    venus: float = 0.2
    sun: float = 0.3
    mars: float = 0.6
    jupiter: float = 0.7
    saturn: float = 0.8

    def weight(self, bodies: tuple[Body, ...]) -> float:
        """Return how much a window of these bodies counts."""
        return sum(float(getattr(self, body.name.lower())) for body in bodies) / len(bodies)


class _Weighed(msgspec.Struct, frozen=True, gc=False):
    """A window and how much it counts."""

    window: Window
    weight: float


class AstroWindows:
    """Says each window once, in the order of their beginnings: those of one trading day at a time."""

    def __init__(self, settings: AstroSettings | None = None) -> None:
        """Start before the first trading day."""
        self._settings = settings or AstroSettings()
        self._end: int | None = None
        self._waiting: deque[_Weighed] = deque()
        self._said: list[_Weighed] = []
        self._shown: tuple[int, tuple[UpcomingWindow, ...]] | None = None

    def begin_day(self, moment: int, end: int) -> list[Window]:
        """Start a trading day at its first moment with a record; it ends before `end`. Return what is to be said.

        That is the rest of the day before, and what began since and is not over, as of now.
        """
        rest, since = list(self._waiting), self._end
        self._end = end
        windows = self._between(moment - _WIDEST, end + _WIDEST)
        self._waiting = deque(weighed for weighed in windows if moment < weighed.window.start < end)
        in_force = [
            _Weighed(msgspec.structs.replace(weighed.window, ts=moment), weighed.weight)
            for weighed in windows
            if weighed.window.start <= moment < weighed.window.end and (since is None or weighed.window.start >= since)
        ]
        lasting = [weighed for weighed in self._said if weighed.window.end > moment]
        self._said = lasting + rest + in_force
        return [weighed.window for weighed in rest + in_force]

    def take(self, clock: int) -> list[Window]:
        """Return the windows that have begun by `clock`, ns UTC, and were not said."""
        if not self._waiting or self._waiting[0].window.start > clock:
            return []
        begun: list[Window] = []
        while self._waiting and self._waiting[0].window.start <= clock:
            weighed = self._waiting.popleft()
            self._said.append(weighed)
            begun.append(weighed.window)
        return begun

    def lean(self, clock: int) -> Lean:
        """Return what `pillar` says, without its reasons."""
        strength, window = self._strongest(clock)
        return QUIET if window is None else Lean(available=True, direction=None, strength=strength)

    def pillar(self, clock: int, weight: float) -> Pillar:
        """Return the reading of a moment of the running trading day.

        Its strength is the largest weight of a window in force, times how near its exact moment is: 1 there, 0 at the
        window's ends.
        """
        strength, window = self._strongest(clock)
        return _quiet(weight) if window is None else _told(window, strength, weight)

    def _strongest(self, clock: int) -> tuple[float, Window | None]:
        """Return the largest strength in force and its window; of equal ones that of the window that began first."""
        largest, strongest = 0.0, None
        for weighed in self._said:
            window = weighed.window
            if window.ts <= clock < window.end:
                strength = _strength(weighed, clock)
                if strongest is None or strength > largest:
                    largest, strongest = strength, window
        return largest, strongest

    def shown(self, clock: int) -> tuple[UpcomingWindow, ...]:
        """Return what is in force or comes within days, the next one's begin first; made once a minute."""
        minute = clock // MINUTE_NS
        if self._shown is None or self._shown[0] != minute:
            coming = self._between(clock - _WIDEST, clock + _DAYS_SHOWN * DAY_NS)
            shown = [weighed.window for weighed in coming if weighed.window.end > clock]
            self._shown = minute, tuple(_upcoming(window) for window in shown[:_MOST_SHOWN])
        return self._shown[1]

    def _between(self, start: int, end: int) -> list[_Weighed]:
        """Return the windows of the days from `start` to `end`, in the order of their beginnings."""
        days = range(start // DAY_NS, end // DAY_NS + 1)
        found = [_Weighed(_around(event), self._settings.weight(event.bodies)) for day in days for event in sky_of(day)]
        return sorted(found, key=lambda weighed: weighed.window.start)


def _strength(weighed: _Weighed, clock: int) -> float:
    window = weighed.window
    half = window.end - window.exact
    return round(weighed.weight * max(0.0, 1.0 - abs(clock - window.exact) / half), _DIGITS)


def _quiet(weight: float) -> Pillar:
    return Pillar(
        "Astro", available=True, direction=None, strength=0.0, weight=weight, reasons=(), note="no window now"
    )


def _told(window: Window, strength: float, weight: float) -> Pillar:
    reason = Reason(window.name, _text(window.exact, window.base_rate), strength, "window", window.ts, window.name)
    return Pillar(
        "Astro", available=True, direction=None, strength=strength, weight=weight, reasons=(reason,), ts=window.ts
    )


@lru_cache(maxsize=64)
def _text(exact: int, base_rate: float | None) -> str:
    moment = datetime.fromtimestamp(exact // SECOND_NS, NEW_YORK)
    return f"exact {moment:%Y-%m-%d %H:%M}; such windows cover {base_rate:.0%} of all time"


def _upcoming(window: Window) -> UpcomingWindow:
    return UpcomingWindow("astro", window.name, window.start, window.end, window.exact, None, window.base_rate)


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
