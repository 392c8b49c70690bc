"""Every setting: where its value came from, and how a wrong one is refused; what each may be is in `setting_tables`.

A value is looked up in this order: the command's flag, the environment, the user's `config.toml`, the packaged
`config.toml`, the default of the field below. The key of a setting is its table and name with dots between
(`cockpit.ladder.recentre_margin`); its environment variable is `QMO_` and the key in capitals with underscores for dots
(`QMO_COCKPIT_LADDER_RECENTRE_MARGIN`), where a list is written with commas; an empty variable counts as unset.

The packaged file explains each setting to the trader; the description in a field's type is what the error says is
allowed.
"""

import difflib
import hashlib
import os
import reprlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from qmo_tui.errors import QmoError
from qmo_tui.paths import packaged_config_file, user_config_file
from qmo_tui.setting_tables.engines import (
    Absorption,
    Bars,
    Calibration,
    Cycles,
    Flow,
    Gann,
    Icebergs,
    Imo,
    Memory,
    Mentor,
    News,
    Phase,
    Sessions,
    Structure,
    Sweeps,
)
from qmo_tui.setting_tables.kinds import Table
from qmo_tui.setting_tables.screen import Cockpit
from qmo_tui.setting_tables.server import Server
from qmo_tui.setting_tables.sources import CONTRACTS, Contract, Feed, History, Log, Recording, Replay, Root
from qmo_tui.setting_tables.trading import Account, Alerts, Entry, Exits, Paper, Risk

RESERVED_VARIABLES: Final = frozenset(
    {
        "QMO_HOME",
        "QMO_DATA",
        "QMO_DATABENTO_GATEWAY",
        "QMO_DATABENTO_HISTORICAL_URL",
        "QMO_YAHOO_URL",
        "QMO_SERVE_TOKEN",
    }
)
"""Environment variables that start like a setting and are none: folders, addresses of servers, a secret."""
_PREFIX: Final = "QMO_"


class SettingsError(QmoError):
    """A setting is unknown, of the wrong kind, or outside what is allowed."""


class Settings(Table, frozen=True, kw_only=True):
    """All settings; `instruments` maps a product root (`GC`) to its contract."""

    replay: Replay = Replay()
    bars: Bars = Bars()
    flow: Flow = Flow()
    icebergs: Icebergs = Icebergs()
    absorption: Absorption = Absorption()
    structure: Structure = Structure()
    sweeps: Sweeps = Sweeps()
    memory: Memory = Memory()
    phase: Phase = Phase()
    imo: Imo = Imo()
    gann: Gann = Gann()
    cycles: Cycles = Cycles()
    mentor: Mentor = Mentor()
    sessions: Sessions = Sessions()
    news: News = News()
    account: Account = Account()
    risk: Risk = Risk()
    entry: Entry = Entry()
    exits: Exits = Exits()
    paper: Paper = Paper()
    calibration: Calibration = Calibration()
    cockpit: Cockpit = Cockpit()
    alerts: Alerts = Alerts()
    server: Server = Server()
    feed: Feed = Feed()
    recording: Recording = Recording()
    history: History = History()
    log: Log = Log()
    instruments: dict[Root, Contract] = msgspec.field(default_factory=lambda: dict(CONTRACTS))


class Layer(StrEnum):
    """The places a value may come from, the strongest first."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    USER_FILE = "user file"
    PACKAGED_FILE = "packaged file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: the layer, and the flag, variable or file there (empty for a default)."""

    layer: Layer
    where: str = ""

    def __str__(self) -> str:
        return f"{self.layer} {self.where}".rstrip()


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force.

    Attributes:
        settings: The values.
        origins: Where each value came from, by key (`replay.speed`), in the order of `config.toml`.
    """

    settings: Settings
    origins: Mapping[str, Origin]


def load(
    flags: Mapping[str, object] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    user_file: Path | None = None,
    packaged_file: Path | None = None,
) -> Loaded:
    """Read the settings in force.

    Args:
        flags: Values given on the command line, by key; None stands for a flag that was not given. The flag of a key
            is called like its last name: `replay.speed` is `--speed`.
        environment: Environment variables; the process's own unless given.
        user_file: The user's settings, which need not exist; their usual place unless given.
        packaged_file: The file that holds the defaults; the one that came with the program unless given.

    Raises:
        SettingsError: A file cannot be read, or a key or value is not allowed. The message is one line that names the
            file, variable or flag, the key, and what is allowed.
    """
    layers = (
        _read_file(packaged_file or packaged_config_file(), Layer.PACKAGED_FILE),
        _read_file(user_file or user_config_file(), Layer.USER_FILE),
        _read_environment(os.environ if environment is None else environment),
        _read_flags(flags or {}),
    )
    found: dict[str, _Found] = {}
    for layer in layers:
        found |= layer
    settings = _build(found)
    given = {key: found[key].origin if key in found else Origin(Layer.DEFAULT) for key, _ in values(settings)}
    return Loaded(settings, MappingProxyType(given))


def values(settings: Settings) -> Iterator[tuple[str, Any]]:
    """Yield each setting's key and value, in the order of the tables above."""
    yield from _leaves(settings, "")


def plain(value: object) -> object:
    """Return a setting's value as TOML and JSON write it: a number, a string or a list of them."""
    return msgspec.to_builtins(value, enc_hook=str)


def settings_digest(settings: Settings) -> str:
    """Return a hash of the settings that change which events the engines report, 16 hexadecimal digits."""
    relevant = {
        "bars": settings.bars,
        "flow": settings.flow,
        "icebergs": settings.icebergs,
        "absorption": settings.absorption,
        "structure": settings.structure,
        "sweeps": settings.sweeps,
        "memory": settings.memory,
        "phase": settings.phase,
        "imo": settings.imo,
        "mentor": settings.mentor,
        "gann": settings.gann,
        "cycles": settings.cycles,
        "instruments": {
            root: {"tick": contract.tick, "multiplier": contract.multiplier}
            for root, contract in settings.instruments.items()
        },
    }
    canonical = msgspec.json.encode(relevant, order="sorted")
    return hashlib.blake2b(canonical, digest_size=8).hexdigest()


# Reading one layer: each returns what it found, checked, by key.


@dataclass(frozen=True, slots=True)
class _Found:
    value: object
    origin: Origin


def _read_file(path: Path, layer: Layer) -> dict[str, _Found]:
    try:
        with path.open("rb") as file:
            tree = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path}: cannot be read: a value in it is nested too deep") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    origin = Origin(layer, str(path))
    return {key: _Found(value, origin) for key, value in _checked(tree, Settings, "", path)}


def _checked(tree: Mapping[str, object], table: type[Table], prefix: str, path: Path) -> Iterator[tuple[str, object]]:
    """Yield key and converted value of every setting in one table of a file."""
    types = _types_of(table)
    for name, value in tree.items():
        key = prefix + name
        if name not in types:
            raise SettingsError(f"{path}: unknown key {key!r}{_hint(key, _all_keys())}")
        yield from _checked_value(key, value, types[name], path)


def _checked_value(key: str, value: object, kind: Any, path: Path) -> Iterator[tuple[str, object]]:
    if not _is_table(kind):
        yield key, _convert(value, kind, f"{path}: {key}", strict=True)
        return
    if not isinstance(value, dict):
        raise SettingsError(f"{path}: {key} is a table: write its settings under [{key}]")
    if get_origin(kind) is dict:
        for root, contract in value.items():
            _check_root(root, f"{path}: {key}.{root}")
            yield from _checked_value(f"{key}.{root}", contract, Contract, path)
        return
    yield from _checked(value, kind, f"{key}.", path)


def _read_environment(environment: Mapping[str, str]) -> dict[str, _Found]:
    types = {_variable(key): (key, kind) for key, kind in _all_types()}
    found = {}
    for name in sorted(environment):
        text = environment[name]
        if not text or not name.startswith(_PREFIX) or name in RESERVED_VARIABLES:
            continue
        named = types.get(name) or _contract_variable(name)
        if named is None:
            raise SettingsError(f"unknown environment variable {name}{_hint(name, [*types, *RESERVED_VARIABLES])}")
        key, kind = named
        written = [word.strip() for word in text.split(",")] if get_origin(_bare(kind)) is tuple else text
        found[key] = _Found(_convert(written, kind, name, strict=False), Origin(Layer.ENVIRONMENT, name))
    return found


def _contract_variable(name: str) -> tuple[str, Any] | None:
    """Read the variable of a product that no file names, such as `QMO_INSTRUMENTS_HG_TICK`."""
    match name.removeprefix(_PREFIX).split("_"):
        case ["INSTRUMENTS", root, field] if field.lower() in Contract.__struct_fields__:
            _check_root(root, name)
            return f"instruments.{root}.{field.lower()}", _types_of(Contract)[field.lower()]
    return None


def _read_flags(flags: Mapping[str, object]) -> dict[str, _Found]:
    types = dict(_all_types())
    found = {}
    for key, value in flags.items():
        if value is None:
            continue
        flag = f"--{key.rpartition('.')[2].replace('_', '-')}"
        found[key] = _Found(_convert(value, types[key], flag, strict=True), Origin(Layer.FLAG, flag))
    return found


def _build(found: Mapping[str, _Found]) -> Settings:
    """Put the found values together; what no layer holds takes its default."""
    contracts: dict[str, Any] = {root: msgspec.structs.asdict(contract) for root, contract in CONTRACTS.items()}
    tree: dict[str, Any] = {"instruments": contracts}
    for key, one in found.items():
        *tables, name = key.split(".")
        table = tree
        for part in tables:
            table = table.setdefault(part, {})
        table[name] = one.value
    for root, contract in contracts.items():
        _require_both(root, contract, found)
    return msgspec.convert(tree, Settings, dec_hook=_decode)


def _require_both(root: str, contract: Mapping[str, object], found: Mapping[str, _Found]) -> None:
    for name in ("tick", "multiplier"):
        if name not in contract:
            where = next(one.origin.where for key, one in found.items() if key.startswith(f"instruments.{root}."))
            raise SettingsError(f"{where}: instruments.{root} needs tick and multiplier; {name} is missing")


# What the structs above say about keys and types.


def _types_of(table: type[Table]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(table)}


def _all_types() -> Iterator[tuple[str, Any]]:
    """Yield key and type of every setting, the known products' included."""
    yield from _leaf_types(Settings, "")


def _leaf_types(table: type[Table], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, kind in _types_of(table).items():
        if get_origin(kind) is dict:
            for root in CONTRACTS:
                yield from _leaf_types(Contract, f"{prefix}{name}.{root}.")
        elif _is_table(kind):
            yield from _leaf_types(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, kind


def _leaves(table: Table, prefix: str) -> Iterator[tuple[str, Any]]:
    for name in table.__struct_fields__:
        value = getattr(table, name)
        if isinstance(value, dict):
            for root, contract in value.items():
                yield from _leaves(contract, f"{prefix}{name}.{root}.")
        elif isinstance(value, Table):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _all_keys() -> list[str]:
    """Return every key and every table's name."""
    keys = [key for key, _ in _all_types()]
    tables = {".".join(parts[:depth]) for parts in (key.split(".") for key in keys) for depth in range(1, len(parts))}
    return [*keys, *sorted(tables)]


def _is_table(kind: Any) -> bool:
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, Table))


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _variable(key: str) -> str:
    return _PREFIX + key.replace(".", "_").upper()


_Value = TypeVar("_Value")


def _convert(value: object, kind: type[_Value], where: str, *, strict: bool) -> _Value:
    """Return the value in its setting's type.

    Raises:
        SettingsError: It is of another kind or outside the range; the message is `where` and what is allowed.
    """
    try:
        return msgspec.convert(value, kind, strict=strict, dec_hook=_decode)
    except msgspec.ValidationError:
        raise SettingsError(f"{where}: {reprlib.repr(value)} is not {_allowed(kind)}") from None


def _decode(kind: type, value: object) -> object:
    """Read a time zone, the one setting whose type TOML does not know.

    Raises:
        ValueError: There is no such zone.
    """
    if isinstance(value, kind):
        return value
    if kind is not ZoneInfo or not isinstance(value, str):
        raise ValueError("not a time zone")
    try:
        return ZoneInfo(value)
    except (KeyError, OSError) as error:
        raise ValueError("not a time zone") from error


def _allowed(kind: Any) -> str:
    """Return the description of a setting's type."""
    described = (meta.description for meta in get_args(kind) if isinstance(meta, Meta))
    return next(text for text in described if text is not None)


def _check_root(root: str, where: str) -> None:
    try:
        msgspec.convert(root, Root)
    except msgspec.ValidationError:
        raise SettingsError(
            f"{where}: a product is one to six capital letters and digits{_hint(root.upper(), CONTRACTS)}"
        ) from None


def _hint(wrong: str, known: Iterable[str]) -> str:
    """Return the end of an error sentence: the nearest known name, or where to read all of them."""
    names = list(known)
    near = difflib.get_close_matches(wrong, names, n=1)
    near = near or [name for name in names if name.rpartition(".")[2] == wrong.rpartition(".")[2]][:1]
    return f"; did you mean {near[0]!r}?" if near else "; `qmo config show` lists all settings"
