"""The list of the ladder's columns, over a market that runs on."""

from typing import Final

from qmo_tui.cockpit.choices import LADDER_COLUMNS, LadderColumn
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.prompt import Keymap, key_of
from qmo_tui.cockpit.painting.spans import Row, Rows, fitted, stacked

LIST_HEIGHT: Final = len(LADDER_COLUMNS) + 3
LIST_WIDTH: Final = 38
MEANINGS: Final[dict[LadderColumn, str]] = {
    "size": "lots that rest",
    "changes": "stacked and pulled lately",
    "orders": "orders that rest",
    "icebergs": "icebergs and zones",
    "traded": "sold, bought today",
    "recent": "sold, bought just now",
    "bar": "sold, bought in this bar",
    "depth": "lots from touch to here",
    "volume": "volume at the price, drawn",
    "names": "POC, VAH, VWAP ...",
}


def paint_column_list(frame: Frame, keymap: Keymap, width: int, height: int) -> Rows:
    """Paint heading, a column a row with its sign where it is shown, and the keys."""
    choice = frame.column_choice
    if choice is None:
        return stacked([], width, height)
    rows = [
        fitted([(" Columns ", "text reverse bold"), (f"  {key_of('columns', keymap)} or Esc closes", "muted")], width)
    ]
    for place, column in enumerate(choice.order):
        marker = "▸" if place == choice.selected else " "
        sign, ink = ("✓", "text") if column in choice.shown else ("·", "muted")
        if place == choice.selected:
            ink = "key bold"
        rows.append(fitted([(f"{marker}{sign} {column:<9}", ink), (MEANINGS[column], "muted")], width))
    rows += _keys(keymap, width)
    return stacked(rows, width, height)


def _keys(keymap: Keymap, width: int) -> list[Row]:
    nearer, further = key_of("higher", keymap), key_of("lower", keymap)
    return [
        fitted([(f" {key_of('choose', keymap)}", "key"), (" shows or hides, top is by the price", "muted")], width),
        fitted([(f" {nearer} {further}", "key"), (" nearer, further", "muted")], width),
    ]
