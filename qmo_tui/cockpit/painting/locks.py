"""What forbids trading, in words that are read at a glance: what it is, until when, how long that is, and why."""

from datetime import tzinfo
from typing import Final

from engines.trading_events import FORBIDDING
from engines.trading_view import RiskMark, TradingView
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.spans import Span, printable

LOCKED_INK: Final = "ink on alarm bold"
COOLDOWN_INK: Final = "warn reverse"
STATE_INKS: Final = {
    "ok": "text",
    "warn": "warn bold",
    "reduced": "warn bold",
    "cooldown": COOLDOWN_INK,
    "locked": LOCKED_INK,
}
"""How the capital ladder's states look; their words stand beside."""


def lock_lines(trading: TradingView, zone: tzinfo) -> tuple[Span, Span] | None:
    """Return what forbids any entry and why, each for a row of its own; None while entries are allowed."""
    risk = trading.risk
    forbids = risk is not None and risk.state in FORBIDDING
    if trading.trouble:
        also = f" · {state_text(risk, trading.now, zone)}" if risk is not None and forbids else ""
        return (" NO ORDER CAN BE SENT", LOCKED_INK), (f" {printable(trading.trouble)}{also}", LOCKED_INK)
    if risk is None or not forbids:
        return None
    ink = STATE_INKS[risk.state]
    return (f" {state_text(risk, trading.now, zone)}", ink), (f" {printable(risk.reason)}", ink)


def state_text(risk: RiskMark, now: int, zone: tzinfo) -> str:
    """Return the ladder's state with its end: `LOCKED until 18:00:00, 3h05 left`."""
    word = risk.state.upper() if risk.state in FORBIDDING else risk.state
    if risk.until is None:
        return f"{word}, its end is not known" if risk.state == "locked" else word
    return f"{word} until {times.clock(risk.until, zone)}, {numbers.time_left(risk.until - now)} left"
