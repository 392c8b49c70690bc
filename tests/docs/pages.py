"""The pages of the documentation, and what of them can be checked: links, anchors, pictures, code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
DOCS: Final = REPOSITORY / "docs"
PAGES: Final = (*sorted(REPOSITORY.glob("*.md")), *sorted(DOCS.rglob("*.md")))
"""Every page: README, CONTRIBUTING and CHANGELOG at the top, the rest in `docs`."""

_FENCE: Final = re.compile(r"^(```|~~~)(\w*)")
_LINK: Final = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LIST_ITEM: Final = re.compile(r"\s*([-*+]|\d+\.)\s")


def name_of(page: Path) -> str:
    """Return a page's path from the top of the repository."""
    return page.relative_to(REPOSITORY).as_posix()


@dataclass(frozen=True, slots=True)
class Page:
    """A page parted into its prose (with line breaks) and the lines of its code blocks."""

    prose: str
    code: tuple[str, ...]


def read(page: Path) -> Page:
    """Part a page: fenced blocks, and blocks indented by four after an empty line outside of lists, are code;
    programs in Python are not typed into a shell and are left out."""
    prose: list[str] = []
    code: list[str] = []
    fence, language, indented, in_list, before = "", "", False, False, ""
    for line in page.read_text(encoding="utf-8").splitlines():
        opening = _FENCE.match(line)
        if fence:
            fence = "" if line.startswith(fence) else fence
            code.append(line if fence and language != "python" else "")
        elif opening:
            fence, language = opening[1], opening[2]
        else:
            if line.strip() and not line.startswith(" "):
                in_list = bool(_LIST_ITEM.match(line))
            indented = line.startswith("    ") and not in_list and (indented or not before.strip())
            (code if indented else prose).append(line[4:] if indented else line)
        before = line
    return Page("\n".join(prose), tuple(code))


def links(prose: str) -> Iterator[str]:
    """Yield the target of every link and picture, those in code spans left out."""
    yield from (match[1] for match in _LINK.finditer(_SPAN.sub("", prose)))


def spans(prose: str) -> Iterator[str]:
    """Yield the text of every code span, on one line; a span never reaches over an empty line or a table's row."""
    for paragraph in re.split(r"\n\s*\n|\n(?=\|)", prose):
        for match in _SPAN.finditer(paragraph):
            yield " ".join(match[2].split()).replace("\\|", "|")


def anchors(prose: str) -> set[str]:
    """Return the names under which a page's headings are linked to, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*$", prose, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        repeated = sum(1 for one in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", one))
        found.add(f"{slug}-{repeated}" if repeated else slug)
    return found


def table_rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of every row of every table, headings included, rules left out."""
    for line in text.splitlines():
        if line.startswith("|") and not re.fullmatch(r"[|\s:-]+", line):
            yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
