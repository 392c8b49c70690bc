"""The ladder by hand: an account of $50,000, so $250 a trade, $500 a session, $1,000 a day, $3,000 a week."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from engines.execution.capital.ladder import NOTHING_TOLD, ONE_IS_OPEN, POSTPONED, CapitalLadder
from engines.execution.capital.limits import RiskSettings, tighter
from engines.execution.capital.state import LadderState
from engines.execution.money import Product
from engines.execution.sizing import size
from tests.engines.timing.clocks import MINUTE, chicago

LIMITS = RiskSettings()
LOOSE = RiskSettings(session_losses=99, session_trades=99, day_trades=99, losses_in_a_row=99, session_loss=1_000_000)
"""Only what day and week may lose counts."""
MORNING = chicago("2026-03-10 09:00")
NEXT_DAY = chicago("2026-03-10 17:00")


def ladder(settings: RiskSettings = LIMITS, at: int = MORNING, **kept: Any) -> CapitalLadder:
    found = CapitalLadder(settings)
    found.at(at)
    if kept:
        found = CapitalLadder(settings, msgspec.structs.replace(found.state, **kept))
        found.at(at)
    found.take_events()
    return found


def trade(found: CapitalLadder, cents: int, at: int) -> int:
    """Open a trade and close it a minute later; return when."""
    found.opened(at)
    found.closed(cents, at + MINUTE)
    return at + MINUTE


def restarted(found: CapitalLadder, settings: RiskSettings = LIMITS) -> CapitalLadder:
    kept = msgspec.json.decode(msgspec.json.encode(found.state), type=LadderState)
    again = CapitalLadder(settings, kept)
    again.at(found.state.clock)
    return again


# --- what a trade may lose ----------------------------------------------------------------------------------------


def test_a_trade_may_lose_half_a_percent() -> None:
    allowance = ladder().allowance()
    assert (allowance.state, allowance.may_trade) == ("ok", True)
    assert (allowance.risk_cents, allowance.capped_by, allowance.max_contracts) == (25_000, "per-trade risk", 10)
    assert allowance.reason == "4 of 4 trades left today"


def test_nothing_is_traded_before_the_market_has_told_a_moment() -> None:
    found = CapitalLadder(LIMITS)
    assert (found.allowance().may_trade, found.allowance().reason) == (False, NOTHING_TOLD)
    assert found.mark_for_screen is None
    again = CapitalLadder(LIMITS, ladder().state)
    assert (again.allowance().may_trade, again.allowance().reason) == (False, NOTHING_TOLD)


def test_more_than_one_percent_a_trade_is_no_setting() -> None:
    with pytest.raises(ValueError, match="10000 millionths"):
        RiskSettings(per_trade=10_001)


def test_what_is_left_of_a_limit_caps_the_next_trade() -> None:
    found = ladder(replace(LIMITS, session_loss=6_000))
    trade(found, -20_000, MORNING)
    found.at(MORNING + 20 * MINUTE)
    # $300 of the session less $200.
    assert (found.allowance().risk_cents, found.allowance().capped_by) == (10_000, "session loss left")


def test_percentages_are_of_equity_at_the_begin_of_the_day() -> None:
    found = ladder(replace(LIMITS, session_loss=1_000_000))
    trade(found, 1_000_000, MORNING)
    assert found.allowance().risk_cents == 25_000, "the day's own profit does not raise it"
    found.at(NEXT_DAY)
    assert found.allowance().risk_cents == 30_000, "0.5 % of $60,000"
    assert found.allowance().equity_cents == 6_000_000


def test_cents_are_rounded_down() -> None:
    found = ladder(replace(LIMITS, equity_cents=4_999_999))
    assert found.allowance().risk_cents == 24_999


def test_one_position_is_open_at_a_time() -> None:
    found = ladder()
    found.opened(MORNING)
    assert (found.allowance().may_trade, found.allowance().reason) == (False, ONE_IS_OPEN)
    assert restarted(found).allowance().may_trade is False
    found.closed(100, MORNING + 1)
    assert found.allowance().may_trade is True


# --- locks --------------------------------------------------------------------------------------------------------


def test_a_loss_is_followed_by_a_pause() -> None:
    found = ladder()
    closed = trade(found, -1, MORNING)
    allowance = found.allowance()
    assert (allowance.state, allowance.may_trade, allowance.until) == ("cooldown", False, closed + 15 * MINUTE)
    found.at(closed + 15 * MINUTE - 1)
    assert found.allowance().may_trade is False
    found.at(closed + 15 * MINUTE)
    assert (found.allowance().state, found.allowance().may_trade) == ("ok", True)


def test_profits_and_scratches_are_not_followed_by_one() -> None:
    found = ladder()
    trade(found, 0, MORNING)
    assert found.allowance().may_trade is True


@pytest.mark.parametrize(
    ("limits", "results", "reason"),
    [
        ({}, [-10_000, -10_000], "2 of 2 losses in the session"),
        ({}, [-50_000], "session: $500.00 of $500.00 lost"),
        ({}, [100, 100], "2 of 2 trades in the session"),
    ],
)
def test_a_session_ends_and_the_next_one_is_free(limits: dict[str, Any], results: list[int], reason: str) -> None:
    start = chicago("2026-03-10 03:30")  # London
    new_york_begins = chicago("2026-03-10 07:00")
    found = ladder(replace(LIMITS, **limits), start)
    for place, cents in enumerate(results):
        trade(found, cents, start + place * 30 * MINUTE)
    assert found.allowance().state == "locked"
    assert reason in found.allowance().reason
    assert found.allowance().until == new_york_begins
    found.at(new_york_begins - 1)
    assert found.allowance().may_trade is False
    found.at(new_york_begins)
    assert found.allowance().may_trade is True


@pytest.mark.parametrize(
    ("limits", "results", "reason"),
    [
        ({}, [-100_000], "day: $1,000.00 of $1,000.00 lost"),
        ({}, [-40_000, -60_000], "day: $1,000.00 of $1,000.00 lost"),
        ({"session_losses": 9, "session_trades": 9}, [-1, -1, -1], "3 of 3 losses in a row"),
        ({"session_trades": 9}, [1, 1, 1, 1], "4 of 4 trades in the day"),
    ],
)
def test_a_day_ends_and_the_next_one_is_free(limits: dict[str, Any], results: list[int], reason: str) -> None:
    found = ladder(replace(LIMITS, **limits))
    for place, cents in enumerate(results):
        trade(found, cents, MORNING + place * 30 * MINUTE)
    assert found.allowance().state == "locked"
    assert reason in found.allowance().reason
    assert found.allowance().until == NEXT_DAY
    found.at(NEXT_DAY - 1)
    assert restarted(found).allowance().may_trade is False
    found.at(NEXT_DAY)
    assert found.allowance().may_trade is True
    assert (found.state.trades, found.state.losses, found.state.realised_cents) == (0, 0, 0)


def test_one_cent_less_than_the_limit_does_not_lock_the_day() -> None:
    found = ladder(LOOSE)
    trade(found, -99_999, MORNING)
    found.at(MORNING + 20 * MINUTE)
    assert found.allowance().may_trade is True
    assert (found.allowance().risk_cents, found.allowance().capped_by) == (1, "day loss left")
    assert size(found.allowance(), 10, 0, [Product("MGC", 100)]).contracts == 0


def test_a_win_between_ends_losses_in_a_row_and_a_scratch_does_not() -> None:
    found = ladder(replace(LOOSE, losses_in_a_row=3))
    for place, cents in enumerate([-1, -1, 5, -1, 0, -1]):
        trade(found, cents, MORNING + place * 20 * MINUTE)
    assert found.state.losses == 2
    trade(found, -1, MORNING + 120 * MINUTE)
    assert "3 of 3 losses in a row" in found.allowance().reason


def test_a_day_locked_on_friday_opens_on_sunday() -> None:
    friday = chicago("2026-03-13 10:00")
    found = ladder(at=friday)
    trade(found, -100_000, friday)
    assert found.allowance().until == chicago("2026-03-15 17:00")
    found.at(chicago("2026-03-14 12:00"))
    assert found.allowance().may_trade is False


def test_a_week_is_halved_and_then_over() -> None:
    """$50,000: reduced from $2,000, over at $3,000; each day's own limit is kept out of the way."""
    limits = replace(LOOSE, day_loss=1_000_000, day_reduce=1_000_000)
    found = ladder(limits, chicago("2026-03-09 09:00"))
    trade(found, -200_000, chicago("2026-03-09 09:00"))
    found.at(chicago("2026-03-10 09:00"))
    assert (found.allowance().state, found.allowance().mult) == ("reduced", 0.5)
    # 0.5 % of $48,000, halved.
    assert (found.allowance().risk_cents, found.allowance().capped_by) == (12_000, "reduced size")
    assert found.allowance().max_contracts == 5
    trade(found, 500_000, chicago("2026-03-10 09:00"))
    found.at(chicago("2026-03-11 08:00"))
    assert found.allowance().state == "reduced", "neither winning it back nor another day takes it away"
    trade(found, -600_000, chicago("2026-03-11 09:00"))
    found.at(chicago("2026-03-12 09:00"))
    assert (found.allowance().state, found.allowance().until) == ("locked", chicago("2026-03-15 17:00"))
    found.at(chicago("2026-03-15 17:00"))
    assert (found.allowance().state, found.allowance().mult) == ("ok", 1.0)


def test_half_size_after_one_percent_of_the_day() -> None:
    found = ladder(LOOSE)
    trade(found, -50_000, MORNING)
    found.at(MORNING + 20 * MINUTE)
    assert (found.allowance().state, found.allowance().risk_cents) == ("reduced", 12_500)
    assert found.allowance().until == NEXT_DAY
    trade(found, 80_000, MORNING + 20 * MINUTE)
    assert found.allowance().state == "reduced"
    found.at(NEXT_DAY)
    assert found.allowance().state == "ok"


def test_it_warns_before_it_reduces() -> None:
    found = ladder(LOOSE)
    trade(found, -40_000, MORNING)
    found.at(MORNING + 20 * MINUTE)
    assert (found.allowance().state, found.allowance().reason) == ("warn", "40 % of what the day may lose is used")
    assert found.allowance().risk_cents == 25_000


def test_the_traders_own_lock_lasts_for_the_trading_day() -> None:
    found = ladder()
    found.lock("flattened and locked by key", MORNING)
    assert (found.lock_reason, found.flatten_reason) == ("flattened and locked by key",) * 2
    assert restarted(found).allowance().may_trade is False
    assert found.allowance().until == NEXT_DAY


def test_a_lock_before_the_first_record_of_a_day_locks_that_day() -> None:
    """On Sunday evening the newest record is Friday's."""
    found = ladder(at=chicago("2026-03-13 15:00"))
    found.lock("by key", chicago("2026-03-15 18:00"))
    found.at(chicago("2026-03-15 18:01"))
    assert (found.allowance().may_trade, found.allowance().until) == (False, chicago("2026-03-16 17:00"))


def test_the_last_trade_of_a_day_may_run_to_its_end() -> None:
    found = ladder(replace(LIMITS, day_trades=1))
    found.opened(MORNING)
    assert found.lock_reason == "1 of 1 trades in the day"
    assert found.flatten_reason == ""
    found.mark(-100_000, MORNING + 1)
    assert "day: $1,000.00 of $1,000.00 lost" in found.flatten_reason


# --- open profit and loss, and limits that trail -------------------------------------------------------------------


def test_an_open_loss_locks_where_open_losses_count() -> None:
    found = ladder(LOOSE)
    found.opened(MORNING)
    found.mark(-99_999, MORNING + 1)
    assert found.allowance().state == "reduced"
    found.mark(-100_000, MORNING + 2)
    assert found.allowance().state == "locked"
    found.mark(50_000, MORNING + 3)
    found.closed(50_000, MORNING + 4)
    assert (found.allowance().state, found.allowance().until) == ("locked", NEXT_DAY), "it came back, the lock stays"


def test_an_open_loss_waits_where_only_realised_ones_count() -> None:
    found = ladder(replace(LOOSE, counts_open=False))
    found.opened(MORNING)
    found.mark(-100_000, MORNING + 1)
    assert found.allowance().state == "ok"
    found.mark(-60_000, MORNING + 2, banked_cents=-40_000)
    assert found.allowance().state == "warn", "lots that have left are realised"
    found.closed(-100_000, MORNING + 3)
    assert found.allowance().state == "locked"


def test_an_open_profit_makes_no_room() -> None:
    found = ladder(LOOSE)
    trade(found, -60_000, MORNING)
    found.opened(MORNING + 20 * MINUTE)
    found.mark(500_000, MORNING + 21 * MINUTE)
    mark = found.mark_for_screen
    assert mark is not None
    assert (mark.left_cents, mark.day_limit_cents) == (40_000, 100_000)


def test_a_trailing_limit_counts_from_the_days_highest_point() -> None:
    found = ladder(replace(LOOSE, is_trailing=True))
    trade(found, 150_000, MORNING)
    found.opened(MORNING + 20 * MINUTE)
    found.mark(30_000, MORNING + 21 * MINUTE)  # highest: $1,800
    found.closed(-60_000, MORNING + 22 * MINUTE)  # $900: $900 below it
    assert found.mark_for_screen is not None
    assert found.mark_for_screen.left_cents == 10_000
    found.at(MORNING + 40 * MINUTE)
    trade(found, -10_000, MORNING + 40 * MINUTE)
    assert "day: $1,000.00 of $1,000.00 lost" in found.allowance().reason


def test_a_trailing_limit_by_realised_profit_knows_no_open_one() -> None:
    found = ladder(replace(LOOSE, is_trailing=True, counts_open=False))
    found.opened(MORNING)
    found.mark(90_000, MORNING + 1)
    found.closed(0, MORNING + 2)
    assert found.mark_for_screen is not None
    assert found.mark_for_screen.left_cents == 100_000


def test_a_highest_point_outlives_a_restart() -> None:
    limits = replace(LOOSE, is_trailing=True)
    found = ladder(limits)
    found.opened(MORNING)
    found.mark(80_000, MORNING + 1)
    again = restarted(found, limits)
    again.closed(-20_000, MORNING + 2)
    assert again.lock_reason == "day: $1,000.00 of $1,000.00 lost"


# --- settings -----------------------------------------------------------------------------------------------------


def test_tighter_settings_hold_at_once_and_looser_ones_from_the_next_day() -> None:
    found = ladder()
    tight = restarted(found, replace(LIMITS, per_trade=2_500, day_trades=9))
    assert tight.allowance().risk_cents == 12_500
    assert tight.mark_for_screen is not None
    assert tight.mark_for_screen.trades_left == 4
    assert POSTPONED in tight.allowance().reason
    back = restarted(tight, LIMITS)
    assert back.allowance().risk_cents == 12_500, "the tightest of the day"
    back.at(NEXT_DAY)
    assert back.allowance().risk_cents == 25_000


def test_a_tighter_limit_can_lock_at_once() -> None:
    found = ladder(LOOSE)
    trade(found, -60_000, MORNING)
    assert restarted(found, replace(LOOSE, day_loss=12_000)).allowance().state == "locked"


def test_a_locked_week_is_not_unlocked_by_looser_settings_on_the_next_day() -> None:
    limits = replace(LOOSE, day_loss=1_000_000)
    found = ladder(limits)
    trade(found, -300_000, MORNING)
    again = restarted(found, replace(limits, week_loss=1_000_000))
    again.at(chicago("2026-03-12 09:00"))
    assert again.allowance().state == "locked"


def test_less_equity_counts_at_once_and_more_from_the_next_day() -> None:
    found = ladder()
    assert restarted(found, replace(LIMITS, equity_cents=4_000_000)).allowance().risk_cents == 20_000
    more = restarted(found, replace(LIMITS, equity_cents=8_000_000))
    assert more.allowance().risk_cents == 25_000
    more.at(NEXT_DAY)
    assert more.allowance().risk_cents == 40_000


def test_of_two_settings_the_tighter_is_taken_limit_by_limit() -> None:
    one = replace(LIMITS, day_loss=1, cooldown=5, is_trailing=True)
    other = replace(LIMITS, week_loss=2, cooldown=9, counts_open=False)
    assert tighter(one, other) == replace(
        LIMITS, day_loss=1, week_loss=2, cooldown=9, is_trailing=True, counts_open=True
    )


def test_an_account_without_money_trades_nothing() -> None:
    found = ladder(replace(LIMITS, equity_cents=0))
    assert (found.allowance().may_trade, found.allowance().risk_cents) == (False, 0)


# --- what is kept and said ----------------------------------------------------------------------------------------


def test_the_kept_ladder_of_another_account_is_refused() -> None:
    with pytest.raises(ValueError, match="'demo'"):
        CapitalLadder(LIMITS, LadderState(account="demo", limits=LIMITS))


def test_only_what_a_restart_must_not_lose_counts_as_a_change() -> None:
    found = ladder()
    revision = found.state.revision
    found.at(MORNING + 1)
    found.mark(5, MORNING + 2)
    assert found.state.revision == revision
    found.opened(MORNING + 3)
    assert found.state.revision == revision + 1


def test_each_change_of_standing_is_said_once() -> None:
    found = ladder()
    found.opened(MORNING)
    found.closed(-60_000, MORNING + MINUTE)
    found.at(MORNING + 2 * MINUTE)
    found.at(MORNING + 3 * MINUTE)
    opened, pause, smaller, closed = found.take_events()
    assert (opened.state, opened.trades, opened.ts) == ("ok", 1, MORNING)
    assert (pause.state, pause.until) == ("cooldown", MORNING + 16 * MINUTE), "said, though the lock hides it"
    assert (smaller.state, smaller.until) == ("reduced", NEXT_DAY)
    assert (closed.state, closed.reason) == ("locked", "session: $600.00 of $500.00 lost")
    assert (closed.day, closed.realised, closed.session, closed.week, closed.losses) == (
        "2026-03-10",
        -600.0,
        -600.0,
        -600.0,
        1,
    )
    assert found.take_events() == []


def test_nothing_is_said_before_the_market_has_told_a_moment() -> None:
    again = CapitalLadder(LIMITS, ladder().state)
    again.recovered(is_open=False)
    again.lock("by key", MORNING + 1)
    assert again.take_events() == []
    again.at(MORNING + 2)
    assert [(line.state, line.reason, line.ts) for line in again.take_events()] == [("locked", "by key", MORNING + 2)]


def test_the_mentors_gate_is_told_why() -> None:
    found = ladder()
    assert found.capital_state().may_trade is True
    found.lock("by key", MORNING)
    assert (found.capital_state().may_trade, found.capital_state().reason) == (False, "by key")
    assert found.capital_state().until == NEXT_DAY


def test_a_position_that_nobody_knows_after_a_restart_counts_as_lost_and_locks_the_day_that_is_heard_of() -> None:
    found = ladder()
    found.opened(MORNING)
    again = restarted(found)
    again.recovered(is_open=False)
    again.at(MORNING + 1)
    assert again.state.realised_cents == -25_000
    assert again.allowance().state == "locked"
    assert again.lock_reason == "a position was open that the journal does not know"


def test_after_a_restart_it_is_told_whether_a_position_is_open() -> None:
    found = ladder()
    found.opened(MORNING)
    again = restarted(found)
    again.recovered(is_open=True)
    assert again.allowance().may_trade is False
    again.closed(100, MORNING)
    again.recovered(is_open=False)
    assert again.allowance().may_trade is True
    assert again.state.trades == 1
