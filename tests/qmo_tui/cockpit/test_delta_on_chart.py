"""Beneath the candles: delta around a middle line, CVD as a line, or volume; and bands along the developing VWAP."""

from dataclasses import replace

import msgspec
import pytest

from engines.view import BarRow, DevelopedProfile, MarketView, ViewRequest, VisibleProfile
from qmo_tui.cockpit.choices import Beneath
from qmo_tui.cockpit.frame import ChartChoice, Frame
from qmo_tui.cockpit.painting.blocks import hanging_column
from qmo_tui.cockpit.painting.chart import bars_that_fit, paint_chart
from qmo_tui.cockpit.painting.chart_delta import draw_cvd, draw_deltas
from qmo_tui.cockpit.painting.chart_kinds import chosen_subject
from qmo_tui.cockpit.painting.chart_profile import draw_path
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.price_scale import PriceScale
from qmo_tui.cockpit.painting.spans import text_of
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.inks import assert_sound
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import CENTRE, ScriptedDesk, market


def _view(width: int) -> MarketView:
    return market(90, ViewRequest(bars=bars_that_fit(width), profile=True))


def _chart(view: MarketView, beneath: Beneath, width: int, height: int) -> str:
    rows = paint_chart(Frame(view, chart=ChartChoice(beneath=beneath)), width, height)
    assert_sound(rows, width, height)
    return text_picture(rows)


def _bar(delta: int | None, cvd: int | None = None) -> BarRow:
    buy, sell = (None, None) if delta is None else (max(0, delta), max(0, -delta))
    return BarRow(0, 1, 1, 1, 1, 100, buy, sell, 0, 1, cvd, complete=True)


def _texts(grid: Grid) -> list[str]:
    return [text_of(row) for row in grid.rows()]


@pytest.mark.parametrize("beneath", ["delta", "CVD", "volume"])
@pytest.mark.parametrize(("width", "height"), [(37, 14), (73, 20), (73, 25)])
def test_the_chart_at_each_height(beneath: Beneath, width: int, height: int) -> None:
    assert_golden(f"chart-{beneath}-{width}x{height}", _chart(_view(width), beneath, width, height))


def test_buyers_stand_on_the_middle_line_and_sellers_hang_from_it() -> None:
    grid = Grid(12, 4)
    draw_deltas(grid, [(0, _bar(100)), (1, _bar(-100)), (2, _bar(50)), (3, _bar(-50)), (4, _bar(0))], axis=6)
    assert _texts(grid) == ["█     ┤+100 ", "█ █ ·       ", " █ █        ", " █    ┤−100 "]


def test_the_least_delta_is_seen_and_an_unknown_one_is_not_drawn() -> None:
    grid = Grid(3, 2)
    draw_deltas(grid, [(0, _bar(1)), (1, _bar(-1)), (2, _bar(None))], axis=3)
    assert _texts(grid) == ["█  ", " █ "]
    grid = Grid(3, 2)
    draw_deltas(grid, [(0, _bar(1)), (1, _bar(-1)), (2, _bar(1_000))], axis=3)
    assert _texts(grid) == ["▁ █", " ▔ "]


def test_a_hanging_bar_is_as_long_as_eighth_and_half_cells_allow() -> None:
    drawn = [hanging_column(amount, 16, 2) for amount in (0, 1, 4, 7, 8, 9, 12, 16)]
    assert drawn == ["  ", "▔ ", "▀ ", "▀ ", "█ ", "█▔", "█▀", "██"]


def test_cvd_is_a_line_through_the_closes_with_its_newest_value_on_the_axis() -> None:
    grid = Grid(13, 2)
    places = [(0, _bar(0, -300)), (2, _bar(0, -100)), (4, _bar(0, 0)), (5, _bar(0, None))]
    draw_cvd(grid, places, axis=6)
    assert _texts(grid) == [" ▄▄█▀ ▸0     ", "▄█    ┤−300  "]
    rose, fell = Grid(3, 2), Grid(3, 2)
    draw_cvd(rose, [(0, _bar(0, 0)), (2, _bar(0, 9))], axis=9)
    draw_cvd(fell, [(0, _bar(0, 9)), (2, _bar(0, 0))], axis=9)
    assert _texts(rose) == [" █▀", "▄█ "]
    assert _texts(fell) == ["▀█ ", " █▄"]


def test_without_any_cvd_nothing_is_drawn() -> None:
    grid = Grid(6, 2)
    draw_cvd(grid, [(0, _bar(None))], axis=2)
    assert _texts(grid) == [" " * 6, " " * 6]


@pytest.mark.parametrize("beneath", ["delta", "CVD"])
def test_where_no_aggressors_are_told_the_volume_stands_beneath(beneath: Beneath) -> None:
    view = _view(73)
    silent = tuple(msgspec.structs.replace(bar, buy=None, sell=None, none=None, cvd=None) for bar in view.bars)
    view = replace(view, bars=silent)
    assert _chart(view, beneath, 73, 25) == _chart(view, "volume", 73, 25)


def test_bands_stand_at_one_and_two_deviations_of_their_own_bar() -> None:
    grid = Grid(1, 20)
    scale = PriceScale(top=20, ticks=1, halves=2, rows=20, label_step=5)
    draw_path(grid, 0, 1, DevelopedProfile(0, poc=12, value_low=9, value_high=13, vwap=10.0, deviation=4.0), scale)
    assert {20 - y: sign for y, sign in enumerate(_texts(grid)) if sign != " "} == {
        18: "┈",
        14: "╌",
        13: "▔",
        12: "═",
        10: "─",
        9: "▁",
        6: "╌",
        2: "┈",
    }


def test_before_prices_differ_there_are_no_bands() -> None:
    grid = Grid(1, 20)
    scale = PriceScale(top=20, ticks=1, halves=2, rows=20, label_step=5)
    draw_path(grid, 0, 1, DevelopedProfile(0, poc=10, value_low=10, value_high=10, vwap=10.0, deviation=0.0), scale)
    assert set("".join(_texts(grid))) == {" ", "═"}


def test_the_profile_of_the_bars_in_sight_is_named_beside_the_day_s() -> None:
    view = _view(140)
    assert view.profile is not None
    visible = VisibleProfile(40, 3_000, CENTRE - 9, CENTRE + 9, CENTRE - 2, CENTRE - 5, CENTRE + 1)
    view = replace(view, profile=msgspec.structs.replace(view.profile, visible=visible))
    assert "40 bars 4809.50 in 4808.75–4810.25" in _chart(view, "delta", 140, 25).splitlines()[1]


async def test_the_key_goes_from_delta_to_cvd_to_volume_and_back() -> None:
    async with seat(desk=ScriptedDesk()) as trader:
        frames = {trader.text("chart")}
        for beneath in ("CVD", "volume", "delta"):
            await trader.press("d")
            assert f"beneath the candles: {beneath}" in trader.text("notice")
            frames.add(trader.text("chart"))
        assert len(frames) == 3


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((80, 24), "beneath the candles: CVD; the chart needs 100x30"),
        ((100, 30), "beneath the candles: CVD; that needs 12 rows of chart, there are 9"),
    ],
)
async def test_without_room_for_it_the_key_says_what_it_needs(size: tuple[int, int], told: str) -> None:
    async with seat(size=size, desk=ScriptedDesk()) as trader:
        await trader.press("d")
        assert told in trader.text("notice")


def test_another_choice_is_painted_though_the_market_is_the_same() -> None:
    frame = Frame(_view(73))
    assert chosen_subject(frame) != chosen_subject(replace(frame, chart=ChartChoice(beneath="CVD")))


def test_between_what_the_delta_of_the_newest_bar_went_is_told_where_there_is_room() -> None:
    view = _view(110)
    newest = msgspec.structs.replace(view.bars[-1], low_delta=-120, high_delta=15)
    known = replace(view, bars=(*view.bars[:-1], newest))
    assert "from −120 to +15" in _chart(known, "delta", 110, 25).splitlines()[0]
    assert "from" not in _chart(known, "delta", 60, 25).splitlines()[0]
    assert "from" not in _chart(view, "delta", 110, 25).splitlines()[0]
