"""Rows of coloured text: the currency between painting and panes."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from rich.cells import cell_len, set_cell_size

Span: TypeAlias = tuple[str, str]
"""Text and the name of its ink."""
Row: TypeAlias = tuple[Span, ...]
Rows: TypeAlias = tuple[Row, ...]

UNKNOWN: Final = "--"
"""Shown where a value is not known; never 0."""
PLAIN: Final = "text"


def width_of(row: Row) -> int:
    """Return the cells a row takes."""
    return sum(cell_len(text) for text, _ in row)


def text_of(row: Row) -> str:
    """Return what a row says, without its inks."""
    return "".join(text for text, _ in row)


def printable(text: str) -> str:
    """Replace characters that would move the cursor; for text that comes from outside."""
    return "".join(character if character.isprintable() else "·" for character in text)


def fitted(row: Iterable[Span], width: int, ink: str = PLAIN) -> Row:
    """Cut or fill a row to exactly `width` cells; a cut is marked with an ellipsis."""
    spans: list[Span] = []
    room = width
    for text, span_ink in row:
        cells = cell_len(text)
        if cells > room:
            if room > 0:
                spans.append((set_cell_size(text, room - 1) + "…", span_ink))
            return tuple(spans) if width > 0 else ()
        if cells:
            spans.append((text, span_ink))
        room -= cells
    if room > 0:
        spans.append((" " * room, ink))
    return tuple(spans)


def blank_rows(width: int, count: int) -> Rows:
    """Return empty rows."""
    return (fitted((), width),) * max(0, count)


def stacked(rows: Sequence[Row], width: int, height: int) -> Rows:
    """Cut or fill rows to exactly `height`."""
    return (*rows[:height], *blank_rows(width, height - len(rows)))


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> Row:
    """Put one text at each end of a row; the right one goes where both do not fit."""
    gap = width - width_of(tuple(left)) - width_of(tuple(right))
    if gap < 1:
        return fitted(left, width)
    return fitted((*left, (" " * gap, PLAIN), *right), width)


def most_important(items: Sequence[tuple[int, Row]], width: int, gap: int = 2) -> Row:
    """Join as many items as fit, in their order; the highest numbers are left out first."""
    kept = list(items)
    while kept and sum(width_of(row) for _, row in kept) + gap * (len(kept) - 1) > width:
        least = max(priority for priority, _ in kept)
        if len(kept) == 1:
            break
        kept.remove(next(item for item in reversed(kept) if item[0] == least))
    spans: list[Span] = []
    for _, row in kept:
        if spans:
            spans.append((" " * gap, PLAIN))
        spans.extend(row)
    return fitted(spans, width)
