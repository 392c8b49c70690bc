"""The footprint chart: the newest bars as columns of numbers, one price a row, with delta and volume of each below."""

from dataclasses import dataclass
from typing import Final

from engines.view import BarRow, Footprint, MarketView
from qmo_tui.cockpit.choices import FootprintKind
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.bands import draw_letters, drawn_zones, without_signs
from qmo_tui.cockpit.painting.chart_axes import INTERVAL_SECONDS, axis_width, delta_of
from qmo_tui.cockpit.painting.crosshair import draw_crosshair, with_reading
from qmo_tui.cockpit.painting.footprint import (
    FootprintLook,
    draw_footprint,
    look_for,
    smallest_look,
)
from qmo_tui.cockpit.painting.gann import gann_subject, level_signs
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.icebergs import foremost, sign_of
from qmo_tui.cockpit.painting.ladder_notes import market_tick
from qmo_tui.cockpit.painting.ladder_profile import ladder_mark
from qmo_tui.cockpit.painting.spans import UNKNOWN, Row, Rows, chosen, fitted, ruled, stacked
from qmo_tui.cockpit.painting.stops import STOP_SIGNS, draw_count, stops_by_bar

_TITLE: Final = 1
_BELOW: Final = 3
"""Rows of delta, volume and time."""
_LABEL_ROWS: Final = 2
"""Prices are named every so many rows."""
_PRICE_WIDTH: Final = 7
"""Of a price that is not known yet."""
_FEW: Final = 2
"""Bars that are called few."""
_MEANS: Final = {"footprint": "sold×bought", "delta footprint": "bought − sold"}


@dataclass(frozen=True, slots=True)
class _Plot:
    """The part of the chart that bars are drawn in; `top` is the price of its first row."""

    frame: Frame
    bars: tuple[BarRow, ...]
    look: FootprintLook
    top: int
    width: int
    rows: int

    @property
    def axis(self) -> int:
        """Return the column of the price axis; the profile's line stands before it."""
        return self.width + 1

    def x(self, index: int) -> int:
        """Return the first column of a bar; the newest stands at the right edge."""
        return self.width - (len(self.bars) - index) * self.look.width


def footprints_that_fit(width: int, kind: FootprintKind) -> int:
    """Return how many bars a chart of this width has room for while their numbers are small."""
    return max(0, (width - axis_width(_PRICE_WIDTH)) // smallest_look(kind).width)


def footprint_rows(height: int) -> int:
    """Return how many prices a chart of this height shows."""
    return max(0, height - _TITLE - _BELOW)


def paint_footprint_chart(frame: Frame, kind: FootprintKind, width: int, height: int) -> Rows:
    """Paint title, bars, delta, volume and time; a chart with room for no bar says what it needs."""
    view, rows = frame.view, footprint_rows(height)
    market = view.last if view.last is not None else view.bars[-1].close if view.bars else None
    if market is None or rows <= 0:
        return stacked(
            [_title(frame, smallest_look(kind), 0, width), fitted([(" no bar yet", "muted")], width)], width, height
        )
    top = frame.chart.footprint_top if frame.chart.footprint_top is not None else market + rows // 2
    label_width = len(numbers.price(view.instrument, top))
    room = width - axis_width(label_width)
    look = look_for(kind, view.footprints, room)
    count = min(len(view.bars), max(0, room // look.width))
    title = _title(frame, look, room // look.width, width)
    if not count:
        needed = axis_width(label_width) + look.width
        told = f" needs {needed} columns" if view.bars else " no bar yet"
        return stacked([title, fitted([(told, "warn" if view.bars else "muted")], width)], width, height)
    plot = _Plot(frame, view.bars[-count:], look, top, room, rows)
    drawn = (title, *_price_rows(plot, market, width), *_sums(plot, width), _time_row(plot, width))
    return stacked([fitted(row, width) for row in with_reading(drawn, frame, width, 1)], width, height)


def _title(frame: Frame, look: FootprintLook, fitting: int, width: int) -> Row:
    parts: list[tuple[int, Row]] = [(0, ((f" {frame.view.interval} {look.kind}", "muted"),))]
    if 0 < fitting <= _FEW:
        parts.append((0, ((f"{fitting} fit" if fitting > 1 else "1 fits", "warn"),)))
    parts += [
        (1, ((_MEANS[look.kind], "muted"),)),
        (2, (("◂▸", "text"), (" imbalance", "muted"))),
        (3, (("▐▌", "text"), (" stack", "muted"))),
        (4, (("■", "key"), (" POC", "muted"))),
        (5, (("↑↓", "warn"), (" unfinished", "muted"))),
    ]
    return ruled(chosen(parts, width), width)


def _price_rows(plot: _Plot, market: int, width: int) -> Rows:
    grid, view = Grid(width, plot.rows), plot.frame.view
    footprints = {footprint.start: footprint for footprint in view.footprints}
    for index, bar in enumerate(plot.bars):
        draw_footprint(grid, plot.x(index), plot.top, bar, footprints.get(bar.start), look=plot.look)
    session = view.profile.session if view.profile is not None else None
    for y in range(plot.rows):
        tick = plot.top - y
        grid.put(plot.axis - 1, y, ladder_mark(session, tick), "key")
        if tick % _LABEL_ROWS == 0:
            grid.put(plot.axis, y, f"┤{numbers.price(view.instrument, tick)}", "muted")
    for tick, sign in level_signs(plot.frame).items():
        grid.put(plot.axis, plot.top - tick, sign, "key")
    _draw_market(grid, plot, view, market)
    live = without_signs(drawn_zones(view, plot.frame.zones.kind), view)
    draw_letters(grid, live, row=lambda tick: plot.top - tick, x=width - 1)
    _draw_icebergs(grid, plot, x=width - 1)
    _draw_stops(grid, plot)
    point = plot.frame.chart.reading
    if point is not None:
        places = {bar.start: plot.x(index) for index, bar in enumerate(plot.bars)}
        at = places.get(point.start), plot.top - point.tick
        draw_crosshair(grid, plot.frame, point, at, plot.axis)
    return grid.rows()


def _draw_icebergs(grid: Grid, plot: _Plot, x: int) -> None:
    """Put the sign of the icebergs that live at a price before the letter of its zone."""
    live = [mark for mark in plot.frame.view.icebergs if mark.is_live]
    for tick in {mark.tick for mark in live}:
        mark = foremost([mark for mark in live if mark.tick == tick])[0]
        grid.put(x, plot.top - tick, sign_of(mark), f"{mark.side} bold")


def _draw_stops(grid: Grid, plot: _Plot) -> None:
    """Point at the stops of each bar from beyond its candle."""
    for (index, side), count in stops_by_bar(plot.frame.view.stops, plot.bars).items():
        bar = plot.bars[index]
        y = plot.top - bar.high - 1 if side == "buy" else plot.top - bar.low + 1
        grid.put(plot.x(index), y, STOP_SIGNS[side], "warn")
        draw_count(grid, plot.x(index) + 1, y, count)


def _draw_market(grid: Grid, plot: _Plot, view: MarketView, market: int) -> None:
    """Mark the last price on the axis; where it is out of sight, the edge beyond which it is."""
    y = plot.top - market
    sign = "▲" if y < 0 else "▼" if y >= plot.rows else "▸"
    price = numbers.price(view.instrument, market)
    ink = "text reverse" if 0 <= y < plot.rows else "warn reverse"
    grid.put(plot.axis, max(0, min(plot.rows - 1, y)), f"{sign}{price} ", ink)


def _sums(plot: _Plot, width: int) -> Rows:
    """Write delta and volume under each bar."""
    grid, room = Grid(width, 2), plot.look.width - 1
    for index, bar in enumerate(plot.bars):
        delta = delta_of(bar)
        text = UNKNOWN if delta is None else numbers.signed_lots(delta, room)
        ink = "muted" if not delta else "bid bold" if delta > 0 else "ask bold"
        grid.put(_centred(plot, index, text), 0, text, ink)
        volume = numbers.lots(bar.volume, room)
        grid.put(_centred(plot, index, volume), 1, volume, "muted")
    for y, name in enumerate(("delta", "volume")):
        grid.put(plot.axis, y, f" {name}", "muted")
    return grid.rows()


def _time_row(plot: _Plot, width: int) -> Row:
    """Name the time of each bar, or of as many as there is room for, the newest first."""
    show = times.clock if INTERVAL_SECONDS.get(plot.frame.view.interval, 60) < 60 else times.clock_minutes
    grid, zone = Grid(width, 1), plot.frame.zone
    step = -(-(len(show(0, zone)) + 1) // plot.look.width)
    for index in range(len(plot.bars) - 1, -1, -step):
        text = show(plot.bars[index].start, zone)
        grid.put(_centred(plot, index, text), 0, text, "muted")
    return grid.rows()[0]


def _centred(plot: _Plot, index: int, text: str) -> int:
    """Return where a text begins so that it stands in the middle of a bar."""
    return max(0, plot.x(index) + (plot.look.width - len(text)) // 2)


def footprint_subject(frame: Frame) -> object:
    """Return what of a frame the footprint chart shows."""
    view = frame.view
    session = view.profile.session if view.profile is not None else None
    drawn: tuple[Footprint, ...] = view.footprints
    zones = view.zones, view.icebergs, view.stops, frame.zones.kind, market_tick(view)
    levels = gann_subject(frame)
    return view.bars, drawn, levels, view.interval, view.last, session, zones, view.instrument, frame.zone
