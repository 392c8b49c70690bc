"""How real a simulated session looks: its shape beside a recorded one's, as pictures.

Only aggregates are drawn: shares, means and distributions over a whole session.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from feeds.simulator.shape import LEVELS, Session
from qmo_tui.plots.paper import PENS, name_axes, sheet, survival

_ACTIONS: Final = {"A": "add", "C": "cancel", "M": "modify", "T": "trade", "F": "fill"}
_MOST_SPREAD: Final = 4
"""Ticks; wider spreads are counted with it."""
_SECOND_NS: Final = 1_000_000_000
_WINDOWS: Final = tuple(float(window) for window in np.geomspace(1e-4, 10.0, 16))
"""Seconds over which events are counted."""
_SHORTEST: Final = 1e-7
"""Seconds between events below which nothing is drawn."""
_BAR: Final = 0.38
_AT_LEAST: Final = "share of at least that"


@dataclass(frozen=True, slots=True)
class Side:
    """A session and what the legend calls it."""

    name: str
    session: Session


Sides = Sequence[Side]


def draw_all(folder: Path, real: Side, simulated: Side) -> list[Path]:
    """Write every picture into a folder that is there, over pictures of the same name, and return their paths."""
    return [draw(folder / f"realism-{name}.svg", (real, simulated)) for name, draw in _PICTURES.items()]


def _draw_actions(path: Path, sides: Sides) -> Path:
    with sheet(path, "Records by action, and records of a trade event", 2) as (mix, trades):
        for place, (side, pen) in enumerate(zip(sides, PENS, strict=True)):
            counts = side.session.actions
            shares = [counts[action] / counts.total() for action in _ACTIONS]
            mix.bar(np.arange(len(shares)) + (place - 0.5) * _BAR, shares, _BAR, label=side.name, **pen.bar)
        mix.set_xticks(range(len(_ACTIONS)), list(_ACTIONS.values()))
        mix.grid(visible=False, axis="x")
        name_axes(mix, "Records by action", "", "share of records")
        _survivals(trades, sides, lambda session: session.trade_records)
        name_axes(trades, "Size of a trade event", "records", _AT_LEAST)
    return path


def _draw_sizes(path: Path, sides: Sides) -> Path:
    with sheet(path, "Lots of orders and of trades", 2) as (added, traded):
        _survivals(added, sides, lambda session: session.added)
        name_axes(added, "Orders added", "lots", _AT_LEAST)
        _survivals(traded, sides, lambda session: session.traded)
        name_axes(traded, "Trades", "lots", _AT_LEAST)
    return path


def _draw_orders(path: Path, sides: Sides) -> Path:
    with sheet(path, "How long orders wait, and where they are entered", 2) as (waited, placed):
        _survivals(waited, sides, lambda session: [1 + events for events in session.waited])
        waited.set_yscale("linear")
        name_axes(waited, "Lifetime of cancelled orders", "matching events", _AT_LEAST)
        _survivals(placed, sides, lambda session: [1 + max(behind, 0) for behind in session.added_behind])
        name_axes(placed, "Where orders are added", "price level, 1 is the touch or better", _AT_LEAST)
    return path


def _draw_book(path: Path, sides: Sides) -> Path:
    with sheet(path, "Spread, and lots by price level", 2) as (spread, depth):
        for place, (side, pen) in enumerate(zip(sides, PENS, strict=True)):
            ticks = np.bincount(np.minimum(side.session.spreads, _MOST_SPREAD), minlength=_MOST_SPREAD + 1)[1:]
            across = np.arange(1, _MOST_SPREAD + 1) + (place - 0.5) * _BAR
            spread.bar(across, ticks / ticks.sum(), _BAR, label=side.name, **pen.bar)
            lots = np.mean(side.session.depths, axis=0)
            depth.plot(range(1, LEVELS + 1), lots / lots.mean(), label=side.name, marker="o", markersize=4, **pen.line)
        spread.set_yscale("log")
        spread.set_xticks(range(1, _MOST_SPREAD + 1), [*map(str, range(1, _MOST_SPREAD)), f"{_MOST_SPREAD} +"])
        spread.grid(visible=False, axis="x")
        depth.set_ylim(bottom=0.0)
        depth.set_xticks(range(1, LEVELS + 1))
        name_axes(spread, "Spread", "ticks", "share of matching events")
        name_axes(depth, "Lots by price level", "price level, 1 is the touch", "of the mean of ten levels")
    return path


def _draw_times(path: Path, sides: Sides) -> Path:
    with sheet(path, "Time between matching events, and how they clump", 2) as (between, clumps):
        _survivals(between, sides, lambda session: np.maximum(np.diff(session.times), 1) / _SECOND_NS)
        between.set_yscale("linear")
        between.set_xlim(left=_SHORTEST)
        name_axes(between, "Time between matching events", "seconds", _AT_LEAST)
        for side, pen in zip(sides, PENS, strict=True):
            clumps.loglog(
                _WINDOWS,
                dispersion(side.session.times, _WINDOWS),
                label=side.name,
                marker="o",
                markersize=3,
                **pen.line,
            )
        name_axes(clumps, "Clumping: 1 is chance alone", "seconds counted together", "variance / mean of event counts")
    return path


_PICTURES: Final[dict[str, Callable[[Path, Sides], Path]]] = {
    "actions": _draw_actions,
    "sizes": _draw_sizes,
    "orders": _draw_orders,
    "book": _draw_book,
    "times": _draw_times,
}


def _survivals(axes: Axes, sides: Sides, values_of: Callable[[Session], npt.ArrayLike]) -> None:
    """Draw for every value what share of all is at least as large, on logarithmic axes."""
    for side, pen in zip(sides, PENS, strict=True):
        found, shares = survival(values_of(side.session))
        axes.plot(found, shares, label=side.name, drawstyle="steps-pre", **pen.line)
    axes.set_xscale("log")
    axes.set_yscale("log")


def dispersion(times: Sequence[int], windows: Sequence[float]) -> list[float]:
    """Return the variance over the mean of how many times (ns) fall into windows of each length (seconds)."""
    since = np.asarray(times, np.int64) - times[0]
    ratios = []
    for window in windows:
        length = round(window * _SECOND_NS)
        whole = max(int(since[-1]) // length, 1)
        _, counts = np.unique(since[since < whole * length] // length, return_counts=True)
        mean = counts.sum() / whole
        ratios.append(float((counts.astype(np.float64) ** 2).sum() / whole - mean**2) / mean)
    return ratios
