"""What the trader made of a layout for the moment: a pane zoomed, zones or mentor shown or hidden, a zone opened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from textual.geometry import Region

from qmo_tui.cockpit.layouts.arranging import regions_of
from qmo_tui.cockpit.layouts.layout import REST, Cell, Column, Columns, Extent, Layout, Line, panes_of
from qmo_tui.cockpit.layouts.panes import PaneName

WIDE: Final = 100
TALL: Final = 30
ULTRA: Final = 160
"""Width from which an opened zone has room beside the ladder; below it lies over the market."""
_FOOTPRINT_ROWS: Final = 30
"""Rows of a chart below which a footprint takes those of the pillars beneath it."""
_PEEK: Final = 56
"""Cells beside a ladder that a pane needs to be read there."""
_WIDER: Final = 20
"""Cells by which a column with limits may grow beyond them where the mentor is put away."""
_BESIDE_MARKET: Final = 8
"""Rows of a screen beside market, flow, account and mentor: status, prompt, notice, transport, keys."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is shown.

    Attributes:
        zoomed: The only pane of the market that is shown; None shows the layout.
        peeked: A pane that stands for the moment where all but the ladder stood.
        zones: Whether the table of zones was asked for (True), put away (False), or is as the layout has it.
        mentor: The same of the column of the mentor.
        footprint: Whether the chart is a footprint, which takes more rows than candles.
        opened: A zone is opened.
        why: The reasons of the pillars are open.
    """

    layout: Layout
    zoomed: PaneName | None = None
    peeked: PaneName | None = None
    zones: bool | None = None
    mentor: bool | None = None
    footprint: bool = False
    opened: bool = False
    why: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The screen of a shape at a size.

    Attributes:
        columns: Panes of the market.
        panes: Those that have room.
        flow: Rows of the order flow.
        account: Rows of the account below the market; 0 where its pane stands in it.
        mentor: Rows of the mentor above the market; 0 where its panes stand in it.
    """

    columns: Columns
    panes: tuple[PaneName, ...]
    flow: int
    account: int
    mentor: int

    def regions(self, width: int, height: int) -> dict[PaneName, Region]:
        """Return the cells of each pane in a market of this size."""
        return regions_of(self.columns, width, height)


def plan_for(shape: Shape, width: int, height: int) -> Plan:
    """Return the screen of a shape on a terminal of this size."""
    columns = _columns_of(shape, width, height)
    is_roomy = width >= WIDE and height >= TALL
    flow = 2 if is_roomy else 1
    named = panes_of(columns)
    mentor = 0 if {"pillars", "mentor"} & set(named) else 1
    room = height - _BESIDE_MARKET - flow
    if "position" in named:
        panes = tuple(regions_of(columns, width, room - mentor))
        if "position" in panes:
            return Plan(columns, panes, flow, 0, mentor)
    account = 2 if is_roomy else 1
    panes = tuple(regions_of(columns, width, room - account - mentor))
    mentor = 0 if {"pillars", "mentor"} & set(panes) else 1
    return Plan(columns, tuple(regions_of(columns, width, room - account - mentor)), flow, account, mentor)


def _columns_of(shape: Shape, width: int, height: int) -> Columns:
    if shape.zoomed is not None:
        return _alone(shape.zoomed)
    columns = shape.layout.arrangement_for(width, height).columns
    if shape.peeked is not None:
        return _beside_ladder(columns, shape.peeked, width)
    if shape.mentor is False:
        columns = _without_mentor(columns)
    if shape.footprint:
        columns = tuple(_for_footprint(column, height) for column in columns)
    if shape.zones is False:
        columns = _only(columns, lambda pane: pane != "zones")
    elif shape.zones and "zones" not in panes_of(columns) and width >= WIDE:
        columns = _replaced(columns, "tape", "zones")
    if width >= ULTRA and (shape.opened or shape.why):
        columns = _replaced(_only(columns, lambda pane: pane != "tape"), "chart", "opened" if shape.opened else "why")
    return columns


def _alone(pane: PaneName) -> Columns:
    return (Column((Line((Cell(pane),)),)),)


def _beside_ladder(columns: Columns, pane: PaneName, width: int) -> Columns:
    """Leave the column of the ladder where there is room beside it for the pane."""
    first, ladder = columns[0], _alone("ladder")[0]
    cells = regions_of(columns, width, 1).get("ladder")
    if "ladder" not in panes_of((first,)) or cells is None or width - cells.width < _PEEK:
        return _alone(pane)
    return (replace(ladder, width=Extent(cells=cells.width)), *_alone(pane))


def _without_mentor(columns: Columns) -> Columns:
    """Leave out the column of the mentor, where it has one; columns with limits take of its room."""
    kept = tuple(column for column in columns if "mentor" not in panes_of((column,)))
    if not kept or len(kept) == len(columns):
        return columns
    return tuple(
        replace(column, width=replace(column.width, least=column.width.most, most=column.width.most + _WIDER))
        if column.width.most is not None
        else column
        for column in kept
    )


def _for_footprint(column: Column, height: int) -> Column:
    """Give a chart on a small terminal the rows of the pillars beneath it."""
    panes = panes_of((column,))
    if not {"chart", "pillars"} <= set(panes) or height >= 2 * _FOOTPRINT_ROWS:
        return column
    (rest,) = _only((column,), lambda pane: pane != "pillars")
    lines = (
        replace(line, height=Extent(percent=90)) if "chart" in _panes_of_line(line) else line for line in rest.lines
    )
    return replace(rest, lines=tuple(lines))


def _only(columns: Columns, is_wanted: Callable[[PaneName], bool]) -> Columns:
    """Return the columns without some panes, lines without panes, and columns without lines."""
    kept = []
    for column in columns:
        lines = [
            replace(line, cells=cells)
            for line in column.lines
            if (cells := tuple(cell for cell in line.cells if is_wanted(cell.pane)))
        ]
        if lines:
            kept.append(replace(column, lines=tuple(lines)))
    return tuple(kept) or columns


def _replaced(columns: Columns, pane: PaneName, other: PaneName) -> Columns:
    """Return the columns with another pane in the place of one; its line takes what is left."""
    return tuple(
        replace(
            column,
            lines=tuple(
                Line(tuple(replace(cell, pane=other) if cell.pane == pane else cell for cell in line.cells), REST)
                if pane in _panes_of_line(line)
                else line
                for line in column.lines
            ),
        )
        for column in columns
    )


def _panes_of_line(line: Line) -> Iterable[PaneName]:
    return [cell.pane for cell in line.cells]
