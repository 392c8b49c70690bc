"""What each terminal has room for, also when it changes while the market runs, and without colour."""

import pytest

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.notice import paint_notice
from qmo_tui.cockpit.painting.spans import text_of, width_of
from qmo_tui.cockpit.themes import PALETTES
from qmo_tui.session.preparing import PREPARING
from tests.qmo_tui.cockpit.running import Seat, seat
from tests.qmo_tui.cockpit.scenes import nothing_yet

PANES = ("status", "ladder", "chart", "tape", "notice", "scrub", "footer", "small")


def shown(trader: Seat) -> set[str]:
    return {name for name in PANES if trader.is_shown(name)}


SMALLEST = set(PANES) - {"chart", "small"}


@pytest.mark.parametrize(
    ("size", "panes"),
    [
        ((80, 24), SMALLEST),
        ((99, 50), SMALLEST),
        ((100, 24), SMALLEST),
        ((100, 30), SMALLEST | {"chart"}),
        ((160, 50), SMALLEST | {"chart"}),
        ((300, 90), SMALLEST | {"chart"}),
    ],
)
async def test_each_size_shows_what_fits_and_every_row_is_filled(size: tuple[int, int], panes: set[str]) -> None:
    async with seat(size=size) as trader:
        assert shown(trader) == panes
        for name in panes:
            canvas = trader.canvas(name)
            assert len(canvas.rows) == canvas.size.height
            assert {width_of(row) for row in canvas.rows} == {canvas.size.width}


def test_what_is_said_while_the_engines_are_made_is_read_to_its_end_on_the_smallest_terminal() -> None:
    """It is the first thing that a newcomer reads, and for a minute the only one."""
    (row,) = paint_notice(Frame(nothing_yet(), message=PREPARING), 80, 1)
    assert PREPARING in text_of(row)


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (40, 10), (10, 3), (1, 1)])
async def test_a_terminal_too_small_says_so_and_still_shows_the_market(size: tuple[int, int]) -> None:
    async with seat(size=size) as trader:
        assert trader.is_shown("small")
        assert trader.canvas("small").size == size
        if size[0] >= 40:
            assert f"needs 80x24, is {size[0]}x{size[1]}" in trader.text("small")
            assert "last 4810.00" in trader.text("small")
            assert "bid 4810.00 ask 4810.25" in trader.text("small")


async def test_resizing_while_it_runs() -> None:
    async with seat(size=(80, 24)) as trader:
        for size in ((160, 50), (60, 20), (100, 30), (80, 24)):
            await trader.pilot.resize_terminal(*size)
            await trader.frame()
            await trader.frame()
            ladder = trader.canvas("ladder")
            assert trader.is_shown("small") == (size == (60, 20))
            if not trader.is_shown("small"):
                assert len(ladder.rows) == ladder.size.height
                assert "4810.00 ▲" in trader.text("ladder")


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_no_color_neither_crashes_nor_hides_anything(
    monkeypatch: pytest.MonkeyPatch, theme: str, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    async with seat(size=size, options=CockpitOptions(theme=theme)) as trader:
        assert trader.app.no_color
        assert not trader.app.current_theme.ansi
        for _ in PALETTES:
            await trader.press("t", "question_mark", "space")
        for strip in trader.app.screen._compositor.render_strips():
            for segment in strip:
                assert segment.style is not None
                assert segment.style.color != segment.style.bgcolor


@pytest.mark.parametrize("theme", PALETTES)
async def test_every_theme_paints(theme: str) -> None:
    async with seat(options=CockpitOptions(theme=theme)) as trader:
        assert trader.app.theme == theme
        assert "<svg" in trader.app.export_screenshot()
