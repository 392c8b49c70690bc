"""A market by price on the screen: what it shows, what it does not know, and which icebergs are only inferred."""

from dataclasses import replace

import msgspec
import pytest

from engines.view import BookState, IcebergMark, LadderRow, MarketView, ViewRequest
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.chart import bars_that_fit, paint_chart
from qmo_tui.cockpit.painting.ladder import ladder_height, paint_ladder
from qmo_tui.cockpit.painting.notice import paint_notice
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.cockpit.painting.tape import paint_tape
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.scenes import market

MISSING = ("icebergs: inferred (no order ids in mbp-10)", "stops: no order ids in mbp-10", "depth beyond ten levels")


def ten_levels(request: ViewRequest) -> MarketView:
    """Return the scripted market as ten levels would tell it."""
    view = market(90, request)
    bid, ask = view.best_bid or 0, view.best_ask or 0
    return replace(
        view,
        schema="mbp-10",
        book=BookState.TEN_LEVELS,
        resting_orders=None,
        ladder=tuple(_as_levels(row, lowest=bid - 9, highest=ask + 9) for row in view.ladder),
        icebergs=tuple(_as_inferred(mark) for mark in view.icebergs),
        stops=(),
        missing=MISSING,
    )


def _as_levels(row: LadderRow, *, lowest: int, highest: int) -> LadderRow:
    if row.tick < lowest:
        return msgspec.structs.replace(row, bid=None, bid_orders=None)
    return msgspec.structs.replace(row, ask=None, ask_orders=None) if row.tick > highest else row


def _as_inferred(mark: IcebergMark) -> IcebergMark:
    return msgspec.structs.replace(mark, tier="inferred", order_id=None, shown=None, display=None, score=0.95)


@pytest.mark.parametrize(("width", "height"), [(54, 19), (62, 25), (86, 45)])
def test_the_ladder_at_each_layout(width: int, height: int) -> None:
    frame = Frame(ten_levels(ViewRequest(ladder_rows=ladder_height(height))))
    assert_golden(f"levels-ladder-{width}x{height}", text_picture(paint_ladder(frame, width, height)))


def test_a_price_out_of_reach_is_a_dot_and_an_empty_one_is_blank() -> None:
    view = ten_levels(ViewRequest(ladder_rows=40))
    rows = text_picture(paint_ladder(Frame(view), 54, 42)).splitlines()[1:41]
    for row, text in zip(view.ladder, rows, strict=True):
        assert text.count("·") == (row.bid is None) + (row.ask is None)
    assert sum("·" in text for text in rows) == 20


def test_the_ladder_says_how_deep_it_is() -> None:
    note = text_picture(paint_ladder(Frame(ten_levels(ViewRequest(ladder_rows=40))), 54, 42)).splitlines()[-1]
    assert "depth: ten levels" in note


def test_the_chart_marks_inferred_icebergs_by_another_sign() -> None:
    frame = Frame(ten_levels(ViewRequest(bars=bars_that_fit(73))))
    picture = text_picture(paint_chart(frame, 73, 27))
    assert_golden("levels-chart-73x27", picture)
    assert "≈" in picture
    assert not set("◆◇") & set(picture)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_status_names_the_schema_at_any_width(width: int) -> None:
    picture = text_picture(paint_status(Frame(ten_levels(ViewRequest())), width, 2))
    assert_golden(f"levels-status-{width}", picture)
    assert "mbp-10" in picture


@pytest.mark.parametrize("width", [25, 37, 73])
def test_the_tape_explains_no_sign_that_cannot_be_given(width: int) -> None:
    """A blank beside a print would else read as: this was no stop."""
    assert "stop" not in text_picture(paint_tape(Frame(ten_levels(ViewRequest(prints=9))), width, 10))


def test_the_notice_names_what_is_missing() -> None:
    assert text_picture(paint_notice(Frame(ten_levels(ViewRequest())), 160, 1)) == f" missing: {' · '.join(MISSING)}\n"


def test_two_tiers_at_one_price_are_never_added_up() -> None:
    """A session may go over to orders while an inferred iceberg has just ended; what lives is shown first."""
    view = market(90, ViewRequest(ladder_rows=17))
    native = next(mark for mark in view.icebergs if mark.is_live)
    other = msgspec.structs.replace(_as_inferred(native), id="i1", filled=9_000, state="expired")
    for marks in ((native, other), (other, native)):
        text = text_picture(paint_ladder(Frame(replace(view, icebergs=marks)), 54, 19))
        assert f"◆{native.filled}" in text
        assert "~" not in text
