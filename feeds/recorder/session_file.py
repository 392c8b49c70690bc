"""One recording on its way: frames in a `.partial` file, the sidecar beside it, and the end of both."""

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from feeds.dbn.metadata import Metadata
from feeds.recorder import naming
from feeds.recorder.frames import FrameFile, sync_folder
from feeds.recorder.intake import OpenFrame
from feeds.recorder.plan import RecordedStream
from feeds.recorder.rotation import TradingDay
from feeds.recorder.sidecar import Gap, GapPlace, Sidecar, StartReason, write_sidecar
from feeds.recorder.tally import Tally
from feeds.records import Schema


class SessionFile:
    """A file of one trading day, from its header to its final name.

    Attributes:
        path: Where it is; ends in `.partial` until it is finished.
        start: Capture time of its first dated record, ns UTC.
        fresh: Records in it that no file before holds.
    """

    def __init__(
        self,
        stream: RecordedStream,
        folder: Path,
        day: TradingDay,
        start: int,
        reason: StartReason,
        *,
        continues: str | None,
        level: int,
    ) -> None:
        """Make the file under the first name that is free.

        Raises:
            OSError: It cannot be made.
        """
        self.stream = stream
        self.day = day
        self.start = start
        self.reason = reason
        self.fresh = 0
        self._continues = continues
        self._frames = _made(stream, folder, day, start, level)
        self._tally = Tally()
        self._digest = hashlib.blake2b(digest_size=32)
        self._names: dict[int, str] = {}
        self._gaps: list[Gap] = []
        self._reconnects = 0
        self._repeated = 0
        self._repeated_bytes = 0

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._frames.path

    @property
    def final_path(self) -> Path:
        """Where the file will be once it is finished."""
        return naming.beside(self.path, naming.RECORDING)

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._frames.size

    def begin(self, metadata: Metadata, repeated: bytes, tally: Tally, names: Mapping[int, str]) -> None:
        """Write the first sidecar, then the header and the records repeated from before (`tally` counts them).

        In this order recovery always knows which records are repeated.

        Raises:
            OSError: The disk does not take them.
        """
        self._repeated, self._repeated_bytes = tally.records, tally.bytes
        self._names = dict(names)
        write_sidecar(naming.beside(self.path, naming.SIDECAR), self._sidecar("recording"), durable=True)
        self._frames.append([metadata.encode(), repeated])
        self._tally.merge(tally)
        self._digest.update(repeated)
        sync_folder(self.path.parent)

    def append(self, frame: OpenFrame) -> None:
        """Write a frame; when this returns its records are on the disk.

        Raises:
            OSError: They are not, and nothing has changed.
        """
        if frame.parts:
            self._frames.append(frame.parts)
            for part in frame.parts:
                self._digest.update(part)
        self._tally.merge(frame.tally)
        self._names.update(frame.names)
        self._gaps += frame.gaps
        self._reconnects += frame.reconnects
        self.fresh += frame.tally.records

    def refresh(self) -> None:
        """Bring the sidecar up to date.

        Raises:
            OSError: It cannot be written; the old one stands.
        """
        write_sidecar(naming.beside(self.path, naming.SIDECAR), self._sidecar("recording"), durable=False)

    def finish(self) -> None:
        """Write the last sidecar, then give the file its final name: a file of that name always has its sidecar.

        Raises:
            OSError: It could not be finished; to be called again, now or by recovery.
        """
        self._frames.require_place()
        write_sidecar(naming.beside(self.path, naming.SIDECAR), self._sidecar("closed"), durable=True)
        self._frames.rename(self.final_path)

    def missing(self, reason: str) -> Gap:
        """Return its fresh records as a gap, for where they are lost with it."""
        span = self._tally.ts_event
        return Gap(
            place=GapPlace.RECORDER,
            reason=reason,
            start=None if span is None else span.first,
            end=None if span is None else span.last,
            records=self.fresh,
            bytes=self._tally.bytes - self._repeated_bytes,
        )

    def note(self, gaps: Sequence[Gap]) -> None:
        """Add to the last sidecar what is missing after the file.

        Raises:
            OSError: It cannot be written.
        """
        self._gaps += gaps
        write_sidecar(naming.beside(self.path, naming.SIDECAR), self._sidecar("closed"), durable=True)

    def discard(self) -> None:
        """Take away a file that holds nothing new."""
        sidecar = naming.beside(self.path, naming.SIDECAR)
        self._frames.remove()
        with contextlib.suppress(OSError):
            sidecar.unlink()

    def release(self) -> None:
        """Leave the file as it is, to be finished by recovery."""
        self._frames.close()

    def _sidecar(self, state: str) -> Sidecar:
        tally = self._tally
        return Sidecar(
            file=self.final_path.name,
            state=state,
            recovered=False,
            program=self.stream.program,
            provenance=self.stream.provenance.value,
            dataset=self.stream.metadata.dataset,
            symbol=self.stream.symbol,
            trading_day=self.day.date.isoformat(),
            dbn_version=self.stream.metadata.version,
            started=self.reason,
            continues=self._continues,
            instruments={str(number): self._names.get(number) for number in sorted(tally.instruments)},
            records=tally.records,
            repeated=self._repeated,
            schemas=plain_counts(tally.schemas),
            ts_event=tally.ts_event,
            ts_recv=tally.ts_recv,
            book=tally.book,
            snapshot_at=tally.snapshot_at,
            gaps=self._gaps,
            reconnects=self._reconnects,
            frames=self._frames.frames,
            bytes=self._frames.size,
            record_bytes=tally.bytes,
            digest=self._digest.hexdigest(),
        )


def plain_counts(schemas: dict[Schema, int]) -> dict[str, int]:
    """Return counts by the schema's name, in the order of the names."""
    return {schema.value: count for schema, count in sorted(schemas.items())}


def _made(stream: RecordedStream, folder: Path, day: TradingDay, start: int, level: int) -> FrameFile:
    """Make the file under a name of which nothing exists yet."""
    for stem in naming.stems(stream.metadata.dataset, stream.symbol, day.date, start):
        try:
            file = FrameFile(folder / (stem + naming.PARTIAL), level)
        except FileExistsError:
            continue
        if not any((folder / (stem + suffix)).exists() for suffix in naming.TAKEN):
            return file
        file.remove()
    raise FileExistsError(f"{folder} holds too many recordings that begin in the same second")
