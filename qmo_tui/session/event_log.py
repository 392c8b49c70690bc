"""The event log of one run, and its first line."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from engines.events import Digest, Event, Session, encode
from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.records import UNDEFINED_TIME, Schema
from qmo_tui import __version__
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.settings import Settings, settings_digest


def session_line(
    source: str,
    provenance: str,
    instrument: Instrument | None,
    settings: Settings,
    *,
    ts: int,
    schema: str | None,
    dataset: str,
) -> Session:
    """Return the `session` event that opens a log."""
    return Session(
        ts=ts,
        source=source,
        provenance=provenance,
        dataset=dataset,
        symbol="" if instrument is None else instrument.symbol,
        instrument_id=0 if instrument is None else instrument.instrument_id,
        schema=schema,
        tick=0.0 if instrument is None else instrument.tick_size,
        multiplier=None if instrument is None else instrument.multiplier,
        version=__version__,
        settings_digest=settings_digest(settings),
    )


def first_line(recording: Recording, instrument: Instrument | None, settings: Settings) -> Session:
    """Return the `session` event that opens the log of a recording."""
    headers = [file.metadata for file in recording.files if file.metadata is not None]
    schemas = {header.schema for header in headers} - {Schema.DEFINITION}
    schema = schemas.pop() if len(schemas) == 1 else None
    starts = [header.start for header in headers if header.start != UNDEFINED_TIME]
    return session_line(
        recording.source,
        recording.provenance,
        instrument,
        settings,
        ts=min(starts, default=0),
        schema=None if schema is None else str(schema),
        dataset=recording.dataset,
    )


class EventListener(Protocol):
    """Somebody who hears the event log as it is written; he must return at once."""

    def hear(self, event: Event, line: bytes) -> None:
        """Hear an event, and its line as it stands in the log, line feed included."""

    def restart(self) -> None:
        """Hear that the log begins anew: a replay went back."""


class EventLog:
    """The event log of one run: a file of JSON lines (or none), the digest, and counts per kind.

    Attributes:
        digest: Hash over the lines computed from records alone.
        counts: Lines per kind.
    """

    def __init__(self, path: Path | None, listeners: Sequence[EventListener] = ()) -> None:
        """Open the log; an existing file is replaced, and listeners hear every line after it was written.

        Raises:
            QmoError: It cannot be opened.
        """
        self.digest = Digest()
        self.counts: Counter[str] = Counter()
        self._path = path
        self._listeners = tuple(listeners)
        try:
            self._file: BinaryIO | None = None if path is None else path.open("wb")
        except OSError as error:
            raise QmoError(f"the event log {path} cannot be written: {error.strerror}") from error

    def write(self, events: Iterable[Event]) -> None:
        """Append events.

        Raises:
            QmoError: The file takes no more, as on a full disk.
        """
        for event in events:
            line = encode(event)
            self.digest.add(event, line)
            self.counts[str(event.__struct_config__.tag)] += 1
            if self._file is not None:
                try:
                    self._file.write(line)
                except OSError as error:
                    raise self._cut_short(error) from error
            for listener in self._listeners:
                listener.hear(event, line)

    def restart(self) -> None:
        """Begin anew, as a replay does that goes back: what was written is forgotten.

        Raises:
            QmoError: The file cannot be emptied.
        """
        self.digest = Digest()
        self.counts.clear()
        if self._file is not None:
            try:
                self._file.seek(0)
                self._file.truncate()
            except OSError as error:
                raise self._cut_short(error) from error
        for listener in self._listeners:
            listener.restart()

    def _cut_short(self, error: OSError) -> QmoError:
        return QmoError(f"the event log {self._path} is cut short: {error.strerror}", ExitCode.UNEXPECTED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as failure:
                raise self._cut_short(failure) from failure
