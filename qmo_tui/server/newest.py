"""What a session shows, made once for all who ask within a moment.

Somebody who asks a thousand times a second costs the session no more than the cockpit's screen does.
"""

import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from engines.view import ViewRequest
from qmo_tui.server.served import Served
from qmo_tui.session.glance import Glance

FRESH_SECONDS: Final = 0.1
"""How old what is answered may be: made ten times a second, as for a screen."""
_KEPT: Final = 8
"""Requests whose answers are kept: more than `api.py` has."""

Answer = TypeVar("Answer")


def glance_at(served: Served, request: ViewRequest) -> Glance:
    """Return what a session shows now."""
    return Glance(
        view=served.view(request),
        source=served.source,
        playback=served.playback,
        line=served.line,
        records_per_second=served.records_per_second,
        error=served.error,
        notes=served.notes,
    )


class Newest(Generic[Answer]):
    """Answers of one session, by what was asked for; one that was just made is not made again."""

    def __init__(
        self, make: Callable[[ViewRequest], Answer], fresh_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = make
        self._fresh = fresh_seconds
        self._clock = clock
        self._made: dict[ViewRequest, tuple[float, Answer]] = {}

    def answer(self, request: ViewRequest) -> Answer:
        """Return an answer that was made just now; the very same one while it is fresh."""
        now = self._clock()
        made = self._made.get(request)
        if made is not None and now - made[0] < self._fresh:
            return made[1]
        answer = self._make(request)
        self._made = {known: kept for known, kept in self._made.items() if now - kept[0] < self._fresh}
        if len(self._made) < _KEPT:
            self._made[request] = now, answer
        return answer
