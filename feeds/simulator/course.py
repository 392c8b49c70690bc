"""What price did before a planted run through a swing, in it and after it: read off the trades that were published.

The script says what a run is meant to do; the market around it decides whether it does. So the truth looks: of which
minute the swing is the high or low, if of any (where the market has no swing near, stops lie behind a mere price); how
far the run went; and when price first traded back on the near side of the swing once it had been at its farthest.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.records import ACTION_TRADE, Records
from feeds.simulator.contract import TICK

LOOKED_AT_NS: Final = 300_000_000_000
"""How long after the end of a run its return is looked for."""

_MINUTE_NS: Final = 60_000_000_000
_SWING_MINUTES: Final = 20
"""Minutes in which a swing is looked for, as actors do."""
_KEPT_MINUTES: Final = 60

_Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """A run through a swing: from when to when (ns), the swing's tick, and whether buyers drive it upwards."""

    began: int
    ended: int
    swing: int
    up: bool


@dataclass(frozen=True, slots=True)
class Course:
    """What came of a run.

    Attributes:
        extreme: Farthest tick traded in it; None where nothing traded.
        returned: When price first traded back inside the swing after that, ns; None where it did not in the time.
    """

    extreme: int | None = None
    returned: int | None = None


class Tape:
    """The trades of the newest market time, as far back as somebody may ask."""

    def __init__(self) -> None:
        self._times: _Numbers = np.zeros(0, np.int64)
        self._ticks: _Numbers = np.zeros(0, np.int64)
        self._minutes: dict[int, tuple[int, int]] = {}

    def take(self, records: Records) -> None:
        """Take MBO records in the order of the stream."""
        trades = records[records["action"] == ACTION_TRADE]
        times, ticks = trades["ts_event"].astype(np.int64), trades["price"] // TICK
        self._take_minutes(times // _MINUTE_NS, ticks)
        self._times, self._ticks = np.concatenate((self._times, times)), np.concatenate((self._ticks, ticks))

    def _take_minutes(self, minutes: _Numbers, ticks: _Numbers) -> None:
        """Widen the low and high of each minute by trades."""
        if not len(minutes):
            return
        firsts = np.flatnonzero(np.diff(minutes, prepend=-1))
        lows, highs = np.minimum.reduceat(ticks, firsts), np.maximum.reduceat(ticks, firsts)
        for minute, low, high in zip(minutes[firsts].tolist(), lows.tolist(), highs.tolist(), strict=True):
            known_low, known_high = self._minutes.get(minute, (low, high))
            self._minutes[minute] = (min(known_low, low), max(known_high, high))
        self._minutes = dict(list(self._minutes.items())[-_KEPT_MINUTES:])

    def minute_of(self, swing: int, before: int, *, up: bool) -> int | None:
        """Return when the newest minute began whose high (low, where the run is not upwards) a swing is, ns.

        Of the minutes that had closed by a time, at most twenty before it; None where it is that of none.
        """
        newest = before // _MINUTE_NS - 1
        for minute in range(newest, newest - _SWING_MINUTES, -1):
            if minute in self._minutes and self._minutes[minute][up] == swing:
                return minute * _MINUTE_NS
        return None

    def forget(self, before: int) -> None:
        """Drop what traded before a time (ns)."""
        first = int(np.searchsorted(self._times, before))
        self._times, self._ticks = self._times[first:].copy(), self._ticks[first:].copy()

    @property
    def newest(self) -> int:
        """Time of the newest trade, ns; 0 where there is none."""
        return int(self._times[-1]) if len(self._times) else 0

    def course(self, run: Run) -> Course:
        """Return what price did in a run whose time has been taken, and in the `LOOKED_AT_NS` after it."""
        began = int(np.searchsorted(self._times, run.began))
        ended = int(np.searchsorted(self._times, run.ended, "right"))
        watched = int(np.searchsorted(self._times, run.ended + LOOKED_AT_NS, "right"))
        if began == ended:
            return Course()
        beyond = (self._ticks[began:watched] - run.swing) * (1 if run.up else -1)
        farthest = int(np.argmax(beyond[: ended - began]))
        inside = np.flatnonzero(beyond[farthest:] < 0)
        returned = int(self._times[began + farthest + inside[0]]) if len(inside) else None
        return Course(int(self._ticks[began + farthest]), returned)
