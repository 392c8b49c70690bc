"""The news gate: closed around events, by importance or by the event's own times, never by anything else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.timing.news import Around, News, NewsEvent, NewsSettings, news_gate
from tests.engines.timing.clocks import MINUTE, SECOND, new_york

CPI = NewsEvent(new_york("2026-12-10 08:30"), "CPI", "high")
CLAIMS = NewsEvent(new_york("2026-12-10 08:40"), "jobless claims", "medium")
SPEECH = NewsEvent(new_york("2026-12-10 08:46"), "speech", "low", before=5 * MINUTE, after=30 * MINUTE)


def calendar(*events: NewsEvent, medium: Around | None = None) -> News:
    return News(NewsSettings(events=events, **({} if medium is None else {"medium": medium})))


def gate(news: News, clock: str) -> tuple[bool, str, int | None]:
    found = news_gate(new_york(f"2026-12-10 {clock}"), news)
    assert found.name == "news"
    return found.is_open, found.reason, found.until


@pytest.mark.parametrize(
    ("clock", "is_open", "reason"),
    [
        ("08:24:59", True, "CPI in 6 min"),
        ("08:25:00", False, "CPI in 5 min"),
        ("08:29:30", False, "CPI in 1 min"),
        ("08:30:00", False, "CPI 0 min ago"),
        ("08:44:59", False, "CPI 14 min ago"),
        ("08:45:00", True, "no news known from here on"),
    ],
)
def test_five_minutes_before_and_fifteen_after_what_matters(clock: str, is_open: bool, reason: str) -> None:
    until = None if is_open else new_york("2026-12-10 08:45")
    assert gate(calendar(CPI), clock) == (is_open, reason, until)


def test_medium_and_low_block_only_where_they_are_told_to() -> None:
    assert gate(calendar(CLAIMS), "08:40:00")[0]
    told = calendar(CLAIMS, medium=Around(2 * MINUTE, 3 * MINUTE))
    assert [gate(told, clock)[0] for clock in ("08:37:59", "08:38", "08:42:59", "08:43")] == [True, False, False, True]


def test_an_event_has_times_of_its_own() -> None:
    news = calendar(SPEECH)
    assert [gate(news, clock)[0] for clock in ("08:40:59", "08:41", "09:15:59", "09:16")] == [True, False, False, True]
    silent = NewsEvent(CPI.ts, "CPI", "high", before=0, after=0)
    assert gate(calendar(silent), "08:30")[0]


def test_windows_that_overlap_open_together_and_the_nearest_event_is_named() -> None:
    news = calendar(SPEECH, CPI)
    assert gate(news, "08:30") == (False, "CPI 0 min ago", new_york("2026-12-10 09:16"))
    assert gate(news, "08:44") == (False, "speech in 2 min", new_york("2026-12-10 09:16"))


def test_without_a_calendar_it_says_so() -> None:
    assert gate(calendar(), "08:30") == (True, "no news calendar", None)


def test_events_of_any_importance_are_named_ahead() -> None:
    assert gate(calendar(CLAIMS, CPI), "08:10")[1] == "CPI in 20 min"
    assert gate(calendar(CLAIMS), "07:10")[1] == "jobless claims in 1 h 30 min"


_EVENTS = st.lists(
    st.builds(
        NewsEvent,
        ts=st.integers(0, 120).map(lambda minute: CPI.ts + minute * MINUTE),
        name=st.sampled_from(["a", "b"]),
        importance=st.sampled_from(["high", "medium", "low"]),
        before=st.none() | st.integers(0, 60).map(lambda minute: minute * MINUTE),
        after=st.none() | st.integers(0, 60).map(lambda minute: minute * MINUTE),
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(_EVENTS, st.integers(-4_000, 12_000))
def test_it_is_closed_exactly_in_the_windows(events: list[NewsEvent], seconds: int) -> None:
    moment = CPI.ts + seconds * SECOND
    found = news_gate(moment, calendar(*events))
    usual = {"high": (5 * MINUTE, 15 * MINUTE), "medium": (0, 0), "low": (0, 0)}
    windows = [
        (
            event.ts - (usual[event.importance][0] if event.before is None else event.before),
            event.ts + (usual[event.importance][1] if event.after is None else event.after),
        )
        for event in events
    ]
    assert found.is_open is not any(start <= moment < end for start, end in windows)
    if found.until is not None:
        assert news_gate(found.until, calendar(*events)).is_open
        assert not news_gate(found.until - 1, calendar(*events)).is_open
