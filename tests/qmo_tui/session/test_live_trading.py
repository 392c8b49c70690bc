"""Trading on a live line: a change of schema, a contract that rolls, breaks, and a clock of the machine that jumps."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest

from engines.book.by_price import MarketByPrice
from engines.execution.commands import Arm, CancelEntry, Command, Confirm, FlattenAndLock, ManualEntry
from engines.trading_events import Position
from engines.trading_view import TradingView
from engines.view import ViewRequest
from feeds.records import Batch, Provenance, Schema
from feeds.simulator.contract import CONTRACT
from feeds.states import FeedChange, FeedItem, FeedState, Following, Gap
from qmo_tui.journal.reading import reading
from qmo_tui.journal.tables import JournalEvent
from qmo_tui.paths import journal_file
from qmo_tui.session.live import LiveSession
from qmo_tui.session.preparing import load_engines
from qmo_tui.settings import Settings
from tests.qmo_tui.session.traded_market import SECOND, market

TRADING = ViewRequest(trading=True)


@pytest.fixture(autouse=True, scope="module")
def engines_are_ready() -> None:
    """Compile before anything is waited for."""
    load_engines()


class LiveMarket:
    """A source that says what a test hands it; the wall clock stands at the newest event unless it is moved."""

    name = "databento"

    def __init__(self) -> None:
        self._items: asyncio.Queue[FeedItem] = asyncio.Queue()
        self._records = market(1)
        self._played = 0
        self._by_price: MarketByPrice | None = None
        self.ahead = 0
        self.session = LiveSession(
            self, Settings(), clock=lambda: self.time / SECOND, wall_clock=lambda: self.time + self.ahead
        )

    @property
    def time(self) -> int:
        return int(self._records["ts_event"][max(0, self._played - 1)])

    async def items(self) -> AsyncGenerator[FeedItem]:
        while True:
            yield await self._items.get()
            self._items.task_done()

    async def close(self) -> None:
        pass

    async def say(self, *items: FeedItem) -> None:
        for item in items:
            self._items.put_nowait(item)
        await self._items.join()
        await asyncio.sleep(0)

    async def by_price(self) -> None:
        """Go over to the market by price."""
        self._by_price = MarketByPrice(Schema.MBP_10, lambda _: CONTRACT.tick)
        for _ in self._by_price.process(self._records[: self._played]):
            pass
        await self.say(Following(CONTRACT, "GC.v.0", schema=Schema.MBP_10))

    async def play(self, seconds: float) -> None:
        """Play on, a second at a time."""
        times = self._records["ts_event"].astype(np.int64)
        until = times[self._played] + round(seconds * SECOND)
        while times[self._played] < until:
            end = int(np.searchsorted(times, min(until, times[self._played] + SECOND)))
            records, self._played = self._records[self._played : end], end
            if self._by_price is None:
                await self.say(Batch(Schema.MBO, records, Provenance.LIVE, CONTRACT))
                continue
            for levels in self._by_price.process(records):
                await self.say(Batch(Schema.MBP_10, levels.copy(), Provenance.LIVE, CONTRACT))

    def press(self, command: Command) -> None:
        self.session.press(command)

    def enter(self, ticks: int = 0, kind: str = "market") -> None:
        ask = self.session.view(ViewRequest()).best_ask
        assert ask is not None
        self.press(ManualEntry("B", "buy", ask - ticks, kind))  # type: ignore[arg-type]
        self.press(Arm("b", "buy"))
        self.press(Confirm("y", self.view.armed or ""))

    @property
    def view(self) -> TradingView:
        found = self.session.view(TRADING).trading
        assert found is not None, self.session.read_only
        return found

    @property
    def held(self) -> int:
        return 0 if self.view.position is None else self.view.position.quantity


@asynccontextmanager
async def trading() -> AsyncIterator[LiveMarket]:
    """Open a live market that has traded for some minutes."""
    live = LiveMarket()
    running = asyncio.create_task(live.session.run())
    await live.say(
        Following(CONTRACT, "GC.v.0", schema=Schema.MBO), FeedChange(FeedState.LIVE, "databento mbo", "stable", 1)
    )
    await live.play(200)
    try:
        yield live
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert live.session.failure is None


def journals() -> list[list[JournalEvent]]:
    with reading(journal_file("paper")) as journal:
        return [journal.events(one.id) for one in sorted(journal.sessions("paper"), key=lambda one: one.id)]


async def test_a_position_outlives_a_change_of_schema() -> None:
    async with trading() as live:
        live.ahead = 3_600 * SECOND  # what is played may be old: its moments are not the machine's
        await live.play(1)
        live.enter()
        await live.play(2)
        held, orders = live.held, live.view.orders
        assert held
        await live.by_price()
        live.session._desk.watch(live.session._now, "")
        assert (live.held, [order.role for order in live.view.orders]) == (held, [order.role for order in orders])
        await live.play(2)
        assert live.held == held
        live.press(FlattenAndLock("f"))
        await live.play(5)
        assert live.held == 0
    (lines,) = journals()
    assert [line.state for line in lines if isinstance(line, Position)][-1] == "closed"


async def test_a_roll_closes_what_is_open_and_trades_in_a_session_of_its_own() -> None:
    async with trading() as live:
        live.enter()
        await live.play(2)
        assert live.held
        await live.say(Following(replace(CONTRACT, symbol="GCG7"), "GC.v.0", schema=Schema.MBO))
        assert live.held == 0
    first, second = journals()
    closed = [line for line in first if isinstance(line, Position)][-1]
    assert closed.state == "closed"
    assert "GCG7 is followed now" in closed.reason
    assert not any(isinstance(line, Position) for line in second)


async def test_after_a_break_nothing_fills_until_the_book_is_told_anew() -> None:
    async with trading() as live:
        live.enter()
        await live.play(2)
        held = live.held
        await live.say(
            FeedChange(FeedState.CONNECTING, "databento mbo", "the line broke", 2), Gap(live.time, "reset by peer")
        )
        live.press(FlattenAndLock("f"))
        await live.play(5)
        assert live.held == held
        assert [order.role for order in live.view.orders] == ["stop", "exit"]


async def test_what_is_sent_while_the_machine_s_clock_jumps_arrives_in_time() -> None:
    async with trading() as live:
        live.enter(ticks=30, kind="limit")
        await live.play(1)
        live.ahead = 3_600 * SECOND
        assert live.session._trouble == "stale 3600.0 s"
        live.press(CancelEntry("c"))
        live.ahead = 0
        await live.play(1)
        assert live.view.orders == ()
        live.enter()
        await live.play(2)
        assert live.held


async def test_a_failure_while_time_goes_on_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveMarket()
    monkeypatch.setattr(live.session._desk, "watch", _broken)
    await asyncio.wait_for(live.session.run(), 10)
    assert live.session.error == "ZeroDivisionError: broken"


def _broken(*_: object) -> None:
    raise ZeroDivisionError("broken")
