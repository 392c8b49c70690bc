"""Trading written down by hand around the market of `scenes`, with gold's tick: prompts, orders, position, capital."""

from dataclasses import replace
from typing import Any, Final

import msgspec

from engines.events import AggressorSide, Reason
from engines.execution.commands import Arm, Command, Confirm, Disarm
from engines.trading_view import OrderMark, PositionMark, PromptMark, RiskMark, TradingView
from engines.view import MarketView, ViewRequest
from tests.qmo_tui.cockpit.scenes import CENTRE, GC, SECOND, START, ScriptedDesk, market

MINUTE: Final = 60 * SECOND
BUY: Final = PromptMark(
    id="p1",
    side="buy",
    trigger="rejection",
    order="limit",
    entry=CENTRE - 2,
    stop=CENTRE - 17,
    targets=(CENTRE + 22, CENTRE + 37),
    product="MGC",
    contracts=2,
    risk_cents=31_240,
    reward_risk=2.1,
    born=START - 18 * SECOND,
    expires=START + 42 * SECOND,
    confidence=0.82,
    invalidation="a trade at 1922.2 or lower",
    reasons=(Reason("bid iceberg", "142 lots at 1923.7", 142.0, "iceberg", START, "n1"),),
    zone="n1",
    distance=2,
)
SELL: Final = msgspec.structs.replace(
    BUY,
    id="p2",
    side="sell",
    trigger="sweep_reclaim",
    entry=CENTRE + 8,
    stop=CENTRE + 19,
    targets=(CENTRE - 14,),
    born=START - 30 * SECOND,
    invalidation="a trade at 1925.9 or higher",
    distance=8,
)
POSITION: Final = PositionMark(
    id="t1",
    side="buy",
    product="MGC",
    quantity=2,
    entry=CENTRE - 2.0,
    stop=CENTRE - 6,
    targets=(CENTRE + 5,),
    since=START - 9 * MINUTE,
    open_cents=-376,
    realised_cents=2_188,
    risk_cents=31_240,
    r=0.06,
    mfe_ticks=12,
    mae_ticks=3,
)
ORDERS: Final = (
    OrderMark("o1", "stop", "stop", "sell", "MGC", CENTRE - 6, 2, 0, "working"),
    OrderMark("o2", "target", "limit", "sell", "MGC", CENTRE + 5, 1, 0, "working", ahead=14, behind=3),
)
ENTRY: Final = OrderMark("o3", "entry", "limit", "buy", "MGC", CENTRE - 2, 2, 0, "working", ahead=3, behind=20)
RISK: Final = RiskMark(
    account="paper",
    day="2023-12-26",
    state="ok",
    reason="",
    until=None,
    realised_cents=-12_000,
    session_cents=-2_000,
    week_cents=34_000,
    left_cents=38_000,
    day_limit_cents=50_000,
    per_trade_cents=10_000,
    trades=2,
    trades_left=4,
    losses=1,
)
LOCKED: Final = msgspec.structs.replace(
    RISK,
    state="locked",
    reason="day loss of $512.40 reached the limit of $500.00",
    until=START + 185 * MINUTE,
    realised_cents=-51_240,
    left_cents=0,
    per_trade_cents=0,
)
COOLDOWN: Final = msgspec.structs.replace(
    RISK, state="cooldown", reason="two losses in a row", until=START + 272 * SECOND, losses=2
)


def trading(**changes: Any) -> TradingView:
    """Return a flat account without a prompt, with some fields changed."""
    fields: dict[str, Any] = {
        "now": START,
        "broker": "paper",
        "prompts": (),
        "armed": None,
        "orders": (),
        "position": None,
        "risk": RISK,
    }
    return TradingView(**fields | changes)


def armed(prompt: PromptMark = BUY, *others: PromptMark) -> TradingView:
    """Return an account with an armed prompt, and others that wait."""
    marked = msgspec.structs.replace(prompt, armed_at=START)
    return trading(prompts=(marked, *others), armed=prompt.id)


def gold(view: MarketView, account: TradingView | None) -> MarketView:
    """Return the same market as gold, with an account in it."""
    return replace(view, instrument=GC, trading=account)


class TradedDesk(ScriptedDesk):
    """A desk with an account: arming and disarming are obeyed, whatever else is pressed is written down."""

    def __init__(self, account: TradingView | None = None) -> None:
        super().__init__()
        self.read_only = ""
        self.account = account or trading()

    def view(self, request: ViewRequest) -> MarketView:
        self.requests.append(request)
        return gold(market(self.script.second, request), self.account if request.trading else None)

    def press(self, command: Command) -> None:
        super().press(command)
        if isinstance(command, Arm):
            self.arm(command.side)
        elif isinstance(command, Disarm | Confirm):
            self.account = msgspec.structs.replace(self.account, armed=None)

    def arm(self, side: AggressorSide) -> None:
        """Arm the prompt of a side."""
        found = next((prompt.id for prompt in self.account.prompts if prompt.side == side), None)
        self.account = msgspec.structs.replace(self.account, armed=found)

    def change(self, **changes: Any) -> None:
        """Let something become of the account."""
        self.account = msgspec.structs.replace(self.account, **changes)
