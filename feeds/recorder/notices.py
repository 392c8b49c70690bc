"""What the recorder tells while it works: files that begin and end, what keeps it from writing; one line each."""

import errno
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from feeds.recorder.sidecar import StartReason


class TroubleKind(StrEnum):
    """What keeps records from the disk."""

    DISK_FULL = "disk full"
    NOT_PERMITTED = "not permitted"
    READ_ONLY = "read-only"
    FOLDER_MISSING = "folder missing"
    FILE_GONE = "file gone"
    DISK_ERROR = "disk error"
    QUEUE_FULL = "queue full"
    """The disk is slower than the market for so long that the queue has no room: records are being left out."""
    STOPPED = "stopped"
    """The recorder itself failed and records nothing any more."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One reason why records do not reach the disk; `text` is one line that says what, where and what to do."""

    kind: TroubleKind
    text: str


class FileGoneError(OSError):
    """The file being written is not where it was made any more: somebody moved or removed it."""


class NoticeKind(StrEnum):
    """What happened."""

    FILE_STARTED = "file started"
    """A new file begins; unless it is the first one, its book begins without a snapshot: the moment to ask for one."""
    FILE_FINISHED = "file finished"
    FILE_UNFINISHED = "file unfinished"
    """The recording ended, and the disk did not let this file be finished: recovery will."""
    TROUBLE = "trouble"
    """Records do not reach the disk from now on."""
    SIDECAR_STALE = "sidecar stale"
    """The sidecar of the file being written cannot be kept up to date; the records go on."""
    RESUMED = "resumed"
    """Records reach the disk again."""
    LEFT_OUT = "left out"
    """Records that were given will not be in any file; the text counts them."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. `path` is the file meant, `trouble` and `start` are set on notices of their kind."""

    kind: NoticeKind
    text: str
    path: Path | None = None
    trouble: Trouble | None = None
    start: StartReason | None = None


_KINDS: Final = {
    errno.ENOSPC: (TroubleKind.DISK_FULL, "no space left in {}: free some, or record elsewhere"),
    errno.EDQUOT: (TroubleKind.DISK_FULL, "the disk quota for {} is used up: free some space, or record elsewhere"),
    errno.EFBIG: (
        TroubleKind.DISK_FULL,
        "the file in {} reached the largest size allowed: raise the limit (ulimit -f)",
    ),
    errno.EACCES: (TroubleKind.NOT_PERMITTED, "no permission to write in {}: change its owner or mode"),
    errno.EPERM: (TroubleKind.NOT_PERMITTED, "writing in {} is not permitted: change its owner, mode or attributes"),
    errno.EROFS: (TroubleKind.READ_ONLY, "{} is on a read-only disk: remount it, or record elsewhere"),
    errno.ENOENT: (TroubleKind.FOLDER_MISSING, "the folder {} is missing: make it again"),
    errno.ENOTDIR: (TroubleKind.FOLDER_MISSING, "{} is not a folder: move away the file that has its name"),
    errno.EEXIST: (TroubleKind.FOLDER_MISSING, "{} is not a folder: move away the file that has its name"),
}


def trouble_of(error: OSError, folder: Path) -> Trouble:
    """Say what an error of the operating system means for a recording in `folder`."""
    if isinstance(error, FileGoneError):
        return Trouble(TroubleKind.FILE_GONE, str(error))
    kind, text = _KINDS.get(
        error.errno or 0, (TroubleKind.DISK_ERROR, f"writing in {{}} failed: {error.strerror or error}")
    )
    return Trouble(kind, text.format(folder))
