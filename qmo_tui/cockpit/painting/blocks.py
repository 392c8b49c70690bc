"""Bars out of block characters: heat behind a number, horizontal volume bars, vertical volume columns."""

from collections.abc import Iterable
from itertools import groupby
from math import log10
from operator import itemgetter
from typing import Final

from qmo_tui.cockpit.painting.spans import PLAIN, Span

_LEFT_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_LOWER_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_UPPER_EIGHTHS: Final = " ▔▔▔▀▀▀▀█"
"""The upper part of a cell comes in an eighth and a half only."""


def round_maximum(value: int) -> int:
    """Return the next 1, 2 or 5 times a power of ten: a scale that rarely moves."""
    if value <= 1:
        return 1
    power: int = 10 ** int(log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def shaded(text: str, filled: int, *, from_right: bool, ink: str, bar_ink: str) -> list[Span]:
    """Lay a bar of `filled` cells behind a text, growing from one of its ends."""
    filled = max(0, min(filled, len(text)))
    if filled == 0:
        return [(text, ink)]
    if filled == len(text):
        return [(text, bar_ink)]
    if from_right:
        return [(text[:-filled], ink), (text[-filled:], bar_ink)]
    return [(text[:filled], bar_ink), (text[filled:], ink)]


def stacked_bar(parts: tuple[tuple[int, str], ...], maximum: int, width: int) -> list[Span]:
    """Draw amounts end to end on one scale, to an eighth of a cell; the inks are names of plain colours."""
    edges: list[tuple[int, str]] = []
    total = 0
    for amount, colour in parts:
        total += amount
        edges.append((min(width * 8, total * width * 8 // max(1, maximum)), colour))
    spans = [_bar_cell(edges, 8 * cell) for cell in range(width)]
    return merged(spans)


def _bar_cell(edges: list[tuple[int, str]], start: int) -> Span:
    inside = [(end, colour) for end, colour in edges if end > start]
    if not inside:
        return " ", PLAIN
    end, colour = inside[0]
    if end >= start + 8:
        return "█", colour
    ink = f"{colour} on {inside[1][1]}" if len(inside) > 1 and inside[1][0] > end else colour
    return _LEFT_EIGHTHS[end - start], ink


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join neighbours of one ink."""
    return [("".join(text for text, _ in run), ink) for ink, run in groupby(spans, key=itemgetter(1))]


def column(value: int, maximum: int, height: int) -> str:
    """Draw an amount as a vertical bar, top character first."""
    eighths = _eighths(value, maximum, height)
    return "".join(_LOWER_EIGHTHS[max(0, min(8, eighths - 8 * row))] for row in reversed(range(height)))


def hanging_column(value: int, maximum: int, height: int) -> str:
    """Draw an amount as a vertical bar that hangs down, top character first."""
    eighths = _eighths(value, maximum, height)
    return "".join(_UPPER_EIGHTHS[max(0, min(8, eighths - 8 * row))] for row in range(height))


def _eighths(value: int, maximum: int, height: int) -> int:
    """Return how many eighths of a cell an amount takes, at least one for any."""
    return max(1, value * height * 8 // max(1, maximum)) if value else 0
