"""The trader's own keys: `keymap.toml` maps actions to keys (`pause = "space"`, `quit = ["q", "f10"]`)."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from qmo_tui.cockpit.actions import ACTIONS, RESERVED_KEYS, UNFIT_FOR_TRADING, Group, key_name, keys_of, shown_key

Keymap: TypeAlias = dict[str, tuple[str, ...]]
"""Action names to the keys that replace its default ones."""


class KeymapError(ValueError):
    """A keymap names an unknown action, a reserved key, one unfit for trading, or one key for two actions."""


def load_keymap(path: Path) -> Keymap:
    """Read a keymap file; one that does not exist changes nothing.

    Raises:
        KeymapError: See the class; also a file that is not TOML.
    """
    if not path.exists():
        return {}
    try:
        return read_keymap(tomllib.loads(path.read_text(encoding="utf-8")), name=path.name)
    except tomllib.TOMLDecodeError as error:
        raise KeymapError(f"{path.name}: {error}") from error


def read_keymap(table: Mapping[str, object], *, name: str = "keymap.toml") -> Keymap:
    """Check a table of keys and return it with the keys' full names.

    Raises:
        KeymapError: See the class.
    """
    keymap: Keymap = {}
    for action, value in table.items():
        _require_known(action, name)
        keymap[action] = _keys(action, value, name)
    _require_no_clash(keymap, name)
    return keymap


def _require_known(action: str, name: str) -> None:
    names = [known.name for known in ACTIONS]
    if action in names:
        return
    close = get_close_matches(action, names, n=1)
    hint = f", did you mean {close[0]!r}?" if close else f"; there are: {', '.join(names)}"
    raise KeymapError(f"{name}: unknown action {action!r}{hint}")


def _keys(action: str, value: object, name: str) -> tuple[str, ...]:
    keys = [value] if isinstance(value, str) else value
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key for key in keys):
        raise KeymapError(f"{name}: {action} takes a key or a list of keys, not {value!r}")
    named = tuple(key_name(key) for key in keys)
    trades = next(known for known in ACTIONS if known.name == action).group is Group.TRADING
    for key in named:
        if not trades and (key in RESERVED_KEYS or key == "enter"):
            raise KeymapError(f"{name}: {action} cannot use {shown_key(key)!r}: it is reserved for trading")
        if trades and key in UNFIT_FOR_TRADING:
            raise KeymapError(f"{name}: {action} cannot use {shown_key(key)!r}: it is too easily pressed to trade")
    return named


def _require_no_clash(keymap: Keymap, name: str) -> None:
    owners: dict[str, str] = {}
    for action in ACTIONS:
        for key in keys_of(action, keymap):
            other = owners.setdefault(key, action.name)
            if other != action.name:
                raise KeymapError(f"{name}: {shown_key(key)!r} is bound to both {other} and {action.name}")
