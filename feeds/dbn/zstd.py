"""Compressed files: read to the last byte before a break, and asked whether they end where a frame ends.

A zstd frame is a header, blocks that each state their size, and an optional checksum (RFC 8878, section 3). Walking
the block headers needs no decompression.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

import zstandard

from feeds.dbn.errors import CorruptDbn

MAGIC: Final = b"\x28\xb5\x2f\xfd"
_PIECE: Final = 1024 * 1024
"""Compressed bytes read at once: each read gives up the interpreter, which a thread beside may keep for long."""
_SKIPPED_AT_ONCE: Final = 1024 * 1024
_SKIPPABLE: Final = range(0x184D2A50, 0x184D2A60)
_RLE_BLOCK: Final = 1


class ZstdFile:
    """The content of a file of zstd frames.

    When the decompressor meets broken bytes it drops what it had made of the bytes before them in the same piece. The
    file is then read once more up to that piece, and from there byte by byte, so that nothing sound is lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._given = 0
        self._broken: CorruptDbn | None = None
        self._open(_Input(path))

    @property
    def bytes_read(self) -> int:
        """Compressed bytes read so far."""
        return self._input.position

    def readinto(self, buffer: memoryview) -> int:
        """Fill the front of a buffer; return the bytes, 0 at the end of the file.

        Raises:
            CorruptDbn: The compression is broken here; everything before has been returned.
        """
        if self._broken is not None:
            raise self._broken
        try:
            read_into = self._reader.readinto1 if self._input.sips else self._reader.readinto
            got: int = read_into(buffer)
        except zstandard.ZstdError as error:
            if not self._input.sips:
                self._read_again_in_sips()
                return self.readinto(buffer)
            self._broken = CorruptDbn(f"broken zstd compression before byte {self.bytes_read:,} of the file")
            raise self._broken from error
        self._given += got
        return got

    def close(self) -> None:
        """Close the file."""
        self._input.file.close()

    def _open(self, source: "_Input") -> None:
        self._input = source
        stream = cast("BinaryIO", source)  # of which the decompressor only calls `read`
        self._reader = zstandard.ZstdDecompressor().stream_reader(
            stream, read_size=_PIECE, read_across_frames=True, closefd=False
        )

    def _read_again_in_sips(self) -> None:
        last_piece = self._input.last_piece
        self.close()
        self._open(_Input(self._path, sip_from=last_piece))
        left = self._given
        while left:
            left -= len(self._reader.read(min(left, _SKIPPED_AT_ONCE)))


class _Input:
    """A file that gives out single bytes from some point on, and remembers where its last piece began."""

    def __init__(self, path: Path, sip_from: int | None = None) -> None:
        self.file = path.open("rb", buffering=0 if sip_from is None else -1)
        self.sips = sip_from is not None
        self.position = 0
        self.last_piece = 0
        self._sip_from = sip_from

    def read(self, size: int) -> bytes:
        self.last_piece = self.position
        if self._sip_from is not None:
            size = min(size, max(1, self._sip_from - self.position))
        piece = self.file.read(size)
        self.position += len(piece)
        return piece


def ends_inside_frame(file: BinaryIO) -> bool:
    """Whether a seekable file of zstd frames stops before its last frame is complete."""
    return max(frame_ends(file), default=0) < file.seek(0, 2)


def frame_ends(file: BinaryIO) -> Iterator[int]:
    """Yield where each frame of a seekable file ends, up to the first that is not complete.

    Only the sizes of blocks are read: whether a frame can be decompressed is another question.
    """
    size = file.seek(0, 2)
    position = 0
    while position < size:
        end = _frame_end(file, position, size)
        if end is None or end > size:
            return
        yield end
        position = end


def _frame_end(file: BinaryIO, position: int, size: int) -> int | None:
    """Return where the frame at `position` ends; None where the file stops first or no frame begins there."""
    file.seek(position)
    head = file.read(18)
    magic = int.from_bytes(head[:4], "little")
    if magic in _SKIPPABLE:
        return position + 8 + int.from_bytes(head[4:8], "little")
    if head[:4] != MAGIC or len(head) < 6:
        return None
    descriptor = head[4]
    single_segment = descriptor >> 5 & 1
    content_size = (single_segment, 2, 4, 8)[descriptor >> 6]
    dictionary_id = (0, 1, 2, 4)[descriptor & 3]
    block = position + 5 + (1 - single_segment) + dictionary_id + content_size
    while block + 3 <= size:
        file.seek(block)
        header = int.from_bytes(file.read(3), "little")
        block += 3 + (1 if header >> 1 & 3 == _RLE_BLOCK else header >> 3)
        if header & 1:
            return block + (4 if descriptor >> 2 & 1 else 0)
    return None
