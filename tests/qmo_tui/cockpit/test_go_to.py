"""Typing a time in the bottom row."""

from textual.events import Key
from textual.widgets import Input, Static

from tests.qmo_tui.cockpit.running import Seat, seat


def answer(trader: Seat) -> str:
    return str(trader.app.screen.query_one("#go-to-answer", Static).content)


async def type_time(trader: Seat, text: str) -> None:
    await trader.press("g")
    trader.app.screen.query_one(Input).value = text
    await trader.press("enter")


async def test_a_new_york_time_is_gone_to_and_the_footer_returns() -> None:
    async with seat() as trader:
        await trader.press("g")
        assert not trader.is_shown("footer")
        await trader.press("1", "8", "colon", "2", "0")
        assert trader.desk.script.told == []
        await trader.press("enter")
        assert trader.desk.script.told == ["seek 596"]
        assert trader.is_shown("footer")
        await trader.press("space")
        assert trader.desk.script.told[-1] == "pause"


async def test_a_utc_time_is_gone_to() -> None:
    async with seat() as trader:
        await type_time(trader, "23:20:03Z")
        assert trader.desk.script.told == ["seek 599"]


async def test_a_wrong_time_says_why_and_stays_for_correction() -> None:
    async with seat() as trader:
        await type_time(trader, "25:00")
        assert "25:00 is not a time" in answer(trader)
        await type_time(trader, "04:00")
        assert "outside of the recording" in answer(trader)
        assert trader.desk.script.told == []
        assert trader.app.screen.query_one(Input).has_focus


async def test_keys_are_text_while_a_time_is_typed() -> None:
    async with seat() as trader:
        await trader.press("g", "q", "space", "plus", "question_mark")
        assert trader.app.is_running
        assert trader.desk.script.told == []
        assert not trader.is_shown("help")


async def test_escape_and_an_empty_time_leave_without_going_anywhere() -> None:
    async with seat() as trader:
        await trader.press("g", "escape")
        assert trader.is_shown("footer")
        await type_time(trader, "")
        assert trader.is_shown("footer")
        assert trader.desk.script.told == []
        await trader.press("comma")
        assert trader.desk.script.told == ["step event"]


async def test_the_market_runs_on_while_a_time_is_typed() -> None:
    async with seat() as trader:
        await trader.press("g")
        before = trader.text("status")
        trader.desk.script.second += 1
        await trader.frame()
        assert trader.text("status") != before


async def test_what_is_typed_in_one_go_is_not_lost() -> None:
    async with seat() as trader:
        for key in ("g", "1", "8", "colon", "2", "0", "enter"):
            trader.app.post_message(Key(key, {"colon": ":"}.get(key, key if len(key) == 1 else None)))
        await trader.frame()
        assert trader.desk.script.told == ["seek 596"]


async def test_no_time_is_gone_to_before_the_recording_is_open() -> None:
    async with seat() as trader:
        trader.desk.script.start = None
        await type_time(trader, "18:20")
        assert "still being opened" in answer(trader)
        assert trader.desk.script.told == []
