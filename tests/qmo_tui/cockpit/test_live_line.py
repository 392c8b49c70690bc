"""The screen on a live source: what is live looks live, and nothing else does."""

from dataclasses import replace

import pytest

from engines.view import BookState
from feeds.states import FeedChange, FeedState
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.line import paint_changes
from qmo_tui.cockpit.painting.scrub import paint_scrub
from qmo_tui.cockpit.painting.small import paint_small
from qmo_tui.cockpit.painting.spans import text_of
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.session.line import Line
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import SECOND, START, ScriptedDesk, market

CONNECTING = FeedChange(FeedState.CONNECTING, "databento mbo", "asking for GC.v.0", START - 30 * SECOND)
LIVE = FeedChange(FeedState.LIVE, "databento mbo", "book snapshot of 8,725 orders received", START - 28 * SECOND)
LOST = FeedChange(FeedState.RECONNECTING, "databento mbo", "no heartbeat for 40 s; trying again in 2 s", START)


def line_of(*changes: FeedChange, heard: int | None = START - SECOND // 2, interruptions: int = 0) -> Line:
    newest = changes[-1]
    return Line(newest.state, newest.source, newest.reason, newest.at, heard, START, interruptions, None, changes)


LIVE_LINE = line_of(CONNECTING, LIVE)
LOST_LINE = line_of(CONNECTING, LIVE, LOST, heard=START - 41 * SECOND, interruptions=1)
CONTEXT_LINE = line_of(FeedChange(FeedState.CONTEXT, "yahoo GC=F", "delayed by 10 minutes: context only", START))


@pytest.mark.parametrize(("name", "line"), [("live", LIVE_LINE), ("lost", LOST_LINE), ("context", CONTEXT_LINE)])
def test_line_row_and_status(name: str, line: Line) -> None:
    frame = Frame(market(3_500), line=line)
    picture = text_picture(paint_status(frame, 120, 2)) + text_picture(paint_scrub(frame, 120, 1))
    assert_golden(f"line-{name}", picture)


def test_changes_stand_newest_first() -> None:
    assert_golden("line-changes", text_picture(paint_changes(Frame(market(0), line=LOST_LINE), 100, 6)))


@pytest.mark.parametrize("state", [state for state in FeedState if state is not FeedState.LIVE])
def test_only_what_is_live_is_called_live_or_looks_like_it(state: FeedState) -> None:
    live = paint_status(Frame(market(0), line=LIVE_LINE), 160, 1)[0][0]
    other = paint_status(Frame(market(0), line=replace(LIVE_LINE, state=state)), 160, 1)[0][0]
    assert live[0] == " LIVE "
    assert other[0] == f" {state.value.upper()} "
    assert other[1] != live[1]


def test_a_small_terminal_still_tells_the_state_and_the_age() -> None:
    said = text_of(paint_small(Frame(market(0), line=LOST_LINE), 60, 10)[0])
    assert "RECONNECTING" in said
    assert "41.00 s ago" in said


async def test_the_present_cannot_be_paused_or_sought() -> None:
    desk = ScriptedDesk()
    desk.line, desk.transport = LIVE_LINE, None
    async with seat(desk=desk) as seated:
        for key in ("space", "plus", "comma", "left", "home"):
            await seated.press(key)
            assert "cannot be paused" in seated.text("notice")


async def test_the_footer_shows_the_keys_that_do_something() -> None:
    desk = ScriptedDesk()
    desk.line, desk.transport = LIVE_LINE, None
    async with seat(desk=desk) as seated:
        assert "l line" in seated.text("footer")
        assert "pause" not in seated.text("footer")
    async with seat() as seated:
        assert "l line" not in seated.text("footer")


async def test_the_line_opens_over_a_market_that_runs_on() -> None:
    desk = ScriptedDesk()
    desk.line, desk.transport = LOST_LINE, None
    async with seat(desk=desk) as seated:
        assert not seated.is_shown("line")
        await seated.press("l")
        assert seated.is_shown("line")
        assert "no heartbeat for 40 s" in seated.text("line")
        await seated.press("escape")
        assert not seated.is_shown("line")


async def test_a_book_that_turns_suspect_without_another_record_is_shown_so() -> None:
    desk = ScriptedDesk(market(0))
    desk.line, desk.transport = LOST_LINE, None
    async with seat(desk=desk) as seated:
        assert "BOOK SUSPECT" not in seated.text("ladder")
        desk.still = replace(market(0), book=BookState.SUSPECT)
        await seated.frame()
        assert "BOOK SUSPECT" in seated.text("ladder")


async def test_a_price_that_changes_without_a_record_is_shown() -> None:
    desk = ScriptedDesk(market(0))
    desk.line, desk.transport = CONTEXT_LINE, None
    async with seat(desk=desk) as seated:
        before = seated.text("status")
        desk.still = replace(market(0), last=(market(0).last or 0) + 7)
        await seated.frame()
        assert seated.text("status") != before
