"""How far this machine's clock is from the exchange line's, told by records that were captured a moment ago.

A record's capture time and the time it is received differ by its way here and by what the clocks disagree. The way is
never negative and mostly short, so the least difference is the best estimate. It says something only of records that
come as they happen: as the line's time goes on by a second, so must ours. A recording sent at any other pace, or from
its beginning to every session, does not do that; one that is paced in real time does, but is of another day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from feeds.records import F_BAD_TS_RECV, F_SNAPSHOT, Records

_SECOND_NS: Final = 1_000_000_000
_WITHOUT_TIME: Final = F_SNAPSHOT | F_BAD_TS_RECV
SHORTEST_SECONDS: Final = 0.5
"""Records received over less time than this do not show at what pace they come."""
_SHORTEST: Final = round(SHORTEST_SECONDS * _SECOND_NS)
_ANOTHER_DAY: Final = 86_400 * _SECOND_NS


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """What is known of this machine's clock.

    Attributes:
        seconds: How far it is ahead of the line's, a record's way here included; negative where it is behind. None
            where nothing tells.
        why: Why it is not known; empty where it is.
    """

    seconds: float | None
    why: str = ""


class ClockComparison:
    """Compares capture times with the moments at which the records were received."""

    def __init__(self) -> None:
        self._points: list[tuple[int, int]] = []

    def take(self, records: Records, received: int) -> None:
        """Take records of order flow, received together at a moment of this machine's clock, ns UTC."""
        times = records["ts_recv"][(records["flags"] & _WITHOUT_TIME) == 0].astype(np.int64)
        times = times[times > 0]
        if len(times):
            self._points += [(received, int(times.min())), (received, int(times.max()))]

    @property
    def tells(self) -> bool:
        """Whether what was taken so far shows at what pace the records come."""
        return bool(self._points) and max(self._span, self._spread) >= _SHORTEST

    @property
    def skew(self) -> ClockSkew:
        """What follows from everything taken so far."""
        if not self._points:
            return ClockSkew(None, "no live record came to compare it with")
        if not self.tells:
            return ClockSkew(None, "too few records came to compare it with")
        if self._spread * 2 > self._span:
            return ClockSkew(None, "the records do not come as they happen: a recording, or a line that lags")
        ahead = self._ahead
        if abs(min(ahead)) > _ANOTHER_DAY:
            captured = datetime.fromtimestamp(self._points[-1][1] // _SECOND_NS, UTC)
            return ClockSkew(
                None, f"the records are of {captured:%Y-%m-%d}: a recording, or a clock that is wrong by days"
            )
        return ClockSkew(min(ahead) / _SECOND_NS)

    @property
    def _ahead(self) -> list[int]:
        return [received - captured for received, captured in self._points]

    @property
    def _span(self) -> int:
        """Time over which records were received, nanoseconds."""
        received = [moment for moment, _ in self._points]
        return max(received) - min(received)

    @property
    def _spread(self) -> int:
        """How differently far ahead the records show the clock, nanoseconds."""
        return max(self._ahead) - min(self._ahead)
