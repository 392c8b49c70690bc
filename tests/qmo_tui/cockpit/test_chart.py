import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.view import BarRow, StopMark, ViewRequest
from feeds.instrument import Instrument
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.candles import draw_candle
from qmo_tui.cockpit.painting.chart import bars_that_fit, paint_chart
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.price_scale import PriceScale, price_scale
from qmo_tui.cockpit.painting.spans import text_of
from tests.qmo_tui.cockpit.goldens import text_picture
from tests.qmo_tui.cockpit.scenes import ES, GC, market


@given(st.lists(st.integers(0, 300_000), min_size=1, max_size=20), st.integers(2, 60))
def test_every_price_stands_on_the_chart(ticks: list[int], rows: int) -> None:
    scale = price_scale(ticks, rows, ES)
    assert scale is not None
    assert all(0 <= scale.half(tick) < 2 * rows for tick in ticks)
    assert all(0 <= scale.row(tick) < rows for tick in scale.labels())


def test_labels_are_round_prices() -> None:
    scale = price_scale(range(19_200, 19_300), 20, ES)
    assert scale is not None
    assert [ES.price_text(tick) for tick in scale.labels()][:3] == ["4825.00", "4820.00", "4815.00"]
    gold = price_scale(range(20_300, 20_340), 20, GC)
    assert gold is not None
    assert all(tick % 5 == 0 for tick in gold.labels())


def test_a_new_high_of_one_tick_does_not_move_the_picture() -> None:
    before, after = price_scale([100, 108], 20, ES), price_scale([100, 109], 20, ES)
    assert before is not None
    assert after is not None
    assert before.top == after.top


def test_no_scale_without_prices() -> None:
    assert price_scale([], 20, ES) is None
    assert price_scale([1], 0, ES) is None


def candle(opened: int, high: int, low: int, closed: int) -> str:
    grid = Grid(1, 4)
    bar = BarRow(0, opened, high, low, closed, 1, 1, 0, 0, 1, 0, complete=True)
    draw_candle(grid, 0, bar, PriceScale(top=7, ticks=1, halves=1, rows=4, label_step=4))
    return "".join(text_of(row) for row in grid.rows())


def test_direction_shows_in_the_shape_of_the_body() -> None:
    assert candle(2, 7, 0, 5) == "│┃┃│"
    assert candle(5, 7, 0, 2) == "│██│"


def test_bodies_and_wicks_end_at_half_a_cell() -> None:
    assert candle(3, 6, 1, 4) == "╷╽╿╵"
    assert candle(4, 4, 4, 4) == " ╻  "


@pytest.mark.parametrize("instrument", [ES, GC], ids=["es", "gold"])
def test_the_axis_of_volume_is_whole_however_wide_prices_are(instrument: Instrument) -> None:
    view = replace(market(90, ViewRequest(bars=bars_that_fit(73))), instrument=instrument)
    assert "…" not in text_picture(paint_chart(Frame(view), 73, 27))


def test_a_number_of_stops_is_whole_or_a_plus() -> None:
    """Bars stand two columns apart: the sign, the iceberg or the price beside a number must not leave a digit of it."""
    view = market(90, ViewRequest(bars=30))
    every_bar = tuple(StopMark(bar.start, "buy", 145, 200, bar.high, bar.high) for bar in view.bars)
    for stops in (every_bar, every_bar[::2], every_bar[::3], every_bar[-1:]):
        picture = text_picture(paint_chart(Frame(replace(view, stops=stops)), 73, 27))
        counts = re.findall(r"▲(\d+|\+|)", picture)
        assert counts
        assert set(counts) <= {"145", "+", ""}
    assert "145" in counts
