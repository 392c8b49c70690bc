"""Batches into a DBN file that any Databento tool reads."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import zstandard

from feeds.dbn.metadata import Metadata
from feeds.records import Batch, Records


class DbnWriter:
    """Writes one DBN file, zstd-compressed where its name ends in `.zst`.

    A structured array's bytes are the wire records, so nothing is encoded one by one.
    """

    def __init__(self, path: Path | str, metadata: Metadata, *, level: int = 3, beside: bool = False) -> None:
        """Create the file (it must not exist) and write its header; `beside` compresses in a thread of its own.

        Raises:
            FileExistsError: The file is there already.
            ValueError: The header cannot be written; no file is made.
        """
        header = metadata.encode()
        self.path = Path(path)
        self._file: BinaryIO = self.path.open("xb")
        compressor = zstandard.ZstdCompressor(level=level, threads=1 if beside else 0)
        self._zstd = compressor.compressobj() if self.path.suffix == ".zst" else None
        self._put(header)

    def write(self, records: Records | Batch) -> None:
        """Append records; their layout must be that of the version in the header."""
        self._put((records.records if isinstance(records, Batch) else records).tobytes())

    def close(self) -> None:
        """End the last frame and close the file."""
        if self._zstd is not None:
            self._file.write(self._zstd.flush())
        self._file.close()

    def _put(self, data: bytes) -> None:
        self._file.write(data if self._zstd is None else self._zstd.compress(data))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
