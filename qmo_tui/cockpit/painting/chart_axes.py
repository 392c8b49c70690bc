"""What the charts have in common: intervals, the width of the price axis, the delta of a bar."""

from typing import Final

from engines.view import BarRow

INTERVAL_SECONDS: Final = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3_600}
"""Intervals the chart offers, in the order of its key."""


def axis_width(price_width: int) -> int:
    """Return the cells of a price axis: one of air, a sign, the price, one of air."""
    return price_width + 3


def delta_of(bar: BarRow) -> int | None:
    """Return lots bought minus lots sold by aggressors; None where the source tells finished bars only."""
    return None if bar.buy is None or bar.sell is None else bar.buy - bar.sell
