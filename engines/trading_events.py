"""What trading adds to the event log: prompts, decisions, orders, fills, positions and the capital ladder.

They depend on what a trader does, so the digest leaves them out. Prices are decimal numbers on the tick, money is
dollars with two decimals, sides are `buy` and `sell`. `ts` is event time; in a quiet live market it goes on with the
clock. Ids count within a session.
"""

from typing import Final, Literal

import msgspec

from engines.events import AggressorSide, Event, PillarName, Reason

Trigger = Literal["rejection", "sweep_reclaim", "break_retest", "displacement", "manual", "exit"]
"""What made a prompt arise; `exit` asks whether to leave a position on evidence against it."""
DecisionAction = Literal[
    "armed", "disarmed", "accepted", "rejected", "expired", "voided", "snoozed", "changed", "flattened", "cancelled"
]
OrderKind = Literal["market", "limit", "stop"]
OrderRole = Literal["entry", "stop", "target", "exit"]
OrderState = Literal["pending", "working", "partly_filled", "filled", "cancelled", "rejected"]
PositionState = Literal["opened", "changed", "closed"]
RiskState = Literal["ok", "warn", "reduced", "cooldown", "locked"]
FORBIDDING: Final[frozenset[RiskState]] = frozenset({"locked", "cooldown"})
"""States of the capital ladder in which nothing may be entered."""
HindsightOutcome = Literal["won", "lost", "undecided", "never_filled"]
"""What would have come first: a target, the stop, the end of watching; or the entry would not have traded."""


class PillarStand(msgspec.Struct, frozen=True):
    """Where a pillar stood when a prompt arose; fields as of `engines.events.Pillar`."""

    name: PillarName
    available: bool
    direction: AggressorSide | None
    strength: float


class Prompt(Event, frozen=True, tag="prompt", kw_only=True):
    """A trade that is proposed; nothing is sent unless a trader arms and confirms it.

    Attributes:
        entry: Price of the entry order.
        order: Kind of the entry order.
        stop: Price of the protective stop, beyond the evidence.
        targets: The nearest first.
        product: Root of the contract that it is sized in (`GC`, `MGC`).
        contracts: Lots; never 0.
        risk: Dollars lost at the stop, slippage and fees included.
        reward_risk: Of the whole position at its targets over the risk, costs included.
        expires: When it is void by itself, ns.
        confidence: The mentor's score when it arose; null for manual ones and exits.
        invalidation: What makes it void before (`a trade at 2650.1 or lower`).
        zone: Id of the zone that it stands on; null for none.
        pillars: Where the pillars stood when it arose; empty where the mentor said nothing yet.
    """

    id: str
    side: AggressorSide
    trigger: Trigger
    order: OrderKind
    entry: float
    stop: float | None
    targets: tuple[float, ...]
    product: str
    contracts: int
    risk: float | None
    reward_risk: float | None
    expires: int
    confidence: float | None
    invalidation: str
    reasons: tuple[Reason, ...]
    zone: str | None = None
    pillars: tuple[PillarStand, ...] = ()


class Decision(Event, frozen=True, tag="decision", kw_only=True):
    """What became of a prompt, or what a trader's key did: `prompt` is empty where it concerned none.

    Attributes:
        action: `changed` where size, stop or target was moved.
        reason: Why, or what was changed; a refused key says why it was refused.
        key: The key that was pressed; empty where none was.
        refused: Whether a key was pressed that could not be obeyed.
    """

    prompt: str
    action: DecisionAction
    reason: str
    key: str = ""
    refused: bool = False


class Order(Event, frozen=True, tag="order", kw_only=True):
    """A step in the life of an order.

    Attributes:
        prompt: The prompt that it came from; null for none.
        role: What it is for.
        type: Kind of order.
        price: Its limit or trigger; null for a market order.
        quantity: Lots, filled ones included.
        ahead: Lots before it in the queue at its price; null where not known or it does not rest.
        reason: Why it was rejected or cancelled; empty otherwise.
    """

    id: str
    prompt: str | None
    role: OrderRole
    type: OrderKind
    side: AggressorSide
    product: str
    price: float | None
    quantity: int
    filled: int
    state: OrderState
    ahead: int | None = None
    reason: str = ""


class Fill(Event, frozen=True, tag="fill", kw_only=True):
    """Lots of an order that traded.

    Attributes:
        maker: Whether the order was resting.
        fees: Dollars.
    """

    id: str
    order: str
    prompt: str | None
    role: OrderRole
    side: AggressorSide
    product: str
    price: float
    quantity: int
    maker: bool
    fees: float


class Position(Event, frozen=True, tag="position", kw_only=True):
    """A position when it opens, changes and closes.

    Attributes:
        prompt: The prompt that opened it; null for none.
        quantity: Lots held; 0 once closed.
        entry: Average price of what was entered.
        exit: Average price of what was left so far; null before.
        stop: Price of the working stop; null for none.
        realised: Dollars made so far, fees taken off.
        fees: Dollars paid so far.
        risk: Dollars that the first stop would have lost, fees included: one R; null where it had no stop.
        r: `realised` in R; null without a stop.
        mfe: Most favourable excursion, in dollars of one lot.
        mae: Most adverse one, as a positive number.
        reason: What changed it (`target filled: 1 at 2651.0`, `stop moved to break-even 2650.1`).
    """

    id: str
    state: PositionState
    prompt: str | None
    side: AggressorSide
    product: str
    quantity: int
    entry: float
    exit: float | None
    stop: float | None
    realised: float
    fees: float
    risk: float | None
    r: float | None
    mfe: float
    mae: float
    reason: str


class Risk(Event, frozen=True, tag="risk", kw_only=True):
    """The capital ladder, said when its state changes, a trade counts, or a limit is set.

    Attributes:
        day: Trading day it counts for, ISO 8601.
        state: What it allows.
        reason: Why, and what would change it.
        until: When it is expected to allow more, ns; null where not known.
        realised: Dollars of the trading day.
        session: Dollars of the running session (Asia, London, New York).
        week: Dollars of the trading week.
        trades: Trades opened in the trading day.
        losses: Consecutive losing trades.
    """

    day: str
    state: RiskState
    reason: str
    until: int | None
    realised: float
    session: float
    week: float
    trades: int
    losses: int


class Hindsight(Event, frozen=True, tag="hindsight", kw_only=True):
    """What a prompt that was not taken would have made, by what traded after it; `ts` is when that was known.

    Nothing of it was ours: no queue was waited in and no fill is proved, so it is kept apart from all results.

    Attributes:
        action: What became of the prompt: `rejected`, `snoozed`, `expired` or `voided`.
        outcome: What would have come first.
        r: What it would have made, in R, costs taken off; null where undecided or never filled.
        mfe: Most favourable excursion from the entry, in dollars of one lot; null where never filled.
        mae: Most adverse one, as a positive number.
        reason: How it is known (`traded at the stop 12 min later`).
    """

    prompt: str
    action: DecisionAction
    outcome: HindsightOutcome
    r: float | None
    mfe: float | None
    mae: float | None
    reason: str


TRADING_EVENTS = (Prompt, Decision, Order, Fill, Position, Risk, Hindsight)
"""What a journal keeps."""
