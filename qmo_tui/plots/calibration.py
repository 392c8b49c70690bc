"""How true probabilities were: the share won beside what was predicted, and how often each was said."""

from pathlib import Path
from typing import Final

from matplotlib.axes import Axes

from qmo_tui.calibration.measures import Measured
from qmo_tui.plots.paper import INK, PENS, name_axes, sheet

_TITLE: Final = "Predicted probability and what came, on sessions the fit had not seen"


def draw_reliability(folder: Path, product: str, fitted: Measured, score: Measured) -> Path:
    """Write the reliability of the fit and of the fixed-weight score into a folder that is there; return its path."""
    path = folder / f"calibration-{product}.svg"
    with sheet(path, _TITLE, 2) as panels:
        for axes, pen, name, one in zip(
            panels, PENS, ("fitted to the pillars", "fixed-weight score"), (fitted, score), strict=True
        ):
            _draw(axes, one)
            shares, predicted = [bin_.share for bin_ in one.bins], [bin_.predicted for bin_ in one.bins]
            lows = [bin_.share - bin_.interval[0] for bin_ in one.bins]
            highs = [bin_.interval[1] - bin_.share for bin_ in one.bins]
            axes.errorbar(
                predicted, shares, yerr=(lows, highs), fmt="o", color=pen.colour, capsize=3, label="won, with 95 %"
            )
            name_axes(axes, f"{name}, n = {one.n:,}", "predicted", "share won")
    return path


def _draw(axes: Axes, one: Measured) -> None:
    axes.plot([0.0, 1.0], [0.0, 1.0], color=INK, linewidth=1.0, label="as predicted")
    axes.axhline(one.base_rate, color=INK, linestyle="dotted", linewidth=1.0, label="base rate")
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
