"""A zone and what price did around it: ranges of price before and after it was said, and who was the aggressor.

Price is drawn as ranges of ten seconds, never trade by trade.
"""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from engines.book.layout import TRADE_BUY, TRADE_SELL
from feeds.instrument import Instrument
from qmo_tui.evaluation.holding.holding import Outcome
from qmo_tui.evaluation.holding.path import MINUTE_NS
from qmo_tui.evaluation.holding.path import Path as TradePath
from qmo_tui.evaluation.holding.study import Study
from qmo_tui.plots.paper import INK, PENS, name_axes, sheet

_BEFORE_NS: Final = 10 * MINUTE_NS
_AFTER_NS: Final = 30 * MINUTE_NS
_RANGE_NS: Final = 10_000_000_000
_WORDS: Final = {True: "held", False: "broken", None: "undecided"}

Whole = npt.NDArray[np.int64]


def draw_zones(folder: Path, study: Study) -> list[Path]:
    """Write a picture of every zone of a study into a folder that is there; return their paths."""
    return [_draw(folder, study, outcome) for outcome in study.outcomes]


def _draw(folder: Path, study: Study, outcome: Outcome) -> Path:
    place, path = outcome.place, folder / f"zone-{outcome.place.id}.svg"
    first, end = np.searchsorted(study.path.times, [place.ts - _BEFORE_NS, place.ts + _AFTER_NS])
    around = TradePath(*(column[first:end] for column in _columns(study.path)))
    with sheet(path, f"{place.kind}, {place.id}", 2) as (price, flow):
        _draw_price(price, study.instrument, outcome, around)
        _draw_flow(flow, outcome, around)
    return path


def _columns(path: TradePath) -> tuple[Whole, Whole, Whole, Whole]:
    return path.times, path.ticks, path.lots, path.sides


def _minutes(outcome: Outcome, times: Whole) -> npt.NDArray[np.float64]:
    """Return times as minutes since the zone was said."""
    return np.asarray((times - outcome.place.ts) / MINUTE_NS, np.float64)


def _draw_price(axes: Axes, instrument: Instrument, outcome: Outcome, around: TradePath) -> None:
    place, tick, pen = outcome.place, instrument.tick_size, PENS[outcome.place.side == "ask"]
    if len(around.times):
        spans = around.times // _RANGE_NS
        starts = np.flatnonzero(np.diff(spans, prepend=-1))
        lows, highs = np.minimum.reduceat(around.ticks, starts), np.maximum.reduceat(around.ticks, starts)
        middles = _minutes(outcome, spans[starts] * _RANGE_NS + _RANGE_NS // 2)
        axes.vlines(
            middles, (lows - 0.3) * tick, (highs + 0.3) * tick, colors=INK, linewidth=1.2, label="traded range, 10 s"
        )
    low, high = (place.low - 0.5) * tick, (place.high + 0.5) * tick
    after = _AFTER_NS / MINUTE_NS
    axes.fill_between([0.0, after], low, high, color=pen.colour, alpha=0.25, linewidth=0, label=f"{place.side} zone")
    for target in (place.low - outcome.target, place.high + outcome.target):
        axes.axhline(target * tick, color=pen.colour, linestyle="dotted", linewidth=1.0)
    axes.axvline(0.0, color=pen.colour, linestyle=pen.dashes, linewidth=1.0)
    axes.ticklabel_format(axis="y", useOffset=False)
    name_axes(axes, f"{place.kind}, {place.side}: {_WORDS[outcome.held]}", "minutes since it was said", "price")


def _draw_flow(axes: Axes, outcome: Outcome, around: TradePath) -> None:
    spans = around.times // _RANGE_NS
    lasts = np.flatnonzero(np.diff(spans, append=-1))
    minutes = _minutes(outcome, (spans[lasts] + 1) * _RANGE_NS)
    for side, name, pen in ((TRADE_BUY, "bought", PENS[0]), (TRADE_SELL, "sold", PENS[1])):
        lots = np.cumsum(np.where(around.sides == side, around.lots, 0))
        axes.plot(minutes, lots[lasts], label=f"{name} by aggressors", **pen.line)
    axes.axvline(0.0, color=INK, linewidth=1.0)
    name_axes(axes, "Lots since ten minutes before", "minutes since it was said", "lots")
