"""Every link of the documentation leads somewhere, and every picture is one that a test draws."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, REPOSITORY, anchors, links, name_of, read, spans
from tests.qmo_tui.cockpit.test_states import STATES

_ROOMS = ("feeds", "engines", "qmo_tui", "tests", "docs")
_NO_CODE = {"CHANGELOG.md", "files.md"}
"""Pages of what was, and of the user's own files."""
_MACHINE_PATH = re.compile(r"(?<![\w.~/$}-])/(home|root|tmp|work|Users|mnt|opt)/")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    astray = []
    for target in links(read(page).prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(read(file).prose)):
            astray.append(target)
    assert astray == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_folder_of_somebodys_machine(page: Path) -> None:
    assert [line for line in page.read_text(encoding="utf-8").splitlines() if _MACHINE_PATH.search(line)] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in _NO_CODE], ids=name_of)
def test_every_file_of_the_code_that_a_page_names_exists(page: Path) -> None:
    """A name stands for any file or folder that ends like it: a page on a room need not name the room each time."""
    named = {
        one
        for one in spans(read(page).prose)
        if re.fullmatch(r"(?!\./)[\w./-]+(\.py|/)", one) and "/" in one.strip("/")
    }
    assert sorted(one for one in named if not any(path.endswith(f"/{one.rstrip('/')}") for path in _files())) == []


@cache
def _files() -> frozenset[str]:
    return frozenset(
        f"/{path.relative_to(REPOSITORY).as_posix()}"
        for room in _ROOMS
        for path in (REPOSITORY / room).rglob("*")
        if "__pycache__" not in path.parts
    )


def test_every_picture_is_shown_on_a_page() -> None:
    shown = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in links(read(page).prose)
        if "pictures/" in target
    }
    assert sorted(one.name for one in set((DOCS / "pictures").iterdir()) - shown) == []


def test_every_picture_is_drawn_by_a_test() -> None:
    """A test names it, or the pattern of its kind, as the pictures of zones and of the simulator's shape."""
    states = {f"state-{state}-{width}x{height}" for state, sizes in STATES.items() for width, height in sizes}
    tests = [path for path in (REPOSITORY / "tests").rglob("test_*.py") if path != Path(__file__)]
    named = set(re.findall(r"[\w*-]+", " ".join(path.read_text(encoding="utf-8") for path in tests)))
    patterns = {f"{name}.{kind}" for name in named | states if "-" in name for kind in ("svg", "png")}
    unnamed = [one.name for one in (DOCS / "pictures").iterdir() if not any(one.match(pattern) for pattern in patterns)]
    assert sorted(unnamed) == []


def test_every_page_of_the_folder_is_in_its_table_of_contents() -> None:
    listed = {target.partition("#")[0] for target in links(read(DOCS / "README.md").prose)}
    assert sorted({page.name for page in DOCS.glob("*.md")} - {"README.md"} - listed) == []
