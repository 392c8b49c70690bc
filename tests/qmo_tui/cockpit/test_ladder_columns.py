"""Columns of the ladder that the trader chooses: what they show, in which order, and the list they are chosen in."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from engines.view import Footprint, FootprintRow, MarketView, ViewRequest
from qmo_tui.cockpit.choices import LADDER_COLUMNS, LadderColumn
from qmo_tui.cockpit.frame import ColumnChoice, Frame
from qmo_tui.cockpit.layouts.reading import load_layouts
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.column_list import LIST_HEIGHT, LIST_WIDTH, paint_column_list
from qmo_tui.cockpit.painting.ladder import paint_ladder
from qmo_tui.cockpit.painting.ladder_columns import ladder_columns
from qmo_tui.cockpit.painting.ladder_depth import depths, lots_of_bar
from qmo_tui.cockpit.painting.spans import text_of, width_of
from tests.qmo_tui.cockpit.flow_scenes import flowing_market
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import CENTRE, market


def scene() -> MarketView:
    view = flowing_market(90, ViewRequest(ladder_rows=13, bars=3))
    rows = tuple(msgspec.structs.replace(row, recent_buy=row.tick % 5, recent_sell=row.tick % 3) for row in view.ladder)
    last = view.bars[-1]
    bar = Footprint(
        start=last.start,
        rows=(FootprintRow(CENTRE, 7, 3, 0, buy_imbalance=False, sell_imbalance=False),),
        stacks=(),
        unfinished_high=False,
        unfinished_low=False,
    )
    return replace(view, ladder=rows, footprints=(bar,))


# --- what the columns say


def test_chosen_columns_stand_on_both_sides_the_first_nearest_to_the_price() -> None:
    columns: tuple[LadderColumn, ...] = ("size", "depth", "recent", "bar", "traded", "volume", "names")
    frame = Frame(scene(), ladder_columns=columns)
    assert_golden("ladder-columns-96x15", text_picture(paint_ladder(frame, 96, 15)))


def test_depth_adds_up_from_the_touch_to_the_last_price_that_is_known() -> None:
    view = scene()
    known = depths(view, view.ladder)
    bids = [row for row in view.ladder if view.best_bid is not None and row.tick <= view.best_bid]
    assert known[bids[-1].tick] == sum(row.bid or 0 for row in bids)
    unknown = msgspec.structs.replace(bids[1], bid=None)
    gap = depths(view, [unknown if row.tick == unknown.tick else row for row in view.ladder])
    assert bids[0].tick in gap
    assert not {row.tick for row in bids[1:]} & set(gap)


def test_depth_is_unknown_where_the_touch_is_out_of_sight_or_the_market_is_in_an_auction() -> None:
    view = scene()
    assert view.best_bid is not None
    assert not {row.tick for row in view.ladder if row.tick < view.best_bid - 2} & set(
        depths(view, [row for row in view.ladder if row.tick < view.best_bid - 2])
    )
    assert depths(replace(view, best_bid=view.best_ask), view.ladder) == {}


def test_the_running_bar_is_unknown_while_its_footprint_is() -> None:
    assert lots_of_bar(scene()) == {CENTRE: (3, 7)}
    assert lots_of_bar(replace(scene(), footprints=())) is None
    told = paint_ladder(Frame(replace(scene(), footprints=()), ladder_columns=("size", "bar")), 60, 15)
    assert all("·" in text_of(row) for row in told[1:-1])


@pytest.mark.parametrize("width", range(12, 130, 7))
def test_any_choice_at_any_width_fills_the_ladder_exactly_and_leaves_the_last_ones_out(width: int) -> None:
    for end in range(1, len(LADDER_COLUMNS) + 1):
        chosen = LADDER_COLUMNS[:end]
        columns = ladder_columns(width, 7, tells_changes=True, chosen=chosen)
        assert columns.price + 2 * columns.side + columns.profile + columns.tags + columns.margin == width
        shown = [column for column, _ in columns.beside]
        assert shown == [column for column in chosen if column not in {"volume", "names"}][: len(shown)]
        rows = paint_ladder(Frame(scene(), ladder_columns=chosen), width, 15)
        assert {width_of(row) for row in rows} == {width}


# --- the list


def test_the_list_says_what_each_column_is_which_are_shown_and_its_keys() -> None:
    choice = ColumnChoice(LADDER_COLUMNS, frozenset({"size", "depth"}), 3)
    rows = paint_column_list(Frame(market(), column_choice=choice), {"choose": ("V",)}, LIST_WIDTH, LIST_HEIGHT)
    assert_golden("column-list", text_picture(rows))


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_columns_are_chosen_moved_and_saved_with_the_layout(tmp_path: Path, size: tuple[int, int]) -> None:
    options = CockpitOptions(frames_per_second=1, layouts=tmp_path / "layouts.toml")
    async with seat(size=size, options=options) as trader:
        assert "bought" in trader.text("ladder") or "bot" in trader.text("ladder")
        top = trader.desk.requests[-1].ladder_top
        await trader.press("C", "down", "u", "down", "u", "down", "u", "down", "u")  # leaves the size, volume, names
        assert "bot" not in trader.text("ladder").splitlines()[0]
        await trader.press("down", "down", "down", "u", "0", "0")  # "recent" is shown, and nearer by two
        assert "30 s" in trader.text("ladder").splitlines()[0]
        assert trader.desk.requests[-1].recent_seconds == 30
        assert trader.desk.requests[-1].ladder_top == top  # the arrows were the list's
        await trader.press("escape", "down")
        assert not trader.is_shown("columns")
        assert trader.desk.requests[-1].ladder_top != top
        await trader.press("ctrl+l", *"mine", "enter")
    assert load_layouts(tmp_path / "layouts.toml")["mine"].ladder == ("size", "recent", "volume", "names")


async def test_the_setting_stands_where_a_layout_names_no_columns() -> None:
    async with seat(options=CockpitOptions(frames_per_second=1, ladder_columns=("size", "bar"))) as trader:
        assert "in 1m" in trader.text("ladder").splitlines()[0]
        assert trader.desk.requests[-1].footprints == 1
