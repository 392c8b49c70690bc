"""How every picture looks, and how it is written: the same data gives the same SVG, byte for byte.

Pictures stand on a pale ground of their own, so that they can be read in light and dark documents. What is compared
differs in colour (Okabe and Ito's, which colour-blind readers tell apart) and in how it is drawn. Text stays text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

GROUND: Final = "#fbfaf7"
INK: Final = "#2b2b2b"
_GRID: Final = "#d9d6cf"
_PANEL_INCHES: Final = (4.2, 3.1)
_MOST_POINTS: Final = 240
"""Points of a curve; more would not be seen and make the file large."""
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "qmo",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": GROUND,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": GROUND,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pen:
    """How one of the sides of a comparison is drawn."""

    colour: str
    dashes: str
    hatch: str

    @property
    def line(self) -> dict[str, Any]:
        """Keyword arguments of a curve."""
        return {"color": self.colour, "linestyle": self.dashes, "linewidth": 1.8}

    @property
    def bar(self) -> dict[str, Any]:
        """Keyword arguments of a bar."""
        return {"color": self.colour, "hatch": self.hatch, "edgecolor": GROUND, "linewidth": 0.5}


PENS: Final = (Pen("#0072b2", "solid", ""), Pen("#d55e00", "dashed", "////"))
"""Blue and vermillion."""


@contextmanager
def sheet(path: Path | TextIO, title: str, panels: int) -> Iterator[list[Axes]]:
    """Hand out panels side by side; what is drawn on them is written as SVG when the block ends."""
    width, height = _PANEL_INCHES
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(panels * width, height), layout="constrained")
        yield [figure.add_subplot(1, panels, number) for number in range(1, panels + 1)]
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None, "Title": title})


def name_axes(axes: Axes, title: str, across: str, up: str) -> None:
    """Give a panel its words, and the legend of what is drawn on it."""
    axes.set_title(title, loc="left")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.legend()


def survival(values: npt.ArrayLike) -> tuple[Numbers, Numbers]:
    """Return (value, share of all that are at least as large), thinned evenly in the share and in its logarithm."""
    ordered = np.sort(np.asarray(values, np.float64))
    found, places = np.unique(ordered, return_index=True)
    shares = 1.0 - places / len(ordered)
    if len(found) > _MOST_POINTS:
        even = np.linspace(1.0, shares[-1], _MOST_POINTS // 2)
        wanted = np.sort([*even, *np.geomspace(1.0, shares[-1], _MOST_POINTS // 2)])[::-1]
        kept = np.unique(np.searchsorted(-shares, -wanted).clip(0, len(found) - 1))
        found, shares = found[kept], shares[kept]
    return found, shares
