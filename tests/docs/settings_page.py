"""docs/settings.md, made of the packaged `config.toml` and the types of the settings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec
from msgspec import Meta

from qmo_tui.paths import packaged_config_file
from qmo_tui.setting_tables.kinds import Table
from qmo_tui.setting_tables.sources import Contract
from qmo_tui.settings import Settings

HEAD: Final = """\
# Settings

Made of `config.toml` and the types of the program; a test holds the page to both.

Put what you want different into a file of your own: `qmo config init` starts it with every setting commented out,
`qmo config path` says where it is. A setting is looked up in this order, and `qmo config show` says where each value
came from:

1. a flag of the command (`qmo replay FILE --speed 5`)
2. an environment variable: `QMO_` and the key in capitals, with `_` for dots (`QMO_REPLAY_SPEED=5`); lists with
   commas; empty counts as unset
3. your file
4. the packaged `config.toml`, which is this page

An unknown key, table or `QMO_` variable is an error that names the nearest known one. Sentences run from a setting
to the next, as in the file.
"""

VARIABLES: Final = {
    "DATABENTO_API_KEY": "the key of your Databento account; read from here and from nowhere else",
    "QMO_HOME": "one folder for all files of yours, in place of the platform's ([files.md](files.md))",
    "QMO_DATABENTO_GATEWAY": "`host:port` of a gateway of your own in place of Databento's ([gateway.md](gateway.md))",
    "QMO_DATABENTO_HISTORICAL_URL": "a server in place of Databento's Historical API ([history.md](history.md))",
    "QMO_YAHOO_URL": "a server in place of Yahoo's ([yahoo.md](yahoo.md))",
    "QMO_SERVE_TOKEN": "the token of the server, in place of one made at each start",
    "QMO_DATA": "folder of recorded market data, for the tests and `qmo bench` alone",
    "NO_COLOR": "present: no colours",
}
"""Environment variables that are no settings."""


@dataclass(frozen=True, slots=True)
class Line:
    """A setting as the packaged file tells it: its table, name, default as written, and the comment above."""

    table: str
    name: str
    default: str
    words: str


def settings_page() -> str:
    """Return the page."""
    allowed = dict(_allowed(Settings, ""))
    parts = [HEAD]
    table = None
    for line in lines_of_the_file():
        if line.table != table:
            table = line.table
            parts.append(f"\n## {table}\n\n| setting | default | allowed | what |\n|---|---|---|---|\n")
        words = re.sub(r"docs/(\w[\w-]*\.md)", r"[\1](\1)", line.words).replace("|", "\\|")
        allow = allowed[f"{line.table}.{line.name}"].replace("|", "\\|")
        parts.append(f"| `{line.name}` | `{line.default}` | {allow} | {words} |\n")
    parts.append("\n## Other environment variables\n\n| variable | what |\n|---|---|\n")
    parts.extend(f"| `{name}` | {words} |\n" for name, words in VARIABLES.items())
    return "".join(parts)


def lines_of_the_file() -> Iterator[Line]:
    """Yield every setting of the packaged file, in its order."""
    table, comment = "", list[str]()
    for line in packaged_config_file().read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            table, comment = line.strip("[] "), []
        elif line.startswith("#"):
            comment.append(line.lstrip("# "))
        elif "=" in line:
            name, _, value = line.partition("=")
            yield Line(table, name.strip(), value.strip(), " ".join(comment))
            comment = []
        elif not line.strip():
            comment = []


def _allowed(table: type[Table], prefix: str) -> Iterator[tuple[str, str]]:
    """Yield key and description of every setting; a product's are those of every product."""
    for field in msgspec.structs.fields(table):
        kind: Any = field.type
        if get_origin(kind) is dict:
            for root in msgspec.to_builtins(Settings().instruments, enc_hook=str):
                yield from _allowed(Contract, f"{prefix}{field.name}.{root}.")
        elif isinstance(kind, type) and issubclass(kind, Table):
            yield from _allowed(kind, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, _description(kind)


def _description(kind: Any) -> str:
    """Return what the type says is allowed."""
    if get_origin(kind) is not Annotated:
        kinds = [one for one in get_args(kind) if get_origin(one) is Annotated]
        return _description(kinds[0]) if kinds else str(kind)
    return next(meta.description for meta in get_args(kind) if isinstance(meta, Meta) and meta.description)
