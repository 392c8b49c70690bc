"""Where the market stands in its trading day, for a screen and for the mentor: names, kill zone, next moments."""

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from engines.book.layout import MINUTE_NS
from engines.timing.calendar import is_trading, market_day, next_change
from engines.timing.gold_day import moments_of
from engines.timing.kill_zones import kill_zone_at
from engines.timing.sessions import sessions_of
from engines.timing_view import SessionClock, SessionRange

if TYPE_CHECKING:
    from engines.timing.status import TradingStatus

NOT_TRADING: Final = "the exchange says that it does not trade"


class SessionFact(NamedTuple):
    """One thing that the clock says.

    Attributes:
        name: `kill zone`, `session`, `next moment`, `close`, `open` or `day`.
        text: In words (`New York kill zone, 42 min left`).
        minutes: Its figure; None where it has none.
        ts: The moment that it is about, ns UTC.
    """

    name: str
    text: str
    minutes: int | None
    ts: int


def clock_at(
    moment: int, *, status: "TradingStatus | None" = None, ranges: tuple[SessionRange, ...] = ()
) -> SessionClock:
    """Return the session clock at a moment (ns UTC); made once a minute, so cheap enough for every frame.

    Args:
        moment: Event time, ns UTC.
        status: What the exchange said; it comes before the calendar.
        ranges: What the sessions have traded (`session_ranges.SessionRanges.at`).
    """
    clock = _clock_of(moment // MINUTE_NS)
    trades = is_trading(moment, status)
    if trades != clock.is_open:
        clock = _corrected(clock, moment, trades=trades)
    return msgspec.structs.replace(clock, ranges=ranges) if ranges else clock


def session_facts(clock: SessionClock, moment: int) -> tuple[SessionFact, ...]:
    """Return what can be said of a clock (as of its moment, ns UTC), the most telling first; nothing that is not so."""
    facts = []
    if clock.kill_zone is not None and clock.kill_zone_end is not None:
        left = minutes_until(clock.kill_zone_end, moment)
        facts.append(
            SessionFact("kill zone", f"{clock.kill_zone} kill zone, {left} min left", left, clock.kill_zone_end)
        )
    if clock.is_open and clock.sessions:
        facts.append(SessionFact("session", f"{' and '.join(clock.sessions)} in session", None, moment))
    if clock.marks and clock.marks[0].ts != clock.closing:
        mark = clock.marks[0]
        left = minutes_until(mark.ts, moment)
        facts.append(SessionFact("next moment", f"{mark.name} in {span_text(left)}", left, mark.ts))
    if clock.closing is not None:
        left = minutes_until(clock.closing, moment)
        name, verb = ("close", "closes") if clock.is_open else ("open", "opens")
        facts.append(SessionFact(name, f"{verb} in {span_text(left)}", left, clock.closing))
    if clock.note:
        facts.append(SessionFact("day", clock.note, None, moment))
    return tuple(facts)


def minutes_until(later: int, moment: int) -> int:
    """Return the minutes to a later moment, the last one counted as a whole."""
    return -(-(later - moment) // MINUTE_NS)


def span_text(minutes: int) -> str:
    """Return a length of time as a trader says it: `42 min`, `3 h 05 min`, `2 d 4 h`."""
    hours, rest = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


@lru_cache(maxsize=4)
def _clock_of(minute: int) -> SessionClock:
    """Make the clock of the calendar: all its boundaries are on whole minutes."""
    moment = minute * MINUTE_NS
    today = market_day(moment)
    trades = today.is_open(moment)
    zone = kill_zone_at(moment)
    return SessionClock(
        day=today.day.date.isoformat(),
        sessions=_sessions_at(moment) if trades else (),
        kill_zone=None if zone is None else zone.name,
        kill_zone_end=None if zone is None else zone.end,
        is_open=trades,
        closing=next_change(moment),
        note=today.note,
        marks=tuple(mark for mark in moments_of(today) if mark.ts > moment),
        ranges=(),
    )


def _sessions_at(moment: int) -> tuple[str, ...]:
    """Name the sessions in force in the order of their begins, of two that began together the longer first."""
    held = [window for window in sessions_of(market_day(moment).day) if window.start <= moment < window.end]
    return tuple(window.name for window in sorted(held, key=lambda window: (window.start, -window.end)))


def _corrected(clock: SessionClock, moment: int, *, trades: bool) -> SessionClock:
    """Return the clock where the exchange itself says otherwise than its calendar."""
    if trades:
        halt = market_day(moment).day.halt
        return msgspec.structs.replace(
            clock, is_open=True, closing=halt, sessions=_sessions_at(moment), note="the exchange says that it trades"
        )
    return msgspec.structs.replace(
        clock, is_open=False, closing=None, sessions=(), kill_zone=None, kill_zone_end=None, note=NOT_TRADING
    )
