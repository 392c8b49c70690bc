"""How often the screen is painted: less often while the terminal, or other work, holds up the program."""

from collections import deque
from typing import Final

SLOWEST: Final = 5
"""Frames per second below which the rate never falls."""
LAG_LIMIT: Final = 0.050
"""Seconds that the loop may wake late before the rate steps down."""
LATE_WAKES: Final = 3
"""Late wake-ups within the window that lower the rate; one alone may be a burst of records or the start."""
LAG_WINDOW: Final = 2.0
"""Seconds over which late wake-ups count, and least time between two steps down."""
QUIET_BEFORE_FASTER: Final = 10.0
"""Seconds without a late wake-up before the rate steps up, so that it does not swing."""


class FrameRate:
    """Chooses among 20, 10 and 5 frames a second from how late the loop wakes. Times are seconds of any clock."""

    def __init__(self, wanted: int) -> None:
        self._steps = sorted({wanted, *(step for step in (10, SLOWEST) if step < wanted)}, reverse=True)
        self._position = 0
        self._late: deque[tuple[float, bool]] = deque()
        self._last_late = float("-inf")
        self._last_change = float("-inf")
        self._blames_terminal = False
        self._lags: deque[tuple[float, float]] = deque()

    @property
    def worst_lag(self) -> float | None:
        """Seconds that the loop woke late at worst lately, to the millisecond; None before the first sample."""
        return round(max(lag for _, lag in self._lags), 3) if self._lags else None

    @property
    def frames_per_second(self) -> int:
        """The rate to paint at."""
        return self._steps[self._position]

    @property
    def reason(self) -> str | None:
        """Why it is below the wanted rate; None while it is not."""
        if self._position == 0:
            return None
        return "slow terminal" if self._blames_terminal else "busy"

    def record(self, now: float, lag: float, waited: float) -> bool:
        """Take one sample, with the seconds spent waiting for the terminal in it; return whether the rate changed."""
        while self._lags and self._lags[0][0] < now - LAG_WINDOW:
            self._lags.popleft()
        self._lags.append((now, lag))
        if lag > LAG_LIMIT:
            return self._held_up(now, by_terminal=waited > lag / 2)
        quiet_since = max(self._last_late, self._last_change)
        return self._step(-1, now) if now - quiet_since >= QUIET_BEFORE_FASTER else False

    def skipped(self, now: float) -> bool:
        """Take that a frame was left out since the terminal had not taken the last one; return as `record`."""
        return self._held_up(now, by_terminal=True)

    def _held_up(self, now: float, *, by_terminal: bool) -> bool:
        while self._late and self._late[0][0] < now - LAG_WINDOW:
            self._late.popleft()
        self._late.append((now, by_terminal))
        self._last_late = now
        self._blames_terminal = 2 * sum(terminal for _, terminal in self._late) >= len(self._late)
        is_due = len(self._late) >= LATE_WAKES and now - self._last_change >= LAG_WINDOW
        return self._step(+1, now) if is_due else False

    def _step(self, direction: int, now: float) -> bool:
        position = min(len(self._steps) - 1, max(0, self._position + direction))
        if position == self._position:
            return False
        self._position, self._last_change = position, now
        return True
