"""The settings of sessions and news, and the calendar with them, reach the engines in their units."""

from engines.timing.news import Around, NewsEvent, NewsSettings
from engines.timing.session_gate import SessionSettings
from qmo_tui.session.contract import pipeline_settings
from qmo_tui.setting_tables.engines import News, Sessions
from qmo_tui.settings import Settings, settings_digest
from tests.engines.timing.clocks import MINUTE, utc

CPI = NewsEvent(utc("2026-12-10 13:30"), "CPI", "high")


def test_the_defaults_of_the_settings_are_those_of_the_engines() -> None:
    given = pipeline_settings(Settings())
    assert (given.sessions, given.news) == (SessionSettings(), NewsSettings())


def test_every_setting_is_handed_on_in_nanoseconds() -> None:
    sessions = Sessions(before_close_minutes=30, after_open_minutes=2.5)
    news = News(high_before=1, high_after=2, medium_before=3, medium_after=4, low_before=5, low_after=6)
    given = pipeline_settings(Settings(sessions=sessions, news=news), (CPI,))
    assert given.sessions == SessionSettings(before_close=30 * MINUTE, after_open=150 * MINUTE // 60)
    assert given.news == NewsSettings(
        high=Around(1 * MINUTE, 2 * MINUTE),
        medium=Around(3 * MINUTE, 4 * MINUTE),
        low=Around(5 * MINUTE, 6 * MINUTE),
        events=(CPI,),
    )


def test_no_event_of_the_log_depends_on_them() -> None:
    other = Settings(sessions=Sessions(before_close_minutes=60), news=News(low_after=30))
    assert settings_digest(other) == settings_digest(Settings())
