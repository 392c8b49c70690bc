"""The volume profile on the screen: a line beside the ladder's prices, names of prices, the chart's path and shape."""

from dataclasses import replace

import msgspec
import pytest

from engines.view import MarketView, Profile, SessionProfile, ViewRequest, VisibleProfile
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.chart import bars_that_fit, chart_subject, paint_chart
from qmo_tui.cockpit.painting.ladder import ladder_height, paint_ladder
from qmo_tui.cockpit.painting.ladder_profile import ladder_mark, ladder_tags, nearest_tick
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.scenes import CENTRE, market


def _view(*, rows: int = 0, bars: int = 0) -> MarketView:
    return market(90, ViewRequest(ladder_rows=rows, bars=bars, profile=True))


def _profile() -> Profile:
    profile = _view(bars=3).profile
    assert profile is not None
    return profile


def _session(**changes: float) -> SessionProfile:
    session = _profile().session
    assert session is not None
    return msgspec.structs.replace(session, **changes)


@pytest.mark.parametrize(("width", "height"), [(54, 19), (62, 25), (86, 45)])
def test_the_ladder_at_each_layout(width: int, height: int) -> None:
    frame = Frame(_view(rows=ladder_height(height)))
    assert_golden(f"profile-ladder-{width}x{height}", text_picture(paint_ladder(frame, width, height)))


@pytest.mark.parametrize(("width", "height"), [(37, 12), (73, 27)])
def test_the_chart_at_each_layout(width: int, height: int) -> None:
    frame = Frame(_view(bars=bars_that_fit(width)))
    assert_golden(f"profile-chart-{width}x{height}", text_picture(paint_chart(frame, width, height)))


def test_the_line_spans_the_value_area_and_crosses_at_the_average() -> None:
    session = _session(value_low=10, poc=12, value_high=14, vwap=11.0)
    assert [ladder_mark(session, tick) for tick in range(15, 8, -1)] == [" ", "┌", "│", "┃", "┼", "└", " "]


@pytest.mark.parametrize(
    ("vwap", "tick", "mark"),
    [(9.0, 9, "─"), (10.0, 10, "┴"), (12.0, 12, "╋"), (14.0, 14, "┬"), (13.5, 14, "┬"), (13.49, 13, "┼")],
)
def test_the_average_is_seen_wherever_it_is(vwap: float, tick: int, mark: str) -> None:
    session = _session(value_low=10, poc=12, value_high=14, vwap=vwap)
    assert nearest_tick(vwap) == tick
    assert ladder_mark(session, tick) == mark


def test_a_value_area_of_one_price_is_its_point_of_control() -> None:
    session = _session(value_low=10, poc=10, value_high=10, vwap=50.0)
    assert [ladder_mark(session, tick) for tick in (11, 10, 9)] == [" ", "┃", " "]


def test_without_a_profile_nothing_is_marked() -> None:
    assert ladder_mark(None, CENTRE) == " "
    assert ladder_tags(None) == {}


def test_of_two_names_at_one_price_the_more_important_is_told() -> None:
    profile = _profile()
    tags = ladder_tags(profile)
    assert tags[CENTRE + 2] == "POC"  # a high node as well
    assert tags[CENTRE - 3] == "−1σ"  # 0.4 - 3.7; a low node as well
    assert tags[CENTRE + 9] == "nPOC"
    assert {tags[CENTRE - 4], tags[CENTRE + 5], tags[CENTRE], tags[CENTRE - 6]} == {"VAL", "VAH", "VWAP", "HVN"}
    only_naked = msgspec.structs.replace(profile, session=None)
    assert ladder_tags(only_naked) == {CENTRE + 9: "nPOC"}


def test_the_chart_names_what_there_is_room_for() -> None:
    wide = text_picture(paint_chart(Frame(_view(bars=40)), 140, 27)).splitlines()[1]
    for told in (
        "POC 4810.50",
        "VA 4809.00–4811.25",
        "VWAP 4810.100 ±0.925",
        "since 18:00",
        "naked 4812.25",
        "3 days 4807.25 in",
    ):
        assert told in wide
    narrow = text_picture(paint_chart(Frame(_view(bars=40)), 40, 27)).splitlines()[1]
    assert narrow.split() == ["POC", "4810.50", "VA", "4809.00–4811.25"]


def test_a_chart_without_a_profile_is_as_before_the_first_trade_of_a_day() -> None:
    view = _view(bars=40)
    assert view.profile is not None
    empty = msgspec.structs.replace(view.profile, session=None, path=(), lots=(), naked=(), composite=None)
    picture = text_picture(paint_chart(Frame(replace(view, profile=empty)), 73, 12))
    assert picture == text_picture(paint_chart(Frame(replace(view, profile=None)), 73, 12))


def test_the_profile_of_one_bar_is_that_of_one() -> None:
    visible = VisibleProfile(1, 200, CENTRE - 9, CENTRE + 9, CENTRE, CENTRE - 4, CENTRE + 4)
    view = replace(_view(bars=40), profile=msgspec.structs.replace(_profile(), visible=visible))
    assert "1 bar 4810.00" in text_picture(paint_chart(Frame(view), 140, 27)).splitlines()[1]


def test_bars_of_history_before_the_live_ones_leave_the_path_where_it_was() -> None:
    view = _view(bars=10)
    whole, live = view.profile, _view(bars=6).profile
    assert whole is not None
    assert live is not None
    all_bars, live_bars = (_control_columns(replace(view, profile=profile)) for profile in (whole, live))
    assert 0 < len(live_bars) < len(all_bars)
    assert live_bars == all_bars[-len(live_bars) :]


def _control_columns(view: MarketView) -> list[int]:
    """Return the columns in which the chart draws the developing point of control."""
    rows = text_picture(paint_chart(Frame(view), 40, 27)).splitlines()
    return [column for column, sign in enumerate(next(row for row in rows if "═" in row)) if sign == "═"]


def test_the_longest_bar_of_the_shape_stands_at_the_point_of_control() -> None:
    rows = text_picture(paint_chart(Frame(_view(bars=40)), 100, 27)).splitlines()
    longest = max(rows[2:-7], key=lambda row: row.count("█"))
    assert longest.count("█") >= 9
    assert "═" in longest


def test_a_changed_profile_is_painted_though_the_bars_are_the_same() -> None:
    view = _view(bars=3)
    other = replace(view, profile=msgspec.structs.replace(_profile(), session=_session(poc=CENTRE + 1)))
    assert chart_subject(Frame(view)) != chart_subject(Frame(other))
