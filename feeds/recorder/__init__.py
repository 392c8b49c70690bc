"""Recording: received wire bytes become crash-safe `.dbn.zst` files with a sidecar, one a CME trading day.

`Recorder` takes the bytes and never waits for the disk; `recover` brings what a crash left behind into order at the
next start; `verify` says whether a finished file still holds what was received.
"""

from feeds.recorder.notices import Notice, NoticeKind, Trouble, TroubleKind
from feeds.recorder.plan import MixedStreamsError, RecordedStream, RecorderSettings
from feeds.recorder.recorder import Recorder, RecorderState, RecorderStatus
from feeds.recorder.recovery import Finding, FindingKind, recover
from feeds.recorder.rotation import TradingDay
from feeds.recorder.sidecar import Gap, GapPlace, Sidecar, StartReason, read_sidecar
from feeds.recorder.verification import Verification, verify

__all__ = [
    "Finding",
    "FindingKind",
    "Gap",
    "GapPlace",
    "MixedStreamsError",
    "Notice",
    "NoticeKind",
    "RecordedStream",
    "Recorder",
    "RecorderSettings",
    "RecorderState",
    "RecorderStatus",
    "Sidecar",
    "StartReason",
    "TradingDay",
    "Trouble",
    "TroubleKind",
    "Verification",
    "read_sidecar",
    "recover",
    "verify",
]
