"""The mentor on the screen: pillars, score, gates, sentences, time and the reasons behind them, at every size."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from engines.events import Pillar
from engines.mentor_view import DISCLAIMER
from engines.view import MarketView
from qmo_tui.cockpit.frame import NEW_YORK, Frame, ReasonPlace, WhyChoice
from qmo_tui.cockpit.mentor_keys import NO_ZONE
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.chart import chart_subject, paint_chart
from qmo_tui.cockpit.painting.ladder import paint_ladder
from qmo_tui.cockpit.painting.mentor import paint_mentor
from qmo_tui.cockpit.painting.mentor_line import paint_mentor_line
from qmo_tui.cockpit.painting.mentor_over import paint_mentor_over
from qmo_tui.cockpit.painting.pillars import PILLARS_HEIGHT, paint_pillars, pillars_subject
from qmo_tui.cockpit.painting.small import paint_small
from qmo_tui.cockpit.painting.spans import Rows
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.cockpit.painting.time_ahead import countdown, paint_time_ahead, time_subject
from qmo_tui.cockpit.painting.why import paint_why
from tests.qmo_tui.cockpit.flow_scenes import flowing_market
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.inks import assert_sound
from tests.qmo_tui.cockpit.mentor_scenes import (
    CALIBRATION,
    GATES,
    MENTOR,
    PILLARS,
    SENTENCES,
    TIMING,
    MentoredDesk,
    mentored,
)
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import CENTRE, SECOND, START, ScriptedDesk, market, nothing_yet
from tests.qmo_tui.cockpit.zone_scenes import HELD_BID, MINUTE, ZONES

OPEN = tuple(msgspec.structs.replace(gate, is_open=True) for gate in GATES)
WAITING: dict[str, Any] = {"side": None, "confidence": None, "armed": False, "since": None}
PAINTERS = {
    "pillars": paint_pillars,
    "mentor": paint_mentor,
    "time": paint_time_ahead,
    "why": paint_why,
    "mentor-line": paint_mentor_line,
    "mentor-over": paint_mentor_over,
}


def _view(**told: Any) -> MarketView:
    return mentored(replace(flowing_market(0), zones=ZONES), **told)


def _picture(painter: str, view: MarketView, width: int, height: int, **frame: Any) -> str:
    rows: Rows = PAINTERS[painter](Frame(view, **frame), width, height)
    assert_sound(rows, width, height)
    return text_picture(rows)


@pytest.mark.parametrize(
    ("painter", "width", "height"),
    [
        ("pillars", 36, 12),
        ("pillars", 37, 7),
        ("pillars", 80, 12),
        ("mentor", 36, 20),
        ("time", 36, 11),
        ("why", 59, 16),
        ("mentor-over", 80, 19),
        ("mentor-line", 80, 1),
        ("mentor-line", 100, 1),
    ],
)
def test_each_pane_at_its_sizes(painter: str, width: int, height: int) -> None:
    frame = {"why": WhyChoice(is_open=True, selected=ReasonPlace("QMO", 1))}
    assert_golden(f"{painter}-{width}x{height}", _picture(painter, _view(), width, height, **frame))


@pytest.mark.parametrize("painter", PAINTERS)
@pytest.mark.parametrize("view", [nothing_yet(), _view(pillars=(), gates=(), sentences=())], ids=["nothing", "bare"])
def test_panes_are_sound_at_any_size_whatever_is_known(painter: str, view: MarketView) -> None:
    for width in (0, 1, 2, 7, 20, 36, 80, 200):
        for height in (0, 1, 2, 5, 12, 40):
            assert_sound(PAINTERS[painter](Frame(view), width, height), width, height)


# ------------------------------------------------------------------------------------------------ side, score, gates


@pytest.mark.parametrize(("painter", "height"), [("pillars", 12), ("pillars", 7), ("mentor-line", 1)])
def test_waiting_is_no_side_and_has_no_score(painter: str, height: int) -> None:
    neutral = tuple(msgspec.structs.replace(pillar, direction=None) for pillar in PILLARS)
    picture = _picture(painter, _view(**WAITING, pillars=neutral), 80, height)
    assert "no side --" in picture
    assert "buy" not in picture.replace("lots bought", "")
    assert "sell" not in picture
    assert "▲" not in picture
    assert "▼" not in picture


def test_a_low_score_of_a_side_is_that_side_and_not_armed() -> None:
    picture = _picture("mentor-line", _view(confidence=0.11, armed=False, since=None), 80, 1)
    assert "▲ buy 0.11  not armed " in picture


@pytest.mark.parametrize(
    ("gates", "armed", "told"),
    [
        (OPEN, True, "armed since 17:58"),
        (GATES, True, "blocked, armed 17:58"),
        (GATES, False, "not armed since 17:58"),
    ],
)
def test_an_armed_side_behind_a_closed_gate_is_blocked(gates: Any, armed: bool, told: str) -> None:
    assert f"▲ buy 0.78  {told} " in _picture("mentor-line", _view(gates=gates, armed=armed), 80, 1)


def test_a_closed_gate_says_why_and_till_when_and_how_many_more_are() -> None:
    closed = tuple(msgspec.structs.replace(gate, is_open=False) for gate in GATES)
    assert "✕ news, till 18:29: CPI in 4 min" in _picture("pillars", _view(), 36, 12)
    assert "gates open" in _picture("pillars", _view(gates=OPEN), 36, 12)
    assert "+2" in _picture("pillars", _view(gates=closed), 60, 12)
    said = _picture("mentor", _view(gates=closed), 36, 20)
    assert said.index("✕ data") < said.index("✕ session") < said.index("✕ news") < said.index("Accumulation")


@pytest.mark.parametrize("told", [{}, {"calibration": CALIBRATION}], ids=["not calibrated", "calibrated"])
def test_a_score_is_never_called_a_probability(told: dict[str, Any]) -> None:
    for painter in PAINTERS:
        picture = _picture(painter, _view(**told), 100, 20)
        assert "probab" not in picture.lower()
        assert "78 %" not in picture
        assert "p 0.78" not in picture


def test_what_such_scores_came_to_stands_beside_with_interval_base_rate_count_and_dates() -> None:
    picture = _picture("pillars", _view(calibration=CALIBRATION), 36, 12)
    assert "p 0.58 (80 % in 0.51–0.65) n 412" in picture
    assert "base 0.49  2023-12-25–2024-03-01" in picture
    few = msgspec.structs.replace(CALIBRATION, n=12, probability=None, base_rate=None)
    assert "not calibrated (12)" in _picture("pillars", _view(calibration=few), 36, 12)
    noted = msgspec.structs.replace(CALIBRATION, note="no skill: the base rate")
    assert "no skill: the base rate" in _picture("pillars", _view(calibration=noted), 80, 12)
    assert "not calibrated (0)" in _picture("pillars", _view(), 36, 12)


def test_a_calibration_that_says_no_probability_is_no_missing_one() -> None:
    without_side = msgspec.structs.replace(CALIBRATION, probability=None, low=None, high=None)
    assert "base 0.49 (n 412)" in _picture("pillars", _view(calibration=without_side), 36, 12)
    silent = msgspec.structs.replace(without_side, base_rate=None, note="made of this day or later ones")
    picture = _picture("pillars", _view(calibration=silent), 36, 12)
    assert "p -- (n 412)" in picture
    assert "made of this day or later ones" in picture
    assert "base" not in picture
    unskilled = msgspec.structs.replace(CALIBRATION, note="no skill shown")
    assert "base 0.49  no skill shown" in _picture("pillars", _view(calibration=unskilled), 36, 12)


@pytest.mark.parametrize(("confidence", "filled"), [(0.0, 0), (0.5, 9), (1.0, 18)])
def test_the_score_is_a_bar_with_the_threshold_marked_on_it(confidence: float, filled: int) -> None:
    bar = _picture("pillars", _view(confidence=confidence), 36, 12).splitlines()[2]
    cells = bar.split()[1]
    assert len(cells) == 18
    assert cells.index("┃") == int(0.75 * 18)
    assert cells.count("━") == (filled if filled <= 13 else filled - 1)
    assert bar.endswith("arms 0.75")


# -------------------------------------------------------------------------------------------------------- pillars


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"direction": "sell", "strength": 0.4}, "▼ sell"),
        ({"direction": None, "strength": 0.0, "note": "nothing near"}, "quiet"),
        ({"name": "Cycle", "direction": None, "strength": 0.4}, "• timing"),
    ],
)
def test_each_direction_has_its_word(changes: dict[str, Any], word: str) -> None:
    pillar = msgspec.structs.replace(PILLARS[0], **changes)
    row = _picture("pillars", _view(pillars=(pillar,)), 37, 7).splitlines()[1]
    assert word in row
    assert row.endswith("3m")


def test_what_cannot_be_read_is_unknown_with_its_reason_and_no_bar() -> None:
    row = _picture("pillars", _view(pillars=(PILLARS[4],)), 60, 7).splitlines()[1]
    assert "-- unavailable: 12 of 45 bars have closed" in row
    assert "━" not in row
    assert "0" not in row.replace("of 45", "").split("unavailable")[0]


def test_a_pillar_without_evidence_has_no_age() -> None:
    pillar = Pillar("IMO", True, None, 0.0, 0.25, (), note="nothing is near")
    assert _picture("pillars", _view(pillars=(pillar,)), 37, 7).splitlines()[1].endswith("--")


def test_the_picture_of_the_pillars_stays_still_while_only_prices_move() -> None:
    view = _view()
    assert pillars_subject(Frame(view)) == pillars_subject(Frame(replace(view, ladder=(), last=CENTRE + 9)))
    later = replace(view, event_time=START + SECOND)
    assert pillars_subject(Frame(view)) != pillars_subject(Frame(later))
    assert time_subject(Frame(view)) == time_subject(Frame(later))


# ------------------------------------------------------------------------------------------------------ sentences


def test_sentences_are_wrapped_whole_and_the_disclaimer_stands_last() -> None:
    picture = _picture("mentor", _view(), 36, 20)
    told = " ".join(picture.split())
    for sentence in SENTENCES:
        assert sentence.text in told
    assert picture.splitlines()[-1].strip() == DISCLAIMER
    assert "18:10" in picture.splitlines()[0]


@pytest.mark.parametrize("height", [3, 5, 7])
def test_what_has_no_room_is_counted(height: int) -> None:
    lines = _picture("mentor", _view(), 36, height).splitlines()
    assert "more" in lines[-2]
    assert lines[-1].strip() == DISCLAIMER


# ----------------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-5, "<1m"), (59, "<1m"), (60, "1m"), (3_599, "59m"), (3_600, "1h00"), (172_799, "47h59"), (172_800, "2d")],
)
def test_countdowns_count_minutes(seconds: int, told: str) -> None:
    assert countdown(seconds * SECOND) == told


def _status(view: MarketView, width: int = 160, **frame: Any) -> str:
    return text_picture(paint_status(Frame(view, **frame), width, 2)).splitlines()[0]


def test_the_status_line_has_session_kill_zone_with_its_minutes_and_the_next_moment() -> None:
    said = _status(_view())
    assert "  Asia  KZ Asia open 42m left  Christmas: opened 18:00  London opens in 9h00  " in said
    assert "  Asia  KZ Asia open 42m left  " in _status(_view(), 80)


def _clocked(**changes: Any) -> MarketView:
    assert TIMING.clock is not None
    clock = msgspec.structs.replace(TIMING.clock, **changes)
    return replace(_view(), timing=msgspec.structs.replace(TIMING, clock=clock))


def test_a_close_that_is_near_is_told_before_other_moments() -> None:
    assert "closes in 12m" in _status(_clocked(closing=START + 12 * MINUTE))
    assert "closes" not in _status(_clocked(closing=START + 61 * MINUTE))


def test_a_closed_market_says_when_it_opens() -> None:
    said = _status(
        _clocked(is_open=False, closing=START + 90 * MINUTE, sessions=(), kill_zone=None, kill_zone_end=None)
    )
    assert "CLOSED opens in 1h30" in said
    assert "CLOSED" in _status(_clocked(is_open=False, closing=None))


def test_new_york_time_is_told_where_the_clock_is_another() -> None:
    assert "NY 18:10" in _status(_view(), zone=ZoneInfo("Europe/London"))
    assert "NY 18:10" not in _status(_view(), zone=NEW_YORK)


def test_windows_in_force_come_first_and_each_has_its_base_rate() -> None:
    picture = _picture("time", _view(), 60, 11)
    assert picture.index("▸8m    gann: 144 bars") < picture.index("1h35   Moon square Mars")
    assert "2.1 %" in picture
    assert "4.3 %" in picture
    unknown = msgspec.structs.replace(TIMING.windows[0], base_rate=None)
    bare = replace(_view(), timing=msgspec.structs.replace(TIMING, windows=(unknown,)))
    assert "--" in _picture("time", bare, 60, 11)


def test_cycles_count_bars_from_their_pivot() -> None:
    picture = _picture("time", _view(), 36, 11)
    assert " 3 bars 45 from 14:40 low 5m   31 %" in picture
    assert " ▸now   21 from 22:10 high 1h  50 %" in picture


def test_a_count_of_many_bars_keeps_its_base_rate() -> None:
    far = msgspec.structs.replace(TIMING.cycles[0], left=15, target=21)
    timing = msgspec.structs.replace(TIMING, cycles=(far,))
    assert " 15 bars 21 from 14:40 low 5m  31 %" in _picture("time", replace(_view(), timing=timing), 36, 11)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "--"),
        (4807.75, "4807.75"),
        (4187.8, "4187.8"),
        (142.0, "142"),
        (-12.7, "−12.70"),
        (2.957, "2.96"),
        (0.46, "0.460"),
        (-0.0629, "−0.063"),
        (-0.00003, "0.000"),
    ],
)
def test_a_price_among_the_values_keeps_its_ticks_and_nothing_is_a_negative_zero(
    value: float | None, told: str
) -> None:
    assert numbers.measured(value) == told


def test_words_of_the_log_have_the_screens_minus_sign_and_keep_their_hyphens() -> None:
    said = "price moved -8.2, delta -1615 lots; exact 2026-10-05 09:19, native-901"
    assert numbers.minus_signs(said) == "price moved −8.2, delta −1615 lots; exact 2026-10-05 09:19, native-901"


def test_of_the_counts_of_an_interval_the_next_one_is_told_and_cycles_are_no_windows_beside() -> None:
    nearer = msgspec.structs.replace(TIMING.cycles[0], left=2, target=21)
    said_twice = msgspec.structs.replace(TIMING.windows[0], engine="cycle", name="21 from 14:40 low (5m)")
    timing = msgspec.structs.replace(TIMING, cycles=(*TIMING.cycles, nearer), windows=(*TIMING.windows, said_twice))
    picture = _picture("time", replace(_view(), timing=timing), 60, 11)
    assert picture.count("14:40 low") == 1
    assert " 2 bars 21 from 14:40 low 5m" in picture


# ----------------------------------------------------------------------------------------------------------- Gann


def _ladder(levels: bool) -> str:
    return text_picture(paint_ladder(Frame(_view(), levels=levels), 62, 23))


def test_levels_and_clusters_have_signs_of_their_own_beside_prices() -> None:
    assert "4810.75╴" in _ladder(levels=True)
    assert "4812.00╡" in _ladder(levels=True)
    assert "4812.25╡" in _ladder(levels=True)
    assert not {"╴", "╡"} & set(_ladder(levels=False))


def test_the_chart_draws_and_names_the_nearest_and_no_more() -> None:
    tall = msgspec.structs.replace(_view().bars[-1], low=CENTRE - 8, high=CENTRE + 12)
    quiet = replace(_view(), bars=(tall,), icebergs=(), zones=(), stops=())
    picture = text_picture(paint_chart(Frame(quiet), 73, 22))
    assert " 90 deg of 4800 + 1/2 of 15m swing ╍" in picture.replace("\N{NO-BREAK SPACE}", " ")
    many = tuple(msgspec.structs.replace(TIMING.levels[0], tick=CENTRE + away) for away in range(-8, 13))
    crowded = replace(quiet, timing=msgspec.structs.replace(TIMING, levels=many, clusters=()))
    assert sum("╍" in row for row in text_picture(paint_chart(Frame(crowded), 73, 22)).splitlines()) <= 4
    hidden = text_picture(paint_chart(Frame(quiet, levels=False), 73, 22))
    assert not {"╍", "╡", "╴"} & set(hidden)


def test_hiding_levels_repaints_the_chart() -> None:
    assert chart_subject(Frame(_view())) != chart_subject(Frame(_view(), levels=False))


# ----------------------------------------------------------------------------------------------------------- keys


async def test_w_opens_every_reason_with_time_and_value_and_j_and_k_step_through_them() -> None:
    async with seat(desk=MentoredDesk()) as trader:
        assert not trader.is_shown("why")
        await trader.press("w")
        assert trader.is_shown("why")
        assert not trader.is_shown("chart")
        said = trader.text("why")
        assert "18:07:03 efficiency ratio 0.52 over 20 bars" in said
        assert "bar 5m 18:07:03.123" in said
        await trader.press("j")
        assert "▸ 18:09:13 bid absorption" in trader.text("why")
        assert f"absorption {HELD_BID.id} 18:09:13.123  o opens it" in trader.text("why")
        await trader.press("k", "k", "k")
        assert "▸ 18:07:03 efficiency ratio" in trader.text("why")
        await trader.press("j", "j", "j", "j", "j", "j", "j")
        assert "▸ 17:10:03 window" in trader.text("why")
        await trader.press("w")
        assert not trader.is_shown("why")
        assert trader.is_shown("chart")


async def test_o_opens_the_zone_that_a_reason_names_and_says_so_where_it_names_none() -> None:
    async with seat(desk=MentoredDesk()) as trader:
        await trader.press("w", "o")
        assert NO_ZONE in trader.text("notice")
        assert trader.is_shown("why")
        await trader.press("j", "o")
        assert not trader.is_shown("why")
        assert trader.is_shown("opened")
        assert trader.desk.requests[-1].opened == HELD_BID.id
        assert "absorption" in trader.text("opened")
        await trader.press("w")
        assert trader.is_shown("why")
        assert not trader.is_shown("opened")
        await trader.press("escape")
        assert not trader.is_shown("why")


async def test_without_a_reason_the_keys_say_so() -> None:
    async with seat(desk=ScriptedDesk()) as trader:
        await trader.press("w")
        assert "no reading yet" in trader.text("why")
        await trader.press("j")
        assert "no pillar gives a reason yet" in trader.text("notice")


async def test_the_marker_goes_to_the_first_reason_where_its_own_is_gone() -> None:
    desk = MentoredDesk()
    async with seat(desk=desk) as trader:
        await trader.press("w", "j", "j")
        assert "▸ 18:10:02 native iceberg" in trader.text("why")
        desk.told = {"pillars": (PILLARS[0], *PILLARS[2:])}
        await trader.frame()
        assert "▸ 18:07:03 efficiency ratio" in trader.text("why")


async def test_m_hides_the_column_where_it_has_one_and_the_one_row_stays() -> None:
    async with seat(size=(160, 50), desk=MentoredDesk()) as trader:
        for name in ("pillars", "ahead", "mentor"):
            assert trader.is_shown(name)
        assert not trader.is_shown("mentor-line")
        await trader.press("m")
        for name in ("pillars", "ahead", "mentor"):
            assert not trader.is_shown(name)
        assert "▲ buy 0.78" in trader.text("mentor-line")
        await trader.press("m")
        assert trader.is_shown("mentor")


@pytest.mark.parametrize("size", [(80, 24), (100, 24), (100, 30)])
async def test_m_lays_the_mentor_over_the_market_where_it_has_no_column(size: tuple[int, int]) -> None:
    async with seat(size=size, desk=MentoredDesk()) as trader:
        assert not trader.is_shown("mentor-over")
        await trader.press("m")
        assert "Accumulation since 17:45: sellers hit" in trader.text("mentor-over")
        assert "1 QMO" in trader.text("mentor-over")
        await trader.press("escape")
        assert not trader.is_shown("mentor-over")
        await trader.press("m", "w")
        assert not trader.is_shown("mentor-over")
        assert trader.is_shown("why-over")


@pytest.mark.parametrize(
    ("size", "pane", "others"),
    [
        ((80, 24), "mentor-line", {"pillars"}),
        ((100, 24), "mentor-line", {"pillars"}),
        ((100, 30), "pillars", {"mentor-line"}),
        ((120, 40), "pillars", {"mentor-line"}),
        ((160, 24), "pillars", {"mentor-line"}),
        ((160, 50), "pillars", {"mentor-line"}),
    ],
)
async def test_side_score_and_gate_are_seen_at_every_size(size: tuple[int, int], pane: str, others: set[str]) -> None:
    async with seat(size=size, desk=MentoredDesk()) as trader:
        assert "▲ buy 0.78  blocked, armed 17:58" in trader.text(pane)
        assert "✕ news, till 18:29: CPI in 4 min" in trader.text(pane)
        for other in others:
            assert not trader.is_shown(other)


def test_a_terminal_too_small_still_shows_side_and_whether_it_is_armed() -> None:
    assert "▲ buy 0.78  blocked, armed 17:58" in text_picture(paint_small(Frame(_view()), 60, 12))
    assert "no side --" in text_picture(paint_small(Frame(_view(**WAITING)), 60, 12))


async def test_g_hides_gann_from_chart_and_ladder() -> None:
    async with seat(desk=MentoredDesk()) as trader:
        assert "╡" in trader.text("ladder")
        assert "╡" in trader.text("chart")
        await trader.press("G")
        assert "hidden" in trader.text("notice")
        assert "╡" not in trader.text("ladder") + trader.text("chart")
        await trader.press("v")
        assert "╡" not in trader.text("chart")
        await trader.press("G")
        assert "╡" in trader.text("ladder")


async def test_a_pins_the_range_of_the_bars_in_sight_for_gann_and_a_again_lets_it_go() -> None:
    desk = MentoredDesk()
    async with seat(desk=desk) as trader:
        await trader.press("G", "A")
        pinned, bars = desk.requests[-1].pinned, flowing_market(0, desk.requests[-1]).bars
        assert pinned is not None
        assert (pinned.low, pinned.high) == (min(bar.low for bar in bars), max(bar.high for bar in bars))
        assert {bar.high for bar in bars if bar.start == pinned.high_start} == {pinned.high}
        assert "pinned for Gann: 4" in trader.text("notice")
        assert "╡" in trader.text("ladder")
        await trader.press("A")
        assert desk.requests[-1].pinned is None


async def test_without_bars_nothing_is_pinned() -> None:
    desk = ScriptedDesk(nothing_yet())
    async with seat(desk=desk) as trader:
        await trader.press("A")
        assert "no bars to pin" in trader.text("notice")
        assert desk.requests[-1].pinned is None


async def test_nothing_moves_when_the_mentor_changes_his_mind() -> None:
    desk = MentoredDesk()
    async with seat(desk=desk) as trader:
        names = ("ladder", "chart", "zones", "tape", "pillars", "ahead", "mentor")
        before = [trader.canvas(name).region for name in names]
        desk.told = WAITING | {"gates": OPEN, "sentences": SENTENCES * 9, "calibration": CALIBRATION}
        await trader.frame()
        assert [trader.canvas(name).region for name in names] == before
        assert "no side --" in trader.text("pillars")


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 50)])
async def test_without_colour_the_sides_keep_their_arrows_and_words(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with seat(size=size, desk=MentoredDesk(), options=CockpitOptions(theme="ansi")) as trader:
        await trader.press("w")
        strips = trader.app.screen._compositor.render_strips()
        said = "\n".join("".join(segment.text for segment in strip) for strip in strips)
        for told in ("▲ buy", "▼ sell", "• timing", "-- unavailable"):
            assert told in said


async def test_the_screen_asks_for_what_it_shows() -> None:
    desk = ScriptedDesk(market(0))
    async with seat(desk=desk):
        assert desk.requests[-1].mentor
        assert desk.requests[-1].timing


def test_the_newest_evaluation_is_what_is_dated() -> None:
    assert MENTOR.ts < START
    assert "pillars 18:10" in _picture("pillars", _view(), 36, PILLARS_HEIGHT)
