"""The session clock of a live session, which goes on while no record comes: a closed market sends none."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from engines.timing.session_clock import clock_at
from engines.timing_view import Timing
from engines.view import MarketView

if TYPE_CHECKING:
    from engines.timing.status import TradingStatus

_SECOND_NS: Final = 1_000_000_000
"""Resolution; a finer one would repaint the screen for nothing."""


def with_clock(view: MarketView, moment: int, status: "TradingStatus | None" = None) -> MarketView:
    """Return a view whose session clock tells a moment (ns UTC), with the ranges of the trading day it knows."""
    now = moment - moment % _SECOND_NS
    timing = view.timing or Timing()
    ranges = timing.clock.ranges if timing.clock is not None else ()
    if ranges and ranges[0].end <= now:
        ranges = ()
    clock = clock_at(now, status=status, ranges=ranges)
    return replace(view, timing=msgspec.structs.replace(timing, now=now, clock=clock))
