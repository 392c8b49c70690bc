from collections import Counter

import pytest

from qmo_tui.cockpit.actions import (
    ACTIONS,
    RESERVED_KEYS,
    UNFIT_FOR_TRADING,
    Group,
    docs,
    grouped,
    key_name,
    keys_of,
    shown_key,
)
from qmo_tui.cockpit.app import CockpitApp
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.footer import paint_footer
from qmo_tui.cockpit.painting.help import help_height, help_pages, paint_help
from qmo_tui.cockpit.painting.spans import text_of
from qmo_tui.cockpit.trading_keys import TradingKeys
from tests.qmo_tui.cockpit.scenes import ScriptedDesk


def test_no_key_stands_for_two_actions() -> None:
    counted = Counter(key for action in ACTIONS for key in action.keys)
    assert [key for key, count in counted.items() if count > 1] == []


def test_keys_that_commit_money_are_those_of_trading_alone() -> None:
    keys = {group: {key for action in actions for key in action.keys} for group, actions in grouped().items()}
    assert keys.pop(Group.TRADING) >= RESERVED_KEYS
    assert not RESERVED_KEYS & set().union(*keys.values())


def test_no_key_that_is_pressed_by_habit_trades() -> None:
    traded = {key for action in ACTIONS if action.group is Group.TRADING for key in action.keys}
    assert not UNFIT_FOR_TRADING & traded


@pytest.mark.parametrize("live", [False, True], ids=["replay", "live"])
@pytest.mark.parametrize("height", [15, 21, 60], ids=["smallest", "middle", "one page"])
def test_help_lists_every_action_of_a_replay_or_of_a_line_on_its_pages(live: bool, height: int) -> None:
    pages = help_pages(height, live=live)
    assert (pages == 1) == (height >= help_height(live=live))
    rows = [row for page in range(pages) for row in paint_help({}, 80, height, live=live, page=page)]
    picture = "\n".join(text_of(row) for row in rows)
    elsewhere = Group.TRANSPORT if live else Group.LINE
    for action in ACTIONS:
        assert (action.title in picture) == (action.group is not elsewhere)
        if action.group is not elsewhere:
            assert shown_key(action.keys[0]) in picture


@pytest.mark.parametrize("height", [3, 15, 21, 40])
def test_every_column_of_the_help_begins_with_the_heading_of_what_stands_in_it(height: int) -> None:
    headings = {group.value for group in Group} | {f"{group.value}, continued" for group in Group}
    for page in range(help_pages(height, live=False)):
        rows = [text_of(row) for row in paint_help({}, 80, height, live=False, page=page)]
        tops = (rows[1][2:40].strip(), rows[1][42:].strip())
        assert tops[0] in headings
        assert tops[1] in headings | {""}
        bottoms = (rows[-1][2:40].strip(), rows[-1][42:].strip())
        assert not set(bottoms) & headings


def test_help_and_footer_show_the_trader_s_own_keys() -> None:
    keymap = {"pause": ("w",)}
    assert "w pause" in text_of(paint_footer(keymap, 160, live=False))
    page = paint_help(keymap, 80, help_height(live=False), live=False)
    assert any(" w               pause, play on" in text_of(row) for row in page)


def test_the_footer_never_drops_help_and_quit() -> None:
    assert "? help" in text_of(paint_footer({}, 40, live=False))
    assert "q quit" in text_of(paint_footer({}, 40, live=False))


def test_the_documentation_names_every_action() -> None:
    table = docs()
    assert all(f"`{action.name}`" in table and action.text in table for action in ACTIONS)


def test_every_action_does_something() -> None:
    app, keys = CockpitApp(ScriptedDesk(), CockpitOptions()), TradingKeys(ScriptedDesk(), {}, lambda: None)
    traded = {action.name for action in ACTIONS if keys.action_of(action.keys[0]) == action.name}
    assert set(app.commands) | traded == {action.name for action in ACTIONS}
    assert not set(app.commands) & traded


def test_keys_are_shown_as_the_keyboard_shows_them() -> None:
    shown = {key: shown_key(key) for key in ("question_mark", "shift+left", "ctrl+s", "comma", "pageup", "q", "f1")}
    assert list(shown.values()) == ["?", "Shift+←", "Ctrl+s", ",", "PgUp", "q", "F1"]


def test_characters_are_named_as_the_terminal_names_them() -> None:
    from textual.keys import _character_to_key

    for character in "?/+-=.,[]!a7'":
        assert key_name(character) == _character_to_key(character)


def test_a_keymap_replaces_only_what_it_names() -> None:
    quit_action = next(action for action in ACTIONS if action.name == "quit")
    assert keys_of(quit_action, {}) == quit_action.keys
    assert keys_of(quit_action, {"quit": ("f10",)}) == ("f10",)
