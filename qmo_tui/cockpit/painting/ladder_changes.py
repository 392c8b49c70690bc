"""What was stacked and pulled at a price lately, as the ladder's cell says it: net, or both where there is room."""

from typing import Final

from qmo_tui.cockpit.painting.numbers import lots
from qmo_tui.cockpit.painting.spans import Span

APART: Final = 10
"""Cells from which stacked and pulled are told apart."""
_MINUS: Final = "−"


def change(stacked: int | None, pulled: int | None, width: int, side: str) -> Span:
    """Return `+12` where more was stacked, `−7` where more was pulled, `±0` where both were the same.

    Nothing is said where nothing happened; a dot where the schema does not reach.
    """
    if stacked is None or pulled is None:
        return "·", "faint"
    if not stacked and not pulled:
        return "", "muted"
    ink = side if stacked > pulled else "muted"
    if width >= APART:
        half = (width - 1) // 2
        plus = f"+{lots(stacked, half - 1)}" if stacked else ""
        minus = f"{_MINUS}{lots(pulled, half - 1)}" if pulled else ""
        return f"{plus.rjust(half)} {minus.rjust(half)}", ink
    net = stacked - pulled
    sign = "+" if net > 0 else _MINUS if net < 0 else "±"
    return f"{sign}{lots(abs(net), width - 1)}", ink
