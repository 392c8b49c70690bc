"""Stops that fired, bar by bar: above its high what bought, below its low what sold, and how many."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Final

from engines.events import AggressorSide
from engines.view import BarRow, StopMark
from qmo_tui.cockpit.painting.grid import Grid

STOP_SIGNS: Final[dict[AggressorSide, str]] = {"buy": "▲", "sell": "▼"}
_MORE: Final = "+"
"""In place of a number of stops that has no room: one digit of it would be another number."""


def bar_at(bars: Sequence[BarRow], ts: int) -> int:
    """Return the index of the bar that a time falls in, -1 before the first."""
    return bisect_right(bars, ts, key=lambda bar: bar.start) - 1


def stops_by_bar(stops: Sequence[StopMark], bars: Sequence[BarRow]) -> dict[tuple[int, AggressorSide], int]:
    """Return how many stop orders fired in each bar, by the side they traded."""
    orders: Counter[tuple[int, AggressorSide]] = Counter()
    for mark in stops:
        index = bar_at(bars, mark.ts)
        if index >= 0:
            orders[index, mark.side] += mark.orders
    return dict(orders)


def draw_count(grid: Grid, x: int, y: int, count: int) -> None:
    """Write how many stops fired, if more than one; where the number has no room, that there were more."""
    if count > 1:
        text = str(count)
        grid.put_if_blank(x, y, text if grid.is_blank(x, y, len(text)) else _MORE, "warn")
