"""What is recorded, and how: settled before the first byte."""

from dataclasses import dataclass

from feeds.dbn.metadata import Metadata
from feeds.records import DEMO_DATASET, Provenance

_MEBIBYTE = 1024 * 1024


class MixedStreamsError(ValueError):
    """Streams that cannot stand in one file: other DBN version, dataset, or with and without send times."""


@dataclass(frozen=True, slots=True)
class RecordedStream:
    """The stream that is recorded; nothing but this and the given bytes reaches the disk.

    Attributes:
        metadata: The header of the received stream: its version, dataset and `ts_out` hold for every record given.
        symbol: What was subscribed to, such as `GC.v.0`; part of the file's name.
        provenance: Which decides the folder: simulated data is never written where live data is.
        program: Name and version of the program, for the sidecar.
    """

    metadata: Metadata
    symbol: str
    provenance: Provenance
    program: str

    def __post_init__(self) -> None:
        if self.provenance is Provenance.CONTEXT:
            raise MixedStreamsError("context prices are not an exchange's records and are not recorded")
        if (self.provenance is Provenance.DEMO) != (self.metadata.dataset == DEMO_DATASET):
            raise MixedStreamsError(
                f"provenance {self.provenance} contradicts dataset {self.metadata.dataset!r}: "
                f"simulated data, and nothing else, has the dataset {DEMO_DATASET}"
            )

    def accept(self, metadata: Metadata) -> None:
        """Check that the records of another session can stand in the same files.

        Raises:
            MixedStreamsError: They cannot; the message says why.
        """
        for name in ("version", "dataset", "ts_out"):
            ours, theirs = getattr(self.metadata, name), getattr(metadata, name)
            if ours != theirs:
                raise MixedStreamsError(f"a stream with {name} {theirs} cannot join a recording with {name} {ours}")


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """How often the disk is written to, and what may wait for it.

    Attributes:
        frame_seconds: A zstd frame is closed and fsynced once its oldest record is this old.
        frame_bytes: ... or once it holds this many record bytes.
        queue_bytes: Record bytes that may wait for the disk before records are left out.
        retry_seconds: How long after a failure a new file is tried.
        sidecar_seconds: How often the sidecar of a file in progress is brought up to date.
        level: Compression level of zstd.
    """

    frame_seconds: float = 5.0
    frame_bytes: int = 4 * _MEBIBYTE
    queue_bytes: int = 64 * _MEBIBYTE
    retry_seconds: float = 10.0
    sidecar_seconds: float = 30.0
    level: int = 1
