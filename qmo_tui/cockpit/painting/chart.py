"""The price chart: bars, what was found in them, volume and its profile, delta or CVD, axes in price and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engines.view import BarRow, IcebergMark
from qmo_tui.cockpit.choices import Beneath
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.bands import draw_bands
from qmo_tui.cockpit.painting.blocks import column, round_maximum
from qmo_tui.cockpit.painting.candles import draw_candle
from qmo_tui.cockpit.painting.chart_axes import INTERVAL_SECONDS, axis_width, delta_of
from qmo_tui.cockpit.painting.chart_delta import draw_cvd, draw_deltas
from qmo_tui.cockpit.painting.chart_profile import draw_path, draw_shape, profile_row, shape_width
from qmo_tui.cockpit.painting.crosshair import draw_crosshair, with_reading
from qmo_tui.cockpit.painting.gann import draw_levels, gann_subject, mark_levels
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.icebergs import sign_of
from qmo_tui.cockpit.painting.ladder_notes import market_tick
from qmo_tui.cockpit.painting.own_lines import draw_own_lines, own_lines
from qmo_tui.cockpit.painting.price_scale import PriceScale, price_scale
from qmo_tui.cockpit.painting.spans import Row, Rows, chosen, fitted, ruled, stacked
from qmo_tui.cockpit.painting.stops import STOP_SIGNS, bar_at, draw_count, stops_by_bar

_SPACING: Final = 2
"""Cells from one bar to the next."""
_BENEATH_ROWS: Final = (
    # from a height of the whole chart: rows of volume alone; of volume and of flow together
    (24, 3, (2, 4)),
    (18, 3, (0, 4)),
    (12, 2, (0, 2)),
)
"""A chart of middling height has room for one of both."""
BENEATH_FROM: Final = _BENEATH_ROWS[-1][0]
"""Height of a chart that has something beneath its candles."""
_PROFILE_ROW_FROM: Final = 18
"""Height of a chart that names the prices of the profile."""
_ENDED_ICEBERGS: Final = 6
"""Icebergs that are drawn after their end, those with most lots filled; a busy day has hundreds."""
_TIME_STEPS: Final = (1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400)


@dataclass(frozen=True, slots=True)
class _Plot:
    """The part of the chart that bars are drawn in; `shape` is the width of the profile's shape beside it."""

    frame: Frame
    bars: tuple[BarRow, ...]
    width: int
    scale: PriceScale
    shape: int

    @property
    def axis(self) -> int:
        """Return the column of the price axis: beyond the bars, a blank and the shape of the profile."""
        return self.width + 1 + self.shape

    def x(self, index: int) -> int:
        """Return the column of a bar; the newest stands at the right edge."""
        return self.width - 1 - (len(self.bars) - 1 - index) * _SPACING

    def index_at(self, ts: int) -> int:
        """Return the bar a time falls in, -1 before the first."""
        return bar_at(self.bars, ts)


def bars_that_fit(width: int) -> int:
    """Return how many bars a chart of this width shows."""
    return max(0, (width - axis_width(7)) // _SPACING)


def chart_subject(frame: Frame) -> object:
    """Return what of a frame the chart shows."""
    view = frame.view
    found = view.icebergs, view.stops, view.zones, frame.zones.kind, market_tick(view)
    drawn = view.bars, view.profile, found, gann_subject(frame), own_lines(view.trading, frame.price_alerts)
    return drawn, view.interval, view.instrument, frame.zone, frame.chart.beneath


def paint_chart(frame: Frame, width: int, height: int) -> Rows:
    """Paint title, bars, volume and time axis."""
    view = frame.view
    shape = shape_width(view.profile, width)
    bars = _bars_shown(frame, width)
    beneath = _beneath(frame, bars)
    volume_rows, flow_rows = _rows_beneath(height, beneath)
    profile = view.profile if height >= _PROFILE_ROW_FROM else None
    price_rows = height - 2 - volume_rows - flow_rows - (profile is not None)
    scale = _scale(frame, bars, price_rows)
    title = _title(frame, width)
    if scale is None or not bars:
        return stacked([title, fitted([(" no bar yet", "muted")], width)], width, height)
    label_width = max(len(numbers.price(view.instrument, tick)) for tick in (scale.top, bars[-1].close))
    plot = _Plot(frame, bars, width - shape - axis_width(label_width), scale, shape)
    below = (*_volume_rows(plot, volume_rows, width), *_flow_rows(plot, flow_rows, width, beneath))
    levels = () if profile is None else (profile_row(frame, profile, width),)
    rows = (title, *levels, *_price_rows(plot, price_rows, width), *below, _time_row(plot, width))
    read = with_reading(rows, frame, width, ticks_in_row(scale))
    return stacked([fitted(row, width) for row in read], width, height)


def ticks_in_row(scale: PriceScale) -> int:
    """Return the ticks that share a row, one where a tick has a row or more."""
    return max(1, 2 * scale.ticks // scale.halves)


def candle_step(frame: Frame, width: int, height: int) -> int:
    """Return the ticks in a row of a chart of this size, as `paint_chart` draws it."""
    bars = _bars_shown(frame, width)
    named = frame.view.profile is not None and height >= _PROFILE_ROW_FROM
    scale = _scale(frame, bars, height - 2 - sum(_rows_beneath(height, _beneath(frame, bars))) - named)
    return 1 if scale is None else ticks_in_row(scale)


def _bars_shown(frame: Frame, width: int) -> tuple[BarRow, ...]:
    fitting = bars_that_fit(width - shape_width(frame.view.profile, width))
    return frame.view.bars[-fitting:] if fitting else ()


def _scale(frame: Frame, bars: tuple[BarRow, ...], rows: int) -> PriceScale | None:
    return price_scale((tick for bar in bars for tick in (bar.high, bar.low)), rows, frame.view.instrument)


def _beneath(frame: Frame, bars: tuple[BarRow, ...]) -> Beneath:
    """Return what stands beneath the candles: volume alone where no bar tells who bought and who sold."""
    return frame.chart.beneath if any(delta_of(bar) is not None for bar in bars) else "volume"


def _rows_beneath(height: int, beneath: Beneath) -> tuple[int, int]:
    """Return the rows of volume, and of delta or CVD, that a chart of this height has beneath its candles."""
    for least, alone, both in _BENEATH_ROWS:
        if height >= least:
            return (alone, 0) if beneath == "volume" else both
    return 0, 0


def _title(frame: Frame, width: int) -> Row:
    view = frame.view
    parts: list[tuple[int, Row]] = [(0, ((f" {view.interval} bars", "muted"),))]
    if view.bars:
        bar = view.bars[-1]
        prices = (("O", bar.open), ("H", bar.high), ("L", bar.low), ("C", bar.close))
        told = " ".join(f"{letter} {numbers.price(view.instrument, tick)}" for letter, tick in prices)
        flow = f"vol {numbers.grouped(bar.volume)}  delta {numbers.signed(delta_of(bar))}"
        parts += [(1, ((told, "muted"),)), (2, ((flow, "muted"),))]
        if bar.low_delta is not None and bar.high_delta is not None:
            within = f"from {numbers.signed(bar.low_delta)} to {numbers.signed(bar.high_delta)}"
            parts.append((3, ((within, "muted"),)))
    return ruled(chosen(parts, width), width)


def _price_rows(plot: _Plot, height: int, width: int) -> Rows:
    """Draw what stands at a price first; numbers and lines then take what is left, so that neither cuts the other."""
    grid = Grid(width, height)
    for index, bar in enumerate(plot.bars):
        draw_candle(grid, plot.x(index), bar, plot.scale)
    runs = _stop_runs(plot)
    for x, y, sign, _count in runs:
        grid.put(x, y, sign, "warn")
    icebergs = _icebergs(plot)
    for x, y, mark in icebergs:
        grid.put(x, y, sign_of(mark), f"{mark.side} bold" if mark.is_live else f"{mark.side}_volume")
    _draw_axis(grid, plot)
    draw_own_lines(grid, own_lines(plot.frame.view.trading, plot.frame.price_alerts), plot.scale, plot.width)
    lines = mark_levels(grid, plot.frame, plot.scale, plot.axis, plot.width)
    _draw_last(grid, plot)
    for x, y, _sign, count in runs:
        draw_count(grid, x + 1, y, count)
    for x, y, mark in icebergs:
        if mark.is_live:
            _draw_line(grid, range(x + 1, plot.width + 1), y, "┄", mark.side)
    _draw_profile(grid, plot)
    _draw_line(grid, range(plot.width + 1), plot.scale.row(plot.bars[-1].close), "·", "faint")
    draw_levels(grid, lines, plot.scale, plot.width)
    draw_bands(
        grid,
        plot.frame.view,
        plot.frame.zones.kind,
        row=plot.scale.row,
        column=lambda ts: plot.x(max(0, plot.index_at(ts))),
        right=plot.width,
    )
    _draw_crosshair(grid, plot)
    return grid.rows()


def _draw_crosshair(grid: Grid, plot: _Plot) -> None:
    point = plot.frame.chart.reading
    if point is not None:
        places = {bar.start: plot.x(index) for index, bar in enumerate(plot.bars)}
        at = places.get(point.start), plot.scale.row(point.tick)
        draw_crosshair(grid, plot.frame, point, at, plot.axis)


def _draw_profile(grid: Grid, plot: _Plot) -> None:
    """Draw how the day's profile developed behind the bars, and its shape beside them."""
    profile = plot.frame.view.profile
    if profile is None:
        return
    places = {bar.start: plot.x(index) for index, bar in enumerate(plot.bars)}
    for developed in profile.path:
        if developed.start in places:
            draw_path(grid, places[developed.start], _SPACING, developed, plot.scale)
    if plot.shape:
        draw_shape(grid, plot.width + 1, profile, plot.scale)


def _stop_runs(plot: _Plot) -> list[tuple[int, int, str, int]]:
    """Return (column, row, sign, orders) of each bar's stops: above its high what bought, below its low what sold."""
    runs = []
    for (index, side), count in stops_by_bar(plot.frame.view.stops, plot.bars).items():
        bar = plot.bars[index]
        y = plot.scale.row(bar.high) - 1 if side == "buy" else plot.scale.row(bar.low) + 1
        runs.append((plot.x(index), y, STOP_SIGNS[side], count))
    return runs


def _icebergs(plot: _Plot) -> list[tuple[int, int, IcebergMark]]:
    """Return (column, row, mark) of live icebergs, and of the largest ended ones that were found within the bars."""
    icebergs = plot.frame.view.icebergs
    ended = [mark for mark in icebergs if not mark.is_live and plot.index_at(mark.first_ts) >= 0]
    largest = sorted(ended, key=lambda mark: mark.filled, reverse=True)[:_ENDED_ICEBERGS]
    found = []
    for mark in (*largest, *(mark for mark in icebergs if mark.is_live)):
        index, y = plot.index_at(mark.first_ts), plot.scale.row(mark.tick)
        found.append((plot.x(index) if index >= 0 else 0, y, mark))
    return found


def _draw_axis(grid: Grid, plot: _Plot) -> None:
    """Name round prices."""
    instrument, scale = plot.frame.view.instrument, plot.scale
    for tick in scale.labels():
        grid.put(plot.axis, scale.row(tick), f"┤{numbers.price(instrument, tick)}", "muted")


def _draw_last(grid: Grid, plot: _Plot) -> None:
    """Name the newest price over what else stands on the axis."""
    last = plot.bars[-1].close
    price = numbers.price(plot.frame.view.instrument, last)
    grid.put(plot.axis, plot.scale.row(last), f"▸{price} ", "text reverse")


def _draw_line(grid: Grid, columns: Iterable[int], y: int, sign: str, ink: str) -> None:
    for x in columns:
        grid.put_if_blank(x, y, sign, ink)


def _volume_rows(plot: _Plot, height: int, width: int) -> Rows:
    """Draw the volume of each bar, coloured by its delta, and the top of the scale on the axis."""
    if height <= 0:
        return ()
    grid = Grid(width, height)
    largest = round_maximum(max(bar.volume for bar in plot.bars))
    for index, bar in enumerate(plot.bars):
        delta = delta_of(bar)
        ink = "muted" if delta is None else "bid_volume" if delta >= 0 else "ask_volume"
        for y, character in enumerate(column(bar.volume, largest, height)):
            grid.put(plot.x(index), y, character, ink)
    grid.put(plot.axis, 0, f"┤{numbers.lots(largest, 6)}", "muted")
    return grid.rows()


def _flow_rows(plot: _Plot, height: int, width: int, beneath: Beneath) -> Rows:
    """Draw the delta of each bar, or CVD at its close."""
    if height <= 0:
        return ()
    grid = Grid(width, height)
    draw = draw_cvd if beneath == "CVD" else draw_deltas
    draw(grid, [(plot.x(index), bar) for index, bar in enumerate(plot.bars)], plot.axis)
    named = next((y for y in range(1, height - 1) if grid.is_blank(plot.axis, y, len(beneath) + 1)), None)
    if named is not None:
        grid.put(plot.axis, named, f" {beneath}", "muted")
    return grid.rows()


def _time_row(plot: _Plot, width: int) -> Row:
    """Name round New York times under their bars."""
    seconds = INTERVAL_SECONDS.get(plot.frame.view.interval, 60)
    text_width = 9 if seconds < 60 else 6
    step = next((s for s in _TIME_STEPS if s // seconds * _SPACING >= text_width + 2), _TIME_STEPS[-1])
    show = times.clock if seconds < 60 else times.clock_minutes
    grid = Grid(width, 1)
    for index, bar in enumerate(plot.bars):
        moment = times.moment(bar.start, plot.frame.zone)
        if (moment.hour * 3_600 + moment.minute * 60 + moment.second) % step == 0:
            grid.put_if_blank(plot.x(index), 0, show(bar.start, plot.frame.zone), "muted")
    return grid.rows()[0]
