"""The calendar of CME metals: holidays, early closes, weekends, changes of the clock, and the exchange's own word."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.timing.calendar import is_open, is_trading, market_day, next_change, next_open
from engines.timing.status import TradingStatus
from tests.engines.timing.clocks import HOUR, MINUTE, as_utc, chicago, new_york, utc

HALTED, TRADING, PRE_OPEN = 8, 7, 1


@pytest.mark.parametrize(
    ("day", "close", "note"),
    [
        # What CME's published hours of 2026 say of metals, and the same rules two years back.
        ("2026-01-19", "13:30", "Martin Luther King Jr. Day: early close 14:30 New York"),
        ("2026-02-16", "13:30", "Presidents' Day: early close 14:30 New York"),
        ("2026-05-25", "13:30", "Memorial Day: early close 14:30 New York"),
        ("2026-06-19", "12:00", "Juneteenth: early close 13:00 New York"),
        ("2026-07-03", "12:00", "Independence Day: early close 13:00 New York"),
        ("2026-09-07", "13:30", "Labor Day: early close 14:30 New York"),
        ("2026-11-26", "13:30", "Thanksgiving: early close 14:30 New York"),
        ("2026-11-27", "13:45", "day after Thanksgiving: early close 14:45 New York"),
        ("2026-12-24", "12:45", "Christmas Eve: early close 13:45 New York"),
        ("2024-06-19", "13:30", "Juneteenth: early close 14:30 New York"),
        ("2024-07-04", "13:30", "Independence Day: early close 14:30 New York"),
        ("2025-07-04", "12:00", "Independence Day: early close 13:00 New York"),
        ("2025-11-27", "13:30", "Thanksgiving: early close 14:30 New York"),
        ("2025-11-28", "12:45", "day after Thanksgiving: early close 13:45 New York"),
        ("2021-07-05", "12:00", "Independence Day: early close 13:00 New York"),
    ],
)
def test_a_day_with_an_early_close(day: str, close: str, note: str) -> None:
    today = market_day(chicago(f"{day} 09:00"))
    assert today.close == chicago(f"{day} {close}")
    assert today.note == note
    assert today.closes_early
    assert is_open(chicago(f"{day} {close}") - 1)
    assert not is_open(chicago(f"{day} {close}"))
    assert not is_open(chicago(f"{day} 16:59"))


@pytest.mark.parametrize(
    ("day", "note", "opens"),
    [
        ("2024-03-29", "Good Friday: closed", "2024-03-31 17:00"),
        ("2024-12-25", "Christmas: closed", "2024-12-25 17:00"),
        ("2025-01-01", "New Year's Day: closed", "2025-01-01 17:00"),
        ("2025-04-18", "Good Friday: closed", "2025-04-20 17:00"),
        ("2026-04-03", "Good Friday: closed", "2026-04-05 17:00"),
        ("2026-12-25", "Christmas: closed", "2026-12-27 17:00"),
        # A Sunday's holiday is kept on Monday, a Saturday's Christmas on Friday, a Saturday's New Year not at all.
        ("2022-12-26", "Christmas: closed", "2022-12-26 17:00"),
        ("2023-01-02", "New Year's Day: closed", "2023-01-02 17:00"),
        ("2021-12-24", "Christmas: closed", "2021-12-26 17:00"),
    ],
)
def test_a_day_without_trading(day: str, note: str, opens: str) -> None:
    before = date.fromisoformat(day) - timedelta(days=1)
    for moment in (chicago(f"{before} 17:00"), chicago(f"{day} 09:00"), chicago(f"{day} 16:59")):
        assert not is_open(moment)
        assert next_open(moment) == next_change(moment) == chicago(opens)
    assert market_day(chicago(f"{day} 09:00")).note == note
    assert is_open(chicago(opens))


@pytest.mark.parametrize("day", ["2021-12-31", "2022-01-03", "2024-12-31", "2025-01-09", "2026-01-02", "2026-10-12"])
def test_days_that_look_special_and_are_not(day: str) -> None:
    """New Year's Eve; the Monday after a New Year on Saturday; a day of mourning that closed stocks; Columbus Day."""
    today = market_day(chicago(f"{day} 09:00"))
    assert today.close == today.day.halt == chicago(f"{day} 16:00")
    assert today.note == ""


@pytest.mark.parametrize(
    ("opens", "halts"),
    [
        pytest.param("2026-03-06 23:00", None, id="closed on Friday evening"),
        pytest.param("2026-03-08 22:00", "2026-03-09 21:00", id="the Sunday New York and Chicago went to summer"),
        pytest.param("2026-03-29 22:00", "2026-03-30 21:00", id="the Sunday London followed"),
        pytest.param("2026-10-25 22:00", "2026-10-26 21:00", id="the Sunday London went back"),
        pytest.param("2026-11-01 23:00", "2026-11-02 22:00", id="the Sunday New York and Chicago followed"),
        pytest.param("2024-03-10 22:00", "2024-03-11 21:00", id="spring 2024"),
        pytest.param("2024-11-03 23:00", "2024-11-04 22:00", id="autumn 2024"),
        pytest.param("2025-03-09 22:00", "2025-03-10 21:00", id="spring 2025"),
        pytest.param("2025-11-02 23:00", "2025-11-03 22:00", id="autumn 2025"),
    ],
)
def test_the_week_opens_by_chicagos_clock(opens: str, halts: str | None) -> None:
    if halts is None:
        assert not is_open(utc(opens))
        return
    assert not is_open(utc(opens) - 1)
    assert is_open(utc(opens))
    assert next_change(utc(opens)) == utc(halts)
    assert not is_open(utc(halts))
    assert as_utc(next_open(utc(halts))) == as_utc(utc(halts) + HOUR)


def test_friday_closes_for_the_weekend() -> None:
    close = new_york("2026-03-06 17:00")
    assert next_change(close - 1) == close
    assert next_open(close) == new_york("2026-03-08 18:00")
    assert market_day(new_york("2026-03-07 12:00")).is_weekend


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(utc("2010-01-01"), utc("2040-01-01")))
def test_between_two_changes_nothing_changes(moment: int) -> None:
    change = next_change(moment)
    assert change > moment
    assert is_open(change - 1) is is_open(moment)
    assert is_open(change) is not is_open(moment)
    assert next_open(moment) > moment


def said(action: int, moment: int) -> TradingStatus:
    status = TradingStatus()
    status.take(action, moment)
    return status


NOON = new_york("2026-03-10 12:00")


def test_a_halt_that_the_exchange_says_comes_before_its_calendar() -> None:
    assert is_trading(NOON)
    assert not is_trading(NOON, said(HALTED, NOON - MINUTE))
    assert is_trading(NOON, said(TRADING, NOON - MINUTE))


def test_trading_that_the_exchange_says_comes_before_a_holiday() -> None:
    christmas = new_york("2026-12-25 10:00")
    assert not is_trading(christmas)
    assert is_trading(christmas, said(TRADING, christmas - HOUR))
    assert not is_trading(new_york("2026-12-25 17:00"), said(TRADING, christmas - HOUR))


def test_what_it_said_yesterday_is_old() -> None:
    assert is_trading(NOON, said(HALTED, new_york("2026-03-09 12:00")))
    assert is_trading(NOON, said(PRE_OPEN, new_york("2026-03-09 17:45")))
    assert not is_trading(NOON, said(PRE_OPEN, new_york("2026-03-09 18:30")))
