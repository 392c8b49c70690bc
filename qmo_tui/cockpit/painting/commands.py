"""The command list: what fits what was typed, with its key, over a market that runs on."""

from typing import Final

from qmo_tui.cockpit.command_choice import Offer
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.spans import PLAIN, Row, Rows, fitted, printable, stacked

_TITLE: Final = 34
_KEY: Final = 14


def commands_subject(frame: Frame) -> object:
    """Return what of a frame the list shows."""
    return frame.commands


def paint_commands(frame: Frame, width: int, height: int) -> Rows:
    """Paint the offers around the selected one, a row each, and how many there are."""
    choice = frame.commands
    if choice is None:
        return stacked([], width, height)
    if not choice.offers:
        told = f"   nothing is called {printable(choice.query.strip())}: shorter, or another word"
        return stacked([fitted([(told, "warn")], width)], width, height)
    room = max(1, height - 1)
    first = max(0, min(choice.selected - room // 2, len(choice.offers) - room))
    shown = choice.offers[first : first + room]
    rows = [_row(offer, width, is_selected=first + place == choice.selected) for place, offer in enumerate(shown)]
    below = f"   {choice.selected + 1} of {len(choice.offers)}   ↑ ↓ choose, Enter does it, Esc gives the market back"
    return stacked([*rows, fitted([(below, "muted")], width)], width, height)


def _row(offer: Offer, width: int, *, is_selected: bool) -> Row:
    told = f"✕ {offer.refused}" if offer.refused else offer.text
    marker = "▸" if is_selected else " "
    title = fitted([(f" {marker} {printable(offer.title)}", PLAIN)], _TITLE if told or offer.key else width)
    text = "".join(part for part, _ in title)
    ink = "text bold reverse" if is_selected else "muted" if offer.refused else PLAIN
    spans = [
        (text, ink),
        (f" {offer.key:<{_KEY}}", "key"),
        (f" {printable(told)}", "warn" if offer.refused else "muted"),
    ]
    return fitted(spans, width)
