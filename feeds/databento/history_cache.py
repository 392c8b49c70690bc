"""Bought data on disk, so that nothing is paid for twice.

`FOLDER/DATASET/SYMBOL/SCHEMA/START-END.dbn.zst`, times in UTC to the second, holds all records of that stretch, the
end excluded, as Databento sent them. A file takes its name only when it is whole. It is read to its end before it is
used, and one that breaks is moved aside.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from feeds.databento.history_errors import BrokenAnswer
from feeds.dbn import DbnError, DbnFile
from feeds.records import Schema

SECOND_NS: Final = 1_000_000_000
_SUFFIX: Final = ".dbn.zst"
_ASIDE: Final = ".broken"
_TIME: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"(\d{8}T\d{6}Z)-(\d{8}T\d{6}Z)\.dbn\.zst")


@dataclass(frozen=True, slots=True)
class Request:
    """One schema of one symbol from `start` up to, not including, `end`: ns UTC, whole seconds."""

    schema: Schema
    symbol: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start % SECOND_NS or self.end % SECOND_NS or self.start >= self.end:
            raise ValueError(f"{self.schema} from {self.start} to {self.end} ns is no stretch of whole seconds")

    def cut(self, start: int, end: int) -> "Request":
        """Return a part of it."""
        return replace(self, start=start, end=end)

    def __str__(self) -> str:
        """Say it in words for the screen."""
        return f"{self.schema} of {self.symbol}, {in_words(self.start)} to {in_words(self.end)}"


@dataclass(frozen=True, slots=True)
class Cover:
    """What the cache has of a request.

    Attributes:
        files: Files that hold parts of it, in the order of time; none overlaps another.
        missing: The parts that no file holds.
        notes: What was wrong with files that had to be moved aside, a line each.
    """

    files: tuple[Path, ...]
    missing: tuple[Request, ...]
    notes: tuple[str, ...]


class HistoryCache:
    """The folder of bought data of one dataset."""

    def __init__(self, folder: Path, dataset: str) -> None:
        self._folder = folder / quote(dataset, safe="")

    def cover(self, request: Request) -> Cover:
        """Look for the parts of a request; reads every file found to its end."""
        files: list[Path] = []
        missing: list[Request] = []
        notes: list[str] = []
        reached = request.start
        for start, end, path in self._stretches(request):
            if end <= reached or start >= request.end or (start < reached and files):
                continue
            broken = _broken(path, request.schema)
            if broken is not None:
                notes.append(_put_aside(path, broken))
                continue
            if start > reached:
                missing.append(request.cut(reached, start))
            files.append(path)
            reached = end
        if reached < request.end:
            missing.append(request.cut(reached, request.end))
        return Cover(tuple(files), tuple(missing), tuple(notes))

    @contextlib.contextmanager
    def filling(self, request: Request) -> Iterator[Path]:
        """Give a path to write a request's data to; they are in the cache once the block has ended without an error.

        Raises:
            BrokenAnswer: What was written is not whole DBN of the schema; nothing of it is kept.
        """
        path = self.path_of(request)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.partial")
        try:
            yield partial
            broken = _broken(partial, request.schema)
            if broken is not None:
                raise BrokenAnswer(f"the data of Databento's history are broken: {broken}")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def path_of(self, request: Request) -> Path:
        """Return the file of exactly this request, whether or not it exists."""
        return self._folder_of(request) / f"{_named(request.start)}-{_named(request.end)}{_SUFFIX}"

    def _folder_of(self, request: Request) -> Path:
        return self._folder / quote(request.symbol, safe="") / request.schema

    def _stretches(self, request: Request) -> list[tuple[int, int, Path]]:
        """Return (start, end, file) of all there is of a symbol and schema, earliest and longest first."""
        folder = self._folder_of(request)
        if not folder.is_dir():
            return []
        found = ((stretch_of(path), path) for path in folder.iterdir())
        stretches = [(*stretch, path) for stretch, path in found if stretch is not None]
        return sorted(stretches, key=lambda stretch: (stretch[0], -stretch[1]))


def stretch_of(path: Path) -> tuple[int, int] | None:
    """Return the start and the end, excluded, of what a file of the cache holds, ns UTC; None for any other file."""
    match = _NAME.fullmatch(path.name)
    return None if match is None else (_read(match[1]), _read(match[2]))


def in_words(moment: int) -> str:
    """Return a time for the screen."""
    return f"{datetime.fromtimestamp(moment // SECOND_NS, UTC):%Y-%m-%d %H:%M} UTC"


def _broken(path: Path, schema: Schema) -> str | None:
    """Return what is wrong with a file, or None where it is whole; reads all of it."""
    try:
        file = DbnFile(path)
        for _ in file.batches():
            pass
    except (DbnError, OSError) as error:
        return str(error).removeprefix(f"{path}: ")
    if file.metadata is None or file.metadata.schema is not schema:
        return f"it does not hold {schema}"
    return None if file.ending is None else file.ending.note


def _put_aside(path: Path, broken: str) -> str:
    aside = path.with_name(path.name + _ASIDE)
    path.replace(aside)
    return f"{path.name} in the cache is broken ({broken}): it is now {aside}"


def _named(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment // SECOND_NS, UTC):{_TIME}}"


def _read(name: str) -> int:
    return int(datetime.strptime(name, _TIME).replace(tzinfo=UTC).timestamp()) * SECOND_NS
