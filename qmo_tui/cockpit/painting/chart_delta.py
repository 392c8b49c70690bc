"""Beneath the candles: the delta of each bar around a middle line, or cumulative delta as a line."""

from collections.abc import Sequence
from typing import Final

from engines.view import BarRow
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.blocks import column, hanging_column, round_maximum
from qmo_tui.cockpit.painting.chart_axes import delta_of
from qmo_tui.cockpit.painting.grid import Grid

_HALVES: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def draw_deltas(grid: Grid, places: Sequence[tuple[int, BarRow]], axis: int) -> None:
    """Draw what was bought more upwards from the middle of the grid, what was sold more downwards; `axis` names both.

    Bars of which the source told no aggressors have nothing; a delta of nothing is a dot on the line.
    """
    deltas = [(x, delta) for x, bar in places if (delta := delta_of(bar)) is not None]
    largest = round_maximum(max((abs(delta) for _, delta in deltas), default=0))
    half = grid.height // 2
    for x, delta in deltas:
        if delta > 0:
            for y, sign in enumerate(column(delta, largest, half)):
                grid.put(x, y, sign, "bid_volume")
        elif delta < 0:
            for y, sign in enumerate(hanging_column(-delta, largest, half), half):
                grid.put(x, y, sign, "ask_volume")
        else:
            grid.put(x, half - 1, "·", "faint")
    if deltas:
        grid.put(axis, 0, f"┤+{numbers.lots(largest, 5)}", "muted")
        grid.put(axis, grid.height - 1, f"┤−{numbers.lots(largest, 5)}", "muted")


def draw_cvd(grid: Grid, places: Sequence[tuple[int, BarRow]], axis: int) -> None:
    """Draw the day's cumulative delta at the close of each bar as a line of half cells, and name the newest value."""
    known = [(x, bar.cvd) for x, bar in places if bar.cvd is not None]
    if not known:
        return
    lowest, highest = min(cvd for _, cvd in known), max(cvd for _, cvd in known)
    steps = 2 * grid.height - 1
    halves = [(x, (highest - cvd) * steps // max(1, highest - lowest)) for x, cvd in known]
    for place, (x, half) in enumerate(halves):
        before = halves[place - 1][1] if place else half
        ink = "ask" if half > before else "bid"
        if place:
            for between in range(halves[place - 1][0] + 1, x):
                _draw_halves(grid, between, min(half, before), max(half, before), ink)
        _draw_halves(grid, x, half, half, ink)
    newest = known[-1][1]
    grid.put(axis, 0, f"┤{numbers.signed_lots(highest, 6)}", "muted")
    grid.put(axis, grid.height - 1, f"┤{numbers.signed_lots(lowest, 6)}", "muted")
    grid.put(axis, halves[-1][1] // 2, f"▸{numbers.signed_lots(newest, 6)} ", "text reverse")


def _draw_halves(grid: Grid, x: int, first: int, last: int, ink: str) -> None:
    for y in range(first // 2, last // 2 + 1):
        grid.put(x, y, _HALVES[first <= 2 * y <= last, first <= 2 * y + 1 <= last], ink)
