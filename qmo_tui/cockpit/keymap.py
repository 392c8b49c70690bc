"""The trader's own keys: `keymap.toml` maps actions to keys (`pause = "space"`, `quit = ["q", "f10"]`)."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from typing import Final, TypeAlias

from qmo_tui.cockpit.actions import (
    ACTIONS,
    RESERVED_KEYS,
    UNFIT_FOR_TRADING,
    Action,
    Group,
    key_name,
    keys_of,
    shown_key,
)

Keymap: TypeAlias = dict[str, tuple[str, ...]]
"""Action names to the keys that replace its default ones."""
_BY_NAME: Final = {action.name: action for action in ACTIONS}


class KeymapError(ValueError):
    """A keymap cannot be used: it names an unknown action, a key that is reserved or unfit, or one key for two actions.

    Attributes:
        faults: All that is wrong with it, each in one line that says what to do.
    """

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def load_keymap(path: Path) -> Keymap:
    """Read a keymap file; one that does not exist changes nothing.

    Raises:
        KeymapError: See the class; also a file that is not TOML.
    """
    keymap, faults = examined_file(path)
    if faults:
        raise KeymapError(*faults)
    return keymap


def examined_file(path: Path) -> tuple[Keymap, tuple[str, ...]]:
    """Return what of a keymap file can be read, and all that is wrong with it."""
    if not path.exists():
        return {}, ()
    try:
        return examined(tomllib.loads(path.read_text(encoding="utf-8")), name=path.name)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return {}, (f"{path.name}: {error}; mend that place, or move the file away",)
    except RecursionError:
        return {}, (f"{path.name}: a value in it is nested too deep; mend it, or move the file away",)
    except OSError as error:
        return {}, (f"{path.name}: {error.strerror}",)


def examined(table: Mapping[str, object], *, name: str = "keymap.toml") -> tuple[Keymap, tuple[str, ...]]:
    """Return what of a table of keys can be used, with the keys' full names, and all that is wrong with it."""
    keymap: Keymap = {}
    faults: list[str] = []
    for action, value in table.items():
        if action not in _BY_NAME:
            faults.append(_unknown(action))
        elif (keys := _named(value)) is None:
            faults.append(f"{action} takes a key or a list of keys, not {value!r}")
        else:
            unfit = {key: why for key in keys if (why := _unfit(_BY_NAME[action], key))}
            faults += [f"{action} cannot use {shown_key(key)!r}: {why}; choose another" for key, why in unfit.items()]
            keymap[action] = tuple(key for key in keys if key not in unfit)
    faults += clashes(keymap)
    return keymap, tuple(f"{name}: {fault}" for fault in faults)


def clashes(keymap: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return a line for each key and each two actions that it stands for."""
    owners: dict[str, list[str]] = {}
    for action in ACTIONS:
        for key in dict.fromkeys(keys_of(action, keymap)):
            owners.setdefault(key, []).append(action.name)
    return [
        f"{shown_key(key)!r} is bound to both {one} and {other}: {_remedy(one, other, keymap)}"
        for key, names in owners.items()
        for one, other in combinations(names, 2)
    ]


def _remedy(one: str, other: str, keymap: Mapping[str, tuple[str, ...]]) -> str:
    """Return what to do about a clash: which line to change, or which to add."""
    own = [name for name in (one, other) if name in keymap]
    if len(own) == 2:
        return f"give {one} or {other} another key"
    default = other if own == [one] else one
    return f"give {own[0] if own else one} another key, or {default} one of its own"


def _unknown(action: str) -> str:
    close = get_close_matches(action, _BY_NAME, n=1)
    hint = f", did you mean {close[0]!r}?" if close else "; `qmo config keys` lists all"
    return f"unknown action {action!r}{hint}"


def _named(value: object) -> tuple[str, ...] | None:
    """Return the full names of a key or of a list of keys; None where it is neither."""
    keys = [value] if isinstance(value, str) else value
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key for key in keys):
        return None
    return tuple(key_name(key) for key in keys)


def _unfit(action: Action, key: str) -> str:
    """Return why a key may not stand for an action; empty where it may."""
    if action.group is Group.TRADING:
        return "it is too easily pressed to trade" if key in UNFIT_FOR_TRADING else ""
    return "it is reserved for trading" if key in RESERVED_KEYS or key == "enter" else ""
