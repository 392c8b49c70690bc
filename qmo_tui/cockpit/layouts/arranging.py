"""From columns of panes to the cells of each: what has no room is left out, the last first."""

from typing import Final

from textual.geometry import Region

from qmo_tui.cockpit.layouts.dividing import divided
from qmo_tui.cockpit.layouts.layout import Cell, Column, Columns, Line
from qmo_tui.cockpit.layouts.panes import PANES, PaneName

GAP: Final = 1
"""Cells of air between columns, and between panes side by side."""


def regions_of(columns: Columns, width: int, height: int) -> dict[PaneName, Region]:
    """Return the cells of each pane, in the order of reading; together with their air they fill the room."""
    placed: dict[PaneName, Region] = {}
    for column, (x, cells) in _across(columns, width):
        _place_lines(placed, column, x, cells, height)
    return placed


def _across(columns: Columns, width: int) -> list[tuple[Column, tuple[int, int]]]:
    """Return the columns that fit, each with its first cell and its width."""
    for count in range(len(columns), 0, -1):
        kept = columns[:count]
        widths = divided(width, [column.width for column in kept], [_least_width(column) for column in kept], GAP)
        if widths is not None:
            return list(zip(kept, _spans(widths, GAP), strict=True))
    return [(columns[0], (0, width))] if columns else []


def _place_lines(placed: dict[PaneName, Region], column: Column, x: int, width: int, height: int) -> None:
    for count in range(len(column.lines), 0, -1):
        kept = column.lines[:count]
        heights = divided(height, [line.height for line in kept], [_least_height(line) for line in kept], 0)
        if heights is not None:
            break
    else:
        kept, heights = column.lines[:1], (height,)
    for line, (y, rows) in zip(kept, _spans(heights, 0), strict=True):
        for cell, (left, cells) in _beside(line, width):
            placed[cell.pane] = Region(x + left, y, cells, rows)


def _beside(line: Line, width: int) -> list[tuple[Cell, tuple[int, int]]]:
    for count in range(len(line.cells), 0, -1):
        kept = line.cells[:count]
        widths = divided(width, [cell.width for cell in kept], [PANES[cell.pane].width for cell in kept], GAP)
        if widths is not None:
            return list(zip(kept, _spans(widths, GAP), strict=True))
    return [(line.cells[0], (0, width))]


def _least_width(column: Column) -> int:
    """Return the cells without which a column's widest first pane cannot be read."""
    return max(PANES[line.cells[0].pane].width for line in column.lines)


def _least_height(line: Line) -> int:
    return max(PANES[cell.pane].height for cell in line.cells)


def _spans(sizes: tuple[int, ...], gap: int) -> list[tuple[int, int]]:
    """Return first cell and length of each of some neighbours."""
    spans, at = [], 0
    for size in sizes:
        spans.append((at, size))
        at += size + gap
    return spans
