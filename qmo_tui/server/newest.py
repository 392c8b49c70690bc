"""The newest view of the market, made once for all who ask within a moment.

Somebody who asks a thousand times a second costs the session no more than the cockpit's screen does.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engines.view import MarketView, ViewRequest
from qmo_tui.server.served import Served

FRESH_SECONDS: Final = 0.1
"""How old a view may be that is answered with: ten a second, as a screen shows."""
_KEPT: Final = 8
"""Kinds of view kept: what `application.py` asks for, one of each interval."""


@dataclass(frozen=True, slots=True)
class _Made:
    view: MarketView
    at: float


class NewestViews:
    """Views by what was asked for."""

    def __init__(self, served: Served, clock: Callable[[], float] = time.monotonic) -> None:
        self._served = served
        self._clock = clock
        self._made: OrderedDict[ViewRequest, _Made] = OrderedDict()

    def view(self, request: ViewRequest) -> MarketView:
        """Return a view that was made just now; the very same one while it is fresh."""
        made, now = self._made.get(request), self._clock()
        if made is None or now - made.at >= FRESH_SECONDS:
            made = _Made(self._served.view(request), now)
            self._made[request] = made
        self._made.move_to_end(request)
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        return made.view
