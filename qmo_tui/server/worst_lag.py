"""The longest that the program was late within the last seconds."""

from collections import deque
from typing import Final

_WINDOW_SECONDS: Final = 10.0


class WorstLag:
    """Takes the samples of `loop_lag.watch_lag`."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()

    def record(self, now: float, seconds: float) -> None:
        """Take one sample."""
        self._samples.append((now, seconds))
        while self._samples[0][0] < now - _WINDOW_SECONDS:
            self._samples.popleft()

    @property
    def milliseconds(self) -> float | None:
        """The longest; None before the first sample."""
        if not self._samples:
            return None
        return round(1_000 * max(seconds for _, seconds in self._samples), 1)
