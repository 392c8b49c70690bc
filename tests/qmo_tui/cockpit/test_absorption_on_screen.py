"""Signs from the exchange's records to the screen: who is hit and does not fall stands there as support."""

from dataclasses import replace
from typing import Any

import pytest

from engines.events import Absorption
from engines.pipeline import Pipeline
from engines.view import MarketView, ViewRequest, ZoneMark
from feeds.simulator.contract import CONTRACT
from qmo_tui.cockpit.frame import Frame, ZoneChoice
from qmo_tui.cockpit.painting.ladder import paint_ladder
from qmo_tui.cockpit.painting.opened_zone import paint_opened_zone
from qmo_tui.cockpit.painting.spans import Row, text_of
from qmo_tui.cockpit.painting.zone_table import paint_zone_table
from qmo_tui.cockpit.painting.zones import price_band
from tests.feeds.simulator.sessions import simulated

ROWS = 60
MINUTES = 5.0


def held(seed: int) -> tuple[dict[str, Any], MarketView, ZoneMark]:
    """Return the first planted absorption of a session, and the market when the engines first say it."""
    batches, truth = simulated(seed, MINUTES)
    planted = next(line for line in truth if line["kind"] == "absorption")
    pipeline = Pipeline(CONTRACT)
    for batch in batches:
        said = [event for event in pipeline.process(batch) if isinstance(event, Absorption)]
        found = [event for event in said if event.low <= planted["price"] <= event.high and event.ts > planted["ts"]]
        if found:
            view = pipeline.view(ViewRequest(ladder_rows=ROWS, zones=True, opened=found[0].id))
            return planted, view, next(mark for mark in view.zones if mark.id == found[0].id)
    raise AssertionError("no absorption was found")


@pytest.mark.parametrize(
    ("seed", "side", "meaning", "aggressor"), [(3, "bid", "support", "sell"), (7, "ask", "resistance", "buy")]
)
def test_a_planted_episode_is_a_zone_of_the_passive_side(seed: int, side: str, meaning: str, aggressor: str) -> None:
    planted, view, mark = held(seed)
    assert planted["side"] == mark.side == side
    assert mark.live
    frame = Frame(view, zones=ZoneChoice(kind="absorption", selected=mark.id, opened=mark.id))

    row = _row_with(price_band(CONTRACT, mark.low, mark.high), paint_zone_table(frame, 100, 10))
    assert f"{side} {meaning}" in text_of(row)
    assert {ink.split()[0] for text, ink in row if side in text} == {side}

    for tick in range(mark.low, mark.high + 1):
        price = CONTRACT.price_text(tick)
        row = _row_with(f"{price} ", paint_ladder(frame, 86, ROWS + 2))
        letter, where = text_of(row).index("A"), text_of(row).index(price)
        assert (letter < where) == (side == "bid")
        assert any("A" in text and ink.startswith(f"{side}_over on {side}_bar") for text, ink in row)

    opened = "\n".join(text_of(line) for line in paint_opened_zone(frame, 100, 40))
    assert f"{side}, {meaning}" in opened
    assert f" {aggressor}" in opened
    without = replace(frame, view=replace(view, zones=()))
    assert " A " not in "\n".join(text_of(line) for line in paint_ladder(without, 86, ROWS + 2))


def _row_with(text: str, rows: tuple[Row, ...]) -> Row:
    return next(row for row in rows if text in text_of(row))
