"""A file of whole zstd frames: each is compressed in memory, written with its checksum and fsynced before it counts.

What a crash can leave behind is therefore a row of sound frames and, at most, a piece of one after them. A lock
(`flock`) on the file says that it is being written; the kernel lifts it when the process ends, however it ends.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

from feeds.dbn import zstd
from feeds.recorder.notices import FileGoneError

_PROBE: Final = bytes(4096)


class FrameFile:
    """One file being written.

    Attributes:
        path: Where it is.
        size: Its bytes; all of them are on the disk.
        frames: Frames in it.
    """

    def __init__(self, path: Path, level: int) -> None:
        """Make the file, which must not exist, and lock it.

        Raises:
            FileExistsError: There is such a file, or somebody else took it in the same moment.
            OSError: It cannot be made.
        """
        self.path = path
        self.size = 0
        self.frames = 0
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise FileExistsError(error.errno, "taken by another process", str(path)) from error
        self._compressor = zstandard.ZstdCompressor(level=level, write_checksum=True)

    def require_place(self) -> None:
        """See that the file still is where it was made.

        Raises:
            FileGoneError: Somebody moved or removed it.
        """
        if not self._in_place():
            raise FileGoneError(f"{self.path} was moved or removed while it was being written: a new file is begun")

    def append(self, parts: Sequence[bytes | memoryview]) -> None:
        """Write one frame, which holds some parts in a row, and wait until it is on the disk.

        Raises:
            OSError: It is not; the file ends after the frame before, as far as the disk still allows.
        """
        frame = self._compressed(parts)
        try:
            self.require_place()
            self._write(frame)
            os.fsync(self._descriptor)
        except OSError:
            with contextlib.suppress(OSError):  # recovery would cut it as well
                os.ftruncate(self._descriptor, self.size)
            raise
        self.size += len(frame)
        self.frames += 1

    def rename(self, path: Path) -> None:
        """Give the file its final name and release it.

        Raises:
            OSError: It keeps its old name, and stays locked.
        """
        self.require_place()
        self.path.rename(path)
        self.path = path
        sync_folder(path.parent)
        self.close()

    def remove(self) -> None:
        """Take the file away, as nothing in it is new, and release it; where it cannot be removed it stays."""
        with contextlib.suppress(OSError):
            if self._in_place():
                self.path.unlink()
        self.close()

    def close(self) -> None:
        """Release the file under the name it has."""
        os.close(self._descriptor)

    def _compressed(self, parts: Sequence[bytes | memoryview]) -> bytes:
        compressor = self._compressor.compressobj(size=sum(len(part) for part in parts))
        return b"".join([*(compressor.compress(part) for part in parts), compressor.flush()])

    def _write(self, frame: bytes) -> None:
        view = memoryview(frame)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def _in_place(self) -> bool:
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False


def prepare(folder: Path) -> None:
    """Make the folder, and see that something can be written in it.

    Raises:
        OSError: It cannot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:  # which has no name, so no crash leaves it behind
        probe.write(_PROBE)
        os.fsync(probe.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SoundFrame:
    """A frame that is whole and agrees with its checksum: where it stands in the file, and what it holds."""

    __slots__ = ("content", "end", "start")

    def __init__(self, start: int, end: int, content: bytes) -> None:
        self.start = start
        self.end = end
        self.content = content


def sound_frames(file: BinaryIO) -> Iterator[SoundFrame]:
    """Yield the frames of a seekable file from its start up to the first that is cut or broken."""
    start = 0
    for end in zstd.frame_ends(file):
        file.seek(start)
        try:
            content = zstandard.ZstdDecompressor().decompressobj().decompress(file.read(end - start))
        except zstandard.ZstdError:
            return
        yield SoundFrame(start, end, content)
        start = end
