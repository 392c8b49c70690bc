"""Own orders at an exchange: keys of one moment add up, and no request undoes another that is on its way."""

from dataclasses import replace

import pytest

from engines.execution.capital.ladder import CapitalLadder
from engines.execution.capital.limits import RiskSettings
from engines.execution.commands import RefusedError
from engines.execution.keeping import Keeping, KeepingSettings
from engines.execution.orders import Bracket, Quote, Target
from engines.execution.prompt import AcceptedPrompt
from engines.execution.setup import Setup
from engines.trading_events import Position
from engines.view import BarRow, Print, TradeKind
from tests.engines.execution.paper.bench import GOLD, PRODUCTS, Bench

TARGETS = (Target(20_006, 2), Target(20_008, 3))
SECOND = 1_000_000_000


class Kept(Bench):
    """An exchange with someone who keeps orders and a position there."""

    def __init__(self) -> None:
        super().__init__()
        self.ladder = CapitalLadder(RiskSettings())
        self.ladder.at(self.now)
        products = {product.root: product for product in PRODUCTS}
        self.keeping = Keeping(GOLD, products, KeepingSettings(), broker=self.broker, ladder=self.ladder)
        self.said: list[object] = []

    @property
    def quote(self) -> Quote:
        return Quote(self.now, 20_000, 20_002, 20_000)

    def enter(self, lots: int = 5, *, targets: tuple[Target, ...] = TARGETS) -> None:
        """Buy at the market."""
        setup = Setup("buy", "manual", "market", 20_002, 19_990, (), self.now, self.now + SECOND, None, None, "", ())
        self.keeping.enter(AcceptedPrompt("p1", setup, PRODUCTS[0], lots, 1, Bracket(19_990, targets)), self.now)
        self.go_on()
        self.go_on()

    def go_on(self, bars: tuple[BarRow, ...] = ()) -> None:
        """Send what waits, let it arrive, and hear what came of it."""
        self.keeping.send(self.now)
        self.pass_time()
        self.exchange.limit("B", 19_000, 1)
        self._read()
        self.keeping.see_seconds(bars, self.now)
        self.said += self.keeping.reported()

    def _read(self) -> None:
        taken, self.broker.reports = self.broker.reports, list  # type: ignore[method-assign]
        self.feed()
        self.broker.reports = taken  # type: ignore[method-assign]

    def working(self, role: str) -> list[tuple[int | None, int]]:
        """Return tick and lots of the orders that work for a purpose, the nearest first."""
        return sorted(
            (mark.tick or 0, mark.quantity - mark.filled) for mark in self.broker.orders() if mark.role == role
        )


def test_nudges_of_one_moment_add_up() -> None:
    kept = Kept()
    kept.enter()
    kept.keeping.nudge_target(1, kept.quote, "k")
    kept.keeping.nudge_target(-2, kept.quote, "k")
    kept.keeping.nudge_stop(1, kept.quote, "k")
    kept.keeping.nudge_stop(1, kept.quote, "k")
    kept.go_on()
    assert kept.working("target") == [(20_005, 2), (20_008, 3)]
    assert kept.working("stop") == [(19_992, 5)]


def test_a_target_that_is_nudged_beyond_another_is_no_more_the_nearest() -> None:
    kept = Kept()
    kept.enter()
    kept.keeping.nudge_target(3, kept.quote, "k")
    kept.go_on()
    assert kept.working("target") == [(20_008, 3), (20_009, 2)]
    kept.keeping.nudge_target(-1, kept.quote, "k")
    kept.go_on()
    assert kept.working("target") == [(20_007, 3), (20_009, 2)]


def test_two_targets_may_be_nudged_to_one_price() -> None:
    kept = Kept()
    kept.enter()
    kept.keeping.nudge_target(2, kept.quote, "k")
    kept.go_on()
    assert sum(lots for _, lots in kept.working("target")) == 5
    assert {tick for tick, _ in kept.working("target")} == {20_008}
    assert kept.working("stop") == [(19_990, 5)]


def test_a_target_beyond_the_market_is_refused() -> None:
    kept = Kept()
    kept.enter()
    with pytest.raises(RefusedError, match="the market is beyond"):
        kept.keeping.nudge_target(-6, kept.quote, "k")
    kept.go_on()
    assert kept.working("target") == [(20_006, 2), (20_008, 3)]


def test_a_stop_that_would_trade_at_once_is_refused_with_where_the_market_is() -> None:
    kept = Kept()
    kept.enter()
    with pytest.raises(RefusedError, match=r"a stop at \S+ would trade at once, the market is at \S+"):
        kept.keeping.break_even(kept.quote, "E")
    with pytest.raises(RefusedError, match="nobody bids or asks"):
        kept.keeping.nudge_stop(1, replace(kept.quote, bid=None), "2")
    kept.go_on()
    assert kept.working("stop") == [(19_990, 5)]


def test_an_entry_is_withheld_and_all_else_goes_where_the_lines_could_not_be_written() -> None:
    kept = Kept()
    kept.enter()
    kept.keeping.nudge_stop(1, kept.quote, "k")
    kept.keeping.withdraw("disk full", kept.now)
    kept.go_on()
    assert kept.working("stop") == [(19_991, 5)]
    kept.keeping.flatten("by key", kept.now)
    kept.keeping.withdraw("disk full", kept.now)
    kept.go_on()
    assert kept.keeping.is_flat
    kept.keeping.enter(
        AcceptedPrompt(
            "p2",
            Setup("buy", "manual", "market", 20_002, 19_990, (), kept.now, kept.now + SECOND, None, None, "", ()),
            PRODUCTS[0],
            1,
            1,
            Bracket(19_990),
        ),
        kept.now,
    )
    (line,) = kept.keeping.withdraw("disk full", kept.now)
    assert getattr(line, "state", "") == "rejected"
    kept.go_on()
    assert kept.keeping.is_flat


def second(start: int, low: int, high: int) -> BarRow:
    return BarRow(start, low, high, low, high, 1, 1, 0, 0, 1, 1, complete=True)


def test_excursions_are_those_of_the_seconds_it_was_held() -> None:
    kept = Kept()
    kept.enter()
    position = kept.keeping.position
    assert position is not None
    opened = position.opened
    bars = (
        second(opened - SECOND, 19_000, 21_000),
        second(opened + 1, 19_996, 20_005),
        second(opened + 1 + SECOND, 19_999, 20_004),
    )
    kept.go_on(bars)
    assert (position.mfe_ticks, position.mae_ticks) == (3, 6)
    kept.keeping.flatten("by key", kept.now)
    kept.go_on((second(opened + 60 * SECOND, 1, 90_000),))
    closed = [line for line in kept.said if isinstance(line, Position)][-1]
    assert closed.state == "closed"
    assert (closed.mfe, closed.mae) == (30.0, 60.0)


def test_what_trades_in_the_very_second_of_entry_and_exit_counts() -> None:
    kept = Kept()
    kept.enter()
    position = kept.keeping.position
    assert position is not None
    opened = position.opened
    kept.keeping.flatten("by key", kept.now)
    kept.keeping.send(kept.now)
    kept.pass_time()
    kept.exchange.limit("B", 19_000, 1)
    kept._read()
    prints = (
        Print(opened, "sell", 19_000, 19_000, 1, TradeKind.UNKNOWN, 1),
        Print(opened + 1, "buy", 20_004, 20_007, 3, TradeKind.UNKNOWN, 2),
        Print(kept.now + SECOND, "buy", 21_000, 21_000, 1, TradeKind.UNKNOWN, 3),
    )
    closed = [line for line in kept.keeping.reported(lambda: prints) if isinstance(line, Position)][-1]
    assert closed.state == "closed"
    assert (closed.mfe, closed.mae) == (50.0, 20.0)
