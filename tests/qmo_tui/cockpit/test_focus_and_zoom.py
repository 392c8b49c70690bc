"""The pane that the arrows act on, and a pane alone on the screen: at every size, and while the size changes."""

import pytest

from engines.execution.commands import Arm, Disarm, Reject
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.heading import FOCUSED, Focus, marked
from qmo_tui.cockpit.painting.spans import text_of, width_of
from qmo_tui.cockpit.panes.market_panes import market_panes
from qmo_tui.cockpit.playing import ARMED
from qmo_tui.cockpit.themes import PALETTES
from tests.qmo_tui.cockpit.running import Seat, seat
from tests.qmo_tui.cockpit.scenes import market
from tests.qmo_tui.cockpit.trading_scenes import BUY, TradedDesk, trading

SIZES = ((80, 24), (120, 40), (160, 50), (240, 70))
ROWS = ("status", "account", "prompt", "notice", "scrub", "footer")
"""What is on the screen whatever is zoomed."""


def focused(trader: Seat) -> list[str]:
    """Return the panes whose heading has the sign of the focus."""
    panes = trader.app.screen.query("#market > Canvas").results()
    return [str(pane.id) for pane in panes if trader.text(str(pane.id)).startswith(FOCUSED)]


async def shown(trader: Seat) -> list[str]:
    panes = trader.app.screen.query("#market > Canvas").results()
    return [str(pane.id) for pane in panes if pane.region.area]


@pytest.mark.parametrize("size", SIZES)
async def test_tab_goes_through_every_pane_and_back_and_one_heading_says_where_it_is(size: tuple[int, int]) -> None:
    async with seat(size=size) as trader:
        panes = await shown(trader)
        assert focused(trader) == ["ladder"]
        seen = []
        for _ in panes:
            seen += focused(trader)
            await trader.press("tab")
        assert sorted(seen) == sorted(panes)
        assert focused(trader) == ["ladder"]
        await trader.press("shift+tab")
        assert focused(trader) == seen[-1:]


@pytest.mark.parametrize("size", SIZES)
async def test_a_zoomed_pane_has_the_market_for_itself_and_the_rows_around_it_stay(size: tuple[int, int]) -> None:
    async with seat(size=size) as trader:
        panes = await shown(trader)
        for _ in panes:
            (name,) = focused(trader)
            await trader.press("F")
            assert await shown(trader) == [name]
            assert trader.canvas(name).size.width == size[0]
            assert "F, Esc" in trader.text(name).splitlines()[0]
            for row in ROWS:
                assert trader.is_shown(row) or (row == "account" and name == "account-pane")
            await trader.press("F")
            assert await shown(trader) == panes
            await trader.press("tab")


async def test_escape_gives_a_zoomed_pane_back_and_tab_zooms_the_next_one() -> None:
    async with seat() as trader:
        panes = await shown(trader)
        await trader.press("F", "tab")
        assert await shown(trader) == focused(trader) == ["chart"]
        await trader.press("escape")
        assert await shown(trader) == panes
        assert focused(trader) == ["chart"]


async def test_a_zoomed_pane_stays_zoomed_through_every_size_and_a_lost_one_gives_the_focus_to_the_first() -> None:
    async with seat(size=(160, 50)) as trader:
        await trader.press("tab", "tab", "F")
        assert focused(trader) == ["zones"]
        for size in ((80, 24), (60, 20), (240, 70), (120, 40)):
            await trader.pilot.resize_terminal(*size)
            await trader.frame()
            assert await shown(trader) == ["zones"]
            assert trader.is_shown("small") == (size == (60, 20))
        await trader.pilot.resize_terminal(80, 24)
        await trader.press("F")
        assert focused(trader) == ["ladder"]


@pytest.mark.parametrize("size", SIZES)
async def test_panes_fill_the_market_and_never_overlap(size: tuple[int, int]) -> None:
    async with seat(size=size) as trader:
        area = trader.app.screen.query_one("#market").region
        taken = [pane.region for pane in trader.app.screen.query("#market > Canvas").results() if pane.region.area]
        for place, one in enumerate(taken):
            assert area.contains_region(one)
            assert not any(one.overlaps(other) for other in taken[place + 1 :])
        assert max(one.right for one in taken) == area.right
        assert max(one.bottom for one in taken) == area.bottom
        air = area.area - sum(one.area for one in taken)
        assert air <= 3 * area.height  # a column of it between two panes


@pytest.mark.parametrize("width", [1, 2, 17, 40, 120])
@pytest.mark.parametrize("height", [1, 2, 5, 30])
def test_every_pane_at_every_size_paints_rows_of_exactly_its_width_marked_or_not(width: int, height: int) -> None:
    for pane, canvas in market_panes(PALETTES["dark"]).items():
        for focus in (Focus(), Focus(pane), Focus(pane, zoomed=True)):
            rows = canvas.paint(Frame(market(90), focus=focus), width, height)
            assert {width_of(row) for row in rows} <= {width}, pane
            assert len(rows) <= height


def test_the_sign_of_the_focus_takes_the_first_cell_of_the_heading_alone() -> None:
    rows = ((("漢字 tape", "text"),), ((" print", "text"),))
    said = [text_of(row) for row in marked(rows, Focus("tape"), "tape")]
    assert said == [f"{FOCUSED} 字 tape", " print"]
    assert marked(rows, Focus("chart"), "tape") is rows


# --- while something is armed


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_keys_of_trading_mean_the_same_in_every_focus_and_zoom_and_the_prompt_is_seen(
    size: tuple[int, int],
) -> None:
    desk = TradedDesk(trading(prompts=(BUY,)))
    async with seat(size=size, desk=desk) as trader:
        for _ in await shown(trader):
            for _ in ("zoomed", "given back"):
                await trader.press("F", "b")
                assert [type(command) for command in desk.pressed[-1:]] == [Arm]
                assert "ARMED" in trader.text("prompt")
                await trader.press("escape")
                assert [type(command) for command in desk.pressed[-1:]] == [Disarm]
                await trader.press("n")
                assert [type(command) for command in desk.pressed[-1:]] == [Reject]
            await trader.press("tab")


async def test_a_prompt_stays_armed_while_a_pane_is_zoomed_and_the_terminal_resized_until_it_is_too_small() -> None:
    desk = TradedDesk(trading(prompts=(BUY,)))
    async with seat(desk=desk) as trader:
        await trader.press("tab", "F", "b")
        count = len(desk.pressed)
        for size in ((100, 30), (80, 24), (240, 70)):
            await trader.pilot.resize_terminal(*size)
            await trader.frame()
            await trader.frame()
            assert await shown(trader) == ["chart"]
            assert trader.is_shown("prompt")
            assert "ARMED" in trader.text("prompt")
        assert len(desk.pressed) == count
        await trader.pilot.resize_terminal(79, 24)
        await trader.frame()
        assert desk.pressed[-1] == Disarm(reason="the terminal became too small")


async def test_the_first_escape_disarms_and_the_next_gives_the_zoomed_pane_back() -> None:
    desk = TradedDesk(trading(prompts=(BUY,)))
    async with seat(desk=desk) as trader:
        await trader.press("F", "b", "escape")
        assert await shown(trader) == ["ladder"]
        assert [type(command) for command in desk.pressed[-1:]] == [Disarm]
        await trader.press("escape")
        assert len(await shown(trader)) > 1


async def test_what_an_earlier_key_answered_does_not_stand_beside_what_a_key_of_trading_made_untrue() -> None:
    async with seat(desk=TradedDesk(trading(prompts=(BUY,)))) as trader:
        await trader.press("b", "right")
        assert ARMED in trader.text("notice")
        await trader.press("y")
        assert "ARMED" not in trader.text("prompt")
        assert ARMED not in trader.text("notice")
