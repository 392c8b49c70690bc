"""What a ladder must not forget, as one value, and how time alone changes it."""

from typing import Literal

import msgspec

from engines.execution.capital.ladder_day import ladder_day
from engines.execution.capital.limits import RiskSettings
from engines.trading_events import RiskState

Rule = Literal[
    "lock",
    "week loss",
    "day loss",
    "losses in a row",
    "trades in the day",
    "session loss",
    "losses in the session",
    "trades in the session",
    "cooldown",
    "week half size",
    "day half size",
    "journal",
]
"""What holds a trader back; `journal` where only the journal still knows that something did."""


class Hold(msgspec.Struct, frozen=True):
    """Something that holds the trader back until a moment, whatever happens before it.

    Attributes:
        rule: Which rule said so.
        state: `locked`, `cooldown` or `reduced`.
        reason: Why, in words.
        until: Event time from which on it does not hold any more, ns UTC.
    """

    rule: Rule
    state: RiskState
    reason: str
    until: int


class LadderState(msgspec.Struct, frozen=True, kw_only=True):
    """A ladder between two of its changes; money in cents.

    Attributes:
        account: Whose it is.
        revision: Counts its changes; that time went on without consequence is none.
        limits: What is in force: the tightest that was set in this trading day.
        clock: Newest event time that it was told, ns UTC; 0 before the first.
        day: Trading day that it counts for, ISO 8601; empty before the first.
        week: Monday of its week, ISO 8601.
        session: `Asia`, `London` or `New York`.
        made_cents: What trades made before this day since the account's equity was set.
        week_cents: What they made in this week before this day.
        realised_cents: What the trades closed in this day made.
        session_cents: Those closed in this session.
        banked_cents: What the open position has made by the lots it has left.
        peak_cents: Highest `realised_cents` of the day, its begin included, `banked_cents` added.
        open_peak_cents: The same with the open lots at the market.
        is_open: Whether a position is open.
        trades: Opened in this day.
        session_trades: Opened in this session.
        losses: Losing trades in a row in this day.
        session_losses: Losing trades in this session.
        holds: What holds the trader back.
        lock_next: Why the first day that it is told is locked at once; empty for none.
    """

    account: str
    limits: RiskSettings
    revision: int = 0
    clock: int = 0
    day: str = ""
    week: str = ""
    session: str = ""
    made_cents: int = 0
    week_cents: int = 0
    realised_cents: int = 0
    session_cents: int = 0
    banked_cents: int = 0
    peak_cents: int = 0
    open_peak_cents: int = 0
    is_open: bool = False
    trades: int = 0
    session_trades: int = 0
    losses: int = 0
    session_losses: int = 0
    holds: tuple[Hold, ...] = ()
    lock_next: str = ""


def turned(state: LadderState, moment: int, settings: RiskSettings) -> LadderState:
    """Return the state at an event time: a new day, week or session begun, and what has run out taken away.

    Time only goes forward: an earlier moment than the state's own changes nothing.

    Args:
        state: Before.
        moment: Event time, ns UTC.
        settings: What comes into force with a new trading day.
    """
    now = max(state.clock, moment)
    day = ladder_day(now)
    session = day.session_at(now)
    later = msgspec.structs.replace(state, clock=now, holds=tuple(hold for hold in state.holds if hold.until > now))
    if day.date != state.day:
        later = _new_day(later, day.date, day.week, settings)
    if (day.date, session.name) != (state.day, state.session):
        later = msgspec.structs.replace(
            later, session=session.name, session_cents=0, session_trades=0, session_losses=0
        )
    if state.lock_next:
        later = held(msgspec.structs.replace(later, lock_next=""), Hold("lock", "locked", state.lock_next, day.end))
    return later


def held(state: LadderState, hold: Hold) -> LadderState:
    """Return the state with a hold added; one of the same kind by the same rule stays unless it ends before."""
    same = [known for known in state.holds if (known.rule, known.state) == (hold.rule, hold.state)]
    if any(known.until >= hold.until for known in same):
        return state
    others = tuple(known for known in state.holds if known not in same)
    return msgspec.structs.replace(state, holds=(*others, hold))


def _new_day(state: LadderState, day: str, week: str, settings: RiskSettings) -> LadderState:
    earlier = state.week_cents + state.realised_cents if week == state.week else 0
    return msgspec.structs.replace(
        state,
        limits=settings,
        day=day,
        week=week,
        made_cents=state.made_cents + state.realised_cents,
        week_cents=earlier,
        realised_cents=0,
        peak_cents=max(0, state.banked_cents),
        open_peak_cents=max(0, state.banked_cents),
        trades=0,
        losses=0,
    )
