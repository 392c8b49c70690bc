"""What the screen costs while it runs: frames, lag of the loop, bytes, processor time, views."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from qmo_tui.cockpit.traffic import Traffic

READ_EVERY: Final = 1.0
"""Seconds over which a reading counts."""
_LAGS: Final = 200
"""Newest samples of the lag that quantiles are taken of: ten seconds at the rate of `loop_lag.watch_lag`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One second of the screen; what was not measured is None.

    Attributes:
        frames: Frames painted.
        lag_median: How late the loop wakes, seconds, in the middle; over the last ten seconds, as `lag_p99`.
        lag_p99: The same at its 99th percentile.
        bytes_a_frame: Bytes sent to the terminal, by painted frame.
        waiting: Bytes that the terminal had not taken at the end.
        cores: Processor time of the whole program, in cores.
        views: Views built.
        view_seconds: What one took.
    """

    frames: float
    lag_median: float | None
    lag_p99: float | None
    bytes_a_frame: float | None
    waiting: int
    cores: float
    views: float
    view_seconds: float | None


@dataclass(slots=True)
class _Counts:
    """What has been counted, since the start."""

    wall: float
    processor: float
    sent: int
    frames: int = 0
    views: int = 0
    view_seconds: float = 0.0


class Meter:
    """Counts, and reads once a second. Both clocks tell seconds: of the wall, and of the program's processor time."""

    def __init__(self, traffic: Traffic, clock: Callable[[], float], processor: Callable[[], float]) -> None:
        self._traffic, self._clock, self._processor = traffic, clock, processor
        self._lags: deque[float] = deque(maxlen=_LAGS)
        self._frames, self._views, self._view_seconds = 0, 0, 0.0
        self._before = self._counted()
        self._reading: Reading | None = None

    def frame(self) -> None:
        """Count a painted frame."""
        self._frames += 1

    def view(self, seconds: float) -> None:
        """Count a view and what it took."""
        self._views += 1
        self._view_seconds += seconds

    def lag(self, seconds: float) -> None:
        """Take a sample of how late the loop woke."""
        self._lags.append(seconds)

    def read(self) -> Reading | None:
        """Return the newest reading; None within the first second."""
        if self._clock() - self._before.wall >= READ_EVERY:
            now = self._counted()
            self._reading, self._before = self._between(self._before, now), now
        return self._reading

    def _counted(self) -> _Counts:
        return _Counts(
            self._clock(), self._processor(), self._traffic.sent, self._frames, self._views, self._view_seconds
        )

    def _between(self, before: _Counts, now: _Counts) -> Reading:
        seconds, frames, views = now.wall - before.wall, now.frames - before.frames, now.views - before.views
        lags = sorted(self._lags)
        return Reading(
            frames=frames / seconds,
            lag_median=quantile(lags, 0.5),
            lag_p99=quantile(lags, 0.99),
            bytes_a_frame=(now.sent - before.sent) / frames if frames else None,
            waiting=self._traffic.waiting,
            cores=(now.processor - before.processor) / seconds,
            views=views / seconds,
            view_seconds=(now.view_seconds - before.view_seconds) / views if views else None,
        )


def quantile(ordered: list[float], share: float) -> float | None:
    """Return the smallest value that at least this share of ordered values does not exceed; None of none."""
    return ordered[max(0, -(-len(ordered) * round(share * 1_000) // 1_000) - 1)] if ordered else None
