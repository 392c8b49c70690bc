"""How many records a session processes a second."""

from collections import deque
from collections.abc import Callable
from typing import Final

_SECONDS: Final = 1.0


class RecordRate:
    """Counts the records of the last second of a clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Count by `clock`, which tells seconds."""
        self._clock = clock
        self._counts: deque[tuple[float, int]] = deque()

    def add(self, records: int) -> None:
        """Count records that have just been processed."""
        self._forget()
        self._counts.append((self._clock(), records))

    @property
    def per_second(self) -> float:
        """Records a second, over the last one."""
        self._forget()
        return sum(count for _, count in self._counts) / _SECONDS

    def _forget(self) -> None:
        """Let go of what is older than a second, also while nobody asks."""
        since = self._clock() - _SECONDS
        while self._counts and self._counts[0][0] < since:
            self._counts.popleft()
