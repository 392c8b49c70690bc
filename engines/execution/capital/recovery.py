"""Which of several kept states a ladder goes on from: always what holds the trader back most.

Copies of one ladder differ where the machine stopped between two writes, or where somebody put an old one back. The
journal's `risk` lines are written in the same transaction as the trades they tell of, so they come before the copies.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from engines.execution.capital.limits import RiskSettings, tighter
from engines.execution.capital.state import Hold, LadderState, held, turned
from engines.trading_events import Risk

_HOLDS_BACK: Final = frozenset({"locked", "cooldown", "reduced"})
_CENTS: Final = 100


def strictest(copies: Sequence[LadderState]) -> LadderState:
    """Return the newest copy, made as strict as each other one of the same day is, with all that still holds.

    A copy that the newest one has grown from adds nothing; money is taken from another only where it has not.
    """
    newest = max(copies, key=lambda copy: (copy.day, copy.revision))
    for copy in copies:
        if not _grew_from(newest, copy):
            newest = _as_strict_as(newest, copy)
    return newest


def witnessed(
    kept: LadderState | None, lines: Iterable[Risk], settings: RiskSettings, *, account: str, lost: str
) -> LadderState | None:
    """Return a kept state, made to agree with what a journal has said of the ladder since; None where neither knows it.

    Args:
        kept: What the copies hold; None where there is none.
        lines: All of the account's `risk` lines, in their order: what they leave out is missing from equity.
        settings: Limits in force where no copy tells.
        account: Whose lines they are.
        lost: Why the next trading day is locked where the journal knows a ladder that no copy holds.
    """
    told = list(lines)
    if not told:
        return kept
    state = kept or LadderState(account=account, limits=settings, lock_next=lost)
    for line in _later(told, state):
        state = _after(state, line, settings)
    for line in reversed(told):
        state = _with_hold(state, line)
    return state


def _grew_from(newest: LadderState, copy: LadderState) -> bool:
    """Whether one ladder can have held both, the copy first."""
    if copy.day != newest.day:
        return all(_is_covered(hold, newest) for hold in copy.holds)
    return (
        (copy == newest or copy.revision < newest.revision)
        and copy.trades <= newest.trades
        and tighter(copy.limits, newest.limits) == newest.limits
        and all(_is_covered(hold, newest) for hold in copy.holds)
    )


def _is_covered(hold: Hold, state: LadderState) -> bool:
    return hold.until <= state.clock or held(state, hold) is state


def _as_strict_as(state: LadderState, copy: LadderState) -> LadderState:
    strict = state
    for hold in copy.holds:
        if not _is_covered(hold, strict):
            strict = held(strict, hold)
    if copy.day == state.day:
        strict = msgspec.structs.replace(
            strict,
            limits=tighter(state.limits, copy.limits),
            made_cents=min(state.made_cents, copy.made_cents),
            week_cents=min(state.week_cents, copy.week_cents),
            realised_cents=min(state.realised_cents, copy.realised_cents),
            peak_cents=max(state.peak_cents, copy.peak_cents),
            open_peak_cents=max(state.open_peak_cents, copy.open_peak_cents),
            trades=max(state.trades, copy.trades),
            losses=max(state.losses, copy.losses),
        )
    if (copy.day, copy.session) == (state.day, state.session):
        strict = msgspec.structs.replace(
            strict,
            session_cents=min(state.session_cents, copy.session_cents),
            session_trades=max(state.session_trades, copy.session_trades),
            session_losses=max(state.session_losses, copy.session_losses),
        )
    return msgspec.structs.replace(strict, revision=max(state.revision, copy.revision) + 1)


def _later(lines: Sequence[Risk], state: LadderState) -> Sequence[Risk]:
    """Return the lines that tell what the state does not have yet; several may have the moment of its last change."""
    last = max((place for place, line in enumerate(lines) if _is_known(line, state)), default=-1)
    return lines[last + 1 :]


def _is_known(line: Risk, state: LadderState) -> bool:
    if line.ts != state.clock:
        return line.ts < state.clock
    money = (state.realised_cents, state.session_cents, state.week_cents + state.realised_cents)
    told = (round(dollars * _CENTS) for dollars in (line.realised, line.session, line.week))
    return (line.day, line.trades, line.losses, *told) == (state.day, state.trades, state.losses, *money)


def _after(state: LadderState, line: Risk, settings: RiskSettings) -> LadderState:
    """Return the state after what a line tells; what it does not tell comes from its step against the state."""
    lock_next, state = state.lock_next, msgspec.structs.replace(state, lock_next="")
    state = turned(state, line.ts, settings)
    realised = round(line.realised * _CENTS)
    opened, is_closed = max(0, line.trades - state.trades), realised != state.realised_cents
    after = msgspec.structs.replace(
        state,
        lock_next=lock_next,
        realised_cents=realised,
        session_cents=round(line.session * _CENTS),
        week_cents=round(line.week * _CENTS) - realised,
        peak_cents=max(state.peak_cents, realised),
        open_peak_cents=max(state.open_peak_cents, realised),
        banked_cents=0 if is_closed else state.banked_cents,
        is_open=bool(opened) or (state.is_open and not is_closed),
        trades=max(state.trades, line.trades),
        session_trades=state.session_trades + opened,
        losses=line.losses,
        session_losses=state.session_losses + (realised < state.realised_cents),
    )
    return after if after == state else msgspec.structs.replace(after, revision=state.revision + 1)


def _with_hold(state: LadderState, line: Risk) -> LadderState:
    if line.until is None or line.until <= state.clock or line.state not in _HOLDS_BACK:
        return state
    if any(known.state == line.state and known.until >= line.until for known in state.holds):
        return state
    return held(state, Hold("journal", line.state, line.reason, line.until))
