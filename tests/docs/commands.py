"""The commands that the documentation shows: found in code blocks and in code spans, in the order of their pages."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.docs.pages import read, spans

PROGRAMS: Final = frozenset(
    {"qmo", "make", "pytest", "python", "pip", "pipx", "uvx", "curl", "export", "for", "time", "grep", ".ci/run", "man"}
    | {"source", "jq", "ssh", "chrt", "mkdir"}
)
"""What a line of a code block or a code span begins with to be a command; `.venv/bin/` before it is the same."""

_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=\S*;?$")
_COMMENT: Final = re.compile(r"\s+#\s.*$|\s+#$")


@dataclass(frozen=True, slots=True)
class Command:
    """A command as a page shows it; `inline` where it stands in a sentence and not in a block."""

    text: str
    inline: bool

    @property
    def words(self) -> list[str]:
        """Return the words of it, settings of variables before the program left out."""
        return _words(self.text)

    @property
    def is_name(self) -> bool:
        """Tell whether a sentence only names a command of `qmo`, such as `qmo check`, without what it works on."""
        words = self.words
        return self.inline and words[0] == "qmo" and all(re.fullmatch("[a-z]+", word) for word in words[1:])

    @property
    def is_abridged(self) -> bool:
        """Tell whether it shows a form and no command: optional parts, alternatives, words left out."""
        return bool(re.search(r"\[--|\s\.\.\.|\|[a-z]|…|\bCOMMAND\b", self.text))


def commands(page: Path) -> Iterator[Command]:
    """Yield what a page tells to run: its blocks first, each text once, then the spans of its sentences."""
    parts = read(page)
    told: set[str] = set()
    for text, inline in (
        *((line, False) for line in _whole_lines(parts.code)),
        *((one, True) for one in spans(parts.prose)),
    ):
        shown = _COMMENT.sub("", text).strip()
        if shown not in told and _is_command(shown):
            told.add(shown)
            yield Command(shown, inline)


def _is_command(text: str) -> bool:
    words = _words(text)
    return bool(words) and words[0] in PROGRAMS and (len(words) > 1 or words[0] in {"qmo", ".ci/run"})


def _words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        return []
    while words and _ASSIGNMENT.match(words[0]):
        words = words[1:]
    return [words[0].removeprefix(".venv/bin/"), *words[1:]] if words else []


def _whole_lines(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines, those that a backslash or a loop goes on over joined to one."""
    whole: list[str] = []
    for line in lines:
        whole.append(line)
        text = "\n".join(whole)
        if not line.rstrip().endswith("\\") and text.count("; do") == len(re.findall(r"^done\b", text, re.MULTILINE)):
            yield text
            whole = []
    yield from whole
