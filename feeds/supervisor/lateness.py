"""How old records are when they arrive, and whether that is the line's fault or this machine's clock's.

The age of a record is this machine's clock less the capture time at the exchange. A line that lags has ages that grow
and vary; a clock that is wrong adds the same to every one of them. So the least age of every second is kept: where that
stays the same for half a minute and is far from nothing, it is called skew, and lateness is counted from there.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

_LEAST_SECONDS_HEARD: Final = 10
_WORTH_SAYING: Final = 0.5
"""By what share of itself a skew must have changed to be said anew."""


@dataclass(frozen=True, slots=True)
class LatenessOptions:
    """What counts as late. Seconds.

    Attributes:
        limit: Records older than this on arrival are late.
        clear_after: So long without a late record before it is over.
        ahead: Records younger than minus this cannot be: the clock is behind.
        skew_after: A least age that stays the same for so long is skew.
        steady_within: How far it may move and still be the same.
    """

    limit: float = 2.0
    clear_after: float = 5.0
    ahead: float = 0.25
    skew_after: float = 30.0
    steady_within: float = 0.5


class Lateness:
    """The ages of the last half minute. `now` is loop time in seconds."""

    def __init__(self, options: LatenessOptions) -> None:
        self._options = options
        self._least: deque[tuple[int, float]] = deque()
        self._skew = 0.0
        self._late_at: float | None = None

    def begin(self) -> None:
        """Begin with a new connection; what is known of the clock stays."""
        self._least.clear()
        self._late_at = None

    def note(self, age: float, now: float) -> None:
        """Hear how old a record was on arrival, in seconds."""
        second = int(now)
        if self._least and self._least[-1][0] == second:
            self._least[-1] = second, min(age, self._least[-1][1])
        else:
            self._least.append((second, age))
        while self._least[0][0] < now - self._options.skew_after:
            self._least.popleft()
        self._judge_clock(now)
        if age - self._skew > self._options.limit:
            self._late_at = now

    def troubles(self, now: float) -> tuple[str, ...]:
        """Return what is wrong, in words that do not change while it stays so."""
        found = []
        if self._skew > 0.0:
            found.append(f"clock skew: every record seems {self._skew:.1f} s old, so this clock is probably ahead")
        elif self._skew < 0.0:
            found.append(f"clock skew: records come from {-self._skew:.1f} s ahead, so this clock is behind")
        if self._late_at is not None and now - self._late_at <= self._options.clear_after:
            found.append(f"records arrive more than {self._options.limit:g} s late")
        else:
            self._late_at = None
        return tuple(found)

    def _judge_clock(self, now: float) -> None:
        options = self._options
        ages = [age for _, age in self._least]
        least, most = min(ages), max(ages)
        moved = abs(least - self._skew) > max(options.steady_within, abs(self._skew) * _WORTH_SAYING)
        heard_long = now - self._least[0][0] >= options.skew_after - 1 and len(ages) >= _LEAST_SECONDS_HEARD
        if least < -options.ahead:
            self._skew = least if moved else self._skew
        elif least <= options.limit:
            self._skew = 0.0
        elif heard_long and most - least <= options.steady_within and moved:
            self._skew = least
