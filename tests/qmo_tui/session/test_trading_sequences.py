"""Whatever keys are pressed in whatever market: never naked, never two stops, never more than allowed, to the cent."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.execution.commands import (
    Arm,
    BreakEven,
    CancelEntry,
    ClosePosition,
    Command,
    Confirm,
    Disarm,
    FlattenAndLock,
    ManualEntry,
    NudgeStop,
    NudgeTarget,
    Reject,
    Resize,
    Snooze,
)
from engines.trading_events import Fill, Order, Position, Prompt
from engines.trading_view import RiskMark
from tests.qmo_tui.session.traded_market import TradedMarket

_SIDES = st.sampled_from(["buy", "sell"])
_STEPS = st.integers(-3, 3)
_Step = Callable[[TradedMarket], Any]


def _played(seconds: float) -> _Step:
    return lambda traded: traded.play(seconds)


def _troubled(seconds: float) -> _Step:
    return lambda traded: traded.play(seconds, trouble="stale 6.2 s")


def _pressed(command: Command) -> _Step:
    return lambda traded: traded.press(command)


def _by_hand(side: str, ticks: int, kind: str) -> _Step:
    return lambda traded: traded.press(
        ManualEntry("B", side, traded.look_bid + ticks, kind)  # type: ignore[arg-type]
    )


def _confirmed(traded: TradedMarket) -> None:
    traded.press(Confirm("y", traded.view.armed or ""))


def _entered(side: str, ticks: int, kind: str) -> _Step:
    return lambda traded: traded.enter(side, ticks, kind)


STEPS: st.SearchStrategy[_Step] = st.one_of(
    st.builds(_played, st.sampled_from([0.5, 2.0, 10.0, 40.0])),
    st.builds(_troubled, st.sampled_from([0.5, 3.0])),
    st.builds(_entered, _SIDES, st.integers(0, 4), st.sampled_from(["market", "limit"])),
    st.builds(_by_hand, _SIDES, st.integers(-6, 6), st.sampled_from(["market", "limit", "stop"])),
    st.builds(_pressed, st.builds(Arm, st.just("a"), side=_SIDES)),
    st.just(_confirmed),
    st.builds(_pressed, st.builds(NudgeStop, st.just("k"), step=_STEPS)),
    st.builds(_pressed, st.builds(NudgeTarget, st.just("k"), step=_STEPS)),
    st.builds(_pressed, st.builds(Resize, st.just("k"), step=_STEPS)),
    st.builds(
        _pressed,
        st.sampled_from([Disarm("e"), Reject("n"), Snooze("z"), CancelEntry("c"), BreakEven("v"), ClosePosition("x")]),
    ),
    st.sampled_from([_pressed(FlattenAndLock("f")), _played(1.0), _played(1.0), _played(1.0)]),
)


class Ledger:
    """What must hold after every step, held against nothing but what was said."""

    def __init__(self) -> None:
        self.locked_until = 0
        self.allowed: dict[str, int] = {}

    def check(self, traded: TradedMarket) -> None:
        view = traded.view
        stops = [order for order in view.orders if order.role == "stop"]
        targets = [order for order in view.orders if order.role == "target"]
        held = _net(traded)
        assert (0 if view.position is None else view.position.quantity) == abs(held)
        assert len(stops) == (1 if held else 0)
        if held:
            assert stops[0].quantity - stops[0].filled == abs(held)
            assert sum(order.quantity - order.filled for order in targets) <= abs(held)
            assert {order.side for order in (*stops, *targets)} == {"sell" if held > 0 else "buy"}
        else:
            assert not targets
        assert len({prompt.side for prompt in view.prompts}) == len(view.prompts)
        assert sum(prompt.armed_at is not None for prompt in view.prompts) <= 1
        assert sum(order.role == "entry" for order in view.orders) <= 1
        assert view.risk is not None
        self._check_lock(view.risk, traded.now)

    def _check_lock(self, risk: RiskMark, now: int) -> None:
        if now < self.locked_until:
            assert risk.state == "locked"
        if risk.state == "locked":
            self.locked_until = max(self.locked_until, risk.until or 0)


def _net(traded: TradedMarket) -> int:
    return sum(
        line.quantity if line.side == "buy" else -line.quantity for line in traded.said if isinstance(line, Fill)
    )


def _check_money(traded: TradedMarket) -> None:
    """Hold every closed position against the cash that its fills moved, each product by its own multiplier."""
    ounces = {"GC": 100, "MGC": 10}
    cash: dict[str, float] = {}
    for line in traded.said:
        if isinstance(line, Fill):
            sign = 1 if line.side == "sell" else -1
            moved = sign * round(line.price * 10) / 10 * line.quantity * ounces[line.product] - line.fees
            cash[line.prompt or ""] = cash.get(line.prompt or "", 0.0) + moved
    closed = [line for line in traded.said if isinstance(line, Position) and line.state == "closed"]
    for line in closed:
        assert round(line.realised * 100) == round(cash[line.prompt or ""] * 100)
    risk = traded.view.risk
    assert risk is not None
    opened = traded.view.position
    banked = 0 if opened is None else opened.realised_cents
    assert risk.realised_cents == sum(round(line.realised * 100) for line in closed) + banked


def _check_sizes(traded: TradedMarket) -> None:
    """No prompt proposes, and no entry sends, more than a trade may lose: half a percent of 50,000 dollars."""
    for line in traded.said:
        if isinstance(line, Prompt) and line.risk is not None:
            assert line.risk <= 250.0
    sent = {line.prompt: line.quantity for line in traded.said if isinstance(line, Order) and line.role == "entry"}
    asked = {line.id: line for line in traded.said if isinstance(line, Prompt)}
    for prompt, quantity in sent.items():
        assert quantity <= 10
        assert prompt in asked


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1, 3), st.lists(STEPS, min_size=5, max_size=30))
def test_any_keys_in_any_market(seed: int, steps: list[_Step]) -> None:
    traded = TradedMarket(seed)
    traded.play(140)
    ledger = Ledger()
    for step in steps:
        step(traded)
        ledger.check(traded)
    traded.press(FlattenAndLock("f"))
    traded.play(5)
    ledger.check(traded)
    assert traded.view.position is None
    _check_money(traded)
    _check_sizes(traded)
    traded.desk.close("ended")
    assert traded.journal() == traded.said
