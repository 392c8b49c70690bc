"""The bottom row: the keys most used, as many as fit."""

from collections.abc import Mapping

from qmo_tui.cockpit.actions import ACTIONS, Group, keys_of, shown_key
from qmo_tui.cockpit.painting.spans import Row, most_important

_FOREMOST = {"help": 0, "quit": 0, "pause": 0, "flatten": 1}


def paint_footer(keymap: Mapping[str, tuple[str, ...]], width: int, *, live: bool, watched: bool = False) -> Row:
    """Paint key and word of the actions that have one; help and quit are never left out.

    Keys of a replay are shown in a replay, keys of the line where there is one; where a screen only watches what
    another process serves, none of either and none of trading.
    """
    elsewhere = {Group.TRANSPORT, Group.LINE, Group.TRADING} if watched else {Group.TRANSPORT if live else Group.LINE}
    parts: list[tuple[int, Row]] = []
    for importance, action in enumerate(ACTIONS, len(_FOREMOST)):
        if action.short and action.group not in elsewhere:
            spans = ((f" {shown_key(keys_of(action, keymap)[0])}", "key"), (f" {action.short}", "muted"))
            parts.append((_FOREMOST.get(action.name, importance), spans))
    return most_important(parts, width, gap=1)
