"""The pages of reference say what the program says: settings, commands and exit codes, events, files, dependencies.

Pages that are made of the program are written anew by

    UPDATE_PAGES=1 .venv/bin/pytest -p no:xdist tests/docs/test_reference.py
"""

import inspect
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
import pytest

from engines.events import Event
from engines.trading_events import Order
from qmo_tui import paths
from qmo_tui.settings import RESERVED_VARIABLES
from tests.docs.commands_page import commands_page
from tests.docs.pages import DOCS, REPOSITORY, table_rows
from tests.docs.settings_page import VARIABLES, settings_page


@pytest.mark.parametrize(("name", "made"), [("settings.md", settings_page), ("commands.md", commands_page)])
def test_a_page_made_of_the_program_is_what_the_program_says(name: str, made: Callable[[], str]) -> None:
    page = DOCS / name
    if "UPDATE_PAGES" in os.environ:
        page.write_text(made(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == made(), f"{name} says something else: see the first lines of this file"


def test_the_page_of_settings_has_every_variable_that_is_none() -> None:
    assert set(VARIABLES) >= RESERVED_VARIABLES


def test_the_page_of_events_has_every_kind_with_all_of_its_fields() -> None:
    told = {row[0].strip("`"): row[1] for row in _rows("events.md") if len(row) == 2 and row[0].startswith("`")}
    kinds = dict(_vocabulary())
    assert Order.__struct_config__.tag in kinds
    missing = {
        kind: absent
        for kind, fields in kinds.items()
        if (absent := [one for one in fields if not re.search(rf"\b{one}\b", told.get(kind, ""))])
    }
    assert missing == {}
    assert sorted(set(told) - set(kinds)) == []


def _vocabulary() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every kind of event with its fields as the log writes them, the time left out."""
    for one in Event.__subclasses__():
        tag = one.__struct_config__.tag
        if isinstance(tag, str) and one.__module__.startswith("engines."):
            yield tag, tuple(field.encode_name for field in msgspec.structs.fields(one) if field.name != "ts")


def test_the_page_of_files_has_every_path_of_the_program(home: Path) -> None:
    named = {name for row in _rows("files.md") for name in re.findall(r"`([^`]+)`", row[0])}
    kept = {path.relative_to(home).as_posix() for path in _paths() if path != home and home in path.parents}
    assert sorted(one for one in kept if one not in named and f"{one}/" not in named) == []


def test_the_page_of_files_tells_of_each_once() -> None:
    told = [row[0] for row in _rows("files.md") if row[0].startswith("`")]
    assert sorted(told) == sorted(set(told))


_GIVEN: Final = MappingProxyType({"account": "paper", "port": "PORT"})
"""What functions of `paths` that take an argument are called with."""


def _paths() -> Iterator[Path]:
    """Yield what every public function of `paths` returns."""
    for name, function in vars(paths).items():
        if not inspect.isfunction(function) or name.startswith("_") or function.__module__ != paths.__name__:
            continue
        given = [_GIVEN[one] for one in inspect.signature(function).parameters]
        returned = function(*given)
        yield from returned if isinstance(returned, tuple) else (returned,)


def test_every_dependency_has_its_row_and_every_row_is_one() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {_package(one) for one in project["project"]["dependencies"]}
    developing = {_package(one) for one in project["dependency-groups"]["dev"]}
    rows = {name.strip() for row in _rows("dependencies.md") for name in row[0].split(",")} - {"package"}
    assert sorted(rows) == sorted(needed | developing)


def _package(requirement: str) -> str:
    return re.split(r"[<>=!~; \[]", requirement, maxsplit=1)[0]


def _rows(page: str) -> list[list[str]]:
    return list(table_rows((DOCS / page).read_text(encoding="utf-8")))
