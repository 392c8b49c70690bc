"""How often things are tried: connections, repeats after a failure, fresh sessions. Times are loop seconds."""

import random
from collections import deque


class Spacing:
    """Keeps beginnings apart: the gateway takes five connections a second from one address."""

    def __init__(self, seconds: float = 0.25) -> None:
        """Allow one beginning every so many seconds."""
        self._seconds = seconds
        self._next = 0.0

    def wait(self, now: float) -> float:
        """Return how long to wait before beginning, and count on it that this is done."""
        begin = max(now, self._next)
        self._next = begin + self._seconds
        return begin - now


class Backoff:
    """Waits longer with every failure in a row; each wait is drawn from nothing up to the bound (full jitter)."""

    def __init__(self, first: float, longest: float, rng: random.Random) -> None:
        """Let the bound double from `first` to `longest` seconds."""
        self._first = first
        self._longest = longest
        self._rng = rng
        self._failures = 0

    def next(self) -> float:
        """Return how long to wait after another failure."""
        bound = min(self._longest, self._first * 2.0**self._failures)
        self._failures = min(self._failures + 1, 64)
        return self._rng.uniform(0.0, bound)

    def succeed(self) -> None:
        """Begin anew."""
        self._failures = 0


class Allowance:
    """So many times within a window, no more."""

    def __init__(self, times: int, window: float) -> None:
        """Allow `times` within any `window` seconds."""
        self._times = times
        self._window = window
        self._used: deque[float] = deque()

    def use(self, now: float) -> bool:
        """Use one up; False where none is left."""
        while self._used and self._used[0] <= now - self._window:
            self._used.popleft()
        if len(self._used) >= self._times:
            return False
        self._used.append(now)
        return True
