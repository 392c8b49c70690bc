"""The overlay that lists every key, over a market that runs on."""

from collections.abc import Mapping
from itertools import count, zip_longest

from qmo_tui.cockpit.actions import Action, Group, grouped, keys_of, shown_key
from qmo_tui.cockpit.painting.spans import PLAIN, Row, Rows, fitted, stacked

_KEY_WIDTH = 16
_TITLE_WIDTH = 21
_SENTENCE_WIDTH = 24
"""Cells without which a sentence would be cut to nothing that helps."""


def paint_help(keymap: Mapping[str, tuple[str, ...]], width: int, height: int, *, live: bool, page: int = 0) -> Rows:
    """Paint a page of the table of keys in two columns; sentences are added where there is room.

    Keys of a replay are told in a replay, keys of the line where there is one.
    """
    half = (width - 4) // 2
    explained = half >= 1 + _KEY_WIDTH + _TITLE_WIDTH + _SENTENCE_WIDTH
    columns = _columns(height, live=live)[2 * page : 2 * page + 2]
    rows = [_heading(page, help_pages(height, live=live), width)]
    for lines in zip_longest(*columns):
        left, right = (_line(line, keymap, half, explained=explained) for line in (*lines, "")[:2])
        rows.append(fitted([("  ", PLAIN), *left, ("  ", PLAIN), *right], width))
    return stacked(rows, width, height)


def help_height(*, live: bool) -> int:
    """Return the rows that all keys take on one page: a heading, and two columns."""
    least = 1 + -(-sum(len(actions) + 1 for actions in _groups(live=live).values()) // 2)
    return next(height for height in count(least) if help_pages(height, live=live) == 1)


def help_pages(height: int, *, live: bool) -> int:
    """Return how many pages the keys take at a height."""
    return -(-len(_columns(height, live=live)) // 2)


def _columns(height: int, *, live: bool) -> list[list[Action | str]]:
    """Fill columns with headings and actions; where a group goes on in the next one, its heading does, too."""
    room = max(2, height - 1)
    columns: list[list[Action | str]] = [[]]
    for group, actions in _groups(live=live).items():
        if room - len(columns[-1]) < 2:
            columns.append([])
        columns[-1].append(group.value)
        for action in actions:
            if len(columns[-1]) == room:
                columns.append([f"{group.value}, continued"])
            columns[-1].append(action)
    return columns


def _heading(page: int, pages: int, width: int) -> Row:
    told = "? or Esc closes" if pages == 1 else f"page {page + 1} of {pages}   ? turns, Esc closes"
    return fitted([("   Keys ", "text reverse bold"), (f"   {told}", "muted")], width)


def _groups(*, live: bool) -> dict[Group, list[Action]]:
    elsewhere = Group.TRANSPORT if live else Group.LINE
    return {group: actions for group, actions in grouped().items() if group is not elsewhere}


def _line(line: Action | str | None, keymap: Mapping[str, tuple[str, ...]], width: int, *, explained: bool) -> Row:
    """Return a heading or an action as a row of a column."""
    if line is None or isinstance(line, str):
        return fitted([(line or "", "text bold")], width)
    keys = " ".join(shown_key(key) for key in keys_of(line, keymap))
    named = ((f" {keys:<{_KEY_WIDTH}}", "key"), (f"{line.title:<{_TITLE_WIDTH}}", "text"))
    return fitted((*named, (f" {line.text}", "muted")) if explained else named, width)
