"""The recorder at the line: received bytes to disk, switched on and off while the line stands.

A recording begins with a session's header, mappings, definitions and snapshot, or it could not be replayed alone. So
switching it on asks the source for a fresh session, and so does a file that begins after a failure. The file of a new
trading day does not, since that would break the market off as it opens: the source has begun a fresh session in the
halt before, and its snapshot stands at the end of the file before.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from engines.timing.trading_day import trading_day
from feeds.dbn import Metadata
from feeds.recorder import (
    MixedStreamsError,
    Notice,
    NoticeKind,
    RecordedStream,
    Recorder,
    RecorderSettings,
    RecorderState,
    RecorderStatus,
    StartReason,
    TroubleKind,
)
from feeds.records import Provenance
from qmo_tui import __version__

_MEGABYTE = 1_000_000


class Beginnings:
    """When a file that follows a failure wants a fresh snapshot: not before the disk takes records again.

    Files are tried every few seconds until then, and a session renewed for each would break the market off for nothing.
    """

    def __init__(self) -> None:
        self._failing = False
        self._owed = False

    def wants_snapshot(self, notice: Notice) -> bool:
        """Hear the recorder, and say whether a fresh session is to be asked for now."""
        if notice.kind is NoticeKind.TROUBLE and notice.trouble is not None:
            self._failing = self._failing or notice.trouble.kind is not TroubleKind.QUEUE_FULL
        elif notice.kind is NoticeKind.RESUMED:
            self._failing = False
        elif notice.kind is NoticeKind.FILE_STARTED:
            self._owed = self._owed or notice.start not in {StartReason.FIRST, StartReason.TRADING_DAY}
        if self._failing or not self._owed:
            return False
        self._owed = False
        return True


class Tap:
    """Hands received bytes to a recorder while somebody wants them recorded.

    Attributes:
        wanted: Whether is to be recorded.
        refused: Why nothing is recorded although it is wanted; None while nothing is wrong.
    """

    def __init__(
        self,
        folder: Path,
        symbol: str,
        settings: RecorderSettings,
        *,
        renew: Callable[[str], bool],
        tell: Callable[[str], None] = lambda _: None,
        wanted: bool = False,
    ) -> None:
        """Prepare; nothing is written before the first header comes.

        Args:
            folder: Where recordings go, by provenance.
            symbol: What was subscribed to.
            settings: How often the disk is written to.
            renew: Asks the source for a fresh session, with a snapshot, saying why; False where none will come now.
            tell: Hears what happens to the files, one line each, on the event loop.
            wanted: Whether to record from the start.
        """
        self.wanted = wanted
        self.refused: str | None = None
        self._folder = folder
        self._symbol = symbol
        self._settings = settings
        self._renew = renew
        self._tell = tell
        self._loop: asyncio.AbstractEventLoop | None = None
        self._header: Metadata | None = None
        self._recorder: Recorder | None = None
        self._ended: RecorderStatus | None = None
        self._beginnings = Beginnings()

    def take(self, metadata: Metadata, data: bytes) -> None:
        """Take whole records as they were received, and the header of their session; returns at once."""
        if metadata is not self._header:
            self._begin_session(metadata)
        if self._recorder is not None and self.refused is None:
            self._recorder.write(data)

    def start(self) -> bool:
        """Record from the next session on, which is asked for; return False where that was done too often lately."""
        self.wanted = True
        return self._header is None or self._renew("recording begins: a fresh snapshot for its file")

    async def stop(self) -> None:
        """End the recording; returns when its file is whole."""
        self.wanted = False
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            await asyncio.to_thread(recorder.close)
            self._ended = recorder.status()

    @property
    def status(self) -> RecorderStatus | None:
        """How the recorder stands, or stood at its end; None where there was none."""
        return self._ended if self._recorder is None else self._recorder.status()

    @property
    def words(self) -> str | None:
        """What the screen says of it in a few words; None while nothing is recorded or wanted."""
        if self.refused is not None:
            return self.refused
        if self._recorder is None:
            return "REC waiting for the next session" if self.wanted else None
        status = self._recorder.status()
        if status.state is RecorderState.DEGRADED:
            return f"REC failing: {status.reason}"
        lost = f", {status.lost_records:,} records lost" if status.lost_records else ""
        return f"REC {status.file_bytes / _MEGABYTE:.1f} MB{lost}"

    def _begin_session(self, metadata: Metadata) -> None:
        self._header, self.refused = metadata, None
        if not self.wanted:
            return
        try:
            if self._recorder is None:
                self._recorder = self._new_recorder(metadata)
            else:
                self._recorder.accept(metadata)
                self._recorder.reconnected(None, None, "a new session with the source")
        except MixedStreamsError as error:
            self.refused = f"not recorded: {error}"
            self._tell(self.refused)

    def _new_recorder(self, metadata: Metadata) -> Recorder:
        self._loop = asyncio.get_running_loop()
        stream = RecordedStream(metadata, self._symbol, Provenance.LIVE, f"qmo {__version__}")
        return Recorder(self._folder, stream, trading_day, settings=self._settings, on_notice=self._hear).start()

    def _hear(self, notice: Notice) -> None:
        """Hear the recorder, in whatever thread it speaks."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take_notice, notice)

    def _take_notice(self, notice: Notice) -> None:
        self._tell(notice.text)
        if self._beginnings.wants_snapshot(notice):
            self._renew("a new recording file begins: a fresh snapshot for it")
