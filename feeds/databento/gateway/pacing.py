"""The market's clock: which records of a tape are due, for all sessions alike.

The clock starts when the first session starts. At a speed it runs through quiet and through lost connections alike, as
a market does. As fast as possible there is no clock: a session begins where the recording does, unless a fault broke
one off before; then the market has waited there, so that a client that reconnects goes on.
"""

import time
from collections.abc import Callable
from typing import Final

from feeds.databento.gateway.tape import Tape

_SECOND_NS: Final = 1_000_000_000
_FINEST_SECONDS: Final = 0.001
"""Records that fall due closer together than this are sent together."""


class Market:
    """Where the market stands in a tape.

    Attributes:
        speed: Times real time; None is as fast as possible.
        shift: Nanoseconds added to every time that leaves the gateway; known once the clock runs.
    """

    def __init__(
        self,
        tape: Tape,
        speed: float | None,
        clock: Callable[[], float],
        *,
        restamp: bool = False,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        """Stand before the opening; `clock` gives seconds, `wall` nanoseconds UTC."""
        self.speed = speed
        self.shift = 0
        self._tape = tape
        self._clock = clock
        self._restamp = restamp
        self._wall = wall
        self._began: float | None = None
        self._waits_at = 0

    def join(self) -> int:
        """Return the place where a session that starts now begins, and start the clock with the first one."""
        if self._began is None:
            self._began = self._clock()
            if self._restamp:
                self.shift = self._wall() - self._tape.start
            return 0
        place = self._waits_at if self.speed is None else self._tape.place_of(self.moment(0))
        return place if place > self._tape.opening else 0

    def due(self) -> int:
        """Return the place before which every record has come."""
        return len(self._tape) if self.speed is None else self._tape.place_of(self.moment(0))

    def moment(self, place: int) -> int:
        """Return the market's time (ns UTC, not shifted) for a session that stands at a place."""
        if self.speed is None:
            return self._tape.time_before(place)
        elapsed = 0.0 if self._began is None else self._clock() - self._began
        return self._tape.start + round(elapsed * self.speed * _SECOND_NS)

    def seconds_until(self, place: int) -> float | None:
        """Return how long it takes until the record at a place is due; None where there is none."""
        if place >= len(self._tape):
            return None
        if self.speed is None:
            return 0.0
        wait = (int(self._tape.times[place]) - self.moment(0)) / (self.speed * _SECOND_NS)
        return max(wait, _FINEST_SECONDS)

    def wait_at(self, place: int) -> None:
        """Let the market wait for the next session at a place, where it has no clock."""
        self._waits_at = place
