"""What Textual repaints, in as few bytes as a terminal needs: the cells that changed, and of their style what differs.

Textual resends a pane's row from its first cell on, and states every style whole. A busy market changes a few digits in
most rows of the screen, twenty times a second, and the trader may sit at the other end of a slow line.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

_PLAIN: Final = Style()
_RESET: Final = "\x1b[0m"
_SWITCHES: Final = (
    # attribute, how it is switched on, how off
    ("bold", "1", "22"),
    ("dim", "2", "22"),
    ("italic", "3", "23"),
    ("underline", "4", "24"),
    ("blink", "5", "25"),
    ("reverse", "7", "27"),
    ("strike", "9", "29"),
)


class SparingUpdate(ChopsUpdate):
    """A partial update of the screen that sends no cell outside of its spans and no style twice.

    A strip that was divided into itself alone keeps itself, so that only the garbage collector would find it: 35 a
    frame, which held up the loop. Each is told to forget that.
    """

    @classmethod
    def of(cls, update: ChopsUpdate) -> "SparingUpdate":
        """Return the same update, sent sparingly."""
        for row in update.chops:
            for strip in row.values():
                if strip is not None:
                    strip._divide_cache.clear()
        return cls(update.chops, update.spans, update.chop_ends)

    def render_segments(self, console: Console) -> str:
        """Return what the terminal is sent, text alone where it has no styles; it is left without a style."""
        if console.color_system is None:
            return "".join(
                _way((-1, -1), (x, y)) + "".join(text for text, _style, _control in strip)
                for x, y, strip in self._pieces()
            )
        system = COLOR_SYSTEMS[console.color_system]
        sent: list[str] = []
        pen, place = _PLAIN, (-1, -1)
        for x, y, strip in self._pieces():
            sent.append(_way(place, (x, y)))
            for text, style, _control in strip:
                sent.append(_change(pen, style or _PLAIN, system))
                sent.append(text)
                pen = style or _PLAIN
            place = x + strip.cell_length, y
        return "".join([*sent, _RESET])

    def _pieces(self) -> Iterator[tuple[int, int, Strip]]:
        """Yield column, row and cells of what is within the spans."""
        for y, left, right in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is not None and x < right and left < end:
                    first = max(x, left)
                    yield first, y, strip.crop(first - x, min(end, right) - x)


def _way(place: tuple[int, int], to: tuple[int, int]) -> str:
    """Return how the cursor gets from one (column, row) to another."""
    if place == to:
        return ""
    if place[1] == to[1] and place[0] < to[0]:
        return f"\x1b[{to[0] - place[0]}C"
    return f"\x1b[{to[1] + 1};{to[0] + 1}H"


@lru_cache(maxsize=4096)
def _change(before: Style, after: Style, system: ColorSystem) -> str:
    """Return what makes one style of another."""
    codes = [off for name, _, off in _SWITCHES if getattr(before, name) and not getattr(after, name)]
    codes += [on for name, on, _ in _SWITCHES if getattr(after, name) and (codes or not getattr(before, name))]
    for old, new, foreground in ((before.color, after.color, True), (before.bgcolor, after.bgcolor, False)):
        if old != new and new is None:
            codes.append("39" if foreground else "49")
        elif old != new and new is not None:
            codes += new.downgrade(system).get_ansi_codes(foreground)
    return f"\x1b[{';'.join(codes)}m" if codes else ""
