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
    blocks = [_block(title, actions, keymap, explained=explained) for title, actions in _groups(live=live).items()]
    first = _in_left([len(block) for block in blocks])
    left, right = ([row for block in column for row in block] for column in (blocks[:first], blocks[first:]))
    heading = fitted([(" Keys ", "ink on text bold"), ("   ? or Esc closes", "muted")], width)
    rows = [heading]
    for index in range(max(len(left), len(right))):
        pair = [fitted(side[index] if index < len(side) else (), half) for side in (left, right)]
        rows.append(fitted([("  ", PLAIN), *pair[0], ("  ", PLAIN), *pair[1]], width))
    return stacked(rows, width, height)


def help_height(*, live: bool) -> int:
    """Return the rows the overlay takes."""
    sizes = [len(actions) + 1 for actions in _groups(live=live).values()]
    first = _in_left(sizes)
    return 1 + max(sum(sizes[:first]), sum(sizes[first:]))


def _groups(*, live: bool) -> dict[Group, list[Action]]:
    elsewhere = Group.TRANSPORT if live else Group.LINE
    return {group: actions for group, actions in grouped().items() if group is not elsewhere}


def _in_left(sizes: list[int]) -> int:
    """Return how many blocks stand in the left column, so that the longer column is as short as can be."""
    return min(range(1, len(sizes)), key=lambda count: max(sum(sizes[:count]), sum(sizes[count:])))


def _block(title: str, actions: list[Action], keymap: Mapping[str, tuple[str, ...]], *, explained: bool) -> list[Row]:
    return [((str(title), "text bold"),), *(_line(action, keymap, explained=explained) for action in actions)]


def _line(action: Action, keymap: Mapping[str, tuple[str, ...]], *, explained: bool) -> Row:
    keys = " ".join(shown_key(key) for key in keys_of(action, keymap))
    named = ((f" {keys:<{_KEY_WIDTH}}", "key"), (f"{action.title:<{_TITLE_WIDTH}}", "text"))
    return (*named, (f" {action.text}", "muted")) if explained else named
