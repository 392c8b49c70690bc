"""The sidecar: what a recording holds and what it lacks, as JSON beside it."""

import contextlib
import os
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

TEMPORARY: Final = ".tmp"
"""Ends the name of a sidecar that is being written; what a crash leaves of it says nothing."""


class GapPlace(StrEnum):
    """Where records went missing."""

    FEED = "feed"
    """Never received: the line was down."""
    RECORDER = "recorder"
    """Received, but not written."""
    STOP = "stop"
    """The program ended without closing the file; what came after its last frame was never on disk."""


class StartReason(StrEnum):
    """Why a file begins where it begins."""

    FIRST = "first"
    TRADING_DAY = "trading day"
    TROUBLE = "trouble"
    """The file before could not be written any further."""
    GAP = "gap"
    """Records before it had to be left out."""


class BookStart(StrEnum):
    """How the book of a file begins, told by its first order record."""

    CLEAR = "clear"
    SNAPSHOT = "snapshot"
    NOTHING = "nothing"
    """In the middle of trading: orders that rested before are unknown until the next snapshot or clear."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Records that are not in the recording.

    `start` and `end` are event times in ns UTC; like `records` and `bytes` they are None where nobody could know them.
    """

    place: GapPlace
    reason: str
    start: int | None = msgspec.field(name="from", default=None)
    end: int | None = msgspec.field(name="to", default=None)
    records: int | None = None
    bytes: int | None = None


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Earliest and latest time, ns UTC."""

    first: int
    last: int


class Sidecar(msgspec.Struct, kw_only=True):
    """What stands in the JSON file.

    Attributes:
        file: Name of the finished recording.
        state: `recording` while it is written, then `closed`.
        recovered: Whether it was closed by recovery rather than by the recorder.
        trading_day: CME trading day, `YYYY-MM-DD`; None where it is unknown.
        started: Why it begins where it begins; None where it is unknown.
        continues: Name of the file that the same run wrote before.
        instruments: Ids of the order flow in it, and their raw symbols where known.
        records: All records, those repeated from before included.
        repeated: How many at its start are mappings and definitions repeated from the file before.
        schemas: Records per schema.
        ts_event, ts_recv: Of order flow, snapshots left aside; None where there is none.
        book: How the book begins; None where there are no order records.
        snapshot_at: Capture time of the first clear or snapshot in it, None where there is none.
        frames, bytes: Zstd frames and bytes of the file on disk.
        record_bytes: Bytes of all records, decompressed.
        digest: BLAKE2b (32 bytes, hexadecimal) over them.
        cut, cut_bytes: The file that holds what recovery cut off, and how much that was; None where nothing was.
    """

    file: str
    state: str
    recovered: bool
    program: str | None
    provenance: str | None
    dataset: str
    symbol: str | None
    trading_day: str | None
    dbn_version: int
    started: StartReason | None
    continues: str | None
    instruments: dict[str, str | None]
    records: int
    repeated: int
    schemas: dict[str, int]
    ts_event: Span | None
    ts_recv: Span | None
    book: BookStart | None
    snapshot_at: int | None
    gaps: list[Gap]
    reconnects: int
    frames: int
    bytes: int
    record_bytes: int
    digest: str
    cut: str | None = None
    cut_bytes: int | None = None


def read_sidecar(path: Path) -> Sidecar | None:
    """Read a sidecar; None where there is none, or none that can be understood."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Sidecar)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_sidecar(path: Path, sidecar: Sidecar, *, durable: bool) -> None:
    """Replace a sidecar at once, so that a reader sees the old one or the new one.

    Args:
        path: The sidecar.
        sidecar: Its content.
        durable: Whether it has to be on the disk on return; the folder is left to the caller.

    Raises:
        OSError: It cannot be written; the old one stands.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        with temporary.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(sidecar), indent=1) + b"\n")
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            temporary.unlink()
        raise
