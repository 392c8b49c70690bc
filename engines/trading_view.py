"""What the screen gets of trading: prompts, own orders, position, capital ladder; prices in ticks, money in cents.

Unknown is None. All of it is frozen, like the view of the market.
"""

import msgspec

from engines.events import AggressorSide, Reason
from engines.trading_events import OrderKind, OrderRole, OrderState, RiskState, Trigger


class PromptMark(msgspec.Struct, frozen=True):
    """A prompt that waits for a trader; fields as of the event `prompt`, in ticks and cents.

    Attributes:
        born: When it arose, ns.
        armed_at: When it was armed, ns; None while it is not.
        distance: Ticks that the market is away from the entry: positive where it has moved away from it.
    """

    id: str
    side: AggressorSide
    trigger: Trigger
    order: OrderKind
    entry: int
    stop: int | None
    targets: tuple[int, ...]
    product: str
    contracts: int
    risk_cents: int | None
    reward_risk: float | None
    born: int
    expires: int
    confidence: float | None
    invalidation: str
    reasons: tuple[Reason, ...]
    zone: str | None = None
    armed_at: int | None = None
    distance: int | None = None


class OrderMark(msgspec.Struct, frozen=True):
    """An own order that has not ended.

    Attributes:
        tick: Its limit or trigger; None for a market order on its way.
        ahead: Lots before it in the queue; None where not known or it does not rest.
        behind: Lots behind it.
    """

    id: str
    role: OrderRole
    kind: OrderKind
    side: AggressorSide
    product: str
    tick: int | None
    quantity: int
    filled: int
    state: OrderState
    ahead: int | None = None
    behind: int | None = None


class PositionMark(msgspec.Struct, frozen=True):
    """The open position.

    Attributes:
        entry: Average price in ticks, a fraction where entries differed.
        open_cents: What closing at the market would make, fees of the exit taken off; None where no price is known.
        realised_cents: Made so far, fees taken off.
        risk_cents: One R.
        r: Open and realised together, in R.
        mfe_ticks: Most favourable excursion.
        mae_ticks: Most adverse one, as a positive number.
    """

    id: str
    side: AggressorSide
    product: str
    quantity: int
    entry: float
    stop: int | None
    targets: tuple[int, ...]
    since: int
    open_cents: int | None
    realised_cents: int
    risk_cents: int | None
    r: float | None
    mfe_ticks: int
    mae_ticks: int


class RiskMark(msgspec.Struct, frozen=True):
    """The capital ladder as it stands; fields as of the event `risk`, money in cents.

    Attributes:
        left_cents: What may still be lost today before it locks.
        day_limit_cents: What may be lost in a trading day.
        per_trade_cents: What the next trade may risk.
        trades_left: Trades still allowed today.
        account: Whose ladder it is (`paper`, `demo`, `replay`), for the screen.
    """

    account: str
    day: str
    state: RiskState
    reason: str
    until: int | None
    realised_cents: int
    session_cents: int
    week_cents: int
    left_cents: int
    day_limit_cents: int
    per_trade_cents: int
    trades: int
    trades_left: int
    losses: int


class TradingView(msgspec.Struct, frozen=True):
    """Trading as it stands.

    Attributes:
        now: Moment that it was built for, ns.
        broker: Name of the broker (`paper`).
        prompts: At most one a side; the armed one first.
        armed: Id of the armed prompt; None for none.
        orders: Own orders that have not ended.
        position: None while flat.
        risk: The capital ladder.
        refusal: Why the last key was not obeyed, or a prompt went away; empty for nothing.
        refused_at: When, ns.
        trouble: Why no order can be sent at all (`journal: disk full`); empty while all is well.
    """

    now: int
    broker: str
    prompts: tuple[PromptMark, ...]
    armed: str | None
    orders: tuple[OrderMark, ...]
    position: PositionMark | None
    risk: RiskMark | None
    refusal: str = ""
    refused_at: int | None = None
    trouble: str = ""
