"""Cycles: windows at 21, 45 and 90 bars from confirmed pivots, and what a pillar makes of them.

Nothing here is known to have an edge (`docs/cycles.md`), so each window carries how often a bar lies in one by chance.
Windows have no direction. All readings depend on closed bars alone.
"""

from dataclasses import dataclass, field
from typing import Final

from engines.book.layout import SECOND_NS
from engines.events import Pillar, Reason, Window
from engines.timing.cycles.pivots import HALVES, Pivot, Pivots
from engines.timing.cycles.spectrum import Spectrum, SpectrumSettings
from engines.timing.lean import QUIET, UNAVAILABLE, Lean
from engines.timing.swings import ClosedBar
from engines.timing.trading_day import TradingDay
from engines.timing_view import CycleCount, SpectralCycle, UpcomingWindow
from feeds.instrument import Instrument

INTERVALS: Final = {"5m": 300 * SECOND_NS, "15m": 900 * SECOND_NS, "1h": 3_600 * SECOND_NS}
"""Bars that are counted, and their lengths in ns."""
_SHORTEST: Final = min(INTERVALS.values())
_WEIGHTS: Final = {"5m": 0.3, "15m": 0.5, "1h": 0.8}
"""Strength that the middle of a window of each interval adds to the pillar, which ends at 1."""
_DIGITS: Final = 3


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
    """A window that was said, the interval and number it is of, and what a pillar that speaks of it rests on."""

    interval: str
    target: int
    window: Window
    reason: Reason


class Cycles:
    """Counts and periods of one instrument."""

    def __init__(self, instrument: Instrument, settings: CycleSettings | None = None, *, watched: bool = True) -> None:
        """Start before the first bar; where nobody watches, bars are kept for no spectrum."""
        self._watched = watched
        settings = settings or CycleSettings()
        self._instrument = instrument
        self._pivots = {name: Pivots(name, settings.wing, settings.reach, settings.pivots) for name in INTERVALS}
        self._spectra = {name: Spectrum(name, length, settings.spectrum) for name, length in INTERVALS.items()}
        self._ends = dict.fromkeys(INTERVALS, 0)
        self._opened: list[_Opened] = []
        self._leans_from = self._leans_until = 0
        self._leans = UNAVAILABLE
        self._told: Pillar | None = None

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day. Counts go on: the bars of a chart do."""

    def close(self, interval: str, bar: ClosedBar) -> list[Window]:
        """Take a closed bar of any interval; return the windows that begin with the next one."""
        pivots = self._pivots.get(interval)
        if pivots is None:
            return []
        self._ends[interval] = bar.end
        self._leans_until = 0
        if self._watched:
            self._spectra[interval].close(bar)
        begun = pivots.close(bar)
        if not begun:
            return []
        opened = [self._open(interval, pivot, target, bar.end) for pivot, target in begun]
        self._opened = [one for one in self._opened if one.window.end > bar.end] + opened
        return [one.window for one in opened]

    def _open(self, interval: str, pivot: Pivot, target: int, moment: int) -> _Opened:
        rate = round(self._pivots[interval].base_rate, _DIGITS)
        window = _window(interval, pivot, target, moment, rate)
        reason = Reason(
            name=f"{target} bars",
            text=f"from {pivot.label}; {rate:.0%} of bars lie in such a window",
            value=self._instrument.price(pivot.tick),
            kind="window",
            ts=window.ts,
            id=window.name,
        )
        return _Opened(interval, target, window, reason)

    # ------------------------------------------------------------------------------------------------------- the pillar

    def lean(self, clock: int) -> Lean:
        """Return what `pillar` says, without its reasons; it changes with the shortest bars at most."""
        if not self._leans_from <= clock < self._leans_until:
            self._leans_from, self._leans_until = clock, (clock // _SHORTEST + 1) * _SHORTEST
            self._leans, self._told = self._look(clock), None
        return self._leans

    def _look(self, clock: int) -> Lean:
        running = self._running(clock)
        if running:
            return Lean(available=True, direction=None, strength=_strength(running))
        return QUIET if any(pivots.live for pivots in self._pivots.values()) else UNAVAILABLE

    def pillar(self, clock: int, weight: float) -> Pillar:
        """Read the pillar at a time: the windows in force, each by its interval and by how near its middle is.

        It never has a direction, and changes with the shortest bars at most, like `lean`.
        """
        known = self._told
        if known is None or known.weight != weight or not self._leans_from <= clock < self._leans_until:
            self.lean(clock)
            self._told = known = self._tell(clock, weight)
        return known

    def _tell(self, clock: int, weight: float) -> Pillar:
        running = self._running(clock)
        if not running:
            note = self._next()
            is_available = note is not None
            return Pillar(
                "Cycle", is_available, None, 0.0, weight, (), note=note or "no confirmed pivot to count from yet"
            )
        return Pillar(
            name="Cycle",
            available=True,
            direction=None,
            strength=_strength(running),
            weight=weight,
            reasons=tuple(one.reason for _, one in running),
            ts=max(one.window.ts for _, one in running),
        )

    def _running(self, clock: int) -> list[tuple[float, _Opened]]:
        """Return the windows in force, each with what it adds, the one that adds most first."""
        running = [(_share(one, clock), one) for one in self._opened if one.window.start <= clock < one.window.end]
        if len(running) > 1:
            running.sort(key=_weakness)
        return running

    def _next(self) -> str | None:
        """Say which number comes next, by the clock; None where nothing is counted."""
        soonest: Pivot | None = None
        least = 0
        for interval, pivots in self._pivots.items():
            length = INTERVALS[interval]
            for pivot in pivots.live:
                away = (pivot.target - pivot.bars) * length
                if soonest is None or away < least:
                    soonest, least = pivot, away
        if soonest is None:
            return None
        return f"next: {_name(soonest, soonest.target)} in {soonest.target - soonest.bars} bars"

    # --------------------------------------------------------------------------------------------------- for the screen

    def counts(self) -> tuple[CycleCount, ...]:
        """Return the counts of every pivot, those of the shortest bars first, then the nearest first."""
        found = [
            _counted(interval, pivot, round(pivots.base_rate, _DIGITS))
            for interval, pivots in self._pivots.items()
            for pivot in sorted(pivots.live, key=lambda one: (one.target - one.bars, one.start, one.side))
        ]
        return tuple(found)

    def shown(self, clock: int) -> tuple[UpcomingWindow, ...]:
        """Return the windows in force and each pivot's next one, the next one's begin first.

        When those to come begin assumes that every interval until then has a bar.
        """
        windows = [one.window for one in self._opened if one.window.end > clock]
        for interval, pivots in self._pivots.items():
            rate, length = round(pivots.base_rate, _DIGITS), INTERVALS[interval]
            for pivot in pivots.live:
                target = pivot.target
                left = target - HALVES[target] - 1 - pivot.bars
                if left > 0:
                    start = self._ends[interval] + left * length
                    windows.append(_window(interval, pivot, target, start, rate))
        windows.sort(key=lambda window: (window.start, window.name))
        return tuple(
            UpcomingWindow("cycle", one.name, one.start, one.end, one.exact, None, one.base_rate) for one in windows
        )

    def spectral(self) -> tuple[SpectralCycle, ...]:
        """Return the strongest period of each interval that has enough closed bars; found when first asked for."""
        found = (spectrum.look() for spectrum in self._spectra.values())
        return tuple(cycle for cycle in found if cycle is not None)


def _window(interval: str, pivot: Pivot, target: int, start: int, base_rate: float) -> Window:
    """Return the window that starts at `start`; when it ends assumes that every interval to come has a bar."""
    half, length = HALVES[target], INTERVALS[interval]
    return Window(
        ts=start,
        engine="cycle",
        name=_name(pivot, target),
        start=start,
        end=start + (2 * half + 1) * length,
        exact=start + half * length,
        price=None,
        base_rate=base_rate,
    )


def _share(one: _Opened, clock: int) -> float:
    """Return what a window adds to the pillar: its interval's whole weight in its middle bar, less to its ends."""
    half, length = HALVES[one.target], INTERVALS[one.interval]
    bars = abs((clock - one.window.exact) // length)
    return _WEIGHTS[one.interval] * (1 - bars / (half + 1))


def _strength(running: list[tuple[float, _Opened]]) -> float:
    return round(min(1.0, sum(share for share, _ in running)), _DIGITS)


def _weakness(weighed: tuple[float, _Opened]) -> float:
    return -weighed[0]


def _counted(interval: str, pivot: Pivot, base_rate: float) -> CycleCount:
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
        base_rate=base_rate,
    )


def _name(pivot: Pivot, target: int) -> str:
    return f"{target} from {pivot.label}"
