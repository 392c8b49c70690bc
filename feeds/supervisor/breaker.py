"""The circuit breaker: a source that fails again and again is left alone for a while, then tried once.

Closed, failures are counted; too many of them within the window open it. Open, nothing is tried until its time is over.
Half open, one trial is under way: its failure opens the breaker for longer, its success closes it. Times are seconds of
the event loop's clock.
"""

import random
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_MOST_DOUBLINGS: Final = 32


class BreakerState(StrEnum):
    """Whether the source may be tried."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@dataclass(frozen=True, slots=True)
class BreakerOptions:
    """When the breaker opens and for how long. Seconds.

    Attributes:
        failures: So many within the window open it.
        window_seconds: How long a failure counts.
        open_seconds: How long it stays open the first time; every further time in a row twice as long.
        longest_seconds: What that grows to.
    """

    failures: int = 6
    window_seconds: float = 120.0
    open_seconds: float = 30.0
    longest_seconds: float = 600.0


class CircuitBreaker:
    """Counts failures and says when to try.

    Attributes:
        state: Whether the source may be tried.
        retry_at: When the next trial is due; None unless it is open.
    """

    def __init__(self, options: BreakerOptions, rng: random.Random) -> None:
        """Begin closed; `rng` keeps many programs from trying at the same moment."""
        self.state = BreakerState.CLOSED
        self.retry_at: float | None = None
        self._options = options
        self._rng = rng
        self._failures: deque[float] = deque()
        self._openings = 0

    def fail(self, now: float) -> None:
        """Count a failure; one that comes while it is open changes nothing."""
        if self.state is BreakerState.OPEN:
            return
        self._failures.append(now)
        while self._failures[0] <= now - self._options.window_seconds:
            self._failures.popleft()
        if self.state is BreakerState.HALF_OPEN or len(self._failures) >= self._options.failures:
            self._open(now)

    def try_again(self, now: float) -> bool:
        """Whether an open breaker's time is over; it is half open from then on."""
        if self.retry_at is None or now < self.retry_at:
            return False
        self.state = BreakerState.HALF_OPEN
        self.retry_at = None
        return True

    def hurry(self) -> None:
        """Let the next trial of an open breaker be due at once."""
        if self.retry_at is not None:
            self.retry_at = 0.0

    def succeed(self) -> None:
        """Hear that the source has proved itself: forget the failures."""
        if self.state is not BreakerState.OPEN:
            self.state = BreakerState.CLOSED
            self._failures.clear()
            self._openings = 0

    def _open(self, now: float) -> None:
        longest = min(self._options.longest_seconds, self._options.open_seconds * 2.0**self._openings)
        self._openings = min(self._openings + 1, _MOST_DOUBLINGS)
        self.state = BreakerState.OPEN
        self.retry_at = now + self._rng.uniform(longest / 2, longest)
        self._failures.clear()
