"""Tables of text: cells under each other, two blanks between columns."""

import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import Final

_GAP: Final = "  "


def aligned(
    lines: Sequence[Sequence[str]], *, right: Collection[int] = (), names: int = 1, width: int | None = None
) -> str:
    """Return lines of as many cells each as aligned text.

    Args:
        lines: Rows of cells.
        right: Columns that end under each other.
        names: So many columns at the left say what a row is.
        width: Characters a row may have; a wider table goes on below itself, with what a row is once more in front and
            without parts that say nothing below their headings.
    """
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    cells = [
        [cell.rjust(widths[at]) if at in right else cell.ljust(widths[at]) for at, cell in enumerate(line)]
        for line in lines
    ]
    return "\n".join(
        "".join(_GAP.join(line[at] for at in part).rstrip() + "\n" for line in cells)
        for part in _parts(widths, names, width)
        if len(part) <= names or any(line[at].strip() for line in cells[1:] for at in part[names:])
    )


def terminal_width() -> int | None:
    """Return the columns of the terminal that stdout is, None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _parts(widths: Sequence[int], names: int, room: int | None) -> Iterator[list[int]]:
    """Yield the columns of each part of a table; a column that is too wide by itself is not cut."""
    part = list(range(names))
    for at in range(names, len(widths)):
        beside = sum(widths[one] + len(_GAP) for one in part)
        if room is not None and beside + widths[at] > room and len(part) > names:
            yield part
            part = list(range(names))
        part.append(at)
    yield part
