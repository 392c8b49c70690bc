"""What an account may lose, how often it may trade, and which of two settings is the tighter one."""

from dataclasses import dataclass, fields
from typing import Final

from engines.book.layout import MINUTE_NS

MOST_PER_TRADE: Final = 10_000
"""A trade may never risk more than 1 % of equity, in parts per million."""
_MILLION: Final = 1_000_000
_HIGHER_IS_TIGHTER: Final = frozenset({"cooldown", "is_trailing", "counts_open"})


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """Limits of an account. Shares are parts per million of equity: that of the begin of the day, or of the week.

    Attributes:
        equity_cents: Equity when the ladder began; what trades made since is kept beside it.
        per_trade: Share that one trade may lose, costs included.
        session_loss: Share whose loss ends the session (Asia, London, New York).
        session_losses: Losing trades that end the session.
        day_loss: Share whose loss ends the trading day.
        day_reduce: Share of the day from which on size is reduced until it ends.
        week_reduce: The same of the week.
        week_loss: Share whose loss ends the trading week.
        session_trades: Trades in a session.
        day_trades: Trades in a trading day.
        losses_in_a_row: Consecutive losing trades that end the day.
        cooldown: Time after a losing trade in which none is opened, ns.
        contracts: Most lots of one trade.
        reduced_percent: What is left of size where it is reduced.
        warn_percent: Used part of a loss limit from which on it warns.
        is_trailing: Whether the day's loss counts from the day's highest point instead of its begin.
        counts_open: Whether an open loss counts before it is realised (and an open profit raises a trailing limit).
    """

    equity_cents: int = 5_000_000
    per_trade: int = 5_000
    session_loss: int = 10_000
    session_losses: int = 2
    day_loss: int = 20_000
    day_reduce: int = 10_000
    week_reduce: int = 40_000
    week_loss: int = 60_000
    session_trades: int = 2
    day_trades: int = 4
    losses_in_a_row: int = 3
    cooldown: int = 15 * MINUTE_NS
    contracts: int = 10
    reduced_percent: int = 50
    warn_percent: int = 40
    is_trailing: bool = False
    counts_open: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.per_trade <= MOST_PER_TRADE:
            raise ValueError(f"a trade risks 0 to {MOST_PER_TRADE} millionths of equity, not {self.per_trade}")
        if not (0 <= self.reduced_percent <= 100 and 0 <= self.warn_percent <= 100):
            raise ValueError("percentages are from 0 to 100")


def tighter(one: RiskSettings, other: RiskSettings) -> RiskSettings:
    """Return the settings that take the stricter of each limit."""
    return RiskSettings(
        **{
            field.name: (max if field.name in _HIGHER_IS_TIGHTER else min)(
                getattr(one, field.name), getattr(other, field.name)
            )
            for field in fields(RiskSettings)
        }
    )


def share_of(cents: int, millionths: int) -> int:
    """Return a share of money in whole cents, rounded down; nothing of money that is not there."""
    return max(0, cents) * millionths // _MILLION
