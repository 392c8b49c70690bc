"""The overlay that lists every key, over a market that runs on."""

from collections.abc import Mapping

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
    lines: list[Row] = []
    for title, actions in _groups(live=live).items():
        lines += _block(title, actions, keymap, explained=explained)
    pages = help_pages(height, live=live)
    shown = lines[page * _room(height) : (page + 1) * _room(height)]
    column = -(-len(shown) // 2)
    rows = [_heading(page, pages, width)]
    for index in range(column):
        pair = [fitted(shown[place] if place < len(shown) else (), half) for place in (index, index + column)]
        rows.append(fitted([("  ", PLAIN), *pair[0], ("  ", PLAIN), *pair[1]], width))
    return stacked(rows, width, height)


def help_height(*, live: bool) -> int:
    """Return the rows of all keys on one page: a heading, and the blocks one after the other in two columns."""
    return 1 + -(-_count(live=live) // 2)


def help_pages(height: int, *, live: bool) -> int:
    """Return how many pages the keys take at a height."""
    return -(-_count(live=live) // _room(height))


def _count(*, live: bool) -> int:
    return sum(len(actions) + 1 for actions in _groups(live=live).values())


def _room(height: int) -> int:
    """Return the lines of one page: two columns below its heading."""
    return 2 * max(1, height - 1)


def _heading(page: int, pages: int, width: int) -> Row:
    told = "? or Esc closes" if pages == 1 else f"page {page + 1} of {pages}   ? turns, Esc closes"
    return fitted([("   Keys ", "text reverse bold"), (f"   {told}", "muted")], width)


def _groups(*, live: bool) -> dict[Group, list[Action]]:
    elsewhere = Group.TRANSPORT if live else Group.LINE
    return {group: actions for group, actions in grouped().items() if group is not elsewhere}


def _block(title: str, actions: list[Action], keymap: Mapping[str, tuple[str, ...]], *, explained: bool) -> list[Row]:
    return [((str(title), "text bold"),), *(_line(action, keymap, explained=explained) for action in actions)]


def _line(action: Action, keymap: Mapping[str, tuple[str, ...]], *, explained: bool) -> Row:
    keys = " ".join(shown_key(key) for key in keys_of(action, keymap))
    named = ((f" {keys:<{_KEY_WIDTH}}", "key"), (f"{action.title:<{_TITLE_WIDTH}}", "text"))
    return (*named, (f" {action.text}", "muted")) if explained else named
