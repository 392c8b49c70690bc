"""Pictures of a report: R from trade to trade, and how far each trade went for and against its side."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from qmo_tui.plots.paper import INK, PENS, name_axes, sheet


@dataclass(frozen=True, slots=True)
class Excursion:
    """How far a closed trade went, in R, and whether it won."""

    mfe: float
    mae: float
    won: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """The mean R of some trades, and its interval."""

    name: str
    n: int
    mean: float
    interval: tuple[float, float] | None


def draw_results(totals: Sequence[float], excursions: Sequence[Excursion], groups: Sequence[Expected]) -> str:
    """Return the pictures as one SVG: `totals` is the R made until each closed trade."""
    svg = StringIO()
    with sheet(svg, "R of the trades", 3) as (curve, reach, expected):
        _draw_curve(curve, totals)
        _draw_excursions(reach, excursions)
        _draw_groups(expected, groups)
    return svg.getvalue()


def _draw_curve(axes: Axes, totals: Sequence[float]) -> None:
    each = [total - before for total, before in zip(totals, [0.0, *totals], strict=False)]
    numbers = range(1, len(totals) + 1)
    axes.axhline(0.0, color=INK, linewidth=1.0)
    axes.bar(numbers, each, 0.6, label="each trade", **PENS[1].bar)
    axes.plot([0, *numbers], [0.0, *totals], label="all until then", marker="o", markersize=3, **PENS[0].line)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    name_axes(axes, "R from trade to trade", "closed trade", "R, fees taken off")


def _draw_excursions(axes: Axes, excursions: Sequence[Excursion]) -> None:
    for won, name, marker, pen in ((True, "won", "o", PENS[0]), (False, "did not win", "x", PENS[1])):
        found = [one for one in excursions if one.won is won]
        axes.scatter(
            [one.mae for one in found], [one.mfe for one in found], marker=marker, color=pen.colour, label=name
        )
    axes.axvline(1.0, color=INK, linewidth=1.0, linestyle="dotted")
    axes.set_xlim(left=0.0)
    axes.set_ylim(bottom=0.0)
    name_axes(axes, "How far trades went", "against it (MAE, R)", "for it (MFE, R)")


def _draw_groups(axes: Axes, groups: Sequence[Expected]) -> None:
    axes.axvline(0.0, color=INK, linewidth=1.0)
    places = range(len(groups))
    axes.scatter([one.mean for one in groups], places, color=PENS[0].colour, label="mean R")
    known = [(at, one.interval) for at, one in enumerate(groups) if one.interval is not None]
    if known:
        lows, highs = [interval[0] for _, interval in known], [interval[1] for _, interval in known]
        axes.hlines([at for at, _ in known], lows, highs, color=PENS[0].colour, label="95 %")
    axes.set_yticks(places, [f"{one.name} ({one.n})" for one in groups])
    axes.set_ylim(len(groups) - 0.3, -1.6)  # the first one on top, and room for the legend above it
    name_axes(axes, "Expectancy by group (n)", "R a trade", "")
