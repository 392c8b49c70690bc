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
_APART: Final = 5
"""Unchanged cells from which skipping them costs less than sending them again."""


def cells_of(text: str) -> int:
    """Return the cells a text takes; most texts are ASCII, for which that is their length."""
    return len(text) if text.isascii() else cell_len(text)


def width_of(row: Row) -> int:
    """Return the cells a row takes."""
    return sum(cells_of(text) for text, _ in row)


def text_of(row: Row) -> str:
    """Return what a row says, without its inks."""
    return "".join(text for text, _ in row)


def printable(text: str) -> str:
    """Replace characters that would move the cursor; for text that comes from outside."""
    return "".join(character if character.isprintable() else "·" for character in text)


def frugal(row: Row) -> Row:
    """Let blanks without a ground of their own take the ink of their neighbour: fewer colour changes on the line."""
    spans: list[Span] = []
    for text, ink in row:
        if spans and _may_join(spans[-1], (text, ink)):
            before, before_ink = spans[-1]
            spans[-1] = (before + text, ink if before.isspace() else before_ink)
        else:
            spans.append((text, ink))
    return tuple(spans)


def _may_join(left: Span, right: Span) -> bool:
    if left[1] == right[1]:
        return True
    grounded = any(word in f"{left[1]} {right[1]}".split() for word in ("on", "reverse", "underline"))
    return not grounded and (left[0].isspace() or right[0].isspace())


def changed_cells(old: Row, new: Row) -> list[tuple[int, int]]:
    """Return the stretches (first, end) of cells in which two rows of one width differ; near ones are joined.

    Where a character takes two cells or none, that is the whole row.
    """
    before, after = _cells(old), _cells(new)
    if not len(before) == len(after) == width_of(old) == width_of(new):
        return [(0, max(width_of(old), width_of(new)))]
    changed = [place for place, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
    stretches: list[tuple[int, int]] = []
    for place in changed:
        if stretches and place - stretches[-1][1] < _APART:
            stretches[-1] = stretches[-1][0], place + 1
        else:
            stretches.append((place, place + 1))
    return stretches


def _cells(row: Row) -> list[Span]:
    return [(character, ink) for text, ink in row for character in text]


def fitted(row: Iterable[Span], width: int, ink: str = PLAIN) -> Row:
    """Cut or fill a row to exactly `width` cells; a cut is marked with an ellipsis."""
    spans: list[Span] = []
    room = width
    for text, span_ink in row:
        cells = cells_of(text)
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


def ruled(title: Iterable[Span], width: int) -> Row:
    """Continue a title with a rule to the edge."""
    spans = list(title)
    rest = width - width_of(tuple(spans)) - 1
    return fitted([*spans, (f" {'─' * rest}", "faint")] if rest > 0 else spans, width)


def chosen(items: Sequence[tuple[int, Row]], width: int, gap: int = 2) -> Row:
    """Join as many items as fit, in their order; the highest numbers are left out first."""
    kept = list(items)
    while len(kept) > 1 and sum(width_of(row) for _, row in kept) + gap * (len(kept) - 1) > width:
        least = max(priority for priority, _ in kept)
        kept.remove(next(item for item in reversed(kept) if item[0] == least))
    spans: list[Span] = []
    for _, row in kept:
        if spans:
            spans.append((" " * gap, PLAIN))
        spans.extend(row)
    return tuple(spans)


def most_important(items: Sequence[tuple[int, Row]], width: int, gap: int = 2) -> Row:
    """Fill a row with as many items as fit, as `chosen`."""
    return fitted(chosen(items, width, gap), width)
