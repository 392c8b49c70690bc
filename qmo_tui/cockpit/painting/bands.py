"""Zones as bands: behind the iceberg columns of the ladder, and along the time axis of the chart."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from engines.events import PassiveSide
from engines.view import MarketView, ZoneKind, ZoneMark
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.icebergs import live_places
from qmo_tui.cockpit.painting.spans import Span
from qmo_tui.cockpit.painting.zones import LETTERS, ended_zones, live_zones, strongest

_NEAREST: Final = 10
_STRONGEST: Final = 4
_ENDED: Final = 4
"""Bands that are drawn: so many by distance to price, then so many by strength, and so many that ended last."""
_TALL: Final = 10
"""Ticks beyond which only the edges of a zone are drawn: it is no price to act at, and would hide those that are."""
TEXTURES: Final[dict[PassiveSide, str]] = {
    "bid": "\N{BOX DRAWINGS LIGHT DIAGONAL UPPER RIGHT TO LOWER LEFT}",
    "ask": "\N{BOX DRAWINGS LIGHT DIAGONAL UPPER LEFT TO LOWER RIGHT}",
}
"""What fills a band where nothing else is drawn; it leans up from support, down from resistance."""
_STROKES: Final = 4
"""Cells from one stroke of a band to the next: bars must be seen through many bands."""


def drawn_zones(view: MarketView, kind: ZoneKind | None) -> list[ZoneMark]:
    """Return the live zones that ladder and chart show: the nearest to price, then the strongest of the others."""
    return drawn_of(live_zones(view, kind))


def drawn_of(near_first: list[ZoneMark]) -> list[ZoneMark]:
    """Return, of all live zones with the nearest first, those that are drawn."""
    others = sorted(near_first[_NEAREST:], key=lambda mark: (-(mark.score or 0.0), mark.id))
    return near_first[:_NEAREST] + others[:_STRONGEST]


def ladder_bands(view: MarketView, kind: ZoneKind | None) -> Mapping[tuple[str, int], Span]:
    """Return what stands at each side and price of the ladder: the strongest zone's letter, and how many more."""
    at_price: defaultdict[tuple[str, int], list[ZoneMark]] = defaultdict(list)
    if view.ladder:
        top, bottom = view.ladder[0].tick, view.ladder[-1].tick
        for mark in without_signs(drawn_zones(view, kind), view):
            for tick in _ticks(mark):
                if bottom <= tick <= top:
                    at_price[mark.side, tick].append(mark)
    return {place: _cell(marks) for place, marks in at_price.items()}


def on_band(iceberg: Span, band: Span | None, room: int) -> Span:
    """Return a cell of the ladder's iceberg column with the band behind it; an iceberg's own text stays whole.

    The band's letter stands before it where both have room.
    """
    if band is None:
        return iceberg
    text, ink = iceberg
    if not text:
        return band
    letter = band[0] if len(band[0]) + len(text) <= room else band[0][:1] if len(text) < room else ""
    return f"{letter}{text}", f"{band[1]} bold" if "bold" in ink else band[1]


def without_signs(marks: list[ZoneMark], view: MarketView) -> list[ZoneMark]:
    """Leave out the icebergs that ladder and chart show by their own sign."""
    signed = live_places(view)
    return [mark for mark in marks if mark.kind != "iceberg" or (mark.side, mark.low) not in signed]


def _cell(marks: list[ZoneMark]) -> Span:
    first = strongest(marks)
    more = f"+{len(marks) - 1}" if len(marks) > 1 else ""
    return f"{LETTERS[first.kind]}{more}", f"{first.side}_over on {first.side}_bar"


def draw_letters(grid: Grid, live: list[ZoneMark], *, row: Callable[[int], int], x: int) -> None:
    """Write the letter of the strongest of the live zones at each row into a column; `row` gives the row of a tick."""
    at_row: defaultdict[int, list[ZoneMark]] = defaultdict(list)
    for mark in live:
        for y in _rows(mark, grid, row):
            at_row[y].append(mark)
    for y, marks in at_row.items():
        first = strongest(marks)
        grid.put(x, y, LETTERS[first.kind], f"{first.side}_over on {first.side}_bar")


def draw_bands(
    grid: Grid,
    view: MarketView,
    kind: ZoneKind | None,
    *,
    row: Callable[[int], int],
    column: Callable[[int], int],
    right: int,
) -> None:
    """Draw zones into what candles and lines left blank, from when they began to `right` or to their end.

    `row` gives the row of a tick, `column` the column of a time; `right` is kept for the letters of live zones. But for
    the first one, strokes stand between bars and in columns of their own, so that they stay where they are when bars
    move on.
    """
    live = without_signs(drawn_zones(view, kind), view)
    draw_letters(grid, live, row=row, x=right)
    for mark in sorted(live, key=lambda mark: mark.score or 0.0, reverse=True):
        _hatch(grid, mark, _rows(mark, grid, row), _strokes(column(mark.first_ts), right, right), f"{mark.side}_bar")
    ended = [mark for mark in ended_zones(view, kind) if mark.kind != "iceberg"]
    for mark in ended[:_ENDED]:
        columns = _strokes(column(mark.first_ts), max(0, column(mark.last_ts)) + 1, right)
        _hatch(grid, mark, _rows(mark, grid, row), columns, "faint")


def _ticks(mark: ZoneMark) -> Sequence[int]:
    """Return the prices of a zone that are drawn."""
    return range(mark.low, mark.high + 1) if mark.high - mark.low < _TALL else (mark.low, mark.high)


def _rows(mark: ZoneMark, grid: Grid, row: Callable[[int], int]) -> Iterable[int]:
    if mark.high - mark.low < _TALL:
        return range(max(0, row(mark.high)), min(grid.height - 1, row(mark.low)) + 1)
    return {y for y in (row(mark.high), row(mark.low)) if 0 <= y < grid.height}


def _strokes(first: int, end: int, right: int) -> list[int]:
    """Return the columns of a band's strokes: its first one, then every fourth, counted from the right."""
    begin = max(0, first)
    return [x for x in range(begin, end) if x == begin or (right - x) % _STROKES == _STROKES // 2]


def _hatch(grid: Grid, mark: ZoneMark, rows: Iterable[int], columns: Sequence[int], ink: str) -> None:
    for y in rows:
        for x in columns:
            grid.put_if_blank(x, y, TEXTURES[mark.side], ink)
