"""A trade that evidence proposes, before it has a size: where to enter, where it is wrong, where it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engines.events import AggressorSide, PassiveSide, Reason
from engines.execution.money import Product
from engines.execution.orders import Target
from engines.trading_events import OrderKind, PillarStand, Trigger

SIGNS: Final[dict[AggressorSide, int]] = {"buy": 1, "sell": -1}
OPPOSITE: Final[dict[AggressorSide, AggressorSide]] = {"buy": "sell", "sell": "buy"}
STANDS_ON: Final[dict[AggressorSide, PassiveSide]] = {"buy": "bid", "sell": "ask"}
"""The passive side whose zones speak for a trade."""
SPEAKS_FOR: Final[dict[PassiveSide, AggressorSide]] = {"bid": "buy", "ask": "sell"}


def kind_of_entry(side: AggressorSide, tick: int, touch: int) -> OrderKind:
    """Return the kind of order that enters at a tick: a stop where the market has yet to come through it.

    Args:
        side: What to do.
        tick: Where.
        touch: The quote that an order of the side would meet.
    """
    beyond = SIGNS[side] * (tick - touch)
    if beyond == 0:
        return "market"
    return "limit" if beyond < 0 else "stop"


@dataclass(frozen=True, slots=True)
class Ground:
    """Prices that a trade stands on: the evidence's lowest and highest tick."""

    low: int
    high: int

    def near(self, side: AggressorSide) -> int:
        """Return the edge that price meets first when it comes back."""
        return self.high if side == "buy" else self.low

    def far(self, side: AggressorSide) -> int:
        """Return the edge beyond which the evidence is wrong."""
        return self.low if side == "buy" else self.high

    def overlaps(self, other: "Ground") -> bool:
        """Whether both share a price."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True, slots=True)
class Goal:
    """A level that a trade aims at: its tick, the share of the lots that leave there, and what it is."""

    tick: int
    share: float
    label: str


@dataclass(frozen=True, slots=True)
class Setup:
    """A trade that could be made, in ticks and ns.

    Attributes:
        entry: Limit or trigger of the entry order; of a market order the price it was thought of at.
        stop: Where the position is given up; None of an exit alone.
        goals: The nearest first; their shares add up to 1.
        least_stop: Ticks that the stop stays away from the entry.
        may_move: Ticks that the market may move away before it is void; None for any.
        ground: The evidence's prices; None of an exit.
        invalidation: A trade there or beyond makes it void; None for nothing.
        why_void: The same in words.
        confidence: The mentor's score; None of manual entries and exits.
        zone: Id of the zone that it stands on; None for none.
        pillars: Where they stood when it arose.
    """

    side: AggressorSide
    trigger: Trigger
    order: OrderKind
    entry: int
    stop: int | None
    goals: tuple[Goal, ...]
    born: int
    expires: int
    ground: Ground | None
    invalidation: int | None
    why_void: str
    reasons: tuple[Reason, ...]
    least_stop: int = 1
    may_move: int | None = None
    zone: str | None = None
    confidence: float | None = None
    pillars: tuple[PillarStand, ...] = ()

    @property
    def stop_ticks(self) -> int | None:
        """Ticks from the entry to the stop."""
        return None if self.stop is None else abs(self.entry - self.stop)


def split(goals: Sequence[Goal], contracts: int) -> tuple[Target, ...]:
    """Return the lots that leave at each goal, those without a lot left out.

    Shares are rounded down, and what is left over goes to the farthest: one lot rides to the last target.
    """
    lots = [int(goal.share * contracts) for goal in goals]
    if lots:
        lots[-1] += contracts - sum(lots)
    return tuple(Target(goal.tick, count) for goal, count in zip(goals, lots, strict=True) if count > 0)


def reward_risk(setup: Setup, targets: Sequence[Target], product: Product, slip: int) -> float | None:
    """Return what all lots make at their targets over what they lose at the stop, fees and slippage included.

    None without stop or targets.
    """
    lots = sum(target.quantity for target in targets)
    if setup.stop_ticks is None or not lots:
        return None
    sign, fees = SIGNS[setup.side], 2 * product.fee_cents
    made = sum(target.quantity * (sign * (target.tick - setup.entry) * product.tick_cents - fees) for target in targets)
    lost = lots * product.risk_cents(setup.stop_ticks + slip)
    return made / lost if lost else None
