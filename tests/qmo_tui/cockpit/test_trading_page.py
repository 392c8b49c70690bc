"""The prompt that docs/trading.md tells is one that may arise, with the figures that the engines reckon for it."""

from dataclasses import replace
from pathlib import Path

from engines.execution.entry_settings import EntrySettings
from engines.execution.money import Product
from engines.execution.orders import Quote
from engines.execution.prompt import Waiting
from engines.execution.setup import Goal, Setup
from feeds.records import Provenance
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.prompt import paint_prompt
from qmo_tui.cockpit.painting.spans import text_of
from tests.qmo_tui.cockpit.scenes import SECOND, START, market
from tests.qmo_tui.cockpit.trading_scenes import gold, trading

PAGE = Path(__file__).resolve().parents[3] / "docs" / "trading.md"
RULES = EntrySettings()
MICRO = Product("MGC", 100, 100)
SETUP = Setup(
    side="buy",
    trigger="rejection",
    order="limit",
    entry=41_928,
    stop=41_904,
    goals=(Goal(41_959, RULES.first_share, "pool"), Goal(41_985, 1 - RULES.first_share, "POC")),
    born=START,
    expires=START + RULES.life,
    ground=None,
    invalidation=41_905,
    why_void="a trade at 4190.5 or lower",
    reasons=(),
    confidence=0.82,
)


def test_the_prompt_of_the_page_is_as_the_screen_shows_it() -> None:
    prompt = Waiting(1, SETUP, MICRO, 9, MICRO.risk_cents(24 + RULES.slip), RULES.slip, 2, is_manual=False)
    assert (prompt.reward_risk or 0) >= RULES.least_reward_risk
    now = SETUP.expires - 42 * SECOND
    mark = prompt.mark(Quote(now, bid=41_929, ask=41_930, last=41_930))
    live = replace(gold(market(), trading(now=now, prompts=(mark,))), provenance=Provenance.LIVE)
    rows = paint_prompt(Frame(live), {}, 160, 2)
    page = [line.strip() for line in PAGE.read_text(encoding="utf-8").splitlines()]
    first = next(place for place, line in enumerate(page) if line.startswith("▲"))
    assert [text_of(row).strip() for row in rows] == page[first : first + 2]
