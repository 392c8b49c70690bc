"""Keys at a desk of real parts: prompts that live and end, orders that queue and fill, locks that hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual._time import get_time

from engines.execution.commands import Confirm
from engines.trading_events import Fill, Order, Position
from tests.qmo_tui.cockpit.exchange_desk import ASK, BID, ExchangeDesk
from tests.qmo_tui.cockpit.running import Seat, seat


@asynccontextmanager
async def at_work(size: tuple[int, int] = (100, 30)) -> AsyncIterator[tuple[Seat, ExchangeDesk]]:
    """Sit down at the desk."""
    desk = ExchangeDesk()
    async with seat(size=size, desk=desk) as trader:
        await trader.press("c")
        yield trader, desk


async def prompt_buy(trader: Seat, below: int = 0) -> None:
    """Ask for a buy so many ticks below the best bid; a new cursor stands a tick above it."""
    await trader.press("e", *["down"] * (below + 1), "B", "escape")


async def prompt_sell(trader: Seat, above: int = 0) -> None:
    """Ask for a sell so many ticks above the best ask."""
    await trader.press("e", *["up"] * (above + 1), "S", "escape")


async def beat(trader: Seat, desk: ExchangeDesk, times: int = 1) -> None:
    """Let requests reach the exchange, and be seen."""
    for _ in range(times):
        desk.beat()
    await trader.frame()


def sent(desk: ExchangeDesk) -> list[str]:
    """Return the entry orders that were sent, in a word."""
    orders = {event.id: event for event in desk.told if isinstance(event, Order) and event.role == "entry"}
    return [f"{order.side} {order.quantity} {order.product}" for order in orders.values()]


def keys_and_ends(desk: ExchangeDesk) -> list[tuple[str, str, bool]]:
    """Return (key, action, refused) of every decision, as the journal gets them."""
    return [(decision.key, decision.action, decision.refused) for decision in desk.decisions()]


async def test_from_the_cursor_to_the_closed_position() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        assert "▲ BUY 2 GC limit 2000.0" in trader.text("prompt")
        assert "by hand" in trader.text("prompt")
        assert "prompt: buy 2" in trader.text("ladder")
        await trader.press("b")
        assert "ARMED: buy 2" in trader.text("ladder")
        assert "y sends BUY 2 GC" in trader.text("prompt")
        await trader.press("y")
        await beat(trader, desk)
        assert sent(desk) == ["buy 2 GC"]
        assert "buy 2, 10 ahead" in trader.text("ladder")
        assert "working: buy 2 GC limit 2000.0, 10 ahead" in trader.text("account")
        desk.exchange.market("A", 12)
        desk.feed()
        await beat(trader, desk)
        assert "▲ long 2 GC at 2000.0" in trader.text("account")
        assert "NO STOP" not in trader.text("account")
        assert "stop 2" in trader.text("ladder")
        await trader.press("X")
        assert "▼ SELL 2 GC to close at the market" in trader.text("prompt")
        await trader.press("s")
        assert "y sends SELL 2 GC to close" in trader.text("prompt")
        # The confirming key was pressed a moment ago: a trader takes longer.
        await trader.strike("y", get_time() + 5)
        await beat(trader, desk, 2)
        assert "flat" in trader.text("account")
        closed = [event for event in desk.told if isinstance(event, Position) and event.state == "closed"]
        assert len(closed) == 1
        # Bought at 2000.0; the bid stood a tick lower once it was hit: 2 lots x $10, and 4 x $2.50 of fees.
        assert closed[0].realised == -30.0
        assert sum(fill.quantity for fill in desk.told if isinstance(fill, Fill)) == 4


async def test_an_armed_prompt_expires_and_its_key_sends_nothing() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await trader.press("b")
        desk.pass_seconds(80)
        await trader.press("y")
        assert sent(desk) == []
        assert "its time is over: nothing sent" in trader.text("prompt")
        assert keys_and_ends(desk)[-2:] == [("", "expired", False), ("y", "accepted", True)]


async def test_data_that_goes_stale_takes_the_armed_prompt_away() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await trader.press("b")
        desk.trouble = "stale 2.3 s"
        await trader.press("y")
        assert sent(desk) == []
        assert "stale 2.3 s: nothing sent" in trader.text("prompt")
        assert "ARMED" not in trader.text("prompt")


async def test_a_market_that_moved_away_takes_the_armed_prompt_away() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await trader.press("b")
        for _ in range(12):
            desk.exchange.market("B", 10)
        desk.exchange.limit("B", ASK + 11, 5)
        desk.feed()
        await trader.frame()
        assert "the market moved" in trader.text("prompt")
        await trader.press("y")
        assert sent(desk) == []


async def test_a_gate_that_closes_takes_the_armed_prompt_away() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await trader.press("b")
        desk.closed = "news"
        await trader.press("y")
        assert sent(desk) == []
        assert "news gate closed: news says so: nothing sent" in trader.text("prompt")


async def test_of_two_prompts_only_the_one_that_is_armed_last_is_sent() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await prompt_sell(trader)
        assert "also BUY 2 GC 2000.0: b arms" in trader.text("prompt")
        await trader.press("b", "s")
        assert "y sends SELL 2 GC" in trader.text("prompt")
        assert trader.text("prompt").count("ARMED") == 1
        await trader.press("y")
        await beat(trader, desk)
        assert sent(desk) == ["sell 2 GC"]
        assert "BUY" not in trader.text("prompt")  # one trade at a time: it was voided


async def test_a_held_confirming_key_sends_one_order() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await trader.press("b")
        start = get_time() + 1
        for at in (0.0, 0.5, 0.53, 0.56, 0.6):
            await trader.strike("y", start + at)
        await beat(trader, desk)
        assert sent(desk) == ["buy 2 GC"]


async def test_a_key_typed_ahead_says_why_it_did_not_count() -> None:
    async with at_work() as (trader, desk):
        before = get_time()
        await prompt_buy(trader)
        await trader.press("b")
        await trader.strike("y", before)
        assert sent(desk) == []
        assert "before the armed prompt was shown: nothing sent" in trader.text("prompt")
        assert "y sends BUY 2 GC" in trader.text("prompt")  # still armed, still to be answered
        assert desk.pressed[-1] == Confirm(key="y", prompt="prompt-1", seen=False)


@pytest.mark.parametrize("how", ["resize", "blur", "escape"])
async def test_what_disarms_is_written_down_with_why(how: str) -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await trader.press("b")
        if how == "resize":
            await trader.pilot.resize_terminal(79, 24)
        elif how == "blur":
            trader.app.post_message(events.AppBlur())
        else:
            await trader.press("escape")
        await trader.pilot.pause()
        await trader.frame()
        reasons = {
            "resize": "the terminal became too small",
            "blur": "the terminal lost the focus",
            "escape": "by key",
        }
        assert desk.decisions()[-1].action == "disarmed"
        assert desk.decisions()[-1].reason == reasons[how]
        await trader.strike("y", get_time() + 5)
        assert sent(desk) == []


async def test_size_stop_and_target_move_within_what_may_be_risked() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        (before,) = desk.trading.view(desk).prompts
        await trader.press("5", "1")
        (after,) = desk.trading.view(desk).prompts
        assert after.contracts == before.contracts - 1
        assert before.stop is not None
        assert after.stop == before.stop - 1
        assert f"stop {2000.0 - 0.1 * (BID - after.stop):.1f}" in trader.text("prompt")
        await trader.press(*["6"] * 9)
        assert "at most" in trader.text("prompt")
        (most,) = desk.trading.view(desk).prompts
        assert most.risk_cents is not None
        assert most.risk_cents <= 25_000


async def test_an_armed_prompt_that_was_nudged_is_sent_as_it_is_shown() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await trader.press("b", "5")
        assert "y sends BUY 1 GC" in trader.text("prompt")
        await trader.press("y")
        await beat(trader, desk)
        assert sent(desk) == ["buy 1 GC"]


async def test_rejected_and_put_aside_prompts_leave_the_row() -> None:
    async with at_work() as (trader, desk):
        for key, action in (("n", "rejected"), ("a", "snoozed")):
            await prompt_buy(trader)
            await trader.press(key)
            assert desk.decisions()[-1].action == action
            assert "no prompt" in trader.text("prompt")


async def test_an_entry_order_is_withdrawn_by_key() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await trader.press("b", "y")
        await beat(trader, desk)
        await trader.press("x")
        await beat(trader, desk)
        assert "ahead" not in trader.text("ladder")
        assert "flat" in trader.text("account")
        await trader.press("x")
        assert "no entry order is working: nothing sent" in trader.text("prompt")


async def test_one_key_flattens_and_locks_and_no_other_unlocks() -> None:
    async with at_work() as (trader, desk):
        await prompt_buy(trader)
        await trader.press("b", "y")
        await beat(trader, desk)
        desk.exchange.market("A", 12)
        desk.feed()
        await beat(trader, desk)
        assert "long 2 GC" in trader.text("account")
        await trader.press("f")
        await beat(trader, desk, 2)
        assert "flat" in trader.text("account")
        assert "LOCKED until" in trader.text("prompt")
        assert "flattened and locked by key" in trader.text("prompt")
        await prompt_buy(trader)
        await trader.press("b", "y", "n", "E", "X", "f")
        assert sent(desk) == ["buy 2 GC"]
        assert "LOCKED until" in trader.text("prompt")


async def test_break_even_and_a_loosened_stop_are_answered() -> None:
    async with at_work() as (trader, desk):
        await trader.press("E")
        assert "no position: nothing sent" in trader.text("prompt")
        await prompt_buy(trader)
        await trader.press("b", "y")
        await beat(trader, desk)
        desk.exchange.market("A", 12)
        desk.feed()
        await beat(trader, desk)
        await trader.press("1")
        assert "a stop never loosens" in trader.text("prompt")
        stop = desk.trading.view(desk).position
        assert stop is not None
        await trader.press("2")
        moved = desk.trading.view(desk).position
        assert moved is not None
        assert stop.stop is not None
        assert moved.stop == stop.stop + 1
