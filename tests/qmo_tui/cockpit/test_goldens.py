from dataclasses import replace

import pytest

from engines.view import BookState, MarketPhase, ViewRequest
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.chart import bars_that_fit, paint_chart
from qmo_tui.cockpit.painting.ladder import ladder_height, paint_ladder
from qmo_tui.cockpit.painting.notice import paint_notice
from qmo_tui.cockpit.painting.scrub import paint_scrub
from qmo_tui.cockpit.painting.small import paint_small
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.cockpit.painting.tape import paint_tape
from qmo_tui.session.landmarks import Landmark, LandmarkKind
from qmo_tui.session.playback import Playback
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.scenes import CENTRE, SECOND, START, auction, market, nothing_yet

END = START + 7_000 * SECOND
_PASSED: tuple[tuple[int, LandmarkKind], ...] = (
    (300, "iceberg"),
    (700, "absorption"),
    (1_000, "session"),
    (1_400, "sweep"),
    (1_800, "prompt"),
    (2_200, "iceberg"),
    (2_210, "trade"),
    (2_700, "gap"),
    (3_100, "lock"),
)
PASSED = tuple(Landmark(START + second * SECOND, kind, "") for second, kind in _PASSED)
AHEAD = Landmark(START + 5_000 * SECOND, "sweep", "")


@pytest.mark.parametrize(("width", "height"), [(54, 19), (62, 25), (86, 45)])
def test_ladder_at_each_layout(width: int, height: int) -> None:
    frame = Frame(market(90, ViewRequest(ladder_rows=ladder_height(height))))
    assert_golden(f"ladder-{width}x{height}", text_picture(paint_ladder(frame, width, height)))


def test_ladder_in_a_crossed_auction_names_it_and_marks_no_touch() -> None:
    frame = Frame(auction(ViewRequest(ladder_rows=17)))
    assert_golden("ladder-auction", text_picture(paint_ladder(frame, 54, 19)))


def test_ladder_before_the_first_record() -> None:
    assert_golden("ladder-empty", text_picture(paint_ladder(Frame(nothing_yet()), 54, 8)))


@pytest.mark.parametrize(("where", "top"), [("above", CENTRE - 20), ("below", CENTRE + 60)])
def test_ladder_says_where_the_market_went(where: str, top: int) -> None:
    frame = Frame(market(0, ViewRequest(ladder_top=top, ladder_rows=8)))
    assert_golden(f"ladder-market-{where}", text_picture(paint_ladder(frame, 54, 10)))


@pytest.mark.parametrize("width", [25, 37, 73])
def test_tape_at_each_layout(width: int) -> None:
    frame = Frame(market(90, ViewRequest(prints=40)))
    assert_golden(f"tape-{width}", text_picture(paint_tape(frame, width, 20)))


def test_tape_that_leaves_small_prints_out() -> None:
    frame = Frame(market(90, ViewRequest(prints=40)), tape_minimum=20)
    assert_golden("tape-from-20", text_picture(paint_tape(frame, 37, 12)))


@pytest.mark.parametrize(("width", "height"), [(37, 12), (73, 27)])
def test_chart_at_each_layout(width: int, height: int) -> None:
    frame = Frame(market(90, ViewRequest(bars=bars_that_fit(width))))
    assert_golden(f"chart-{width}x{height}", text_picture(paint_chart(frame, width, height)))


@pytest.mark.parametrize("width", [80, 100, 160])
def test_status_drops_the_least_important_first(width: int) -> None:
    frame = Frame(
        market(90),
        playback=Playback(paused=False, speed=60.0, start=START, end=END),
        source="esh4-20231225.mbo.dbn.zst",
        records_per_second=12_345.0,
    )
    assert_golden(f"status-{width}", text_picture(paint_status(frame, width, 2)))


def test_status_before_the_first_record_shows_unknowns_not_zeros() -> None:
    assert_golden("status-empty", text_picture(paint_status(Frame(nothing_yet()), 100, 2)))


@pytest.mark.parametrize(
    ("name", "playback"),
    [
        ("playing", Playback(speed=60.0, start=START, end=END)),
        ("paused", Playback(paused=True, speed=None, start=START, end=END)),
        ("ended", Playback(paused=True, speed=1.0, finished=True, start=START, end=END)),
        ("seeking", Playback(paused=True, finished=True, seeking=True, start=START, end=END)),
        ("end-unknown", Playback(speed=0.5, start=START)),
        ("searching", Playback(paused=True, searching="prompt", start=START, end=END, marks=PASSED)),
        ("looping", Playback(speed=2.0, start=START, end=END, loop=(START + 900 * SECOND, START + 3_600 * SECOND))),
        ("went-back", Playback(speed=1.0, start=START, end=END, marks=(*PASSED, AHEAD))),
        ("endless", Playback(speed=1.0, start=START, furthest=START + 3_500 * SECOND, endless=True, marks=PASSED)),
    ],
)
def test_transport_row(name: str, playback: Playback) -> None:
    assert_golden(f"scrub-{name}", text_picture(paint_scrub(Frame(market(3_500), playback=playback), 80, 1)))


def test_a_mark_ahead_is_dimmed_and_the_rarer_of_two_in_one_cell_is_shown() -> None:
    (row,) = paint_scrub(Frame(market(3_500), playback=Playback(start=START, end=END, marks=(*PASSED, AHEAD))), 120, 1)
    inks = dict(row)
    assert inks["$"] == "text bold"
    assert inks["W"] == "muted"


def test_a_loop_that_has_no_end_yet_shows_where_it_begins() -> None:
    playback = Playback(start=START, end=END)
    row = text_picture(paint_scrub(Frame(market(3_500), playback=playback, loop_from=START + 1_000 * SECOND), 80, 1))
    assert row.index("[") < row.index("●")


def test_why_it_paused_by_itself_is_told_until_it_goes_on() -> None:
    frame = Frame(market(), playback=Playback(paused=True, halted="bid absorption at 4808.5"), message="speed 5x")
    assert "speed 5x" in text_picture(paint_notice(frame, 80, 1))
    assert "paused: bid absorption at 4808.5" in text_picture(paint_notice(frame, 80, 1))


def test_notices_from_the_most_urgent() -> None:
    view = replace(auction(), missing=("icebergs, stops: no order ids in trades",))
    frame = Frame(
        view, error="esh4.dbn: cut inside a record", notes=("the file ends inside a record: 37 bytes left out",)
    )
    assert_golden("notice", text_picture(paint_notice(frame, 200, 1)))


def test_small_terminal_still_shows_the_market() -> None:
    assert_golden("small", text_picture(paint_small(Frame(market(90)), 60, 12)))


def test_each_state_of_a_doubtful_book_is_named_under_the_ladder() -> None:
    for state in BookState:
        view = replace(market(0, ViewRequest(ladder_rows=4)), book=state)
        note = text_picture(paint_ladder(Frame(view), 70, 6)).splitlines()[-1]
        if state in {BookState.VALID, BookState.TEN_LEVELS}:
            assert "in sight" in note
        else:
            assert state.value.split()[0].upper() in note or "NO BOOK" in note


def test_a_halt_is_named() -> None:
    view = replace(market(), phase=MarketPhase.HALTED)
    assert "HALTED" in text_picture(paint_ladder(Frame(view), 70, 23))
    assert "HALTED" in text_picture(paint_status(Frame(view), 80, 2))


def test_where_there_is_no_book_nothing_is_said_of_its_phase() -> None:
    view = replace(market(0, ViewRequest(ladder_rows=4)), book=BookState.ABSENT, phase=MarketPhase.UNKNOWN)
    note = text_picture(paint_ladder(Frame(view), 70, 6)).splitlines()[-1]
    assert note == " NO BOOK in this schema"
