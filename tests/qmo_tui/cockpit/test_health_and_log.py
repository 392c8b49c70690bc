"""Panes of the feed's health and of the log: what they say, and what they do not know."""

from dataclasses import replace

from engines.events import Bar, Stops, encode
from engines.view import Health
from feeds.states import FeedState
from qmo_tui.cockpit.app import CockpitApp
from qmo_tui.cockpit.frame import Frame, LogPage, Pace
from qmo_tui.cockpit.log_window import LogWindow
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.health import paint_health
from qmo_tui.cockpit.painting.log import paint_log
from qmo_tui.session.landmarks import Landmark
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback
from qmo_tui.session.said import KEPT, SaidLines, ToldLine
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.running import Seat, StillClock
from tests.qmo_tui.cockpit.scenes import SECOND, START, ScriptedDesk, market, nothing_yet

LINE = Line(
    state=FeedState.LIVE,
    source="glbx-mdp3",
    reason="records flow",
    since=START,
    heard=START + 89 * SECOND,
    now=START + 90 * SECOND,
    interruptions=2,
    recording="recording 12 MB",
)


def stops(second: int, orders: int = 3) -> Stops:
    return Stops(ts=START + second * SECOND, side="buy", orders=orders, volume=12, from_price=4810.0, to_price=4810.5)


def said(count: int) -> SaidLines:
    lines = SaidLines()
    for second in range(count):
        lines.hear(stops(second, orders=second + 1), b"")
    return lines


# --- health


def test_a_live_feed_tells_state_age_rate_lag_gaps_counters_and_recording() -> None:
    view = replace(market(90), health=Health(unknown_orders=3, late_records=1))
    frame = Frame(
        view,
        line=LINE,
        source="GC.v.0 by Databento",
        records_per_second=1_234.0,
        pace=Pace(10, "slow terminal", 0.062),
    )
    assert_golden("health-60x13", text_picture(paint_health(frame, 60, 13)))


def test_before_the_first_record_nothing_is_called_zero() -> None:
    told = text_picture(paint_health(Frame(nothing_yet()), 60, 13))
    assert "records   -- at 0 rec/s" in told
    assert "latency   --" in told
    assert "loop      -- late at worst" in told
    assert "unknown orders --  crossed --" in told
    assert "bad --  late --  off tick --  far --" in told


def test_a_recording_tells_of_the_gaps_that_were_met() -> None:
    gap = Landmark(START, "gap", "records are missing: the book is in doubt")
    met = Frame(market(), playback=Playback(marks=(gap,)))
    assert "gaps      none met so far" in text_picture(paint_health(Frame(market()), 60, 13))
    assert "gaps      records are missing: × on the bar" in text_picture(paint_health(met, 60, 13))


def test_an_ended_feed_says_why() -> None:
    assert "ended     cut inside a record" in text_picture(
        paint_health(Frame(market(), error="cut inside a record"), 60, 13)
    )


# --- log


def test_lines_tell_time_kind_and_what_is_in_them_the_newest_last() -> None:
    lines = said(3)
    lines.tell("layout tape: 2 of 4", START + 4 * SECOND)
    lines.tell("preparing", None)
    page = LogWindow(lines).page(9)
    assert_golden("log-90x7", text_picture(paint_log(Frame(market(), log=page), 90, 7)))


def test_an_empty_log_says_so() -> None:
    assert "nothing has been said yet" in text_picture(paint_log(Frame(market(), log=LogPage()), 60, 4))


def test_bars_of_a_second_are_left_out_and_the_oldest_lines_are_forgotten() -> None:
    lines = said(KEPT + 5)
    assert lines.total() == KEPT
    second = Bar(START, "1s", 1.0, 1.0, 1.0, 1.0, 1, 1, 0, 0, 1, 1, 1, START, 0, complete=True)
    lines.hear(second, encode(second))
    assert lines.kinds() == ("stops",)


def test_a_replay_that_goes_back_forgets_the_events_and_keeps_what_was_told() -> None:
    lines = said(3)
    lines.tell("going back", START)
    lines.restart()
    assert lines.newest(9) == (ToldLine(START, "going back"),)


def test_one_kind_alone_and_then_all_again() -> None:
    lines = said(2)
    lines.tell("hello", None)
    window = LogWindow(lines)
    assert window.next_kind() == "log: screen"
    assert window.page(9).lines == (ToldLine(None, "hello"),)
    assert window.next_kind() == "log: stops"
    assert len(window.page(9).lines) == 2
    assert window.next_kind() == "log: all"


def test_scrolled_back_it_stays_while_new_lines_come_and_says_how_many() -> None:
    lines = said(50)
    window = LogWindow(lines)
    assert window.page(10).lines[-1] == stops(49, 50)
    assert window.page(0) == LogPage()
    window.scroll(20)
    before = window.page(10)
    assert (before.later, before.lines[-1]) == (20, stops(29, 30))
    lines.hear(stops(60), b"")
    after = window.page(10)
    assert (after.later, after.lines) == (21, before.lines)
    assert "21 newer below" in text_picture(paint_log(Frame(market(), log=after), 60, 11))
    window.scroll(-100)
    assert window.page(10).lines[-1] == stops(60)
    window.scroll(1_000)
    assert window.page(10).lines[0] == stops(0, 1)


def test_a_full_log_stays_where_it_was_scrolled_to_as_well() -> None:
    lines = said(KEPT + 10)
    window = LogWindow(lines)
    window.page(10)
    window.scroll(20)
    before = window.page(10)
    for second in range(7):
        lines.hear(stops(second), b"")
    assert window.page(10).lines == before.lines


async def test_what_the_session_says_and_what_the_screen_answers_stand_in_the_log() -> None:
    lines = said(2)
    app = CockpitApp(ScriptedDesk(), CockpitOptions(frames_per_second=1), StillClock(), said=lines)
    async with app.run_test(size=(160, 50)) as pilot:
        trader = Seat(app, ScriptedDesk(), pilot, StillClock())
        await trader.frame()
        await trader.press("i", "D")
        told = trader.text("log")
        assert "stops      buy  orders 2  volume 12" in told
        assert "screen     bars of 5m" in told
        await trader.press("u", "up")
        assert "log: screen" in trader.text("log")
