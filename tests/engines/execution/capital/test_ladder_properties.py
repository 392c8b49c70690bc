"""Whatever happens to a ladder, nothing loosens a lock before its release, no size is above a cap, no cent is lost."""

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.execution.capital.ladder import CapitalLadder
from engines.execution.capital.ladder_day import ladder_day
from engines.execution.capital.limits import RiskSettings, tighter
from engines.execution.capital.recovery import strictest, witnessed
from engines.execution.capital.state import LadderState
from engines.execution.money import Product
from engines.execution.sizing import size
from engines.trading_events import Risk
from tests.engines.timing.clocks import MINUTE, chicago

START = chicago("2026-03-05 09:00")
"""A Thursday: the week after begins an hour earlier by UTC."""
PRODUCTS = (Product("GC", 1_000, 250, 2_500_000), Product("MGC", 100, 100, 250_000))
EQUITY = 5_000_000

limits = st.builds(
    RiskSettings,
    equity_cents=st.just(EQUITY),
    per_trade=st.integers(0, 10_000),
    session_loss=st.integers(100, 30_000),
    session_losses=st.integers(1, 4),
    day_loss=st.integers(100, 40_000),
    day_reduce=st.integers(100, 40_000),
    week_reduce=st.integers(100, 60_000),
    week_loss=st.integers(100, 90_000),
    session_trades=st.integers(1, 5),
    day_trades=st.integers(1, 8),
    losses_in_a_row=st.integers(1, 5),
    cooldown=st.integers(0, 90 * MINUTE),
    contracts=st.integers(1, 20),
    reduced_percent=st.integers(0, 100),
    is_trailing=st.booleans(),
    counts_open=st.booleans(),
)
steps = st.one_of(
    st.tuples(st.just("open")),
    st.tuples(st.just("close"), st.integers(-120_000, 120_000)),
    st.tuples(st.just("mark"), st.integers(-120_000, 120_000), st.integers(-20_000, 20_000)),
    st.tuples(st.just("pass"), st.sampled_from([1, MINUTE, 20 * MINUTE, 300 * MINUTE, 1_440 * MINUTE, 5_000 * MINUTE])),
    st.tuples(st.just("back"), st.integers(1, 20_000 * MINUTE)),
    st.tuples(st.just("lock")),
    st.tuples(st.just("restart")),
    st.tuples(st.just("settings"), limits),
    st.tuples(st.just("put back"), st.integers(0, 100)),
    st.tuples(st.just("delete")),
)


@dataclass
class Trader:
    """Someone who trades, and tries everything against a ladder; and what is known of it without asking it."""

    settings: RiskSettings
    ladder: CapitalLadder = field(init=False)
    clock: int = START
    is_open: bool = False
    made: int = 0
    holds: dict[str, int] = field(default_factory=dict)
    states: list[LadderState] = field(default_factory=list)
    lines: list[Risk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ladder = CapitalLadder(self.settings)
        self.ladder.at(self.clock)

    def do(self, name: str, *values: Any) -> None:
        getattr(self, f"_{name.replace(' ', '_')}")(*values)
        self.lines += self.ladder.take_events()
        self.states.append(self.ladder.state)

    def _open(self) -> None:
        if not self.is_open and self.ladder.allowance().may_trade:
            self.is_open = True
            self.ladder.opened(self.clock)

    def _close(self, cents: int) -> None:
        if self.is_open:
            self.is_open = False
            self.made += cents
            self.ladder.closed(cents, self.clock)

    def _mark(self, cents: int, banked: int) -> None:
        if self.is_open:
            self.ladder.mark(cents, self.clock, banked_cents=banked)

    def _pass(self, time: int) -> None:
        self.clock += time
        self.ladder.at(self.clock)

    def _back(self, time: int) -> None:
        """Let the market's clock go back, and start again by it."""
        self.ladder.at(self.clock - time)
        self._from(self.ladder.state, self.clock - time)

    def _lock(self) -> None:
        self.ladder.lock("by key", self.clock)

    def _restart(self) -> None:
        self._from(self.ladder.state)

    def _settings(self, settings: RiskSettings) -> None:
        self.settings = settings
        self._restart()

    def _put_back(self, which: int) -> None:
        """Replace every copy by an old one, before a start."""
        self.lines += self.ladder.take_events()
        old = self.states[which % len(self.states)] if self.states else self.ladder.state
        self._from(strictest([old, old]))

    def _delete(self) -> None:
        """Delete every copy, before a start."""
        self.lines += self.ladder.take_events()
        self._from(None)

    def _from(self, kept: LadderState | None, moment: int | None = None) -> None:
        found = witnessed(kept, self.lines, self.settings, account="paper", lost="deleted")
        data = None if found is None else msgspec.json.decode(msgspec.json.encode(found), type=LadderState)
        self.ladder = CapitalLadder(self.settings, data)
        self.ladder.at(self.clock if moment is None else moment)
        self.ladder.recovered(is_open=self.is_open)


def check_holds(trader: Trader) -> None:
    """Each lock that was ever seen holds until its own end, by the market's clock."""
    allowance = trader.ladder.allowance()
    now = trader.ladder.state.clock
    assert now == trader.clock
    if any(until > now for kind, until in trader.holds.items() if kind != "reduced"):
        assert not allowance.may_trade
        assert allowance.state in {"locked", "cooldown"}
    if trader.holds.get("locked", 0) > now:
        assert allowance.state == "locked"
        assert allowance.until is not None
        assert allowance.until >= trader.holds["locked"]
    if trader.holds.get("reduced", 0) > now:
        assert allowance.state != "ok"
        assert allowance.mult <= trader.ladder.state.limits.reduced_percent / 100
    for hold in trader.ladder.state.holds:
        if hold.until > now:
            trader.holds[hold.state] = max(hold.until, trader.holds.get(hold.state, 0))


def check_size(trader: Trader, stop: int) -> None:
    """No size is above what the limits in force say, worked out from the state alone."""
    state = trader.ladder.state
    sized = size(trader.ladder.allowance(), stop, 1, PRODUCTS)
    if not sized.contracts:
        return
    base = EQUITY + state.made_cents
    rules = state.limits
    assert sized.risk_cents <= base * rules.per_trade // 1_000_000 <= base // 100
    assert sized.risk_cents <= base * rules.day_loss // 1_000_000 + state.realised_cents
    assert sized.risk_cents <= base * rules.session_loss // 1_000_000 + state.session_cents
    week_base = base - state.week_cents
    assert sized.risk_cents <= week_base * rules.week_loss // 1_000_000 + state.week_cents + state.realised_cents
    assert sized.contracts <= rules.contracts
    assert sized.contracts * sized.product.margin_cents <= base + state.realised_cents
    assert state.trades < rules.day_trades
    assert state.session_trades < rules.session_trades
    assert not state.is_open


@settings(max_examples=250, deadline=None, derandomize=True)
@given(first=limits, actions=st.lists(steps, max_size=40), stop=st.integers(1, 60))
def test_no_sequence_of_trades_restarts_clocks_and_settings_loosens_a_lock(
    first: RiskSettings, actions: list[tuple[Any, ...]], stop: int
) -> None:
    trader = Trader(first)
    for action in actions:
        before = trader.ladder.state
        trader.do(*action)
        after = trader.ladder.state
        check_holds(trader)
        check_size(trader, stop)
        if after.day == before.day and action[0] not in {"delete", "put back"}:
            assert tighter(before.limits, after.limits) == after.limits
            assert after.trades >= before.trades
        if action[0] == "delete" and trader.lines:
            assert not trader.ladder.allowance().may_trade


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    first=limits,
    actions=st.lists(steps.filter(lambda step: step[0] not in {"delete", "put back"}), max_size=40),
)
def test_no_cent_is_lost_or_made(first: RiskSettings, actions: list[tuple[Any, ...]]) -> None:
    trader = Trader(first)
    for action in actions:
        trader.do(*action)
        state = trader.ladder.state
        assert state.made_cents + state.realised_cents == trader.made
        assert trader.ladder.allowance().equity_cents == EQUITY + trader.made + state.banked_cents
        assert state.is_open == trader.is_open
        assert state.day == ladder_day(trader.clock).date


@settings(max_examples=100, deadline=None, derandomize=True)
@given(one=limits, other=limits)
def test_tighter_settings_allow_no_more_than_either(one: RiskSettings, other: RiskSettings) -> None:
    strict = tighter(one, other)
    assert strict == tighter(other, one) == tighter(strict, one)

    def after(rules: RiskSettings, cents: list[int]) -> CapitalLadder:
        ladder = CapitalLadder(rules)
        for place, made in enumerate(cents):
            ladder.at(START + place * 200 * MINUTE)
            ladder.opened(START + place * 200 * MINUTE)
            ladder.closed(made, START + place * 200 * MINUTE + 1)
        ladder.at(START + len(cents) * 200 * MINUTE)
        return ladder

    for cents in ([], [-20_000], [-20_000, 30_000], [40_000, -70_000]):
        tight = after(strict, cents).allowance()
        for rules in (one, other):
            loose = after(rules, cents).allowance()
            assert tight.may_trade <= loose.may_trade
            assert tight.risk_cents <= loose.risk_cents
            assert tight.max_contracts <= loose.max_contracts


def test_a_ladder_is_what_its_state_is_whatever_stops_between() -> None:
    """Stopping and starting between any two steps changes nothing."""
    rules = replace(RiskSettings(), session_trades=9, session_losses=9)
    whole = CapitalLadder(rules)
    parts = CapitalLadder(rules)
    for place, cents in enumerate([-5_000, 7_000, -9_000, -60_000]):
        moment = START + place * 40 * MINUTE
        for ladder in (whole, parts):
            ladder.opened(moment)
        parts = CapitalLadder(rules, parts.state)
        for ladder in (whole, parts):
            ladder.closed(cents, moment + MINUTE)
        parts = CapitalLadder(rules, parts.state)
        parts.at(moment + MINUTE)
        assert (parts.state, parts.allowance()) == (whole.state, whole.allowance())
