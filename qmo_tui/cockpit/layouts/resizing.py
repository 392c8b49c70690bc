"""A pane made wider or lower by a key: its share of the columns, or of the rows of its column, becomes another."""

from dataclasses import replace
from typing import Final

from qmo_tui.cockpit.layouts.arranging import regions_of
from qmo_tui.cockpit.layouts.layout import Columns, Extent, panes_of
from qmo_tui.cockpit.layouts.panes import PANES, PaneName

STEP: Final = 5
"""Percent of the market by which a key changes a pane."""


def wider(columns: Columns, pane: PaneName, steps: int, width: int, height: int) -> Columns | None:
    """Return the columns with a pane wider by so many steps; None where nothing stands beside it to give or take."""
    regions = regions_of(columns, width, height)
    if pane not in regions:
        return None
    share = Extent(percent=_share(regions[pane].width, width, steps))
    beside = next(line for column in columns for line in column.lines if pane in [cell.pane for cell in line.cells])
    if len(beside.cells) > 1:
        column = next(column for column in columns if beside in column.lines)
        room = sum(regions[cell.pane].width for cell in beside.cells if cell.pane in regions)
        share = Extent(percent=_share(regions[pane].width, room, steps))
        cells = tuple(replace(cell, width=share if cell.pane == pane else Extent()) for cell in beside.cells)
        lines = tuple(replace(line, cells=cells) if line == beside else line for line in column.lines)
        return tuple(replace(column, lines=lines) if found == column else found for found in columns)
    if len(columns) == 1:
        return None
    return tuple(
        replace(column, width=share if pane in panes_of((column,)) else column.width)
        for column in _with_one_open(columns, pane)
    )


def higher(columns: Columns, pane: PaneName, steps: int, width: int, height: int) -> Columns | None:
    """Return the columns with a pane higher by so many steps; None where nothing stands above or below it."""
    regions = regions_of(columns, width, height)
    if pane not in regions:
        return None
    column = next(column for column in columns if pane in panes_of((column,)))
    if len(column.lines) == 1:
        return None
    share = Extent(percent=_share(regions[pane].height, height, steps))
    others_open = any(
        line.height == Extent() and pane not in [cell.pane for cell in line.cells] for line in column.lines
    )
    lines = []
    for line in reversed(column.lines):
        if pane in [cell.pane for cell in line.cells]:
            lines.append(replace(line, height=share))
        elif others_open:
            lines.append(line)
        else:
            lines.append(replace(line, height=Extent()))
            others_open = True
    lines.reverse()
    changed = replace(column, lines=tuple(lines))
    return tuple(changed if found == column else found for found in columns)


def _with_one_open(columns: Columns, pane: PaneName) -> Columns:
    """Let another column take what is left, so that a share of the others can change."""
    others = [column for column in columns if pane not in panes_of((column,))]
    if any(column.width == Extent() for column in others):
        return columns
    widest = max(others, key=lambda column: max(PANES[name].width for name in panes_of((column,))))
    return tuple(replace(column, width=Extent()) if column == widest else column for column in columns)


def _share(cells: int, room: int, steps: int) -> int:
    """Return the next share in percent, to a whole step."""
    return max(STEP, min(100 - STEP, (round(100 * cells / max(1, room) / STEP) + steps) * STEP))
