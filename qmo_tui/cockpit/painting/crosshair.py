"""The chart's crosshair: two lines through what bars left blank, and in words what stands where they cross."""

from collections.abc import Iterator
from typing import Final

from engines.view import BarRow, MarketView
from qmo_tui.cockpit.frame import Frame, ReadPoint
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.chart_axes import delta_of
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.ladder_profile import ladder_tags
from qmo_tui.cockpit.painting.own_lines import own_lines
from qmo_tui.cockpit.painting.spans import UNKNOWN, Row, Rows, chosen, fitted, ruled
from qmo_tui.cockpit.painting.zones import LETTERS, listed_zones, short_label

READING_ROWS: Final = 2
"""Rows that the reading takes from the top of a chart."""
_LABEL: Final = 22
"""Cells of a zone's label."""


def draw_crosshair(grid: Grid, frame: Frame, point: ReadPoint, at: tuple[int | None, int], axis: int) -> None:
    """Draw the lines through a column (None where the bar is not in sight) and a row, and name the price."""
    x, y = at
    if x is not None:
        for row in range(grid.height):
            grid.put_if_blank(x, row, "┊", "key")
    if not 0 <= y < grid.height:
        return
    for column in range(axis):
        grid.put_if_blank(column, y, "┈", "key")
    grid.put(axis, y, f"▸{numbers.price(frame.view.instrument, point.tick)} ", "ink on key bold")


def with_reading(rows: Rows, frame: Frame, width: int, ticks: int) -> Rows:
    """Return a chart's rows with the reading in the place of the first two; a row of the chart holds so many ticks."""
    point = frame.chart.reading
    if point is None or len(rows) <= READING_ROWS:
        return rows
    bar = next((bar for bar in frame.view.bars if bar.start == point.start), None)
    return (_of_bar(point, bar, frame, width), _of_price(point, bar, frame, width, ticks), *rows[READING_ROWS:])


def _of_bar(point: ReadPoint, bar: BarRow | None, frame: Frame, width: int) -> Row:
    instrument = frame.view.instrument
    clock = times.clock(point.start, frame.zone)
    parts: list[tuple[int, Row]] = [(0, ((f" {clock} ", "ink on key bold"),))]
    if bar is None:
        return ruled(chosen([*parts, (1, ((UNKNOWN, "muted"),))], width), width)
    prices = (("O", bar.open, 4), ("H", bar.high, 2), ("L", bar.low, 2), ("C", bar.close, 1))
    parts += [
        (place, ((f"{letter} ", "muted"), (numbers.price(instrument, tick), "text"))) for letter, tick, place in prices
    ]
    parts.append((3, (("vol ", "muted"), (numbers.grouped(bar.volume), "text"))))
    return ruled(chosen(parts, width, gap=1), width)


def _of_price(point: ReadPoint, bar: BarRow | None, frame: Frame, width: int, ticks: int) -> Row:
    """Return the price, the average at the bar's close, and the names of what stands at the price."""
    view = frame.view
    parts: list[tuple[int, Row]] = [(0, ((f" {numbers.price(view.instrument, point.tick)}", "key bold"),))]
    delta = None if bar is None else delta_of(bar)
    ink = "muted" if not delta else "bid" if delta > 0 else "ask"
    parts += [
        (1, (("delta ", "muted"), (numbers.signed(delta), ink))),
        (3, (("CVD ", "muted"), (numbers.signed(None if bar is None else bar.cvd), "text"))),
        (4, (("VWAP ", "muted"), (_average(view, bar), "text"))),
    ]
    names = list(dict.fromkeys(_names(frame, point.tick, ticks)))
    parts += [(2 + 3 * (place > 0), ((name, "key"),)) for place, name in enumerate(names)]
    if not names:
        parts.append((5, (("nothing named here", "muted"),)))
    return fitted(chosen(parts, width), width)


def _average(view: MarketView, bar: BarRow | None) -> str:
    """Return the volume-weighted average price at a bar's close, with its deviation."""
    path = () if view.profile is None else view.profile.path
    developed = next((found for found in path if bar is not None and found.start == bar.start), None)
    if developed is None:
        return UNKNOWN
    average, spread = (numbers.between_ticks(view.instrument, at) for at in (developed.vwap, developed.deviation))
    return f"{average} ±{spread}"


def _names(frame: Frame, tick: int, ticks: int) -> Iterator[str]:
    """Yield own orders, zones, prices of the profile and Gann's levels within the row of a price."""
    view, prices = frame.view, range(tick, tick + ticks)
    for line in own_lines(view.trading, frame.price_alerts):
        if line.tick in prices:
            yield line.text
    tags = ladder_tags(view.profile)
    yield from (tags[price] for price in prices if price in tags)
    for mark in listed_zones(view, frame.zones.kind):
        if mark.live and mark.low < prices.stop and mark.high >= prices.start:
            yield f"{LETTERS[mark.kind]} {mark.side} {short_label(mark, _LABEL)}"
    timing = view.timing
    if timing is not None and frame.levels:
        for cluster in timing.clusters:
            if cluster.low < prices.stop and cluster.high >= prices.start:
                yield " + ".join(cluster.labels[:2])
        yield from (level.label for level in timing.levels if level.tick in prices)
