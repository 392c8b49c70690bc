"""The files of one recording, one after the other: frames closed, days changed, failures survived.

It does its work in whatever thread calls it, and waits for the disk there; `Recorder` gives it a thread of its own.
Time is handed in (`now`, seconds of any steady clock), so what it does depends on what it is given alone.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from feeds.recorder import naming
from feeds.recorder.backlog import Item, Loss
from feeds.recorder.frames import prepare
from feeds.recorder.intake import Intake
from feeds.recorder.notices import FileGoneError, Notice, NoticeKind, Trouble, TroubleKind, trouble_of
from feeds.recorder.plan import RecordedStream, RecorderSettings
from feeds.recorder.preamble import Preamble, header
from feeds.recorder.rotation import TradingDay
from feeds.recorder.session_file import SessionFile
from feeds.recorder.sidecar import Gap, GapPlace, StartReason

GIVEN_UP = "the recording ended while the disk took nothing"


@dataclass(frozen=True, slots=True)
class _NewDay:
    """In the row of what is to be written: here the next trading day's file begins."""


_Step: TypeAlias = Item | _NewDay


class FileSeries:
    """Writes records into files.

    Attributes:
        folder: Where the files are: below the folder given, by provenance.
        trouble: What keeps records from the disk at the moment. While there is something, what is taken waits.
        files: Files begun.
        synced_records: Records that are on the disk, in all files so far, repeated ones not counted.
        synced_at: When the last of them came there, on the caller's clock; None before the first.
    """

    def __init__(
        self,
        root: Path,
        stream: RecordedStream,
        day_of: Callable[[int], TradingDay],
        settings: RecorderSettings,
        *,
        tell: Callable[[Notice], None],
        breathe: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare to record `stream` below `root`; `breathe` is called often while records are looked at."""
        self.folder = naming.folder_of(root, stream.provenance)
        self.trouble: Trouble | None = None
        self.files = 0
        self.synced_records = 0
        self.synced_at: float | None = None
        self._stream = stream
        self._settings = settings
        self._tell = tell
        self._intake = Intake(stream.metadata, day_of, settings, refused=self._told_refused, breathe=breathe)
        self._refused: set[str] = set()
        self._taken_bytes = 0
        self._synced_bytes = 0
        self._given_up_bytes = 0
        self._preamble = Preamble()
        self._pending: deque[_Step] = deque()
        self._file: SessionFile | None = None
        self._last: SessionFile | None = None
        self._unfinished: list[SessionFile] = []
        self._reason = StartReason.FIRST
        self._behind = False
        self._retry_at = 0.0
        self._refresh_at = 0.0
        self._gone = Loss()
        self._stale: SessionFile | None = None

    @property
    def path(self) -> Path | None:
        """The file being written."""
        file = self._file
        return None if file is None else file.path

    @property
    def file_bytes(self) -> int:
        """Bytes of that file on the disk."""
        file = self._file
        return 0 if file is None else file.size

    @property
    def waiting_bytes(self) -> int:
        """Record bytes taken that are not on the disk yet."""
        return max(0, self._taken_bytes - self._synced_bytes - self._intake.lost_bytes - self._given_up_bytes)

    @property
    def lost_records(self) -> int:
        """Records taken that will not be in any file."""
        return self._intake.lost_records + self._gone.records

    @property
    def lost_bytes(self) -> int:
        """Their bytes."""
        return self._intake.lost_bytes + self._gone.bytes

    def begin(self, now: float) -> None:
        """Make the folder and see that it can be written to, before there is anything to lose."""
        self._guarded(lambda _: prepare(self.folder), now)

    def take(self, item: Item, now: float) -> None:
        """Take whole records, or a gap between those before and those after."""
        self._pending.append(item)
        self._taken_bytes += 0 if isinstance(item, Gap) else len(item)
        if self.trouble is None:
            self._guarded(self._advance, now)

    def tick(self, now: float) -> None:
        """Do what time demands: close the frame, try again after a failure, refresh the sidecar."""
        if self.trouble is not None:
            if now >= self._retry_at:
                self._retry(now)
        elif self._intake.due(now):
            self._guarded(self._end_frame, now)
        if self._file is not None and self._behind and now >= self._refresh_at:
            self._refresh(self._file)
            self._refresh_at = now + self._settings.sidecar_seconds

    def seconds_to_tick(self, now: float) -> float | None:
        """Return how long nothing has to be done unless something is taken; None for as long as that."""
        if self.trouble is not None:
            return max(0.0, self._retry_at - now)
        due = self._intake.seconds_to_due(now)
        if self._file is None or not self._behind:
            return due
        refresh = max(0.0, self._refresh_at - now)
        return refresh if due is None else min(due, refresh)

    def close(self, now: float) -> None:
        """Write what there is and finish the file; what the disk does not take now is given up and counted."""
        if self.trouble is not None:
            self._retry(now)
        if self.trouble is None:
            self._guarded(lambda now: self._change_file(StartReason.FIRST, now), now)
        self._settle()
        self._give_up()
        for file in self._unfinished:
            file.release()
            text = f"{file.path} could not be finished: the next start puts it in order"
            self._tell(Notice(NoticeKind.FILE_UNFINISHED, text, file.path))
        self._unfinished.clear()

    # What is taken becomes frames, and frames become files.

    def _advance(self, now: float) -> None:
        """Work off what is pending; where the disk fails, the rest stays pending."""
        while self._pending:
            step = self._pending[0]
            if isinstance(step, _NewDay):
                self._change_file(StartReason.TRADING_DAY, now)
                self._intake.next_day()
                self._pending.popleft()
            elif isinstance(step, Gap):
                self._take_gap(step, now)
                self._pending.popleft()
            else:
                self._pending.popleft()
                self._take_records(step, now)

    def _take_records(self, piece: memoryview, now: float) -> None:
        rest = self._intake.take(piece, now)
        if rest is not None:
            self._pending.extendleft((rest, _NewDay()))
        if self._file is None and self._intake.dated:
            self._begin_file(now)
        if self._intake.due(now):
            self._end_frame(now)

    def _take_gap(self, gap: Gap, now: float) -> None:
        if gap.place is GapPlace.FEED:
            self._intake.frame.reconnects += 1
        else:
            self._change_file(StartReason.GAP, now)
        self._intake.miss(gap)

    def _end_frame(self, now: float) -> None:
        frame = self._intake.frame
        if self._file is None and frame.parts:
            self._begin_file(now)
        if self._file is None:
            return
        self._file.append(frame)
        self._behind = True
        for batch in frame.teaching:
            self._preamble.learn(batch)
        self._intake.next_frame()
        if frame.gaps:
            self._refresh(self._file)
        if frame.parts:
            self.synced_records += frame.tally.records
            self._synced_bytes += frame.tally.bytes
            self.synced_at = now

    def _begin_file(self, now: float) -> None:
        """Begin a file that can be replayed alone, for the records that wait."""
        tally = self._intake.frame.tally
        flow = tally.ts_recv or tally.ts_event
        start = flow.first if flow is not None else tally.newest or self._stream.metadata.start
        file = SessionFile(
            self._stream,
            self.folder,
            self._intake.day(start),
            start,
            self._reason,
            continues=None if self._last is None else self._last.final_path.name,
            level=self._settings.level,
        )
        repeated = self._preamble.encode()
        names = self._preamble.names | self._intake.frame.names
        try:
            file.begin(
                header(self._stream.metadata, names, start, max(start, file.day.end)),
                repeated,
                self._intake.tally(repeated),
                self._preamble.names,
            )
        except OSError:
            file.discard()
            raise
        self._file = file
        self._refresh_at = now + self._settings.sidecar_seconds
        self.files += 1
        why = "" if self._reason is StartReason.FIRST else f" ({self._reason}: its book begins without a snapshot)"
        self._tell(Notice(NoticeKind.FILE_STARTED, f"recording to {file.path}{why}", file.path, start=self._reason))

    def _change_file(self, reason: StartReason, now: float) -> None:
        """Close the frame and the file; the next record begins a new one."""
        self._end_frame(now)
        file, self._file = self._file, None
        if file is None:
            return
        self._reason, self._last = reason, file
        self._unfinished.append(file)
        file.finish()
        self._unfinished.remove(file)
        self._tell(Notice(NoticeKind.FILE_FINISHED, f"recorded {file.path}", file.path))

    def _refresh(self, file: SessionFile) -> None:
        """Bring the sidecar up to date; where that fails the records go on being written, and one line tells."""
        self._behind = False
        try:
            file.refresh()
        except OSError as error:
            if self._stale is not file:
                self._stale = file
                trouble = trouble_of(error, self.folder)
                text = f"the sidecar of {file.path.name} is not kept up to date: {trouble.text}"
                self._tell(Notice(NoticeKind.SIDECAR_STALE, text, file.path, trouble=trouble))

    # What happens when the disk fails.

    def _guarded(self, step: Callable[[float], None], now: float) -> bool:
        """Do something that needs the disk; return whether it took it."""
        try:
            step(now)
        except OSError as error:
            self._fail(trouble_of(error, self.folder), now)
            return False
        return True

    def _fail(self, trouble: Trouble, now: float) -> None:
        """Leave the file as it is on the disk; what was not written waits for the next one."""
        known = self.trouble
        self.trouble = trouble
        self._retry_at = now if trouble.kind is TroubleKind.FILE_GONE else now + self._settings.retry_seconds
        file, self._file = self._file, None
        if file is not None and file.fresh:
            self._reason, self._last = StartReason.TROUBLE, file
            self._unfinished.append(file)
        elif file is not None:
            file.discard()  # the next one begins where it did, and for the same reason
        if known is None or known.kind is not trouble.kind:
            text = f"not recording: {trouble.text}; trying again every {self._settings.retry_seconds:g} s"
            self._tell(Notice(NoticeKind.TROUBLE, text, trouble=trouble))
        self._settle()

    def _retry(self, now: float) -> None:
        if self._guarded(self._try_again, now):
            self.trouble = None
            self._settle()
            self._tell(Notice(NoticeKind.RESUMED, f"recording again in {self.folder}", self.path))

    def _try_again(self, now: float) -> None:
        prepare(self.folder)
        if self._intake.frame.parts:
            self._end_frame(now)
        self._advance(now)

    def _settle(self) -> None:
        """Try to finish the files that failures left behind; those that still cannot be are left to the next time."""
        for file in list(self._unfinished):
            try:
                file.finish()
            except FileGoneError:
                self._count_as_gone(file)
            except OSError:  # told when it first happened
                continue
            else:
                self._tell(Notice(NoticeKind.FILE_FINISHED, f"recorded {file.path}", file.path))
            self._unfinished.remove(file)

    def _count_as_gone(self, file: SessionFile) -> None:
        file.release()
        self._last = None if self._last is file else self._last
        gap = file.missing(f"{file.path.name} was moved or removed while it was being written")
        self._gone.records += gap.records or 0
        self._gone.bytes += gap.bytes or 0
        self._intake.miss(gap)
        self._told_left_out(gap)

    def _give_up(self) -> None:
        """Count what never came to the disk, and say so where that can still be written."""
        loss = Loss()
        for piece in (*self._intake.frame.parts, *(step for step in self._pending if isinstance(step, memoryview))):
            loss.add(piece)
        self._given_up_bytes = loss.bytes
        self._gone.records += loss.records
        self._gone.bytes += loss.bytes
        gaps = [*self._intake.frame.gaps, *(step for step in self._pending if isinstance(step, Gap))]
        if loss.bytes:
            gaps.append(loss.gap(GIVEN_UP))
            self._told_left_out(gaps[-1])
        if gaps and self._last is not None:
            last = self._last
            self._guarded(lambda _: last.note(gaps), 0.0)

    def _told_left_out(self, gap: Gap) -> None:
        self._tell(Notice(NoticeKind.LEFT_OUT, f"{gap.records:,} records are not recorded: {gap.reason}"))

    def _told_refused(self, reason: str) -> None:
        if reason not in self._refused:
            self._refused.add(reason)
            self._tell(Notice(NoticeKind.LEFT_OUT, f"left out of the recording: {reason}", self.path))
