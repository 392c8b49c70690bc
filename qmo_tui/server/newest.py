"""What a session shows, made once for all who ask within a moment.

Somebody who asks a thousand times a second costs the session no more than the cockpit's screen does.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from engines.view import ViewRequest
from qmo_tui.server.served import Served
from qmo_tui.session.glance import Glance

FRESH_SECONDS: Final = 0.1
"""How old what is answered may be: made ten times a second, as for a screen."""
_KEPT: Final = 8
"""Requests whose glances are kept: more than `api.py` has."""


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


class NewestGlances:
    """Glances at a session, by what was asked for."""

    def __init__(self, served: Served, clock: Callable[[], float] = time.monotonic) -> None:
        self._served = served
        self._clock = clock
        self._made: OrderedDict[ViewRequest, tuple[float, Glance]] = OrderedDict()

    def glance(self, request: ViewRequest) -> Glance:
        """Return a glance that was made just now; the very same one while it is fresh."""
        made, now = self._made.get(request), self._clock()
        if made is None or now - made[0] >= FRESH_SECONDS:
            made = self._made[request] = now, glance_at(self._served, request)
        self._made.move_to_end(request)
        if len(self._made) > _KEPT:
            self._made.popitem(last=False)
        return made[1]
