"""Tables of text: cells under each other, two blanks between columns."""

from collections.abc import Collection, Sequence
from typing import Final

_GAP: Final = "  "


def aligned(lines: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> str:
    """Return lines of as many cells each as aligned text; columns counted in `right` end under each other."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rows = [
        [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in lines
    ]
    return "".join(_GAP.join(row).rstrip() + "\n" for row in rows)
