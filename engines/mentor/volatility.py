"""How wide the newest minutes trade, against the same time of the days before: a regime, with hysteresis.

The average range of the newest minutes is compared with the average of all minutes of the same slot of earlier trading
days; where there are too few of those, with that of the running day's earlier minutes. So one wide minute changes
nothing, and a busy open is no alarm.
"""

from array import array
from collections import deque
from dataclasses import dataclass
from typing import Final

from engines.mentor.phase_bars import PhaseBar
from engines.timing.trading_day import TradingDay

_SLOT_NS: Final = 15 * 60_000_000_000
_NEWEST: Final = 5
"""Minutes that are averaged."""
_LEAST_DAYS: Final = 3
_LEAST_MINUTES: Final = 30
"""Earlier minutes of the running day without which nothing is usual."""
_DAYS_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class VolatilitySettings:
    """When minutes are extreme, in multiples of what is usual.

    Attributes:
        extreme: From so many on;
        calm: again ordinary below so many, at most `extreme`.
    """

    extreme: float = 3.0
    calm: float = 2.0


@dataclass(slots=True)
class _Sum:
    """Ranges of minutes, in ticks."""

    ticks: int = 0
    minutes: int = 0

    def add(self, ticks: int) -> None:
        self.ticks += ticks
        self.minutes += 1

    def average(self, least: int) -> float | None:
        """Return the mean range, at least a tick; None of fewer minutes than `least`."""
        return max(1.0, self.ticks / self.minutes) if self.minutes >= least else None


class Volatility:
    """The regime of one instrument.

    Attributes:
        ratio: Average range of the newest minutes in multiples of the usual one; None while nothing is usual.
        days: Earlier trading days that tell what is usual; 0 where the running one does.
        is_extreme: Whether it was extreme and is not calm again.
        ts: End of the newest minute.
    """

    def __init__(self, settings: VolatilitySettings | None = None) -> None:
        """Start before the first bar."""
        self.ratio: float | None = None
        self.days = 0
        self.is_extreme = False
        self.ts: int | None = None
        self._settings = settings or VolatilitySettings()
        self._newest: deque[int] = deque(maxlen=_NEWEST)
        self._sum = 0
        self._day = _Sum()
        self._start = 0
        self._slots: dict[int, array[int]] = {}
        """Of each slot of the day (ticks, minutes) of earlier days, the oldest first."""
        self._slot = -1
        self._running = _Sum()
        self._usual: float | None = None

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day."""
        self._keep()
        self._slot = -1
        self._start = day.start
        self._day = _Sum()
        self._newest.clear()
        self._sum = 0

    def close(self, bar: PhaseBar) -> None:
        """Take a closed minute."""
        ticks, slot, newest = bar.high - bar.low, (bar.start - self._start) // _SLOT_NS, self._newest
        if slot != self._slot:
            self._begin_slot(slot)
        if len(newest) == _NEWEST:
            self._day.add(newest[0])
            self._sum -= newest[0]
        newest.append(ticks)
        self._sum += ticks
        self._running.add(ticks)
        self.ts = bar.end
        usual = self._usual if self.days else self._day.average(_LEAST_MINUTES)
        if usual is None or len(newest) < _NEWEST:
            self.ratio, self.is_extreme = None, False
            return
        self.ratio = ratio = self._sum / _NEWEST / usual
        self.is_extreme = ratio >= self._settings.extreme or (self.is_extreme and ratio >= self._settings.calm)

    def _begin_slot(self, slot: int) -> None:
        """Go over to a time of day: what is usual there is known from earlier days, or not."""
        self._keep()
        earlier = self._slots.get(slot, array("q"))
        days = len(earlier) // 2
        self._slot, self._running = slot, _Sum()
        self.days = days if days >= _LEAST_DAYS else 0
        self._usual = _Sum(sum(earlier[::2]), sum(earlier[1::2])).average(1)

    def _keep(self) -> None:
        """Put the slot that has ended to those of its time of day."""
        if self._running.minutes:
            days = self._slots.setdefault(self._slot, array("q"))
            days.extend((self._running.ticks, self._running.minutes))
            del days[: -2 * _DAYS_KEPT]
            self._running = _Sum()
