"""Two keys, seen, and never by accident: what reaches the desk from a trader's hands and a terminal's ways."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import pytest
from textual import events
from textual._time import get_time

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
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.trading_keys import QUIET_SECONDS
from tests.qmo_tui.cockpit.running import Seat, seat
from tests.qmo_tui.cockpit.scenes import CENTRE
from tests.qmo_tui.cockpit.trading_scenes import BUY, ENTRY, POSITION, SELL, TradedDesk, trading

LATER: Final = 60.0
"""Seconds after anything that a test has done."""


@asynccontextmanager
async def prompted(*, size: tuple[int, int] = (100, 30), **options: object) -> AsyncIterator[tuple[Seat, TradedDesk]]:
    """Sit down at a desk where a buy and a sell prompt wait."""
    desk = TradedDesk(trading(prompts=(BUY, SELL)))
    async with seat(size=size, desk=desk, options=CockpitOptions(frames_per_second=1, **options)) as trader:  # type: ignore[arg-type]
        yield trader, desk


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("b", Arm(key="b", side="buy")),
        ("s", Arm(key="s", side="sell")),
        ("n", Reject(key="n")),
        ("a", Snooze(key="a")),
        ("5", Resize(key="5", step=-1)),
        ("6", Resize(key="6", step=1)),
        ("1", NudgeStop(key="1", step=-1)),
        ("2", NudgeStop(key="2", step=1)),
        ("3", NudgeTarget(key="3", step=-1)),
        ("4", NudgeTarget(key="4", step=1)),
        ("x", CancelEntry(key="x")),
        ("E", BreakEven(key="E")),
        ("X", ClosePosition(key="X")),
        ("f", FlattenAndLock(key="f")),
    ],
)
async def test_each_key_asks_the_desk_for_what_help_says(key: str, command: Command) -> None:
    async with prompted() as (trader, desk):
        await trader.press(key)
        assert desk.pressed == [command]


async def test_two_keys_send_what_was_seen() -> None:
    async with prompted() as (trader, desk):
        await trader.press("b")
        assert " ARMED " in trader.text("prompt")
        assert "y sends BUY 2 MGC" in trader.text("prompt")
        await trader.press("y")
        assert desk.pressed[1:] == [Confirm(key="y", prompt="p1", seen=True)]


async def test_a_confirmation_with_nothing_armed_is_handed_on_as_unseen() -> None:
    async with prompted() as (trader, desk):
        await trader.press("y")
        assert desk.pressed == [Confirm(key="y", prompt="", seen=False)]


async def test_a_confirmation_typed_before_the_armed_prompt_was_painted_is_unseen() -> None:
    async with prompted() as (trader, desk):
        before = get_time()
        await trader.press("b")
        await trader.strike("y", before)
        assert desk.pressed[1:] == [Confirm(key="y", prompt="p1", seen=False)]


async def test_keys_that_come_in_one_burst_arm_and_send_nothing() -> None:
    """As when text is pasted into a terminal that does not say that it was pasted."""
    async with prompted() as (trader, desk):
        for key in "by":
            trader.app.post_message(events.Key(key, key))
        await trader.pilot.pause()
        await trader.frame()
        assert [command for command in desk.pressed if isinstance(command, Confirm) and command.seen] == []


async def test_a_held_confirming_key_counts_once() -> None:
    """A keyboard waits half a second, then repeats 30 times a second; the repetitions are no presses."""
    async with prompted() as (trader, desk):
        await trader.press("b")
        start = get_time() + LATER
        for at in (0.0, 0.5, 0.53, 0.56, 0.59):
            await trader.strike("y", start + at)
        confirmed = [command for command in desk.pressed if isinstance(command, Confirm)]
        assert [command.seen for command in confirmed] == [True, False]


async def test_a_confirming_key_still_held_from_the_last_prompt_does_not_count_for_the_next() -> None:
    async with prompted() as (trader, desk):
        await trader.press("b")
        start = get_time() + LATER
        for at in (0.0, 0.5, 0.53, 0.56):
            await trader.strike("y", start + at)
        desk.pressed.clear()
        await trader.press("s")
        await trader.strike("y", start + 0.7)
        assert desk.pressed[1:] == [Confirm(key="y", prompt="p2", seen=False)]
        await trader.strike("y", start + 0.7 + QUIET_SECONDS)
        assert desk.account.armed is None  # the desk has taken the first one as an answer
        await trader.press("s")
        await trader.strike("y", start + 2.5)
        assert desk.pressed[-1] == Confirm(key="y", prompt="p2", seen=True)


async def test_a_held_arming_key_arms_once_and_never_confirms() -> None:
    async with prompted() as (trader, desk):
        start = get_time()
        for at in (0.0, 0.05, 0.08, 0.11):
            await trader.strike("b", start + at)
        assert desk.pressed == [Arm(key="b", side="buy")]
        assert desk.account.armed == "p1"


@pytest.mark.parametrize("key", ["enter", "space", "Y", "B", "tab", "ctrl+y"])
async def test_no_other_key_sends(key: str) -> None:
    async with prompted() as (trader, desk):
        await trader.press("b", key)
        assert desk.pressed == [Arm(key="b", side="buy")]


async def test_neither_mouse_nor_paste_sends() -> None:
    async with prompted() as (trader, desk):
        await trader.press("b")
        for pane in ("#prompt", "#ladder", "#account"):
            await trader.pilot.click(pane, offset=(3, 1))
            await trader.pilot.double_click(pane, offset=(3, 1))
        trader.app.post_message(events.Paste("y"))
        await trader.pilot.pause()
        assert desk.pressed == [Arm(key="b", side="buy")]


async def test_where_text_is_typed_the_keys_are_text() -> None:
    async with prompted() as (trader, desk):
        await trader.press("g", "b", "y", "f")
        assert desk.pressed == []


async def test_a_second_prompt_takes_the_arming_but_not_the_confirmation() -> None:
    async with prompted() as (trader, desk):
        await trader.press("b")
        seen_buy = get_time()
        await trader.press("s")
        await trader.strike("y", seen_buy)
        assert desk.pressed[-1] == Confirm(key="y", prompt="p2", seen=False)
        await trader.press("s")
        await trader.strike("y", get_time() + LATER)
        assert desk.pressed[-1] == Confirm(key="y", prompt="p2", seen=True)


async def test_an_armed_prompt_that_was_changed_has_to_be_seen_anew() -> None:
    async with prompted() as (trader, desk):
        await trader.press("b")
        before = get_time()
        desk.change(prompts=(msgspec.structs.replace(BUY, contracts=3), SELL))
        await trader.frame()
        assert "y sends BUY 3 MGC" in trader.text("prompt")
        await trader.strike("y", before)
        assert desk.pressed[-1] == Confirm(key="y", prompt="p1", seen=False)


async def test_what_time_and_market_do_to_an_armed_prompt_does_not_ask_for_new_eyes() -> None:
    async with prompted() as (trader, desk):
        await trader.press("b")
        after = get_time() + 0.001
        desk.change(prompts=(msgspec.structs.replace(BUY, distance=5), SELL), now=desk.account.now + 1)
        await trader.frame()
        await trader.strike("y", after)
        assert desk.pressed[-1] == Confirm(key="y", prompt="p1", seen=True)


async def test_escape_disarms_and_closes_nothing_else() -> None:
    async with prompted() as (trader, desk):
        await trader.press("question_mark", "b", "escape")
        assert desk.pressed[-1] == Disarm(key="escape")
        assert trader.is_shown("help")
        await trader.press("escape")
        assert not trader.is_shown("help")
        assert len(desk.pressed) == 2


async def test_escape_disarms_whatever_else_it_is_made_to_do() -> None:
    async with prompted(keymap={"dismiss": ("u",), "help": ("escape",)}) as (trader, desk):
        await trader.press("b", "escape")
        assert desk.pressed[-1] == Disarm(key="escape")
        assert not trader.is_shown("help")


async def test_losing_the_focus_disarms() -> None:
    async with prompted() as (trader, desk):
        trader.app.post_message(events.AppBlur())
        await trader.pilot.pause()
        assert desk.pressed == []
        await trader.press("b")
        trader.app.post_message(events.AppBlur())
        await trader.pilot.pause()
        assert desk.pressed[-1] == Disarm(reason="the terminal lost the focus")
        assert "y sends" not in trader.text("prompt")


async def test_a_terminal_that_becomes_too_small_disarms_and_takes_only_what_lessens_risk() -> None:
    async with prompted() as (trader, desk):
        await trader.press("b")
        await trader.pilot.resize_terminal(70, 20)
        await trader.frame()
        assert desk.pressed[-1] == Disarm(reason="the terminal became too small")
        desk.pressed.clear()
        await trader.press("b", "s", "y", "6", "X")
        assert desk.pressed == []
        assert "nothing armed" in trader.text("small")
        await trader.press("n", "x", "f")
        assert [type(command) for command in desk.pressed] == [Reject, CancelEntry, FlattenAndLock]


async def test_resizing_within_what_has_room_keeps_it_armed() -> None:
    async with prompted(size=(160, 50)) as (trader, desk):
        await trader.press("b")
        for size in ((100, 30), (80, 24)):
            await trader.pilot.resize_terminal(*size)
            await trader.frame()
            assert "y sends BUY 2 MGC" in trader.text("prompt")
        await trader.press("y")
        assert desk.pressed == [Arm(key="b", side="buy"), Confirm(key="y", prompt="p1", seen=True)]


async def test_the_ladder_stays_in_place_while_a_prompt_is_armed() -> None:
    async with prompted() as (trader, desk):
        top = desk.requests[-1].ladder_top
        await trader.press("b")
        desk.script.second = 2_000  # the market goes far away
        await trader.frame()
        await trader.press("up", "pagedown", "c")
        await trader.frame()
        assert desk.requests[-1].ladder_top == top
        assert "stays in place" in trader.text("notice")
        await trader.press("escape")
        await trader.frame()
        assert desk.requests[-1].ladder_top != top


async def test_keys_of_trading_may_be_moved() -> None:
    async with prompted(keymap={"confirm": ("u",), "arm_buy": ("f8",)}) as (trader, desk):
        assert "F8 arms" in trader.text("prompt")
        await trader.press("f8")
        assert "u sends BUY 2 MGC" in trader.text("prompt")
        await trader.press("y", "u")
        assert desk.pressed == [Arm(key="f8", side="buy"), Confirm(key="u", prompt="p1", seen=True)]


@pytest.mark.parametrize(
    ("key", "away", "command"),
    [
        ("B", -3, ManualEntry(key="B", side="buy", tick=CENTRE - 3, kind="limit")),
        ("B", 1, ManualEntry(key="B", side="buy", tick=CENTRE + 1, kind="market")),
        ("B", 4, ManualEntry(key="B", side="buy", tick=CENTRE + 4, kind="stop")),
        ("S", 4, ManualEntry(key="S", side="sell", tick=CENTRE + 4, kind="limit")),
        ("S", 0, ManualEntry(key="S", side="sell", tick=CENTRE, kind="market")),
        ("S", -3, ManualEntry(key="S", side="sell", tick=CENTRE - 3, kind="stop")),
    ],
)
async def test_an_entry_by_hand_stands_at_the_cursor(key: str, away: int, command: Command) -> None:
    async with prompted() as (trader, desk):
        await trader.press("e", *(["up"] * away if away > 0 else ["down"] * -away), key)
        assert desk.pressed == [command]


async def test_without_a_cursor_an_entry_by_hand_asks_for_one() -> None:
    async with prompted() as (trader, desk):
        await trader.press("B")
        assert desk.pressed == []
        assert "put the cursor on a price first" in trader.text("notice")


async def test_the_cursor_takes_the_window_along_and_goes_with_escape() -> None:
    async with prompted() as (trader, desk):
        top = desk.requests[-1].ladder_top
        assert top is not None
        await trader.press("e")
        assert "▶1924.0" in trader.text("ladder")
        await trader.press("pageup", "pageup", "pageup")
        await trader.frame()
        moved = desk.requests[-1].ladder_top
        assert moved is not None
        assert moved > top
        assert "▶" in trader.text("ladder").splitlines()[1]
        await trader.press("escape")
        assert "▶" not in trader.text("ladder")


@pytest.mark.parametrize("open_", [{"position": POSITION}, {"orders": (ENTRY,)}], ids=["position", "order"])
async def test_quitting_a_trade_that_is_open_takes_two_presses(open_: dict[str, Any]) -> None:
    async with prompted() as (trader, desk):
        desk.change(**open_)
        await trader.frame()
        await trader.press("q")
        assert "once more to quit" in trader.text("notice")
        trader.clock.now += 6
        await trader.press("q")
        assert trader.app.is_running
        trader.clock.now += 1
        await trader.pilot.press("q")
        await trader.pilot.pause()
        assert not trader.app.is_running
