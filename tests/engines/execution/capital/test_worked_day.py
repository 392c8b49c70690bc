"""The day that docs/risk.md tells is the one that the ladder gives, row by row."""

from datetime import UTC, datetime
from pathlib import Path

from engines.execution.capital.ladder import CapitalLadder
from engines.execution.capital.limits import RiskSettings
from engines.execution.money import Product, dollars
from engines.execution.sizing import size
from engines.timing.sessions import NEW_YORK
from engines.timing.trading_day import clock_text
from tests.engines.timing.clocks import MINUTE, SECOND, new_york

GOLD = (Product("GC", 1_000, 250, 2_500_000), Product("MGC", 100, 100, 250_000))
PAGE = Path(__file__).parents[4] / "docs" / "risk.md"


def told() -> list[list[str]]:
    """Return the cells of the page's table of a day."""
    lines = PAGE.read_text(encoding="utf-8").partition("## A day")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def cents(text: str) -> int:
    return round(float(text.replace("$", "").replace(",", "")) * 100)


def row_of(ladder: CapitalLadder, made: str) -> list[str]:
    allowance, mark = ladder.allowance(), ladder.mark_for_screen
    assert mark is not None
    sized = size(allowance, 25, 1, GOLD)
    return [
        f"{datetime.fromtimestamp(ladder.state.clock // SECOND, UTC).astimezone(NEW_YORK):%H:%M}",
        made,
        allowance.state,
        allowance.reason,
        "" if allowance.until is None else clock_text(allowance.until, NEW_YORK),
        dollars(mark.realised_cents),
        dollars(allowance.risk_cents),
        f"{sized.contracts} {sized.product.root}" if sized.contracts else "none",
    ]


def test_the_page_tells_what_the_ladder_does() -> None:
    ladder = CapitalLadder(RiskSettings())
    rows = told()
    assert len(rows) == 8
    for row in rows:
        moment, made = new_york(f"2026-03-10 {row[0]}"), row[1]
        if made:
            ladder.opened(moment - 5 * MINUTE)
            ladder.closed(cents(made), moment)
        else:
            ladder.at(moment)
        assert row_of(ladder, made) == row


def test_the_lots_of_the_page_by_hand() -> None:
    """26 ticks of gold and its fees are $265, of micro gold $28: eight are $224, nine $252."""
    gold, micro = GOLD
    assert (gold.risk_cents(26), micro.risk_cents(26)) == (26_500, 2_800)
    assert 8 * 2_800 <= 25_000 < 9 * 2_800
