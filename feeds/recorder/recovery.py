"""What a crash left behind, brought into order at the next start: nothing is deleted, and everything found is said.

A `.partial` file is a row of sound frames and perhaps a piece of one. Its sound part becomes a recording like any
other; what stands after it is kept in a `.cut` file as it was found, unless it is nothing but zeros, which a file
system leaves where it had reserved room. A file without a header or a record is renamed to `.unreadable`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

from feeds.dbn.metadata import Metadata
from feeds.recorder import naming
from feeds.recorder.frames import sync_folder
from feeds.recorder.notices import trouble_of
from feeds.recorder.scan import Scan, scan
from feeds.recorder.session_file import plain_counts
from feeds.recorder.sidecar import TEMPORARY, Gap, GapPlace, Sidecar, read_sidecar, write_sidecar
from feeds.records import DEMO_DATASET, Provenance

_COPIED_AT_ONCE: Final = 1024 * 1024
_SECOND_NS: Final = 1_000_000_000


class FindingKind(StrEnum):
    """What became of a file."""

    RECOVERED = "recovered"
    SET_ASIDE = "set aside"
    IN_USE = "in use"
    """Another process is writing it."""
    FAILED = "failed"
    """The disk did not let it be put in order; nothing is lost, and the next start tries again."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One file that was found unfinished; `text` is one line for the screen.

    Attributes:
        path: Where it is now.
        records: Records in it that can be read; None where nobody looked.
        cut_bytes: Compressed bytes cut off its end.
    """

    kind: FindingKind
    path: Path
    text: str
    records: int | None = None
    cut_bytes: int = 0


def recover(folder: Path) -> list[Finding]:
    """Finish what earlier runs left unfinished in the recordings below a folder; none where there is no such folder.

    Files that are being written, by this process or another, are left alone. Takes about as long as decompressing what
    is found: call it off the event loop.
    """
    places = [folder, *(naming.folder_of(folder, provenance) for provenance in Provenance)]
    found = sorted(path for place in places for path in place.glob(f"*{naming.PARTIAL}"))
    return [finding for path in found if (finding := _recovered(path)) is not None]


def _recovered(path: Path) -> Finding | None:
    """Put one file in order; None where it has been finished or taken away meanwhile."""
    try:
        with path.open("r+b") as file, _locked(file) as locked:
            if not locked:
                return Finding(FindingKind.IN_USE, path, f"{path.name} is being written by another process")
            if not path.exists() or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return None
            return _put_in_order(path, file)
    except FileNotFoundError:
        return None
    except OSError as error:
        text = f"{path.name} cannot be recovered now: {trouble_of(error, path.parent).text}"
        return Finding(FindingKind.FAILED, path, text)


@contextmanager
def _locked(file: BinaryIO) -> Iterator[bool]:
    """Hold the lock of a file that is written, where nobody else does; closing the file lets it go."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True


def _put_in_order(path: Path, file: BinaryIO) -> Finding:
    found = scan(file)
    naming.beside(path, naming.SIDECAR + TEMPORARY).unlink(missing_ok=True)
    before = read_sidecar(naming.beside(path, naming.SIDECAR))
    if found.metadata is None or found.tally.records <= (0 if before is None else before.repeated):
        return _set_aside(path, found)
    final = naming.beside(path, naming.RECORDING)
    if final.exists():
        raise FileExistsError(None, f"{final.name} is there already: move it away")
    cut = _cut(path, file, found)
    sidecar = _sidecar(final, found, found.metadata, before, size=file.seek(0, 2), cut=cut)
    write_sidecar(naming.beside(path, naming.SIDECAR), sidecar, durable=True)
    path.rename(final)
    sync_folder(path.parent)
    return Finding(
        FindingKind.RECOVERED,
        final,
        _in_words(final, found, before, cut),
        records=found.tally.records,
        cut_bytes=found.size - found.sound_bytes,
    )


def _set_aside(path: Path, found: Scan) -> Finding:
    aside = naming.beside(path, naming.UNREADABLE)
    sidecar = naming.beside(path, naming.SIDECAR)
    if sidecar.exists():
        sidecar.rename(aside.with_name(aside.name + naming.SIDECAR))
    path.rename(aside)
    sync_folder(path.parent)
    what = "is empty" if not found.size else "has no DBN header" if found.metadata is None else "holds no record"
    text = f"{path.name} {what}: kept as {aside.name} ({found.size:,} bytes)"
    return Finding(FindingKind.SET_ASIDE, aside, text, records=0)


def _cut(path: Path, file: BinaryIO, found: Scan) -> Path | None:
    """Take off what stands after the last whole record, and keep it; return where, or None where it was nothing."""
    if found.sound_bytes == found.size:
        return None
    kept = None
    if _says_something(file, found.sound_bytes):
        kept = naming.beside(path, naming.CUT)
        _copy(file, found.sound_bytes, kept)
        sync_folder(path.parent)
    file.seek(found.sound_bytes)
    file.truncate()
    if found.remainder:
        file.write(zstandard.ZstdCompressor(write_checksum=True).compress(found.remainder))
    file.flush()
    os.fsync(file.fileno())
    return kept


def _says_something(file: BinaryIO, start: int) -> bool:
    return any(any(piece) for piece in _pieces(file, start))


def _copy(file: BinaryIO, start: int, path: Path) -> None:
    with path.open("wb") as copy:
        for piece in _pieces(file, start):
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())


def _pieces(file: BinaryIO, start: int) -> Iterator[bytes]:
    file.seek(start)
    while piece := file.read(_COPIED_AT_ONCE):
        yield piece


def _sidecar(
    path: Path, found: Scan, metadata: Metadata, before: Sidecar | None, *, size: int, cut: Path | None
) -> Sidecar:
    """Describe a recovered file: counts from the file, the rest from the sidecar that was kept while it was written."""
    tally = found.tally
    provenance = Provenance.DEMO.value if metadata.dataset == DEMO_DATASET else None
    return Sidecar(
        file=path.name,
        state="closed",
        recovered=True,
        program=None if before is None else before.program,
        provenance=provenance if before is None else before.provenance,
        dataset=metadata.dataset,
        symbol=None if before is None else before.symbol,
        trading_day=None if before is None else before.trading_day,
        dbn_version=metadata.version,
        started=None if before is None else before.started,
        continues=None if before is None else before.continues,
        instruments={str(number): found.names.get(number) for number in sorted(tally.instruments)},
        records=tally.records,
        repeated=0 if before is None else before.repeated,
        schemas=plain_counts(tally.schemas),
        ts_event=tally.ts_event,
        ts_recv=tally.ts_recv,
        book=tally.book,
        snapshot_at=tally.snapshot_at,
        gaps=[*([] if before is None else before.gaps), *_missing_at_the_end(found, before)],
        reconnects=0 if before is None else before.reconnects,
        frames=found.frames + bool(found.remainder),
        bytes=size,
        record_bytes=tally.bytes,
        digest=found.digest,
        cut=None if cut is None else cut.name,
        cut_bytes=found.size - found.sound_bytes or None,
    )


def _missing_at_the_end(found: Scan, before: Sidecar | None) -> Iterator[Gap]:
    """Yield the gap that a crash leaves; none where the file was complete and only its last name was missing."""
    if before is not None and before.state == "closed" and before.digest == found.digest:
        return
    span = found.tally.ts_event
    yield Gap(
        place=GapPlace.STOP,
        reason="the program ended without closing the file",
        start=None if span is None else span.last,
    )


def _in_words(path: Path, found: Scan, before: Sidecar | None, cut: Path | None) -> str:
    text = f"{path.name} was left unfinished: {found.tally.records:,} records kept"
    if found.tally.newest:
        text += f", up to {datetime.fromtimestamp(found.tally.newest // _SECOND_NS, UTC):%Y-%m-%d %H:%M:%S} UTC"
    if cut is not None:
        text += f"; {found.size - found.sound_bytes:,} bytes after them could not be read and are in {cut.name}"
    if before is not None and before.records > found.tally.records:
        text += f"; its sidecar had counted {before.records:,}: the disk lost what it had confirmed"
    return text
