from feeds.states import FeedState
from feeds.supervisor.announcing import Announcer, Verdict

LIVE = Verdict(FeedState.LIVE, "databento mbo", ("all is well",))
SLOW = Verdict(FeedState.DEGRADED, "databento mbo", ("slow",))
SLOW_AND_LATE = Verdict(FeedState.DEGRADED, "databento mbo", ("slow", "late"))
STALE = Verdict(FeedState.STALE, "databento mbo", ("silent",))
BROKEN = Verdict(FeedState.RECONNECTING, "databento mbo", ("broken",))


def said(*verdicts: tuple[float, Verdict]) -> list[Verdict]:
    announcer = Announcer(5.0)
    return [verdict for now, verdict in verdicts if announcer.news(verdict, now)]


def test_bad_news_is_said_at_once() -> None:
    order = [LIVE, SLOW, SLOW_AND_LATE, STALE, BROKEN]
    assert said(*((0.0, verdict) for verdict in order)) == order


def test_good_news_is_said_when_it_has_lasted() -> None:
    assert said((0, LIVE), (1, SLOW), (2, LIVE), (6.9, LIVE)) == [LIVE, SLOW]
    assert said((0, LIVE), (1, SLOW), (2, LIVE), (7, LIVE)) == [LIVE, SLOW, LIVE]


def test_one_reason_less_is_good_news_too() -> None:
    assert said((0, SLOW_AND_LATE), (1, SLOW), (5.9, SLOW)) == [SLOW_AND_LATE]
    assert said((0, SLOW_AND_LATE), (1, SLOW), (6, SLOW)) == [SLOW_AND_LATE, SLOW]


def test_a_state_that_flickers_is_said_once() -> None:
    assert said(*((now, SLOW if now % 4 else LIVE) for now in range(100))) == [LIVE, SLOW]


def test_staleness_ends_with_the_next_record_and_an_outage_as_soon_as_it_is_proved_over() -> None:
    assert said((0, STALE), (0.1, LIVE)) == [STALE, LIVE]
    assert said((0, BROKEN), (0.1, LIVE)) == [BROKEN, LIVE]


def test_nothing_is_said_twice() -> None:
    assert said((0, LIVE), (1, LIVE), (2, LIVE)) == [LIVE]
