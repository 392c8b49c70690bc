"""The cockpit in a real browser: what stands in its terminal, what keys do there, and that an end is told.

The picture of the documentation is written anew as those of the cockpit: UPDATE_PICTURES=1.
"""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from engines.execution.commands import Arm, ManualEntry
from tests.qmo_tui.cockpit.exchange_desk import BID, ExchangeDesk
from tests.qmo_tui.cockpit.kept_pictures import PICTURES
from tests.qmo_tui.remote.serving_desk import TOKEN, serving
from tests.qmo_tui.server.chromium import CHROMIUM, Page, browser

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="needs a browser: no chromium or google-chrome is installed"),
]
ENDED = "getComputedStyle(document.getElementById('ended')).display == 'flex'"
ESCAPE = 27
"""Its number among the keys of a keyboard."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    async with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


async def test_without_the_token_there_is_no_cockpit_to_see(page: Page) -> None:
    async with serving(ExchangeDesk()) as address:
        await page.open(f"http://127.0.0.1:{address.port}/")
        await page.until_so("document.body?.innerText.includes('the token is missing or wrong')")
        assert await page.evaluate("document.getElementById('terminal')") is None


async def test_the_market_as_it_moves_keys_that_look_keys_that_may_not_trade_and_the_end(page: Page) -> None:
    desk = ExchangeDesk()
    async with serving(desk) as address:
        await page.open(f"http://127.0.0.1:{address.port}/?token={TOKEN}")
        await page.until("last 1999.9", "2000.0 │ 2000.2", "GCG4")

        desk.exchange.market("B", 25)
        desk.feed()
        await page.until("last 2000.4 ▲")

        desk.press(ManualEntry(key="B", side="buy", tick=BID, kind="limit"))
        desk.press(Arm(key="b", side="buy"))
        await page.until("ARMED", "BUY 2 GC limit 2000.0", "read-only screen")
        if "UPDATE_PICTURES" in os.environ:
            (PICTURES / "in-a-browser.png").write_bytes(await page.picture())

        pressed = len(desk.pressed)
        await page.press("y")
        await page.until("no orders: read-only screen: trade where it is served")
        assert len(desk.pressed) == pressed

        await page.press("?")
        await page.until("Esc closes", "go to a time")
        await page.press("Escape", ESCAPE)
        await page.until_gone("Esc closes")
        await page.press("i")
        await page.until("bars of 5m")

        assert await page.evaluate("shownTerminal.cols") > 140
        await page.resize(700, 500)
        await page.until("last 2000.4 ▲", "GCG4")
        await page.until_so("shownTerminal.cols < 100")
        await page.until("ARMED")
        assert all(url.startswith(("http://127.0.0.1:", "chrome", "data:")) for url in page.asked)
    await page.until_so(ENDED)


async def test_a_screen_that_is_quit_says_so_and_opens_again(page: Page) -> None:
    async with serving(ExchangeDesk(), screens=1) as address:
        await page.open(f"http://127.0.0.1:{address.port}/?token={TOKEN}")
        await page.until("last 1999.9")
        await page.press("q")
        await page.until_so(ENDED)
        await page.evaluate("document.querySelector('#ended a').click()")
        await page.until("last 1999.9")
        assert not await page.evaluate(ENDED)
