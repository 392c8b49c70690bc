"""Cycles: windows at 21, 45 and 90 bars from confirmed pivots, and what a pillar makes of them.

Nothing here is known to have an edge (`docs/cycles.md`), so each window carries how often a bar lies in one by chance.
Windows have no direction. All readings depend on closed bars alone.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from engines.events import Pillar, Reason, Window
from engines.timing.cycles.pivots import HALVES, Pivot, Pivots
from engines.timing.cycles.spectrum import Spectrum, SpectrumSettings
from engines.timing.lean import QUIET, UNAVAILABLE, Lean
from engines.timing.sessions import NEW_YORK
from engines.timing.swings import ClosedBar, SwingSide
from engines.timing.trading_day import TradingDay
from engines.timing_view import CycleCount, SpectralCycle
from feeds.instrument import Instrument

_SECOND_NS: Final = 1_000_000_000
INTERVALS: Final = {"5m": 300 * _SECOND_NS, "15m": 900 * _SECOND_NS, "1h": 3_600 * _SECOND_NS}
"""Bars that are counted, and their lengths in ns."""
_WEIGHTS: Final = {"5m": 0.3, "15m": 0.5, "1h": 0.8}
"""Strength that the middle of a window of each interval adds to the pillar, which ends at 1."""
_DIGITS: Final = 3
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class CycleSettings:
    """Settings of the cycle engine.

    Attributes:
        wing: Bars on each side of a pivot.
        reach: Bars before it that it stands out from.
        pivots: Newest pivots of each side that bars are counted from.
        spectrum: Of which bars the strongest period is looked for; no event depends on it.
    """

    wing: int = 3
    reach: int = 21
    pivots: int = 2
    spectrum: SpectrumSettings = field(default_factory=SpectrumSettings)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A window that was said, and the pivot and number it is of."""

    interval: str
    pivot: Pivot
    target: int
    window: Window


class Cycles:
    """Counts and periods of one instrument."""

    def __init__(self, instrument: Instrument, settings: CycleSettings | None = None) -> None:
        """Start before the first bar."""
        settings = settings or CycleSettings()
        self._instrument = instrument
        self._pivots = {name: Pivots(settings.wing, settings.reach, settings.pivots) for name in INTERVALS}
        self._spectra = {name: Spectrum(name, length, settings.spectrum) for name, length in INTERVALS.items()}
        self._opened: list[_Opened] = []

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day. Counts go on: the bars of a chart do."""

    def close(self, interval: str, bar: ClosedBar) -> list[Window]:
        """Take a closed bar of any interval; return the windows that begin with the next one."""
        pivots = self._pivots.get(interval)
        if pivots is None:
            return []
        self._spectra[interval].close(bar)
        begun = pivots.close(bar)
        if not begun:
            return []
        rate = round(pivots.base_rate, _DIGITS)
        opened = [
            _Opened(interval, pivot, target, _window(interval, pivot, target, bar.end, rate)) for pivot, target in begun
        ]
        self._opened = [one for one in self._opened if one.window.end > bar.end] + opened
        return [one.window for one in opened]

    def lean(self, clock: int) -> Lean:
        """Return what `pillar` says, without its reasons."""
        if not any(pivots.live for pivots in self._pivots.values()):
            return UNAVAILABLE
        running = self._running(clock)
        return Lean(available=True, direction=None, strength=_strength(running, clock)) if running else QUIET

    def _running(self, clock: int) -> list[_Opened]:
        """Return the windows in force, the one that says most first."""
        running = [one for one in self._opened if one.window.start <= clock < one.window.end]
        running.sort(key=lambda one: -_share(one, clock))
        return running

    def pillar(self, clock: int, weight: float) -> Pillar:
        """Read the pillar at a time: the windows in force, each by its interval and by how near its middle is.

        It never has a direction.
        """
        if not any(pivots.live for pivots in self._pivots.values()):
            return _quiet(weight, "no confirmed pivot yet", available=False)
        running = self._running(clock)
        if not running:
            return _quiet(weight, self._next(), available=True)
        return Pillar(
            name="Cycle",
            available=True,
            direction=None,
            strength=_strength(running, clock),
            weight=weight,
            reasons=tuple(self._reason(one, clock) for one in running),
            ts=max(one.window.ts for one in running),
        )

    def counts(self) -> tuple[CycleCount, ...]:
        """Return the counts of every pivot, those of the shortest bars first, then the nearest first."""
        found = [_counted(interval, pivot) for interval, pivots in self._pivots.items() for pivot in pivots.live]
        places = list(INTERVALS)
        return tuple(sorted(found, key=lambda one: (places.index(one.interval), one.left, one.pivot, one.side)))

    def spectral(self) -> tuple[SpectralCycle, ...]:
        """Return the strongest period of each interval that has enough closed bars; found when first asked for."""
        found = (spectrum.look() for spectrum in self._spectra.values())
        return tuple(cycle for cycle in found if cycle is not None)

    def _reason(self, one: _Opened, clock: int) -> Reason:
        away = (one.window.exact - clock) / INTERVALS[one.interval]
        when = f"in {away:.0f} bars" if away >= 1 else f"{-away:.0f} bars ago" if away <= -1 else "now"
        return Reason(
            name=f"{one.target} bars",
            text=f"{one.window.name}, {when}; so are {one.window.base_rate:.0%} of bars",
            value=self._instrument.price(one.pivot.tick),
            kind="window",
            ts=one.window.ts,
            id=one.window.name,
        )

    def _next(self) -> str:
        counts = self.counts()
        coming = [one for one in counts if one.left > 0]
        if not coming:
            return "no count runs"
        soonest = min(coming, key=lambda one: one.left * INTERVALS[one.interval])
        name = _name(soonest.interval, soonest.target, soonest.side, soonest.pivot)
        return f"next: {name} in {soonest.left} bars"


def _quiet(weight: float, note: str, *, available: bool) -> Pillar:
    return Pillar("Cycle", available, direction=None, strength=0.0, weight=weight, reasons=(), note=note)


def _window(interval: str, pivot: Pivot, target: int, start: int, base_rate: float) -> Window:
    """Return the window that starts at `start`; when it ends assumes that every interval to come has a bar."""
    half, length = HALVES[target], INTERVALS[interval]
    return Window(
        ts=start,
        engine="cycle",
        name=_name(interval, target, pivot.side, pivot.start),
        start=start,
        end=start + (2 * half + 1) * length,
        exact=start + half * length,
        price=None,
        base_rate=base_rate,
    )


def _strength(running: list[_Opened], clock: int) -> float:
    return round(min(1.0, sum(_share(one, clock) for one in running)), _DIGITS)


def _share(one: _Opened, clock: int) -> float:
    """Return what a window adds to the pillar: its interval's whole weight in its middle bar, less to its ends."""
    half, length = HALVES[one.target], INTERVALS[one.interval]
    bars = abs((clock - one.window.exact) // length)
    return _WEIGHTS[one.interval] * (1 - bars / (half + 1))


def _counted(interval: str, pivot: Pivot) -> CycleCount:
    target = pivot.target
    left = target - pivot.bars
    return CycleCount(
        interval=interval,
        side=pivot.side,
        pivot=pivot.start,
        tick=pivot.tick,
        bars=pivot.bars,
        target=target,
        left=left,
        in_force=left <= HALVES[target] + 1,
    )


def _name(interval: str, target: int, side: SwingSide, start: int) -> str:
    local = datetime.fromtimestamp(start // _SECOND_NS, NEW_YORK)
    return f"{target} from the {_WEEKDAYS[local.weekday()]} {local:%H:%M} {side} ({interval})"
