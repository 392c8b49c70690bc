"""How wide the newest minutes trade, against the same time of the days before: a regime, with hysteresis.

The average range of the newest minutes is compared with the average of all minutes of the same slot of earlier trading
days; where there are too few of those, with that of the running day's earlier minutes. So one wide minute changes
nothing, and a busy open is no alarm.
"""

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
        self._day = _Sum()
        self._start = 0
        self._slots: dict[int, deque[_Sum]] = {}
        self._slot: tuple[int, _Sum] | None = None

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day."""
        self._keep()
        self._start = day.start
        self._day = _Sum()
        self._newest.clear()

    def close(self, bar: PhaseBar) -> None:
        """Take a closed minute."""
        ticks, slot = bar.high - bar.low, (bar.start - self._start) // _SLOT_NS
        if len(self._newest) == _NEWEST:
            self._day.add(self._newest[0])
        self._newest.append(ticks)
        if self._slot is None or self._slot[0] != slot:
            self._keep()
            self._slot = slot, _Sum()
        self._slot[1].add(ticks)
        self.ts = bar.end
        self.ratio = self._measure(slot)
        limit = self._settings.calm if self.is_extreme else self._settings.extreme
        self.is_extreme = self.ratio is not None and self.ratio >= min(limit, self._settings.extreme)

    def _keep(self) -> None:
        """Put the slot that has ended to those of its time of day."""
        if self._slot is not None:
            self._slots.setdefault(self._slot[0], deque(maxlen=_DAYS_KEPT)).append(self._slot[1])
            self._slot = None

    def _measure(self, slot: int) -> float | None:
        usual = self._usual(slot)
        return sum(self._newest) / len(self._newest) / usual if usual and len(self._newest) == _NEWEST else None

    def _usual(self, slot: int) -> float | None:
        """Return the average range of a minute, at least a tick; None while it is not known."""
        earlier = self._slots.get(slot, ())
        self.days = len(earlier) if len(earlier) >= _LEAST_DAYS else 0
        if self.days:
            return max(1.0, sum(one.ticks for one in earlier) / sum(one.minutes for one in earlier))
        return max(1.0, self._day.ticks / self._day.minutes) if self._day.minutes >= _LEAST_MINUTES else None
