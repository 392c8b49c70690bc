"""The session clock: what is in force, what comes next, and what can be said of it."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.timing.session_clock import clock_at, session_facts
from engines.timing.session_gate import SessionSettings, session_gate
from engines.timing.status import TradingStatus
from tests.engines.timing.clocks import HOUR, MINUTE, SECOND, new_york, utc

HALTED, TRADING = 8, 7


def said(action: int, moment: int) -> TradingStatus:
    status = TradingStatus()
    status.take(action, moment)
    return status


@pytest.mark.parametrize(
    ("moment", "sessions", "kill_zone"),
    [
        # The second week of March: New York is four hours from London, which opens at 04:00 New York.
        ("2026-03-09 20:30", ("overnight", "Asia"), "Asia"),
        ("2026-03-10 03:30", ("overnight", "Asia"), "London"),
        ("2026-03-10 04:00", ("overnight", "London"), "London"),
        ("2026-03-10 08:00", ("London", "New York"), "New York"),
        ("2026-03-10 12:29", ("London", "New York"), None),
        ("2026-03-10 12:30", ("New York",), None),
        ("2026-03-10 16:59", ("New York",), None),
        ("2026-03-10 17:00", (), None),
        # In winter London opens at 03:00 New York.
        ("2026-01-13 02:59", ("overnight", "Asia"), "London"),
        ("2026-01-13 03:00", ("overnight", "London"), "London"),
        ("2026-01-13 11:30", ("New York",), "London close"),
        # Nothing is in session on a weekend or a holiday.
        ("2026-03-07 09:00", (), None),
        ("2026-12-25 09:00", (), None),
    ],
)
def test_what_is_in_force(moment: str, sessions: tuple[str, ...], kill_zone: str | None) -> None:
    clock = clock_at(new_york(moment))
    assert (clock.sessions, clock.kill_zone) == (sessions, kill_zone)
    assert clock.is_open is bool(sessions)


def test_what_comes_next() -> None:
    clock = clock_at(new_york("2026-03-10 09:10"))
    assert clock.day == "2026-03-10"
    assert clock.kill_zone_end == new_york("2026-03-10 10:00")
    assert clock.closing == new_york("2026-03-10 17:00")
    assert clock.note == ""
    assert [(mark.name, mark.ts) for mark in clock.marks] == [
        ("cash equities open", new_york("2026-03-10 09:30")),
        ("LBMA PM auction", utc("2026-03-10 15:00")),
        ("COMEX settlement", new_york("2026-03-10 13:30")),
        ("daily halt", new_york("2026-03-10 17:00")),
        ("open", new_york("2026-03-10 18:00")),
    ]


def test_a_special_day_says_so() -> None:
    clock = clock_at(new_york("2026-11-26 12:00"))
    assert clock.note == "Thanksgiving: early close 14:30 New York"
    assert clock.closing == new_york("2026-11-26 14:30")
    closed = clock_at(new_york("2026-11-26 15:00"))
    assert not closed.is_open
    assert closed.closing == new_york("2026-11-26 18:00")


def test_a_halt_that_the_exchange_says_stops_the_clock() -> None:
    moment = new_york("2026-03-10 09:10")
    clock = clock_at(moment, status=said(HALTED, moment - SECOND))
    assert (clock.is_open, clock.closing, clock.sessions, clock.kill_zone) == (False, None, (), None)
    assert clock.note == "the exchange says that it does not trade"
    assert clock_at(moment, status=said(TRADING, moment - SECOND)) == clock_at(moment)


def test_trading_that_the_exchange_says_runs_until_the_daily_halt() -> None:
    moment = new_york("2026-11-26 15:00")
    clock = clock_at(moment, status=said(TRADING, moment - HOUR))
    assert (clock.is_open, clock.closing, clock.sessions) == (True, new_york("2026-11-26 17:00"), ("New York",))


def test_within_a_minute_the_clock_is_the_same_object() -> None:
    moment = new_york("2026-03-10 09:10")
    assert clock_at(moment) is clock_at(moment + 59 * SECOND)
    assert clock_at(moment) is not clock_at(moment + MINUTE)


def facts(moment: str) -> dict[str, str]:
    at = new_york(moment)
    return {fact.name: fact.text for fact in session_facts(clock_at(at), at)}


def test_what_can_be_said_in_a_kill_zone() -> None:
    assert facts("2026-03-10 09:18") == {
        "kill zone": "New York kill zone, 42 min left",
        "session": "London and New York in session",
        "next moment": "cash equities open in 12 min",
        "close": "closes in 7 h 42 min",
    }


def test_what_can_be_said_on_a_holiday() -> None:
    assert facts("2026-04-03 12:00") == {
        "open": "opens in 2 d 6 h",
        "day": "Good Friday: closed",
    }


def test_the_close_is_said_once() -> None:
    """The daily halt is a moment of the day, and when trading closes: one fact of the two."""
    said_then = facts("2026-03-10 16:58")
    assert said_then["close"] == "closes in 2 min"
    assert "next moment" not in said_then


def test_facts_are_made_of_the_clock_alone() -> None:
    """What the exchange stopped is in no kill zone and has no close to say."""
    moment = new_york("2026-03-10 09:18")
    stopped = session_facts(clock_at(moment, status=said(HALTED, moment)), moment)
    assert {fact.name for fact in stopped} == {"next moment", "day"}
    bare = msgspec.structs.replace(clock_at(moment), kill_zone=None, kill_zone_end=None, marks=())
    assert {fact.name for fact in session_facts(bare, moment)} == {"session", "close"}


# ------------------------------------------------------------------------------------------------------------ the gate


@pytest.mark.parametrize(
    ("moment", "reason", "until"),
    [
        ("2026-03-10 17:00", "daily halt; opens in 1 h 00 min", "2026-03-10 18:01"),
        ("2026-03-10 18:00", "it has only just opened", "2026-03-10 18:01"),
        ("2026-03-10 16:50", "closes in 10 min", "2026-03-10 18:01"),
        ("2026-03-10 16:59:30", "closes in 1 min", "2026-03-10 18:01"),
        ("2026-03-06 16:55", "closes in 5 min", "2026-03-08 18:01"),
        ("2026-03-06 17:00", "weekend; opens in 2 d 0 h", "2026-03-08 18:01"),
        ("2026-03-07 12:00", "weekend; opens in 1 d 5 h", "2026-03-08 18:01"),
        ("2026-11-26 14:20", "closes in 10 min", "2026-11-26 18:01"),
        (
            "2026-11-26 14:30",
            "Thanksgiving: early close 14:30 New York; opens in 3 h 30 min",
            "2026-11-26 18:01",
        ),
        ("2026-12-25 12:00", "Christmas: closed; opens in 2 d 6 h", "2026-12-27 18:01"),
    ],
)
def test_the_gate_closes_with_a_reason_and_says_when_it_opens(moment: str, reason: str, until: str) -> None:
    gate = session_gate(new_york(moment))
    assert (gate.name, gate.is_open, gate.reason) == ("session", False, reason)
    assert gate.until == new_york(until)
    assert session_gate(gate.until).is_open


@pytest.mark.parametrize("moment", ["2026-03-10 18:01", "2026-03-10 03:00", "2026-03-10 16:49:59", "2026-11-26 14:19"])
def test_the_gate_is_open_in_trading_inside_and_outside_kill_zones(moment: str) -> None:
    gate = session_gate(new_york(moment))
    assert gate.is_open
    assert gate.until is None
    assert gate.reason.startswith("open until ")


def test_the_gate_hears_the_exchange() -> None:
    noon = new_york("2026-03-10 12:00")
    halted = session_gate(noon, said(HALTED, noon))
    assert (halted.is_open, halted.until) == (False, None)
    assert halted.reason == "the exchange says that it does not trade"
    holiday = new_york("2026-11-26 15:00")
    assert session_gate(holiday, said(TRADING, holiday - HOUR)).is_open
    assert not session_gate(new_york("2026-11-26 16:50"), said(TRADING, holiday)).is_open


def test_how_long_it_stays_away_from_begin_and_end_is_a_setting() -> None:
    always = SessionSettings(before_close=0, after_open=0)
    assert session_gate(new_york("2026-03-10 16:59:59"), settings=always).is_open
    assert session_gate(new_york("2026-03-10 18:00"), settings=always).is_open
    assert not session_gate(new_york("2026-03-10 17:00"), settings=always).is_open


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(utc("2024-01-01"), utc("2028-01-01")))
def test_a_closed_gate_opens_exactly_when_it_says(moment: int) -> None:
    gate = session_gate(moment)
    if gate.is_open:
        assert clock_at(moment).is_open
        return
    assert gate.until is not None
    assert gate.until > moment
    assert session_gate(gate.until).is_open
    assert not session_gate(gate.until - 1).is_open
    halfway = session_gate((moment + gate.until) // 2)
    assert (halfway.is_open, halfway.until) == (False, gate.until)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(utc("2024-01-01"), utc("2028-01-01")))
def test_kill_zones_are_never_outside_of_trading_and_moments_are_to_come(moment: int) -> None:
    clock = clock_at(moment)
    assert clock.kill_zone is None or clock.is_open
    assert (clock.kill_zone is None) is (clock.kill_zone_end is None)
    assert all(mark.ts > moment - moment % MINUTE for mark in clock.marks)
    assert all(earlier.ts <= later.ts for earlier, later in pairwise(clock.marks))
