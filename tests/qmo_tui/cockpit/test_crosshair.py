"""The chart's crosshair: where it goes, what it says of bar and price, and that the arrows are its own meanwhile."""

from dataclasses import replace

import msgspec
import pytest

from engines.view import BarRow, MarketView, ViewRequest
from qmo_tui.cockpit.choices import BENEATH
from qmo_tui.cockpit.crosshair import Crosshair
from qmo_tui.cockpit.frame import ChartChoice, Frame, ReadPoint
from qmo_tui.cockpit.painting.chart import candle_step, paint_chart
from qmo_tui.cockpit.painting.chart_kinds import paint_chosen_chart
from qmo_tui.cockpit.painting.spans import width_of
from tests.qmo_tui.cockpit.flow_scenes import flowing_market
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import market
from tests.qmo_tui.cockpit.zone_scenes import ZonedDesk, with_zones


def read_at(view: MarketView, bar: int, tick: int | None = None, kind: str = "candles") -> Frame:
    point = ReadPoint(view.bars[bar].start, view.bars[bar].close if tick is None else tick)
    choice = ChartChoice("footprint" if kind == "footprint" else "candles", reading=point)
    return Frame(view, chart=choice)


def without_split(bar: BarRow) -> BarRow:
    return msgspec.structs.replace(bar, buy=None, sell=None, none=None, cvd=None)


def flowing() -> MarketView:
    return flowing_market(90, ViewRequest(bars=30, profile=True, footprints=30))


# --- the reading


@pytest.mark.parametrize(("width", "height"), [(37, 12), (73, 25)])
def test_it_reads_a_bar_and_the_price_beneath_it(width: int, height: int) -> None:
    assert_golden(f"crosshair-{width}x{height}", text_picture(paint_chart(read_at(flowing(), -5), width, height)))


def test_it_reads_a_footprint() -> None:
    picture = text_picture(paint_chosen_chart(read_at(flowing(), -2, kind="footprint"), 73, 20))
    assert_golden("crosshair-footprint-73x20", picture)


def test_it_names_zones_and_prices_of_the_profile_and_says_where_nothing_is() -> None:
    request = ViewRequest(bars=30, ladder_rows=9, zones=True)
    view = with_zones(market(90, request), request)
    zone = next(mark for mark in view.zones if mark.live and mark.kind != "gap")
    told = text_picture(paint_chart(read_at(view, -1, zone.low), 120, 20)).splitlines()[1]
    assert zone.side in told
    far = text_picture(paint_chart(read_at(view, -1, zone.low - 5_000), 120, 20)).splitlines()[1]
    assert "nothing named here" in far


def test_what_is_not_known_of_a_bar_is_two_dashes() -> None:
    view = flowing()
    bare = replace(view, profile=None, bars=tuple(without_split(bar) for bar in view.bars))
    told = text_picture(paint_chart(read_at(bare, -1), 120, 20)).splitlines()[1]
    assert "delta --" in told
    assert "CVD --" in told
    assert "VWAP --" in told


@pytest.mark.parametrize("width", [12, 30, 37, 60, 200])
@pytest.mark.parametrize("height", [2, 3, 7, 12, 30])
@pytest.mark.parametrize("kind", ["candles", "footprint"])
def test_at_any_size_rows_have_exactly_the_width(width: int, height: int, kind: str) -> None:
    rows = paint_chosen_chart(read_at(flowing(), -3, kind=kind), width, height)
    assert len(rows) == height
    assert {width_of(row) for row in rows} == {width}


# --- where it goes


def test_it_goes_from_bar_to_bar_and_row_to_row_and_stops_at_the_ends() -> None:
    view = flowing()
    crosshair = Crosshair(lambda: True, lambda: 2)
    crosshair.follow(view)
    assert crosshair.toggle() is None
    assert crosshair.point == ReadPoint(view.bars[-1].start, view.bars[-1].close)
    keys = crosshair.over({name: lambda: "other" for name in ("back_minute", "ahead_minute", "back_ten", "scroll_up")})
    keys["back_minute"]()
    assert crosshair.point == ReadPoint(view.bars[-2].start, view.bars[-2].close)
    keys["scroll_up"]()
    assert crosshair.point == ReadPoint(view.bars[-2].start, view.bars[-2].close + 2)
    for _ in range(9):
        keys["back_ten"]()
    assert crosshair.point.start == view.bars[0].start
    crosshair.toggle()
    assert keys["back_minute"]() == "other"


def test_it_stays_at_its_bar_while_others_come_and_goes_to_the_nearest_before_of_another_interval() -> None:
    view = flowing()
    crosshair = Crosshair(lambda: True, lambda: 1)
    crosshair.follow(view)
    crosshair.toggle()
    start = view.bars[-1].start
    older = replace(view, bars=view.bars[:-3])
    crosshair.follow(older)
    assert crosshair.point is not None
    assert crosshair.point.start == older.bars[-1].start < start
    crosshair.follow(replace(view, bars=view.bars[-2:]))
    assert crosshair.point.start == view.bars[-2].start


def test_before_the_first_bar_there_is_nothing_to_read() -> None:
    crosshair = Crosshair(lambda: True, lambda: 1)
    assert crosshair.toggle() == "there is no bar to read yet"


def test_a_row_of_the_chart_is_a_step() -> None:
    view = flowing()
    assert candle_step(Frame(view), 73, 40) <= candle_step(Frame(view), 73, 8)


def test_a_step_is_a_row_also_where_volume_stands_in_for_a_delta_that_no_bar_tells() -> None:
    view = flowing()
    bare = replace(view, bars=tuple(without_split(bar) for bar in view.bars))
    steps = {
        beneath: [candle_step(Frame(bare, chart=ChartChoice(beneath=beneath)), 73, height) for height in range(3, 40)]
        for beneath in BENEATH
    }
    assert steps["delta"] == steps["CVD"] == steps["volume"]


# --- keys


async def test_while_it_is_on_and_the_chart_has_the_focus_arrows_are_its_own() -> None:
    desk = ZonedDesk()
    async with seat(desk=desk) as trader:
        await trader.press("h")
        assert trader.text("chart").startswith("»")
        before = trader.text("chart")
        await trader.press("left", "left", "up")
        assert trader.text("chart") != before
        assert not [told for told in desk.script.told if told.startswith("seek")]
        await trader.press("tab", "left")
        assert [told for told in desk.script.told if told.startswith("seek")]
        await trader.press("escape")
        assert "┊" not in trader.text("chart")


async def test_without_a_chart_it_says_what_that_needs() -> None:
    async with seat(size=(80, 24), desk=ZonedDesk()) as trader:
        await trader.press("h")
        assert "the chart needs 100x30" in trader.text("notice")
