from collections.abc import Mapping
from pathlib import Path

import pytest

from qmo_tui.cockpit.keymap import Keymap, KeymapError, clashes, examined, examined_file, load_keymap


def read_keymap(table: Mapping[str, object]) -> Keymap:
    """Return a keymap with nothing wrong."""
    keymap, faults = examined(table)
    assert faults == ()
    return keymap


def test_characters_and_names_are_both_keys() -> None:
    assert read_keymap({"pause": "V", "help": ["?", "J"]}) == {"pause": ("V",), "help": ("question_mark", "J")}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"pasue": "V"}, "keymap.toml: unknown action 'pasue', did you mean 'pause'?"),
        ({"zzz": "V"}, "keymap.toml: unknown action 'zzz'; `qmo config keys` lists all"),
        ({"pause": 5}, "keymap.toml: pause takes a key or a list of keys, not 5"),
        ({"pause": []}, "keymap.toml: pause takes a key or a list of keys, not []"),
        ({"pause": "b"}, "keymap.toml: pause cannot use 'b': it is reserved for trading"),
        ({"pause": "enter"}, "keymap.toml: pause cannot use 'enter': it is reserved for trading"),
        ({"confirm": "enter"}, "keymap.toml: confirm cannot use 'enter': it is too easily pressed to trade"),
        ({"arm_buy": ["V", "space"]}, "keymap.toml: arm_buy cannot use 'Space': it is too easily pressed to trade"),
        ({"flatten": "ctrl+m"}, "keymap.toml: flatten cannot use 'Ctrl+m': it is too easily pressed to trade"),
        (
            {"snooze": "b"},
            "keymap.toml: 'b' is bound to both arm_buy and snooze: give snooze another key, or arm_buy one of its own",
        ),
        ({"pause": "c"}, "keymap.toml: 'c' is bound to both pause and centre"),
        (
            {"pause": "c", "centre": "c"},
            "keymap.toml: 'c' is bound to both pause and centre: give pause or centre another key",
        ),
    ],
)
def test_a_wrong_keymap_is_refused_with_a_sentence(table: dict[str, object], message: str) -> None:
    _, faults = examined(table)
    assert len(faults) == 1
    assert faults[0].startswith(message)


def test_two_actions_may_swap_their_keys() -> None:
    assert read_keymap({"centre": "i", "interval": "c"}) == {"centre": ("i",), "interval": ("c",)}


def test_keys_of_trading_may_be_moved_and_swapped_among_themselves() -> None:
    assert read_keymap({"confirm": "V", "reject": "y"}) == {"confirm": ("V",), "reject": ("y",)}


def test_a_missing_file_changes_nothing(tmp_path: Path) -> None:
    assert load_keymap(tmp_path / "keymap.toml") == {}


def test_a_file_is_read_and_its_faults_name_it(tmp_path: Path) -> None:
    path = tmp_path / "keymap.toml"
    path.write_text('pause = "V"\n')
    assert load_keymap(path) == {"pause": ("V",)}
    path.write_text("pause = \n")
    with pytest.raises(KeymapError, match=r"^keymap\.toml: "):
        load_keymap(path)


@pytest.mark.parametrize(
    "text", [f"quit = {'[' * 5_000}{']' * 5_000}", f"quit{'.a' * 5_000} = 1"], ids=["list", "table"]
)
def test_a_file_that_is_nested_without_end_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keymap.toml"
    file.write_text(f"{text}\n", encoding="utf-8")
    told = "keymap.toml: a value in it is nested too deep; mend it, or move the file away"
    assert examined_file(file) == ({}, (told,))


def test_all_that_is_wrong_is_told_at_once_and_the_rest_can_still_be_read() -> None:
    keymap, faults = examined({"pasue": "u", "pause": "y", "quit": "c", "flatten": "space", "help": 5, "theme": "f6"})
    assert [fault.removeprefix("keymap.toml: ").split(":")[0] for fault in faults] == [
        "unknown action 'pasue', did you mean 'pause'?",
        "pause cannot use 'y'",
        "flatten cannot use 'Space'",
        "help takes a key or a list of keys, not 5",
        "'c' is bound to both centre and quit",
    ]
    assert keymap["theme"] == ("f6",)


def test_a_key_named_twice_for_one_action_is_no_clash() -> None:
    assert read_keymap({"pause": ["f6", "f6"]}) == {"pause": ("f6", "f6")}


def test_the_default_keys_do_not_clash() -> None:
    assert clashes({}) == []
