"""The flow strip: who pushes, in one row at the smallest size and two where there is room."""

from dataclasses import replace

import msgspec
import pytest

from engines.view import MarketView
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.flow import flow_subject, paint_flow
from qmo_tui.cockpit.painting.numbers import deviations
from tests.qmo_tui.cockpit.flow_scenes import DIVERGENCE, flowing_market, reading
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.inks import assert_sound
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import ScriptedDesk, nothing_yet

SIZES = [(80, 1), (100, 1), (100, 2), (160, 2)]


def _diverging() -> MarketView:
    view = flowing_market(90)
    return replace(view, flow=reading(view.best_bid or 0, DIVERGENCE))


def _strip(view: MarketView, width: int, height: int) -> str:
    rows = paint_flow(Frame(view), width, height)
    assert_sound(rows, width, height)
    return text_picture(rows)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_strip_at_each_layout(width: int, height: int) -> None:
    assert_golden(f"flow-{width}x{height}", _strip(flowing_market(90), width, height))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_strip_while_a_divergence_stands(width: int, height: int) -> None:
    assert_golden(f"flow-divergence-{width}x{height}", _strip(_diverging(), width, height))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_before_the_first_record_everything_is_unknown_and_nothing_is_zero(width: int, height: int) -> None:
    picture = _strip(nothing_yet(), width, height)
    assert "0" not in picture.replace("10", "").replace("60", "")
    assert picture.count("--") >= 7
    assert "buy" not in picture
    assert "neutral" not in picture


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_all_windows_and_a_divergence_have_room_at_every_layout(width: int, height: int) -> None:
    picture = _strip(_diverging(), width, height)
    for told in ("CVD", "−1,033", "+120", "buy", "−11", "neutral", "−1,202", "▼ sell"):
        assert told in picture


def test_a_bias_is_unknown_not_neutral_while_nothing_says_what_is_usual() -> None:
    flow = reading()
    usual, unusual = flow.windows[1], flow.windows[2]
    assert usual.bias is unusual.bias is None
    picture = _strip(replace(flowing_market(90), flow=msgspec.structs.replace(flow, windows=(usual, unusual))), 80, 1)
    assert picture.split("−11")[1].split()[:3] == ["z", "−0.3", "neutral"]
    assert picture.split("−1,202")[1].split()[:3] == ["z", "--", "--"]


@pytest.mark.parametrize(
    ("z", "told"), [(1.44, "+1.4"), (-0.3, "−0.3"), (-0.04, "0.0"), (0.0, "0.0"), (-12.3, "−12"), (None, "--")]
)
def test_how_unusual_a_window_is_has_a_sign_unless_it_is_nothing(z: float | None, told: str) -> None:
    assert deviations(z) == told


def test_cvd_is_told_where_only_the_trades_are() -> None:
    assert "CVD     −33 " in _strip(replace(flowing_market(90), flow=None), 80, 1)


def test_at_an_auction_the_microprice_has_no_side() -> None:
    view = flowing_market(90)
    assert "▲" in _strip(view, 160, 2).splitlines()[1]
    assert "▲" not in _strip(replace(view, best_bid=None), 160, 2).splitlines()[1]


def test_a_changed_reading_is_painted_and_a_changed_ladder_is_not() -> None:
    view = flowing_market(90)
    assert flow_subject(Frame(view)) == flow_subject(Frame(replace(view, ladder=())))
    assert flow_subject(Frame(view)) != flow_subject(Frame(_diverging()))


@pytest.mark.parametrize(
    ("size", "rows"), [((80, 24), 1), ((99, 40), 1), ((100, 24), 1), ((100, 30), 2), ((160, 50), 2)]
)
async def test_the_strip_has_a_place_at_every_size_and_asks_for_its_reading(size: tuple[int, int], rows: int) -> None:
    desk = ScriptedDesk()
    async with seat(size=size, desk=desk) as trader:
        assert trader.canvas("flow").size == (size[0], rows)
        assert desk.requests[-1].flow
