"""What forbids an entry is told whole: a line that is cut hides no lock of the ladder."""

from qmo_tui.cockpit.frame import NEW_YORK
from qmo_tui.cockpit.painting.locks import lock_lines
from tests.qmo_tui.cockpit.trading_scenes import LOCKED, trading


def _told(**state: object) -> list[str]:
    lines = lock_lines(trading(**state), NEW_YORK)
    return [] if lines is None else [text for text, _ in lines]


def test_a_lock_stands_beside_a_feed_that_is_cut() -> None:
    heading, reason = _told(risk=LOCKED, trouble="the feed is reconnecting")
    assert heading == " NO ORDER CAN BE SENT"
    assert reason.startswith(" the feed is reconnecting · LOCKED until ")


def test_a_cut_feed_alone_tells_of_no_lock() -> None:
    assert _told(trouble="stale 2.3 s") == [" NO ORDER CAN BE SENT", " stale 2.3 s"]


def test_nothing_is_told_while_entries_are_allowed() -> None:
    assert _told() == []
