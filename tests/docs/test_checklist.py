"""The checklist says of each row whether it holds, and names tests that exist."""

import ast
import re
from functools import cache

from tests.docs.pages import DOCS, REPOSITORY, table_rows

PAGE = DOCS / "checklist.md"


def _rows() -> list[list[str]]:
    return [row for row in table_rows(PAGE.read_text(encoding="utf-8")) if row[1] not in {"holds", "here"}]


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`", PAGE.read_text(encoding="utf-8"))
    assert named
    missing = [f"{path}::{name}" for path, name in named if not _has(path, name)]
    assert missing == []


@cache
def _functions(path: str) -> frozenset[str] | None:
    file = REPOSITORY / path
    if not file.is_file():
        return None
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def _has(path: str, name: str) -> bool:
    functions = _functions(path)
    return functions is not None and (not name or name in functions)


def test_every_row_is_of_three_cells_and_what_holds_is_shown() -> None:
    rows = _rows()
    assert [row for row in rows if len(row) != 3] == []
    unshown = [row[0] for row in rows if not row[2] and not row[1].startswith(("no", "partly", "not measured"))]
    assert unshown == []
