"""Machine code is kept for as long as nothing that it is made from has changed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.compiled import sources

OURS = Path(__file__).parents[2]
ROOMS = [OURS / "engines", OURS / "feeds" / "simulator"]


def imported(file: Path) -> Iterator[Path]:
    """Every file of ours that one imports, however it is written."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            path = OURS.joinpath(*name.split("."))
            if name.partition(".")[0] in {"engines", "feeds"}:
                yield from (found for found in (path.with_suffix(".py"), path / "__init__.py") if found.exists())


def decorated(file: Path) -> bool:
    functions = [
        node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    ]
    return any(
        isinstance(name, ast.Name) and name.id in {"compiled", "inlined"}
        for function in functions
        for name in function.decorator_list
    )


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_kernels_are_made_anew_when_any_file_that_they_come_from_changes(room: Path) -> None:
    made_from = set(sources(room))
    kernels = {file for file in room.rglob("*.py") if decorated(file)}
    assert kernels
    assert kernels <= made_from
    for file in made_from:
        assert set(imported(file)) <= made_from, file


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_they_are_kept_when_anything_else_changes(room: Path) -> None:
    """Otherwise every change of a docstring would cost a minute at the next start."""
    untouched = set(room.rglob("*.py")) - set(sources(room))
    assert len(untouched) > len(list(room.rglob("*.py"))) / 4
