"""What a ladder's state comes to in money: what was lost, what may be lost yet."""

from dataclasses import dataclass

from engines.execution.capital.limits import share_of
from engines.execution.capital.state import LadderState


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss beside its limit, in cents.

    Attributes:
        lost: Positive where money was lost.
        limit: What may be lost.
        reduce: The loss from which on size is reduced; None where there is none.
    """

    lost: int
    limit: int
    reduce: int | None = None

    @property
    def left(self) -> int:
        """What may be lost yet."""
        return max(0, self.limit - self.lost)


@dataclass(frozen=True, slots=True)
class Figures:
    """The losses of day, session and week, and equity: at the begin of the day, and now without open lots; cents."""

    day: Loss
    session: Loss
    week: Loss
    base_cents: int
    equity_cents: int


def figures(state: LadderState, open_cents: int) -> Figures:
    """Return the figures of a state.

    An open loss counts where the limits say so; an open profit never makes room, since it is nobody's yet.

    Args:
        state: The ladder's.
        open_cents: What the open lots would make at the market.
    """
    limits = state.limits
    pending = state.banked_cents + (min(0, open_cents) if limits.counts_open else 0)
    base = limits.equity_cents + state.made_cents
    week_base = base - state.week_cents
    day = state.realised_cents + pending
    return Figures(
        day=Loss(
            lost=_highest(state) - day, limit=share_of(base, limits.day_loss), reduce=share_of(base, limits.day_reduce)
        ),
        session=Loss(lost=-(state.session_cents + pending), limit=share_of(base, limits.session_loss)),
        week=Loss(
            lost=-(state.week_cents + day),
            limit=share_of(week_base, limits.week_loss),
            reduce=share_of(week_base, limits.week_reduce),
        ),
        base_cents=base,
        equity_cents=base + state.realised_cents + state.banked_cents,
    )


def _highest(state: LadderState) -> int:
    """Return the point that the day's loss counts from: its begin, or its highest point."""
    if not state.limits.is_trailing:
        return 0
    return max(state.peak_cents, state.open_peak_cents) if state.limits.counts_open else state.peak_cents
