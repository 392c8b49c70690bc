"""The heading of a pane that has the focus: a sign before it, and at its end how a zoomed one is given back."""

from dataclasses import dataclass
from typing import Final

from qmo_tui.cockpit.layouts.panes import PaneName
from qmo_tui.cockpit.painting.spans import Row, Rows, cells_of, width_of

FOCUSED: Final = "»"
ZOOMED: Final = " zoomed: F, Esc "
_INK: Final = "key reverse bold"


@dataclass(frozen=True, slots=True)
class Focus:
    """The pane that the arrows act on, and whether it is the only one shown."""

    pane: PaneName | None = None
    zoomed: bool = False


def marked(rows: Rows, focus: Focus, pane: PaneName) -> Rows:
    """Mark the heading of a painted pane where it has the focus; its width stays."""
    if focus.pane != pane or not rows:
        return rows
    heading, *others = rows
    width = width_of(heading)
    end = ZOOMED if focus.zoomed and width > len(ZOOMED) else ""
    middle = _cut(heading, 1, width - len(end))
    tail = ((end, _INK),) if end else ()
    return ((((FOCUSED, _INK), *middle, *tail) if width else heading), *others)


def _cut(row: Row, first: int, last: int) -> Row:
    """Return the cells of a row from one to before another; half a wide character becomes a blank."""
    spans, at = [], 0
    for text, ink in row:
        kept = []
        for character in text:
            cells = cells_of(character)
            inside = max(0, min(at + cells, last) - max(at, first))
            kept.append(character if inside == cells else " " * inside)
            at += cells
        if any(kept):
            spans.append(("".join(kept), ink))
    return tuple(spans)
