"""The bottom row: the keys most used, as many as fit."""

from collections.abc import Mapping

from qmo_tui.cockpit.actions import ACTIONS, keys_of, shown_key
from qmo_tui.cockpit.painting.spans import Row, most_important

_ALWAYS = frozenset({"help", "quit", "pause"})


def paint_footer(keymap: Mapping[str, tuple[str, ...]], width: int) -> Row:
    """Paint key and word of the actions that have one; help and quit are never left out."""
    parts: list[tuple[int, Row]] = []
    for importance, action in enumerate(ACTIONS):
        if action.short:
            spans = ((f" {shown_key(keys_of(action, keymap)[0])}", "key"), (f" {action.short}", "muted"))
            parts.append((0 if action.name in _ALWAYS else importance, spans))
    return most_important(parts, width, gap=1)
