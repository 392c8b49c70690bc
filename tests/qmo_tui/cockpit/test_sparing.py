"""What the terminal is sent is little, and it shows what a screen painted whole shows."""

import re
from typing import Any

import pyte
import pytest
from textual._compositor import ChopsUpdate, CompositorUpdate

from qmo_tui.cockpit.panes.sparing import SparingUpdate
from tests.qmo_tui.cockpit.running import Seat, seat

SIZES = [(160, 50), (100, 30), (80, 24)]
STEPS = [
    *(("second", second) for second in (1, 2, 3, 4, 5, 6, 40, 41, 42)),
    *(("key", key) for key in ("up", "up", "pagedown", "c", "z", "j", "o", "escape", "v", "V", "question_mark")),
    *(("second", second) for second in (43, 44, 45)),
    *(("key", key) for key in ("question_mark", "t", "l", "l", "g", "escape")),
    *(("second", second) for second in (50, 51, 52)),
]


class Glass:
    """A terminal that is shown what a cockpit paints, sparingly."""

    def __init__(self, trader: Seat, size: tuple[int, int]) -> None:
        self._trader, self._size = trader, size
        self.screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self.screen)
        self.whole, self.sent = 0, 0
        self._stream.feed(self._painted_whole())

    def display(self, _screen: Any, renderable: object) -> None:
        """Take what Textual would send."""
        if not isinstance(renderable, CompositorUpdate):
            return
        console = self._trader.app.console
        whole = renderable.render_segments(console)
        sent = whole
        if isinstance(renderable, ChopsUpdate):
            sent = SparingUpdate.of(renderable).render_segments(console)
            self.whole, self.sent = self.whole + len(whole), self.sent + len(sent)
        self._stream.feed(sent)

    def expected(self) -> pyte.Screen:
        """Return a terminal on which the screen was painted whole."""
        screen = pyte.Screen(*self._size)
        pyte.Stream(screen).feed(self._painted_whole())
        return screen

    def _painted_whole(self) -> str:
        update = self._trader.app.screen._compositor.render_full_update()
        return update.render_segments(self._trader.app.console)


def cells(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """Return what is to be seen of each cell: of a blank, its ground."""
    return [
        [
            (cell.data, cell.bg, cell.reverse, *((cell.fg, cell.bold, cell.underscore) if cell.data != " " else ()))
            for cell in (screen.buffer[y][x] for x in range(screen.columns))
        ]
        for y in range(screen.lines)
    ]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
async def test_the_terminal_shows_what_was_painted(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    # rich keeps the codes of a style for the terminal that it first met: all tests paint for the same one.
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    async with seat(size=size) as trader:
        assert trader.app.console.color_system == "truecolor"
        glass = Glass(trader, size)
        monkeypatch.setattr(trader.app, "_display", glass.display)
        for what, step in STEPS:
            if isinstance(step, int):
                trader.desk.script.second = step
                await trader.frame()
            else:
                await trader.press(step)
            await trader.pilot.pause()
            expected = glass.expected()
            assert glass.screen.display == expected.display, f"after {what} {step}"
            for y, (shown, meant) in enumerate(zip(cells(glass.screen), cells(expected), strict=True)):
                assert shown == meant, f"row {y} after {what} {step}"
        assert glass.sent < 0.6 * glass.whole


async def test_a_dumb_terminal_is_sent_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    size = (80, 24)
    async with seat(size=size) as trader:
        glass = Glass(trader, size)
        sent: list[str] = []

        def display(screen: Any, renderable: object) -> None:
            glass.display(screen, renderable)
            if isinstance(renderable, ChopsUpdate):
                sent.append(SparingUpdate.of(renderable).render_segments(trader.app.console))

        monkeypatch.setattr(trader.app, "_display", display)
        trader.desk.script.second = 40
        await trader.frame()
        await trader.pilot.pause()
        assert sent
        assert re.search(r"\x1b\[[\d;]*m", "".join(sent)) is None
        assert glass.screen.display == glass.expected().display
