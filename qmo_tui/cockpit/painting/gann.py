"""Gann levels and clusters: signs beside prices, and on the chart the lines of a few, named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engines.timing_view import GannCluster, GannLevel
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.ladder_notes import market_tick
from qmo_tui.cockpit.painting.price_scale import PriceScale

LEVEL_SIGN: Final = "╴"
CLUSTER_SIGN: Final = "╡"
"""Beside a price; the double line is where several families agree."""
_LINE: Final = "╍"
_NAMED_A_SIDE: Final = 2
"""Lines drawn above the market, and below it."""
_CLUSTERED: Final = 2
"""Families from which prices are a cluster."""
_APART: Final = 2
"""Rows between two lines."""
_SIDE_INKS: Final = {"bid": "bid_volume", "ask": "ask_volume", None: "muted"}


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A price worth a line; the heavier is drawn first."""

    tick: int
    weight: int
    text: str
    ink: str


def gann_subject(frame: Frame) -> object:
    """Return what of a frame levels are drawn from."""
    timing = frame.view.timing
    return None if timing is None or not frame.levels else (timing.levels, timing.clusters)


def level_signs(frame: Frame) -> Mapping[int, str]:
    """Return the sign of each price that a level or a cluster names; none while the trader hides them."""
    timing = frame.view.timing
    if timing is None or not frame.levels:
        return {}
    signs = {level.tick: LEVEL_SIGN for level in timing.levels}
    for cluster in timing.clusters:
        signs |= dict.fromkeys(range(cluster.low, cluster.high + 1), CLUSTER_SIGN)
    return signs


def mark_levels(grid: Grid, frame: Frame, scale: PriceScale, axis: int, right: int) -> list[LevelLine]:
    """Put signs on the price axis, and names of the nearest clusters and levels where they have room; return these."""
    for tick, sign in sorted(level_signs(frame).items(), key=lambda item: item[1] == CLUSTER_SIGN):
        y = scale.row(tick)
        if 0 <= y < grid.height:
            grid.put(axis, y, sign, "key" if sign == CLUSTER_SIGN else "muted")
    lines = _chosen(frame, scale, grid.height)
    for line in lines:
        _name(grid, scale.row(line.tick), line.text, line.ink, right)
    return lines


def draw_levels(grid: Grid, lines: list[LevelLine], scale: PriceScale, right: int) -> None:
    """Draw what `mark_levels` chose as lines, into cells that everything else left blank."""
    for line in lines:
        for x in range(right):
            grid.put_if_blank(x, scale.row(line.tick), _LINE, "faint" if line.ink == "muted" else line.ink)


def _chosen(frame: Frame, scale: PriceScale, rows: int) -> list[LevelLine]:
    """Return the lines: clusters before levels, the nearest first, a few on each side of the market, rows apart."""
    market, timing = market_tick(frame.view), frame.view.timing
    if market is None or timing is None or not frame.levels:
        return []
    wanted = [_of_cluster(cluster) for cluster in timing.clusters] + [_of_level(level) for level in timing.levels]
    wanted.sort(key=lambda line: (line.weight < _CLUSTERED, abs(line.tick - market), line.tick, line.text))
    chosen: list[LevelLine] = []
    for line in wanted:
        y = scale.row(line.tick)
        above = line.tick > market
        same_side = sum((other.tick > market) == above for other in chosen)
        is_apart = all(abs(scale.row(other.tick) - y) >= _APART for other in chosen)
        if 0 <= y < rows and same_side < _NAMED_A_SIDE and is_apart:
            chosen.append(line)
    return chosen


def _of_cluster(cluster: GannCluster) -> LevelLine:
    text = " + ".join(cluster.labels[:2]) or f"{cluster.families} families"
    return LevelLine(
        (cluster.low + cluster.high) // 2, max(_CLUSTERED, cluster.families), text, _SIDE_INKS[cluster.side]
    )


def _of_level(level: GannLevel) -> LevelLine:
    return LevelLine(level.tick, 1, level.label, "muted")


def _name(grid: Grid, y: int, text: str, ink: str, right: int) -> None:
    """Write a name where the row has room for all of it, as far left as can be; nowhere otherwise.

    Its blanks are of a kind that nothing is drawn into.
    """
    text = f" {text} ".replace(" ", "\N{NO-BREAK SPACE}")
    place = next((x for x in range(max(0, right - len(text))) if grid.is_blank(x, y, len(text))), None)
    if place is not None:
        grid.put(place, y, text, ink)
