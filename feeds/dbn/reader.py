"""A DBN file as batches: plain or zstd (one frame or many), any version, with a header or without, whole or cut."""

import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from feeds.dbn import zstd
from feeds.dbn.errors import CorruptDbn, DbnError, NotDbn
from feeds.dbn.metadata import MAGIC, Metadata
from feeds.dbn.parser import DbnParser, looks_like_records
from feeds.dbn.zstd import ZstdFile
from feeds.records import DEMO_DATASET, HEADER_BYTES, MBO, Batch, Provenance

CHUNK_BYTES: Final = 65_536 * MBO.itemsize
"""Decompressed bytes read at a time; memory in use is a few of these, whatever the length of the file.

Engines pay once for each piece as well as for each record: pieces of a megabyte made that a tenth of all their time;
with larger ones than this they gain nothing more. It is what a headless run takes at once (`replay.batch`).
"""
FIRST_BYTES: Final = CHUNK_BYTES // 8
"""The same at first, doubled from piece to piece: whoever works beside the reading waits for the first one."""
_LOOKED_AT_ONCE: Final = 256 * 1024
"""Bytes of a whole file read at a time to see how it ended: each read gives up the interpreter."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a file ended; both zero and False for a whole one.

    Attributes:
        left_over: Bytes of an incomplete last record, not handed on.
        frame_cut: Whether the file stops inside a zstd frame, as after a crash while writing.
    """

    left_over: int
    frame_cut: bool

    @property
    def note(self) -> str | None:
        """One line for the user, or None where the file is whole."""
        if self.frame_cut:
            return "the file ends inside a compressed frame: its last records are lost"
        return f"the file ends inside a record: {self.left_over} bytes left out" if self.left_over else None


class DbnFile:
    """One DBN file, read front to back, again and again if wanted.

    Attributes:
        path: The file.
        metadata: Its header, or None for a headerless fragment.
        provenance: What its batches carry; simulated data says in its header that it is.
        size: Bytes on disk.
        bytes_read: Bytes on disk read so far by the newest pass, for progress.
        ending: How the file ended; None until a pass has reached the end.
    """

    def __init__(self, path: Path | str, *, provenance: Provenance = Provenance.REPLAY) -> None:
        """Open the file and read its header.

        Raises:
            NotDbn: The file is not DBN, or is cut inside its header.
            UnsupportedDbn: Its version is unknown.
            CorruptDbn: Its compression is broken from the start.
            OSError: It cannot be opened.
        """
        self.path = Path(path)
        self.provenance = provenance
        self.bytes_read = 0
        self.ending: Ending | None = None
        try:
            status = self.path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise NotDbn("not a file: a recording is read more than once, so save it to a file first")
            self.size = status.st_size
            with closing(_open(self.path)) as source:
                start = _read_up_to(source, HEADER_BYTES)
                self._fragment = start[:3] != MAGIC and looks_like_records(start)
            self.metadata = None if self._fragment else self._read_header()
        except DbnError as error:
            raise type(error)(f"{self.path}: {error}") from error
        if self.metadata is not None and self.metadata.dataset == DEMO_DATASET:
            self.provenance = Provenance.DEMO

    def _read_header(self) -> Metadata:
        parser = DbnParser()
        with closing(_open(self.path)) as source:
            while parser.metadata is None:
                piece = _read_up_to(source, max(64 * 1024, len(parser.tail)))
                for _ in parser.walk(parser.tail + piece):
                    break
                if not piece and parser.metadata is None:
                    there = f"cut inside the DBN header, after {len(parser.tail)} bytes"
                    raise NotDbn(there if self.size else "the file is empty")
        return parser.metadata

    def batches(self, most: int = 2**62) -> Iterator[Batch]:
        """Yield all records in wire order, at most `most` to a batch.

        Raises:
            CorruptDbn: The file is broken from some point on; everything before it has been yielded.
        """
        parser = DbnParser(provenance=self.provenance, fragment=self._fragment)
        self.ending = None
        self.bytes_read = 0
        size = FIRST_BYTES
        try:
            with closing(_open(self.path)) as source:
                while True:
                    piece, fresh = _next_piece(source, parser.tail, size)
                    size = min(2 * size, CHUNK_BYTES)
                    self.bytes_read = source.bytes_read
                    if not fresh:
                        break
                    for batch in parser.walk(piece):
                        for start in range(0, len(batch), most):
                            yield batch.cut(start, start + most) if len(batch) > most else batch
        except DbnError as error:
            raise type(error)(f"{self.path}: {error}") from error
        self.bytes_read = self.size
        self.ending = Ending(len(parser.tail), self._frame_cut())

    def _frame_cut(self) -> bool:
        with self.path.open("rb", buffering=_LOOKED_AT_ONCE) as file:
            if file.read(len(zstd.MAGIC)) != zstd.MAGIC:
                return False
            return zstd.ends_inside_frame(file)


class _PlainFile:
    """An uncompressed file, read like `ZstdFile`."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)

    @property
    def bytes_read(self) -> int:
        """Bytes read so far."""
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:
        """Fill the front of a buffer; return the bytes, 0 at the end of the file."""
        return self._file.readinto(buffer) or 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()


_Source: TypeAlias = _PlainFile | ZstdFile


def _open(path: Path) -> _Source:
    with path.open("rb") as file:
        compressed = file.read(len(zstd.MAGIC)) == zstd.MAGIC
    return ZstdFile(path) if compressed else _PlainFile(path)


def _next_piece(source: _Source, tail: bytes, size: int) -> tuple[memoryview, int]:
    """Return (`tail` and up to `size` next bytes in one buffer, how many of them are new)."""
    piece = np.empty(len(tail) + size, np.uint8).data  # not zeroed first, as a bytearray would be
    piece[: len(tail)] = tail
    fresh = _fill(source, piece[len(tail) :])
    return piece[: len(tail) + fresh], fresh


def _fill(source: _Source, buffer: memoryview) -> int:
    """Read until the buffer is full, or the source ends or breaks; return the bytes read.

    Raises:
        CorruptDbn: The source breaks here, before a single byte.
    """
    filled = 0
    while filled < len(buffer):
        try:
            got = source.readinto(buffer[filled:])
        except CorruptDbn:
            if filled:
                break
            raise
        if not got:
            break
        filled += got
    return filled


def _read_up_to(source: _Source, count: int) -> bytes:
    buffer = bytearray(count)
    return bytes(buffer[: _fill(source, memoryview(buffer))])
