from pathlib import Path

import pytest

from qmo_tui.cockpit.keymap import KeymapError, load_keymap, read_keymap


def test_characters_and_names_are_both_keys() -> None:
    assert read_keymap({"pause": "u", "help": ["?", "h"]}) == {"pause": ("u",), "help": ("question_mark", "h")}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"pasue": "u"}, "keymap.toml: unknown action 'pasue', did you mean 'pause'?"),
        ({"zzz": "u"}, "keymap.toml: unknown action 'zzz'; there are: arm_buy, arm_sell"),
        ({"pause": 5}, "keymap.toml: pause takes a key or a list of keys, not 5"),
        ({"pause": []}, "keymap.toml: pause takes a key or a list of keys, not []"),
        ({"pause": "b"}, "keymap.toml: pause cannot use 'b': it is reserved for trading"),
        ({"pause": "enter"}, "keymap.toml: pause cannot use 'enter': it is reserved for trading"),
        ({"confirm": "enter"}, "keymap.toml: confirm cannot use 'enter': it is too easily pressed to trade"),
        ({"arm_buy": ["u", "space"]}, "keymap.toml: arm_buy cannot use 'Space': it is too easily pressed to trade"),
        ({"flatten": "ctrl+m"}, "keymap.toml: flatten cannot use 'Ctrl+m': it is too easily pressed to trade"),
        ({"confirm": "b"}, "keymap.toml: 'b' is bound to both arm_buy and confirm"),
        ({"pause": "c"}, "keymap.toml: 'c' is bound to both pause and centre"),
        ({"pause": "u", "quit": "u"}, "keymap.toml: 'u' is bound to both pause and quit"),
    ],
)
def test_a_wrong_keymap_is_refused_with_a_sentence(table: dict[str, object], message: str) -> None:
    with pytest.raises(KeymapError) as refused:
        read_keymap(table)
    assert str(refused.value).startswith(message)


def test_two_actions_may_swap_their_keys() -> None:
    assert read_keymap({"centre": "i", "interval": "c"}) == {"centre": ("i",), "interval": ("c",)}


def test_keys_of_trading_may_be_moved_and_swapped_among_themselves() -> None:
    assert read_keymap({"confirm": "u", "reject": "y"}) == {"confirm": ("u",), "reject": ("y",)}


def test_a_missing_file_changes_nothing(tmp_path: Path) -> None:
    assert load_keymap(tmp_path / "keymap.toml") == {}


def test_a_file_is_read_and_its_faults_name_it(tmp_path: Path) -> None:
    path = tmp_path / "keymap.toml"
    path.write_text('pause = "u"\n')
    assert load_keymap(path) == {"pause": ("u",)}
    path.write_text("pause = \n")
    with pytest.raises(KeymapError, match=r"^keymap\.toml: "):
        load_keymap(path)
