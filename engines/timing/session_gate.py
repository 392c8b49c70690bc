"""The session's gate: no prompt while nothing trades, nor in the last minutes before it stops."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engines.book.layout import MINUTE_NS
from engines.mentor_view import Gate
from engines.timing.calendar import MarketDay, is_trading, market_day, next_open
from engines.timing.session_clock import NOT_TRADING, minutes_until, span_text
from engines.timing.sessions import NEW_YORK
from engines.timing.trading_day import clock_text
from engines.timing.weekdays import FRIDAY

if TYPE_CHECKING:
    from engines.timing.status import TradingStatus

_NAME: Final = "session"


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Settings of sessions.

    Attributes:
        before_close: No prompt so long before trading stops, ns.
        after_open: Nor so long after it began, ns.
    """

    before_close: int = 10 * MINUTE_NS
    after_open: int = 1 * MINUTE_NS


def session_gate(moment: int, status: "TradingStatus | None" = None, settings: SessionSettings | None = None) -> Gate:
    """Return the gate at a moment (ns UTC): closed while nothing trades, just before it stops and just after it began.

    The exchange's word comes before its calendar; what it closed against the calendar opens again nobody knows when.
    """
    today, held = market_day(moment), settings or SessionSettings()
    if not is_trading(moment, status):
        if today.is_open(moment):
            return Gate(_NAME, is_open=False, reason=NOT_TRADING)
        opens = next_open(moment)
        wait = span_text(minutes_until(opens, moment))
        return Gate(
            _NAME, is_open=False, reason=f"{_why_closed(today)}; opens in {wait}", until=opens + held.after_open
        )
    stops = today.close if today.is_open(moment) else today.day.halt
    if moment < today.day.start + held.after_open:
        return Gate(_NAME, is_open=False, reason="it has only just opened", until=today.day.start + held.after_open)
    if moment >= stops - held.before_close:
        left = minutes_until(stops, moment)
        return Gate(_NAME, is_open=False, reason=f"closes in {left} min", until=next_open(moment) + held.after_open)
    return Gate(_NAME, is_open=True, reason=f"open until {clock_text(stops, NEW_YORK)} New York")


def _why_closed(today: MarketDay) -> str:
    if today.note:
        return today.note
    return "weekend" if today.is_weekend or today.day.date.weekday() == FRIDAY else "daily halt"
