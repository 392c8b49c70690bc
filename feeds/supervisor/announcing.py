"""When a change of state is said: bad news at once, good news when it has lasted.

So the screen does not flicker between two states, and never shows a better one than there is.
"""

from dataclasses import dataclass
from typing import Final

from feeds.states import FeedState

_RANKS: Final = {
    FeedState.LIVE: 0,
    FeedState.DEGRADED: 1,
    FeedState.STALE: 2,
    FeedState.CONTEXT: 3,
    FeedState.RECONNECTING: 3,
    FeedState.CONNECTING: 3,
    FeedState.CLOSED: 4,
}
"""How bad each state is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state as it stands: of which source, and every reason for it on its own."""

    state: FeedState
    source: str
    reasons: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """All reasons in one line."""
        return "; ".join(self.reasons)


class Announcer:
    """Turns a verdict that is looked at often into few announcements.

    Only a degraded state takes its time to get better: staleness ends with the next record, and an outage has its own
    proof of stability before it ends.
    """

    def __init__(self, dwell_seconds: float) -> None:
        """Say good news once it has been true for so long."""
        self._dwell = dwell_seconds
        self._said: Verdict | None = None
        self._better_since: float | None = None

    def news(self, verdict: Verdict, now: float) -> bool:
        """Whether a verdict is to be said now (loop time, seconds); it counts as said then."""
        if verdict == self._said:
            self._better_since = None
            return False
        if self._said is not None and self._said.state is FeedState.DEGRADED and _is_better(verdict, self._said):
            self._better_since = now if self._better_since is None else self._better_since
            if now - self._better_since < self._dwell:
                return False
        self._better_since = None
        self._said = verdict
        return True


def _is_better(verdict: Verdict, said: Verdict) -> bool:
    if verdict.state is said.state:
        return set(verdict.reasons) < set(said.reasons)
    return _RANKS[verdict.state] < _RANKS[said.state]
