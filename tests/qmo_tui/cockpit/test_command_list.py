"""Finding a command by a part of its name, over a market that runs on."""

import pytest
from textual.events import Key
from textual.widgets import Input

from engines.execution import commands
from qmo_tui.cockpit.actions import ACTIONS, Action, Group
from qmo_tui.cockpit.command_list import CommandList
from qmo_tui.cockpit.offers import actions_offered
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.playing import GOING_BACK, TransportKeys
from qmo_tui.session.landmarks import Landmark
from tests.qmo_tui.cockpit.exchange_desk import ExchangeDesk
from tests.qmo_tui.cockpit.running import Seat, seat
from tests.qmo_tui.cockpit.scenes import SECOND, START, ScriptedDesk

DESK = ScriptedDesk()
PLAYING = TransportKeys(DESK, lambda: 0.0, is_in_market=lambda: False, is_armed=lambda: False)
_NOT_LISTED = {"commands", "dismiss"}


async def find(trader: Seat, text: str) -> None:
    """Open the list and type, as fast as what is pasted."""
    await trader.press("colon")
    trader.app.screen.query_one("#commands-text", Input).value = text
    await trader.pilot.pause()
    await trader.frame()


def titles(trader: Seat) -> list[str]:
    assert trader.app._frame is not None
    choice = trader.app._frame.commands
    return [] if choice is None else [offer.title for offer in choice.offers]


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_it_lists_every_action_with_its_key(key: str) -> None:
    async with seat(options=CockpitOptions(frames_per_second=1, keymap={"pause": ("u",)})) as trader:
        await trader.press(key)
        listed = {offer.title: offer.key for offer in trader.app._command_list._providers[1]("")}
        assert set(listed) == {action.title for action in ACTIONS if action.name not in _NOT_LISTED}
        assert (listed["pause, play on"], listed["arm the buy prompt"]) == ("u", "b")
        assert trader.is_shown("commands")


async def test_a_part_of_a_name_finds_the_command_and_enter_does_it() -> None:
    async with seat() as trader:
        await find(trader, "pause")
        assert titles(trader)[0] == "pause, play on"
        await trader.press("enter")
        assert trader.desk.script.told == ["pause"]
        assert not trader.is_shown("commands")
        await trader.press("space")
        assert trader.desk.script.told == ["pause", "resume"]


@pytest.mark.parametrize(
    ("text", "told"),
    [("speed 0.25", "speed 0.25"), ("next prompt", "seek next prompt"), ("nxt zone", "seek next zone")],
)
async def test_values_and_letters_left_out_are_found(text: str, told: str) -> None:
    async with seat() as trader:
        await find(trader, text)
        await trader.press("enter")
        assert trader.desk.script.told == [told]


async def test_a_time_is_gone_to_and_a_wrong_one_says_why() -> None:
    async with seat() as trader:
        await find(trader, "18:20")
        assert titles(trader)[0] == "go to 18:20"
        await trader.press("enter")
        assert trader.desk.script.told == ["seek 596"]
        await find(trader, "4:00")
        await trader.press("enter")
        assert "outside of the recording" in trader.text("notice")


async def test_themes_and_intervals_are_chosen_by_their_names() -> None:
    async with seat() as trader:
        await find(trader, "theme light")
        await trader.press("enter")
        assert trader.app.theme == "light"
        await find(trader, "bars of 15m")
        await trader.press("enter")
        assert trader.desk.requests[-1].interval == "15m"


async def test_what_was_passed_is_found_by_its_words_and_gone_to() -> None:
    desk = ScriptedDesk()
    desk.script.second = 600
    desk.landmarks = (Landmark(START + 100 * SECOND, "absorption", "bid absorption at 4808.5"),)
    async with seat(desk=desk) as trader:
        await find(trader, "absorption")
        assert titles(trader)[0] == "A 18:11:43 bid absorption at 4808.5"
        await trader.press("enter")
        assert desk.script.told == ["seek 101"]


async def test_arrows_choose_and_below_the_last_comes_the_first() -> None:
    async with seat() as trader:
        await find(trader, "speed")
        found, top = titles(trader), trader.desk.requests[-1].ladder_top
        await trader.press("down", "down", "up")
        assert f"▸ {found[1]} " in trader.text("commands-list")
        await trader.press("up", "up")
        assert f"▸ {found[-1]} " in trader.text("commands-list")
        assert trader.desk.requests[-1].ladder_top == top  # the ladder was not scrolled


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 50)])
async def test_the_market_stays_and_runs_on_beneath_it(size: tuple[int, int]) -> None:
    async with seat(size=size) as trader:
        await trader.press("colon")
        before = trader.text("status")
        for name in ("status", "prompt", "account", "scrub", "footer"):
            below = trader.app.screen.query_one(f"#{name}").region
            assert below.area or name == "account"
            assert not below.overlaps(trader.app.screen.query_one("#commands").region)
        trader.desk.script.second += 1
        await trader.frame()
        assert trader.text("status") != before


async def test_escape_gives_the_market_back_and_nothing_else() -> None:
    async with seat() as trader:
        await trader.press("o")
        await find(trader, "quit")
        await trader.press("escape")
        assert not trader.is_shown("commands")
        assert trader.app.is_running
        await trader.press("comma")
        assert trader.desk.script.told == ["step event"]


async def test_what_is_typed_in_one_go_is_not_lost() -> None:
    async with seat() as trader:
        for key in (":", "p", "a", "u", "s", "e", "enter"):
            trader.app.post_message(Key({":": "colon"}.get(key, key), key if len(key) == 1 else None))
        await trader.frame()
        assert trader.desk.script.told == ["pause"]


async def test_nothing_fits() -> None:
    async with seat() as trader:
        await find(trader, "xyzzy")
        assert "nothing is called xyzzy" in trader.text("commands-list")
        await trader.press("enter")
        assert trader.desk.script.told == []


async def test_a_refused_action_says_why_before_and_after_it_is_chosen() -> None:
    desk = ScriptedDesk()
    desk.transport = None
    async with seat(desk=desk) as trader:
        await find(trader, "pause")
        assert "✕ this is the market of this moment" in trader.text("commands-list")
        await trader.press("enter")
        assert "pause, play on: this is the market of this moment" in trader.text("notice")
        assert desk.script.told == []


# ---------------------------------------------------------------------------------------------- trading and the list


@pytest.mark.parametrize(
    "action", [action for action in ACTIONS if action.group is Group.TRADING], ids=lambda a: a.name
)
def test_trading_is_listed_with_its_key_and_cannot_be_chosen(action: Action) -> None:
    found = CommandList([actions_offered({}, {}, PLAYING, DESK)])
    found.search(action.title)
    assert found.choice is not None
    place = [offer.title for offer in found.choice.offers].index(action.title)
    found.move(place)
    assert found.take() == f"{action.title}: pressed by its key alone ({action.keys[0]})"


async def test_keys_of_trading_are_text_while_it_is_open_also_those_that_are_no_letters() -> None:
    options = CockpitOptions(frames_per_second=1, keymap={"flatten": ("f9",), "confirm": ("ctrl+y",)})
    async with seat(desk=ExchangeDesk(), options=options) as trader:
        await trader.press("colon", "b", "s", "y", "n", "f", "a", "x", "1", "6", "B", "S", "E", "X", "f9", "ctrl+y")
        assert trader.desk.pressed == []
        assert trader.app.screen.query_one("#commands-text", Input).value == "bsynfax16BSEX"


@pytest.mark.parametrize("key", ["colon", "g", "ctrl+l"])
async def test_where_keys_become_text_an_armed_prompt_is_put_back(key: str) -> None:
    async with seat(desk=ExchangeDesk()) as trader:
        await trader.press("c", "e", "B", "b")
        armed = [trader.app._trading.armed]
        await trader.press(key)
        await trader.frame()
        armed.append(trader.app._trading.armed)
        assert [prompt is not None for prompt in armed] == [True, False]
        assert any(isinstance(command, commands.Disarm) for command in trader.desk.pressed)
        await trader.press("escape", "y")
        assert not any(isinstance(command, commands.Confirm) and command.seen for command in trader.desk.pressed)


async def test_going_back_from_the_list_with_something_open_asks_first() -> None:
    async with seat() as trader:
        trader.app._playing._is_in_market = lambda: True
        trader.desk.script.second = 900
        await find(trader, "18:12")
        await trader.press("enter")
        assert GOING_BACK[:40] in trader.text("notice")
        assert trader.desk.script.told == []
