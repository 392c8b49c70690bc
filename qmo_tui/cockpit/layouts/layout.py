"""A layout as data: for each size of the terminal columns of lines of panes."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from qmo_tui.cockpit.choices import Beneath, ChartKind, LadderColumn, ProfileKind
from qmo_tui.cockpit.layouts.panes import PaneName


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a length something takes: so many cells, a percentage, or else its part of what is left.

    Attributes:
        least: Cells below which a part of what is left does not fall.
        most: Cells beyond which it does not grow; None where there is no limit.
    """

    cells: int | None = None
    percent: int | None = None
    least: int = 1
    most: int | None = None


REST = Extent()


@dataclass(frozen=True, slots=True)
class Cell:
    """A pane, and how much of its line's width it takes."""

    pane: PaneName
    width: Extent = REST


@dataclass(frozen=True, slots=True)
class Line:
    """Panes side by side, and how much of the column's height they take."""

    cells: tuple[Cell, ...]
    height: Extent = REST


@dataclass(frozen=True, slots=True)
class Column:
    """Lines one below the other, and how much of the market's width they take."""

    lines: tuple[Line, ...]
    width: Extent = REST


Columns: TypeAlias = tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What a terminal shows that is at least `width` by `height` cells."""

    width: int
    height: int
    columns: Columns


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout by its name: an arrangement for each of some sizes, and what its panes begin with.

    Attributes:
        chart: Kind of chart; None leaves it as it is, and so with what follows.
        beneath: What stands beneath the candles.
        profile: Which volume profile stands beside them.
        ladder: Columns of the ladder, nearest to the price first; empty for as many as fit.
    """

    name: str
    arrangements: tuple[Arrangement, ...]
    chart: ChartKind | None = None
    beneath: Beneath | None = None
    profile: ProfileKind | None = None
    ladder: tuple[LadderColumn, ...] = ()

    def arrangement_for(self, width: int, height: int) -> Arrangement:
        """Return the one for the largest size that a terminal reaches, the smallest one where it reaches none."""
        by_size = sorted(self.arrangements, key=lambda arrangement: (arrangement.width, arrangement.height))
        reached = [found for found in by_size if found.width <= width and found.height <= height]
        return reached[-1] if reached else by_size[0]

    def with_columns(self, columns: Columns, width: int, height: int) -> "Layout":
        """Return the layout with other columns in its arrangement for a size."""
        present = self.arrangement_for(width, height)
        arrangements = tuple(
            replace(found, columns=columns) if found == present else found for found in self.arrangements
        )
        return replace(self, arrangements=arrangements)


def panes_of(columns: Columns) -> tuple[PaneName, ...]:
    """Return the panes that columns place, in the order of reading."""
    return tuple(cell.pane for column in columns for line in column.lines for cell in line.cells)
