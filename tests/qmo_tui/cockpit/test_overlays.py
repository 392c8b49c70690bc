"""What lies over the market: never over the rows around it, in whatever order it is opened."""

from itertools import permutations

import pytest

from tests.qmo_tui.cockpit.running import Seat, seat
from tests.qmo_tui.cockpit.trading_scenes import BUY, TradedDesk, trading
from tests.qmo_tui.cockpit.zone_scenes import ZonedDesk

SIZES = ((80, 24), (160, 50))
ALWAYS_SEEN = ("status", "prompt", "notice", "scrub", "footer")
READ = {"question_mark": "help", "exclamation_mark": "messages", "l": "line"}


def covered(trader: Seat) -> list[str]:
    """Return the rows around the market that something else is painted over."""
    screen = trader.app.screen
    regions = {name: screen.query_one(f"#{name}").region for name in ALWAYS_SEEN}
    return [
        name
        for name, region in regions.items()
        if any(screen.get_widget_at(region.x + 1, y)[0].id != name for y in range(region.y, region.bottom))
    ]


@pytest.mark.parametrize("size", SIZES)
async def test_an_armed_prompt_is_never_under_what_was_opened(size: tuple[int, int]) -> None:
    async with seat(size=size, desk=TradedDesk(trading(prompts=(BUY,)))) as trader:
        await trader.press("b")
        for keys in permutations(READ, 2):
            await trader.press(*keys)
            assert covered(trader) == []
            await trader.press(keys[-1])
        assert "ARMED" in trader.text("prompt")


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_opened_after_each_other_covers_the_rows_around_the_market(size: tuple[int, int]) -> None:
    async with seat(size=size, desk=ZonedDesk()) as trader:
        for key in ("question_mark", "m", "exclamation_mark", "C", "w", "l", "z", "j", "o", "question_mark", "H", "D"):
            await trader.press(key)
            assert covered(trader) == [], key


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_opened_is_seen_whatever_was_open_before(size: tuple[int, int]) -> None:
    async with seat(size=size) as trader:
        for keys in permutations(READ, 2):
            await trader.press("m", *keys)
            region = trader.app.screen.query_one(f"#{READ[keys[-1]]}").region
            assert trader.app.screen.get_widget_at(region.x + 1, region.y)[0].id == READ[keys[-1]]
            assert not trader.is_shown(READ[keys[0]])
            await trader.press(keys[-1], "m")


async def test_a_pane_that_is_asked_for_is_not_under_what_was_open() -> None:
    async with seat(size=(80, 24)) as trader:
        for key, pane in (("H", "health"), ("D", "log")):
            await trader.press("exclamation_mark", key)
            region = trader.app.screen.query_one(f"#{pane}").region
            assert region.area
            assert trader.app.screen.get_widget_at(region.x + 1, region.y)[0].id == pane
            await trader.press(key)
