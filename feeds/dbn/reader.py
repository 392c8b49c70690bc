"""A DBN file as batches: plain or zstd (one frame or many), any version, with a header or without, whole or cut."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import zstandard

from feeds.dbn import zstd
from feeds.dbn.errors import CorruptDbn, DbnError, NotDbn
from feeds.dbn.metadata import MAGIC, Metadata
from feeds.dbn.parser import DbnParser, looks_like_records
from feeds.records import HEADER_BYTES, Batch, Provenance

CHUNK_BYTES: Final = 1024 * 1024
"""Decompressed bytes read at a time; memory in use is a few of these, whatever the length of the file."""


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
        if self.left_over:
            return f"the file ends inside a record: {self.left_over} bytes left out"
        return "the file ends inside a compressed frame: what it began is lost" if self.frame_cut else None


class DbnFile:
    """One DBN file, read front to back, again and again if wanted.

    Attributes:
        path: The file.
        metadata: Its header, or None for a headerless fragment.
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
            self.size = self.path.stat().st_size
            with self._open() as source:
                start = _read_up_to(source, HEADER_BYTES)
                self._fragment = start[:3] != MAGIC and looks_like_records(start)
            self.metadata = None if self._fragment else self._read_header()
        except DbnError as error:
            raise type(error)(f"{self.path}: {error}") from error

    def _open(self) -> BinaryIO:
        """Open for decompressed reading; closing the result closes the file."""
        file = self.path.open("rb")
        start = file.read(len(zstd.MAGIC))
        file.seek(0)
        if start != zstd.MAGIC:
            return file
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True, closefd=True)
        return _Decompressed(reader, file)

    def _read_header(self) -> Metadata:
        parser = DbnParser()
        with self._open() as source:
            while parser.metadata is None:
                piece = _read_up_to(source, 64 * 1024)
                for _ in parser.walk(parser.tail + piece):
                    break
                if not piece and parser.metadata is None:
                    length = len(parser.tail)
                    raise NotDbn(
                        "the file is empty" if not length else f"cut inside the DBN header, after {length} bytes"
                    )
        return parser.metadata

    def batches(self, most: int = 2**62) -> Iterator[Batch]:
        """Yield all records in wire order, at most `most` to a batch.

        Raises:
            CorruptDbn: The file is broken from some point on; everything before it has been yielded.
        """
        parser = DbnParser(provenance=self.provenance, fragment=self._fragment)
        self.ending = None
        self.bytes_read = 0
        try:
            with self._open() as source:
                while True:
                    piece, fresh = _next_piece(source, parser.tail)
                    self.bytes_read = source.tell() if not isinstance(source, _Decompressed) else source.bytes_read
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
        with self.path.open("rb") as file:
            if file.read(len(zstd.MAGIC)) != zstd.MAGIC:
                return False
            return zstd.ends_inside_frame(file)


class _Decompressed(io.RawIOBase):
    """A zstd file read as its content; broken compression becomes `CorruptDbn`."""

    def __init__(self, reader: zstandard.ZstdDecompressionReader, file: BinaryIO) -> None:
        self._reader = reader
        self._file = file

    @property
    def bytes_read(self) -> int:
        """Compressed bytes read so far."""
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            return self._reader.readinto(buffer)
        except zstandard.ZstdError as error:
            raise CorruptDbn(f"broken zstd compression before byte {self.bytes_read:,} of the file") from error

    def close(self) -> None:
        self._reader.close()
        super().close()


def _next_piece(source: BinaryIO, tail: bytes) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint8]], int]:
    """Return (`tail` and the next bytes in one array, how many of them are new)."""
    piece = np.empty(len(tail) + CHUNK_BYTES, np.uint8)
    piece[: len(tail)] = np.frombuffer(tail, np.uint8)
    fresh = _fill(source, memoryview(piece)[len(tail) :])
    return piece[: len(tail) + fresh], fresh


def _fill(source: BinaryIO, buffer: memoryview) -> int:
    """Read until the buffer is full or the source ends; return the bytes read."""
    filled = 0
    while filled < len(buffer):
        got = source.readinto(buffer[filled:])  # type: ignore[attr-defined]
        if not got:
            break
        filled += got
    return filled


def _read_up_to(source: BinaryIO, count: int) -> bytes:
    buffer = bytearray(count)
    return bytes(buffer[: _fill(source, memoryview(buffer))])
