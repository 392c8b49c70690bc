"""Which kept state a ladder goes on from: the newest of one ladder, the strictest of several, no trade forgotten."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import msgspec

from engines.execution.capital.ladder import CapitalLadder
from engines.execution.capital.limits import RiskSettings
from engines.execution.capital.recovery import strictest, witnessed
from engines.execution.capital.state import Hold, LadderState
from engines.trading_events import Risk
from tests.engines.timing.clocks import MINUTE, chicago

LIMITS = RiskSettings()
MORNING = chicago("2026-03-10 09:00")
NEXT_DAY = chicago("2026-03-10 17:00")


class Day:
    """A ladder with every state that it had and every line that it said."""

    def __init__(self, settings: RiskSettings = LIMITS, kept: LadderState | None = None) -> None:
        self.ladder = CapitalLadder(settings, kept)
        self.states: list[LadderState] = []
        self.lines: list[Risk] = []
        self.at(MORNING)

    def at(self, moment: int) -> None:
        self.ladder.at(moment)
        self._note()

    def trade(self, cents: int, moment: int) -> None:
        self.ladder.opened(moment)
        self._note()
        self.ladder.closed(cents, moment + MINUTE)
        self._note()

    def _note(self) -> None:
        self.states.append(self.ladder.state)
        self.lines += self.ladder.take_events()


def a_day() -> Day:
    day = Day()
    day.trade(30_000, MORNING)
    day.trade(-20_000, MORNING + 20 * MINUTE)
    return day


def seen(state: LadderState | None, lines: list[Risk], **fields: Any) -> LadderState:
    found = witnessed(state, lines, LIMITS, account="paper", lost="gone")
    assert found is not None
    return msgspec.structs.replace(found, **fields)


def figures_of(state: LadderState) -> dict[str, Any]:
    """Return what `risk` lines and their steps tell."""
    names = (
        "day week session realised_cents session_cents week_cents trades session_trades losses session_losses is_open"
    )
    return {name: getattr(state, name) for name in names.split()}


# --- copies -------------------------------------------------------------------------------------------------------


def test_of_two_copies_of_one_ladder_the_newer_is_taken_as_it_is() -> None:
    states = a_day().states
    for earlier, later in pairwise(states):
        assert strictest([earlier, later]) == later
        assert strictest([later, earlier]) == later
        assert strictest([later]) == later


def test_a_copy_of_an_earlier_day_adds_only_what_still_holds() -> None:
    monday = Day(replace(LIMITS, day_loss=1_000_000, session_loss=1_000_000))
    monday.trade(-300_000, MORNING)
    other = Day()
    other.at(NEXT_DAY + MINUTE)
    both = strictest([monday.ladder.state, other.ladder.state])
    assert both.day == "2026-03-11"
    assert [hold.rule for hold in both.holds] == ["week loss", "week half size"]
    assert (both.realised_cents, both.trades) == (0, 0)


def test_of_two_ladders_the_strictest_of_each_is_taken() -> None:
    one, other = Day(), Day()
    one.trade(-60_000, MORNING)
    for place in range(2):
        other.trade(10_000, MORNING + place * 20 * MINUTE)
    both = strictest([one.ladder.state, other.ladder.state])
    assert (both.realised_cents, both.session_cents, both.trades, both.session_losses) == (-60_000, -60_000, 2, 1)
    assert {hold.rule for hold in both.holds} >= {"session loss", "trades in the session", "day half size"}
    assert both.revision > max(one.ladder.state.revision, other.ladder.state.revision)


def test_a_looser_copy_with_a_higher_count_does_not_loosen_limits() -> None:
    tight, loose = Day(replace(LIMITS, per_trade=100)), Day()
    loose.trade(100, MORNING)
    assert strictest([tight.ladder.state, loose.ladder.state]).limits.per_trade == 100


# --- what the journal knows ---------------------------------------------------------------------------------------


def test_without_copies_and_without_lines_the_account_is_new() -> None:
    assert witnessed(None, [], LIMITS, account="paper", lost="gone") is None


def test_copies_that_are_up_to_date_stay_as_they_are() -> None:
    day = a_day()
    assert seen(day.ladder.state, day.lines) == day.ladder.state
    assert witnessed(day.ladder.state, [], LIMITS, account="paper", lost="gone") == day.ladder.state


def test_old_copies_put_back_are_brought_up_to_what_the_journal_says() -> None:
    day = a_day()
    for old in day.states:
        found = seen(old, day.lines)
        assert figures_of(found) == figures_of(day.ladder.state)
        assert max(hold.until for hold in found.holds) == max(hold.until for hold in day.ladder.state.holds)


def test_what_happened_in_one_moment_is_counted_once() -> None:
    day = Day()
    day.ladder.opened(MORNING + 1)
    day.ladder.closed(-500, MORNING + 1)
    day.ladder.opened(MORNING + 1)
    lines = [*day.lines, *day.ladder.take_events()]
    assert seen(day.ladder.state, lines) == day.ladder.state
    assert figures_of(seen(day.states[0], lines)) == figures_of(day.ladder.state)


def test_deleting_every_copy_locks_the_next_day_that_is_traded() -> None:
    day = a_day()
    found = seen(None, day.lines)
    assert figures_of(found) == figures_of(day.ladder.state)
    ladder = CapitalLadder(LIMITS, found)
    assert ladder.allowance().may_trade is False
    ladder.at(MORNING + 60 * MINUTE)
    assert (ladder.allowance().reason, ladder.allowance().until) == ("gone; 2 of 2 trades in the session", NEXT_DAY)


def test_a_lock_that_only_the_journal_knows_holds() -> None:
    day = a_day()
    day.ladder.lock("flattened and locked by key", MORNING + 30 * MINUTE)
    lines = [*day.lines, *day.ladder.take_events()]
    ladder = CapitalLadder(LIMITS, seen(day.states[0], lines))
    ladder.at(MORNING + 40 * MINUTE)
    assert "flattened and locked by key" in ladder.allowance().reason
    assert ladder.allowance().until == NEXT_DAY


def test_days_that_only_the_journal_knows_are_added_to_equity() -> None:
    day = a_day()
    old = day.states[-1]
    day.at(NEXT_DAY)
    day.trade(7_000, NEXT_DAY + MINUTE)
    day.at(NEXT_DAY + 30 * 60 * MINUTE)
    found = seen(old, day.lines)
    assert (found.made_cents, found.week_cents) == (17_000, 17_000)
    assert found.day == "2026-03-12"


def test_lines_of_locks_that_have_ended_hold_nothing() -> None:
    day = a_day()
    later = Day()
    later.at(NEXT_DAY + MINUTE)
    assert seen(later.ladder.state, day.lines).holds == ()


def test_a_corrupt_account_stays_locked_whatever_the_journal_adds() -> None:
    found = seen(LadderState(account="paper", limits=LIMITS, lock_next="unreadable"), a_day().lines)
    assert found.lock_next == "unreadable"
    ladder = CapitalLadder(LIMITS, found)
    ladder.at(MORNING + 60 * MINUTE)
    assert Hold("lock", "locked", "unreadable", NEXT_DAY) in ladder.state.holds
