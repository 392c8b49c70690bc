"""What was stacked and pulled, beside the depth of the ladder: wherever the schema tells it, and nowhere else."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.view import MarketView, ViewRequest
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.ladder import ladder_height, paint_ladder
from qmo_tui.cockpit.painting.ladder_changes import change
from qmo_tui.cockpit.painting.ladder_columns import ladder_columns
from tests.qmo_tui.cockpit.flow_scenes import flowing_market
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import ScriptedDesk, market


def _picture(view: MarketView, width: int, height: int) -> str:
    return text_picture(paint_ladder(Frame(view), width, height))


@pytest.mark.parametrize(("width", "height"), [(54, 18), (62, 24), (86, 43), (106, 30)])
def test_the_ladder_at_each_layout(width: int, height: int) -> None:
    request = ViewRequest(ladder_rows=ladder_height(height), bars=3, profile=True)
    assert_golden(f"changes-ladder-{width}x{height}", _picture(flowing_market(90, request), width, height))


@pytest.mark.parametrize("width", range(30, 71, 8))
def test_totals_below_the_ladder_are_told_whole_or_not_at_all(width: int) -> None:
    told = _picture(flowing_market(90, ViewRequest(ladder_rows=9)), width, 11).splitlines()[-1]
    assert " in sight: " in told
    assert "…" not in told


@pytest.mark.parametrize(
    ("stacked", "pulled", "told"),
    [(12, 0, "+12"), (0, 7, "−7"), (30, 18, "+12"), (18, 25, "−7"), (5, 5, "±0"), (0, 0, ""), (None, None, "·")],
)
def test_a_narrow_cell_tells_the_net_change_with_its_sign(stacked: int | None, pulled: int | None, told: str) -> None:
    assert change(stacked, pulled, 4, "bid")[0] == told


@pytest.mark.parametrize(
    ("stacked", "pulled", "told"), [(12, 7, " +12   −7"), (12, 0, " +12     "), (0, 7, "       −7"), (0, 0, "")]
)
def test_a_wide_cell_tells_both(stacked: int, pulled: int, told: str) -> None:
    assert change(stacked, pulled, 10, "ask")[0] == told


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(2, 20))
def test_a_change_never_outgrows_its_cell(stacked: int, pulled: int, width: int) -> None:
    assert len(change(stacked, pulled, width, "bid")[0]) <= width


def test_only_stacking_has_the_colour_of_its_side() -> None:
    assert change(9, 2, 4, "ask")[1] == "ask"
    assert change(2, 9, 4, "ask")[1] == "muted"


@pytest.mark.parametrize("width", range(30, 120, 7))
def test_a_schema_that_tells_no_changes_has_no_column_of_them(width: int) -> None:
    assert ladder_columns(width, 7, tells_changes=False).width_of("changes") == 0
    assert "+/−" not in _picture(market(90, ViewRequest(ladder_rows=9)), width, 11)


@pytest.mark.parametrize("width", range(40, 120, 7))
def test_columns_fill_the_ladder_exactly(width: int) -> None:
    for tells in (False, True):
        columns = ladder_columns(width, 7, tells_changes=tells)
        assert columns.price + 2 * columns.side + columns.profile + columns.tags + columns.margin == width


def test_a_price_out_of_the_schema_s_reach_is_a_dot() -> None:
    view = flowing_market(90, ViewRequest(ladder_rows=9))
    unknown = {"bid": None, "bid_stacked": None, "bid_pulled": None}
    rows = (*view.ladder[:-1], msgspec.structs.replace(view.ladder[-1], **unknown))
    last = _picture(replace(view, ladder=rows), 54, 11).splitlines()[-2]
    assert last.count("·") == 2


def test_the_note_adds_up_what_was_stacked_and_pulled() -> None:
    view = flowing_market(90, ViewRequest(ladder_rows=9))
    bids = sum((row.bid_stacked or 0) - (row.bid_pulled or 0) for row in view.ladder)
    assert f"bid {bids:+,}".replace("-", "−") in _picture(view, 62, 11).splitlines()[-1]


@pytest.mark.parametrize(("columns", "ladder"), [(80, 54), (100, 62), (160, 62), (180, 71), (220, 86)])
async def test_the_ladder_grows_on_the_widest_screens_only(columns: int, ladder: int) -> None:
    async with seat(size=(columns, 50), desk=ScriptedDesk(flowing_market(90))) as trader:
        assert trader.canvas("ladder").size.width == ladder


@pytest.mark.parametrize(("columns", "ladder"), [(160, 86), (180, 90), (220, 106)])
async def test_the_ladder_takes_the_mentor_s_room_where_he_is_hidden(columns: int, ladder: int) -> None:
    async with seat(size=(columns, 50), desk=ScriptedDesk(flowing_market(90))) as trader:
        await trader.press("m")
        assert trader.canvas("ladder").size.width == ladder
