"""The recorder: takes received bytes from the feed's loop at once, and writes them in a thread of its own."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from feeds.dbn.metadata import Metadata
from feeds.recorder.backlog import Backlog
from feeds.recorder.notices import Notice, NoticeKind, Trouble, TroubleKind
from feeds.recorder.plan import RecordedStream, RecorderSettings
from feeds.recorder.rotation import TradingDay
from feeds.recorder.series import FileSeries
from feeds.recorder.sidecar import Gap, GapPlace

_BREATH_EVERY: Final = 0.001
_BREATH: Final = 0.0001
_DEFAULTS: Final = RecorderSettings()


class RecorderState(StrEnum):
    """How the recording stands."""

    WAITING = "waiting"
    """No record has been written yet."""
    RECORDING = "recording"
    DEGRADED = "degraded"
    """Records do not reach the disk: they wait in the queue, or are left out because it is full."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """A look at the recorder, for the screen.

    Attributes:
        state: How it stands.
        reason: Why it is degraded, or was when it was closed, in one line; else None.
        file: The file being written, or None.
        file_bytes: Its bytes on the disk.
        files: Files begun.
        records: Records that are on the disk, in all files of this run.
        seconds_since_sync: Since the last of them came there; None before the first.
        waiting_bytes: Record bytes that wait for the disk, in the queue and in the open frame.
        lost_records, lost_bytes: What was given and will not be in any file.
    """

    state: RecorderState
    reason: str | None
    file: Path | None
    file_bytes: int
    files: int
    records: int
    seconds_since_sync: float | None
    waiting_bytes: int
    lost_records: int
    lost_bytes: int


class Recorder:
    """Records a stream into files below a folder.

    `write`, `reconnected` and `status` return at once and may be called on an event loop; `close` waits for the disk.
    """

    def __init__(
        self,
        folder: Path,
        stream: RecordedStream,
        day_of: Callable[[int], TradingDay],
        *,
        settings: RecorderSettings = _DEFAULTS,
        on_notice: Callable[[Notice], None] = lambda _: None,
    ) -> None:
        """Prepare to record; `start` begins.

        Args:
            folder: The files go to the folder of the stream's provenance in it; both are made where they are missing.
            stream: What is recorded.
            day_of: Maps ns UTC to the trading day that holds it.
            settings: How often the disk is written to, and what may wait.
            on_notice: Hears what happens. It is called in the recorder's thread or in that of `write`, has to return at
                once, and must not raise.
        """
        self.stream = stream
        self._tell = on_notice
        self._backlog = Backlog(settings.queue_bytes)
        self._series = FileSeries(folder, stream, day_of, settings, tell=on_notice, breathe=_Breathing())
        self._queue_limit = settings.queue_bytes
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._error: BaseException | None = None

    def start(self) -> Self:
        """Begin; what keeps the folder from being written to is told at once."""
        self._thread.start()
        return self

    def accept(self, metadata: Metadata) -> None:
        """Check the header of another session, or of the next one after a reconnect, before its records are written.

        Raises:
            MixedStreamsError: Its records cannot stand in the same files.
        """
        self.stream.accept(metadata)

    def write(self, piece: bytes | memoryview) -> None:
        """Take whole records as they were received, decompressed; the memory must not be changed afterwards.

        A record is recorded, or counted as lost; the disk is never waited for.

        Raises:
            ValueError: The recorder is closed.
        """
        was_dropping = self._backlog.dropping
        gap = self._backlog.put(memoryview(piece).cast("B"))
        if gap is not None:
            self._tell_left_out(gap)
        elif self._backlog.dropping and not was_dropping:
            trouble = self._queue_full()
            self._tell(Notice(NoticeKind.TROUBLE, trouble.text, trouble=trouble))

    def reconnected(self, start: int | None, end: int | None, reason: str) -> None:
        """Note that the line was down between these event times (ns UTC, None: unknown); records before are written."""
        self._backlog.mark(Gap(place=GapPlace.FEED, reason=reason, start=start, end=end))

    def status(self) -> RecorderStatus:
        """Look at the recorder; costs a few microseconds."""
        series, backlog = self._series, self._backlog
        trouble = self._trouble()
        synced_at, path = series.synced_at, series.path
        return RecorderStatus(
            state=self._state(trouble, path),
            reason=None if trouble is None else trouble.text,
            file=path,
            file_bytes=series.file_bytes,
            files=series.files,
            records=series.synced_records,
            seconds_since_sync=None if synced_at is None else time.monotonic() - synced_at,
            waiting_bytes=backlog.bytes + series.waiting_bytes,
            lost_records=backlog.lost.records + series.lost_records,
            lost_bytes=backlog.lost.bytes + series.lost_bytes,
        )

    def close(self) -> None:
        """Write what waits, finish the file, and end the thread. Waits for the disk: call it off the event loop.

        Raises:
            Exception: What made the recorder stop before, other than the disk; nothing after it was recorded.
        """
        gap = self._backlog.close()
        if gap is not None:
            self._tell_left_out(gap)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self._record()
        except BaseException as error:  # noqa: BLE001 - told here, raised again in close
            self._error = error
            self._backlog.abandon()
            trouble = _stopped(error)
            self._tell(Notice(NoticeKind.TROUBLE, trouble.text, trouble=trouble))

    def _record(self) -> None:
        series, backlog = self._series, self._backlog
        series.begin(time.monotonic())
        while True:
            seconds = series.seconds_to_tick(time.monotonic())
            if series.trouble is not None:
                backlog.wait(seconds)
                items = []
            else:
                items = backlog.take(seconds)
            for item in items:
                series.take(item, time.monotonic())
            if backlog.closed and not items:
                break
            series.tick(time.monotonic())
        while items := backlog.take(0):
            for item in items:
                series.take(item, time.monotonic())
        series.close(time.monotonic())

    def _state(self, trouble: Trouble | None, path: Path | None) -> RecorderState:
        if self._backlog.closed and not self._thread.is_alive():
            return RecorderState.CLOSED
        if trouble is not None:
            return RecorderState.DEGRADED
        return RecorderState.WAITING if path is None else RecorderState.RECORDING

    def _trouble(self) -> Trouble | None:
        if self._error is not None:
            return _stopped(self._error)
        return self._series.trouble or (self._queue_full() if self._backlog.full else None)

    def _queue_full(self) -> Trouble:
        limit = self._queue_limit / 1024 / 1024
        return Trouble(
            TroubleKind.QUEUE_FULL,
            f"the disk is too slow: {limit:,g} MiB wait for it, and records are left out until half of that is free",
        )

    def _tell_left_out(self, gap: Gap) -> None:
        self._tell(Notice(NoticeKind.LEFT_OUT, f"{gap.records:,} records are not recorded: {gap.reason}"))


class _Breathing:
    """Lets other threads run once a millisecond: a thread that stays in Python would keep the event loop waiting."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self) -> None:
        now = time.perf_counter()
        if now - self._last > _BREATH_EVERY:
            time.sleep(_BREATH)
            self._last = time.perf_counter()


def _stopped(error: BaseException) -> Trouble:
    return Trouble(TroubleKind.STOPPED, f"the recorder stopped: {type(error).__name__}: {error}")
