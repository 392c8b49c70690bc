"""Each key does what help says it does."""

from pathlib import Path

import pytest
from textual.events import MouseScrollUp

from qmo_tui.cockpit.actions import ACTIONS, Group
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.themes import PALETTES
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import CENTRE, ScriptedDesk, nothing_yet


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("space", "pause"),
        ("plus", "speed 300.0"),
        ("equals_sign", "speed 300.0"),
        ("minus", "speed 20.0"),
        ("comma", "step event"),
        ("full_stop", "step second"),
        ("slash", "step minute"),
        ("left", "seek 540"),
        ("right", "seek 660"),
        ("shift+left", "seek 0"),
        ("shift+right", "seek 1200"),
        ("home", "seek 0"),
        ("end", "seek 7000"),
    ],
)
async def test_transport_keys(key: str, told: str) -> None:
    desk = ScriptedDesk()
    desk.script.second = 600
    async with seat(desk=desk) as trader:
        await trader.press(key)
        assert desk.script.told == [told]


@pytest.mark.parametrize(("key", "ticks"), [("up", 1), ("down", -1), ("pageup", 19), ("pagedown", -19)])
async def test_the_ladder_scrolls_and_comes_back(key: str, ticks: int) -> None:
    async with seat() as trader:
        top = trader.desk.requests[-1].ladder_top
        assert top is not None
        await trader.press(key)
        assert trader.desk.requests[-1].ladder_top == top + ticks
        await trader.press("c")
        await trader.frame()
        assert trader.desk.requests[-1].ladder_top == top


async def test_the_ladder_says_where_the_market_is_when_it_was_scrolled_away() -> None:
    async with seat() as trader:
        await trader.press("pageup", "pageup", "pageup")
        assert "▼ market 4810.00" in trader.text("ladder")
        assert "c centres" in trader.text("ladder")


async def test_the_ladder_stays_while_the_market_moves_and_centres_itself_at_the_edge() -> None:
    async with seat() as trader:
        top = trader.desk.requests[-1].ladder_top
        trader.desk.script.second = 7
        await trader.frame()
        assert trader.desk.requests[-1].ladder_top == top
        trader.desk.script.second = 2_000
        await trader.frame()
        assert "centred again" in trader.text("ladder")
        trader.clock.now += 5
        await trader.frame()
        assert "in sight" in trader.text("ladder")


async def test_the_tape_s_smallest_print() -> None:
    async with seat() as trader:
        assert "tape  B" in trader.text("tape")
        await trader.press("right_square_bracket", "right_square_bracket")
        assert "tape from 5 lots" in trader.text("tape")
        assert trader.desk.requests[-1].minimum_size == 5
        await trader.press("left_square_bracket", "left_square_bracket", "left_square_bracket")
        assert "tape  B" in trader.text("tape")


async def test_intervals_go_round_both_ways() -> None:
    async with seat() as trader:
        for interval in ("5m", "15m", "1h", "1s", "1m"):
            await trader.press("i")
            assert trader.desk.requests[-1].interval == interval
        await trader.press("I")
        assert trader.desk.requests[-1].interval == "1s"
        assert "1s bars" in trader.text("chart")


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_lies_over_a_market_that_runs_on(key: str) -> None:
    async with seat(size=(160, 60)) as trader:
        await trader.press(key)
        assert trader.is_shown("help")
        assert all(action.title in trader.text("help") for action in ACTIONS if action.group is not Group.LINE)
        before = trader.text("status")
        trader.desk.script.second += 1
        await trader.frame()
        assert trader.text("status") != before
        await trader.press("escape")
        assert not trader.is_shown("help")
        await trader.press(key, key)
        assert not trader.is_shown("help")


async def test_the_theme_changes_and_says_its_name() -> None:
    async with seat() as trader:
        for name in [*list(PALETTES)[1:], next(iter(PALETTES))]:
            await trader.press("t")
            assert trader.app.theme == name
            assert f"theme {name}" in trader.text("notice")


@pytest.mark.parametrize("key", ["P", "ctrl+s"])
async def test_a_picture_is_saved_and_its_path_told(key: str, tmp_path: Path) -> None:
    async with seat(options=CockpitOptions(pictures=tmp_path)) as trader:
        await trader.press(key)
        path = tmp_path / "qmo-ESH4-20231225T231003Z-41208.svg"
        assert str(path) in trader.text("notice")
    assert "<svg" in path.read_text()


async def test_a_picture_that_cannot_be_saved_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with seat(options=CockpitOptions(pictures=tmp_path / "file")) as trader:
        await trader.press("P")
        assert "picture not saved" in trader.text("notice")


async def test_the_folder_of_pictures_is_made_with_the_first(tmp_path: Path) -> None:
    async with seat(options=CockpitOptions(pictures=tmp_path / "new" / "pictures")) as trader:
        await trader.press("P")
        assert "picture saved" in trader.text("notice")
    assert len(list((tmp_path / "new" / "pictures").glob("*.svg"))) == 1


async def test_answers_fade_and_errors_stay() -> None:
    async with seat() as trader:
        trader.desk.error = "esh4.dbn: cut inside a record"
        await trader.press("plus")
        assert "speed 300x" in trader.text("notice")
        trader.clock.now += 60
        await trader.frame()
        assert "speed" not in trader.text("notice")
        assert "FEED ENDED: esh4.dbn: cut inside a record" in trader.text("notice")


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quit(key: str) -> None:
    async with seat() as trader:
        await trader.pilot.press(key)
        await trader.pilot.pause()
        assert not trader.app.is_running
    assert trader.app.return_code == 0


@pytest.mark.parametrize("key", ["b", "s", "y", "n", "f", "x", "6"])
async def test_keys_of_trading_say_why_nothing_can_be_traded_where_nothing_can(key: str) -> None:
    async with seat() as trader:
        await trader.press(key)
        assert trader.desk.pressed == []
        assert "no orders: a scripted market takes no orders" in trader.text("notice")
        assert "no orders: a scripted market takes no orders" in trader.text("prompt")


async def test_a_keymap_moves_an_action_to_another_key() -> None:
    async with seat(options=CockpitOptions(keymap={"pause": ("w",), "help": ("h", "question_mark")})) as trader:
        await trader.press("space")
        assert trader.desk.script.told == []
        await trader.press("w")
        assert trader.desk.script.told == ["pause"]
        await trader.press("h")
        assert trader.is_shown("help")


async def test_the_wheel_scrolls_the_ladder_and_a_click_seeks() -> None:
    async with seat() as trader:
        top = trader.desk.requests[-1].ladder_top
        assert top is not None
        await trader.pilot._post_mouse_events([MouseScrollUp], "#ladder", (5, 5))
        await trader.frame()
        assert trader.desk.requests[-1].ladder_top == top + 2
        await trader.pilot.click("#scrub", offset=(22, 0))
        assert trader.desk.script.told == ["seek 0"]
        await trader.pilot.click("#scrub", offset=(2, 0))
        assert trader.desk.script.told == ["seek 0"]


async def test_the_mouse_over_prices_never_does_more_than_look() -> None:
    async with seat() as trader:
        await trader.pilot.click("#ladder", offset=(35, 10))
        assert trader.desk.script.told == []


async def test_a_market_before_its_first_record_is_shown_as_unknown() -> None:
    desk = ScriptedDesk(nothing_yet())
    desk.script.start = None
    async with seat(desk=desk) as trader:
        assert "--" in trader.text("status")
        await trader.press("c", "up", "right")
        assert "nothing has been played yet" in trader.text("notice")


async def test_the_end_of_the_recording_is_stated() -> None:
    async with seat() as trader:
        trader.desk.script.finished = True
        await trader.press("space")
        assert "END OF RECORDING" in trader.text("scrub")
        assert "end of the recording" in trader.text("notice")


async def test_views_are_asked_for_what_there_is_room_for_and_no_more() -> None:
    async with seat(size=(80, 24)) as trader:
        request = trader.desk.requests[-1]
        assert request.ladder_rows == trader.canvas("ladder").size.height - 2
        assert request.bars == 0
        assert request.ladder_top == CENTRE + request.ladder_rows // 2
