"""The overlay that lists every key, over a market that runs on."""

from collections.abc import Mapping

from qmo_tui.cockpit.actions import Action, Group, grouped, keys_of, shown_key
from qmo_tui.cockpit.painting.spans import PLAIN, Row, Rows, fitted, stacked

_KEY_WIDTH = 16
_TITLE_WIDTH = 21
_SENTENCE_WIDTH = 24
"""Cells without which a sentence would be cut to nothing that helps."""


def paint_help(keymap: Mapping[str, tuple[str, ...]], width: int, height: int, *, live: bool) -> Rows:
    """Paint the table of keys in two columns; sentences are added where there is room.

    Keys of a replay are told in a replay, keys of the line where there is one.
    """
    half = (width - 4) // 2
    explained = half >= 1 + _KEY_WIDTH + _TITLE_WIDTH + _SENTENCE_WIDTH
    lines: list[Row] = [((" Keys ", "ink on text bold"), ("   ? or Esc closes", "muted"))]
    for title, actions in _groups(live=live).items():
        lines += _block(title, actions, keymap, explained=explained)
    count = help_height(live=live)
    rows = []
    for index in range(count):
        pair = [fitted(lines[place] if place < len(lines) else (), half) for place in (index, index + count)]
        rows.append(fitted([("  ", PLAIN), *pair[0], ("  ", PLAIN), *pair[1]], width))
    return stacked(rows, width, height)


def help_height(*, live: bool) -> int:
    """Return the rows the overlay takes: a heading, and the blocks one after the other in two columns."""
    return -(-(1 + sum(len(actions) + 1 for actions in _groups(live=live).values())) // 2)


def _groups(*, live: bool) -> dict[Group, list[Action]]:
    elsewhere = Group.TRANSPORT if live else Group.LINE
    return {group: actions for group, actions in grouped().items() if group is not elsewhere}


def _block(title: str, actions: list[Action], keymap: Mapping[str, tuple[str, ...]], *, explained: bool) -> list[Row]:
    return [((str(title), "text bold"),), *(_line(action, keymap, explained=explained) for action in actions)]


def _line(action: Action, keymap: Mapping[str, tuple[str, ...]], *, explained: bool) -> Row:
    keys = " ".join(shown_key(key) for key in keys_of(action, keymap))
    named = ((f" {keys:<{_KEY_WIDTH}}", "key"), (f"{action.title:<{_TITLE_WIDTH}}", "text"))
    return (*named, (f" {action.text}", "muted")) if explained else named
