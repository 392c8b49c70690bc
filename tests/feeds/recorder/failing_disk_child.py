"""Disks that fail, for a process of its own: `python -m tests.feeds.recorder.failing_disk_child SCENARIO FOLDER OUT`.

Each scenario records into FOLDER through a failure of the real operating system, and writes to OUT, as JSON, what it
was told and what became of the records: a disk of its own ends with the process.
"""

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from engines.timing.trading_day import trading_day
from feeds.recorder import Notice, NoticeKind, Recorder, RecorderSettings, RecorderState, recover, verify
from tests.feeds.recorder.given import fresh, plan, recordings, sidecar
from tests.feeds.recorder.killed_child import stream

PATIENCE = 60.0
PIECE = 50
IMPATIENT = {"frame_seconds": 0.01, "frame_bytes": 8 * 1024, "retry_seconds": 0.05, "sidecar_seconds": 0.02}
LIMIT = 64 * 1024
LITTLE = 200 * 56


class Log:
    """What the recorder tells, and a way to wait until it has told it."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self._changed = threading.Condition()

    def __call__(self, notice: Notice) -> None:
        with self._changed:
            self.notices.append(notice)
            self._changed.notify_all()

    def wait(self, kind: NoticeKind, count: int = 1) -> None:
        def told() -> bool:
            return sum(notice.kind is kind for notice in self.notices) >= count

        with self._changed:
            if not self._changed.wait_for(told, PATIENCE):
                raise TimeoutError(f"never told {kind}: {[notice.text for notice in self.notices]}")


class Run:
    """Records the stream of the killed children, piece by piece."""

    def __init__(self, folder: Path, queue: int = 64 * 1024 * 1024) -> None:
        self.log = Log()
        self.place = 0
        settings = RecorderSettings(queue_bytes=queue, **IMPATIENT)  # type: ignore[arg-type]
        self.recorder = Recorder(folder, plan(), trading_day, settings=settings, on_notice=self.log).start()

    def give(self, records: int) -> None:
        rows = stream()
        for start in range(self.place, self.place + records, PIECE):
            self.recorder.write(b"".join(rows[start : start + PIECE]))
        self.place += records

    def give_until_trouble(self) -> None:
        while self.recorder.status().state is not RecorderState.DEGRADED:
            self.give(PIECE)
            self.let_take()

    def let_take(self) -> None:
        """Wait until the recorder has taken nearly everything, or is in trouble."""
        while (status := self.recorder.status()).waiting_bytes > LITTLE and status.state is not RecorderState.DEGRADED:
            threading.Event().wait(0.001)

    def outcome(self, folder: Path) -> dict[str, object]:
        status = self.recorder.status()
        paths = recordings(folder)
        given = b"".join(stream()[: self.place])
        kept = fresh(paths)
        return {
            "given": self.place,
            "kept": sum(sidecar(path).records - sidecar(path).repeated for path in paths),
            "all": kept == given,
            "prefix": given.startswith(kept),
            "lost": status.lost_records,
            "gaps": [[gap.reason, gap.records] for path in paths for gap in sidecar(path).gaps],
            "started": [sidecar(path).started for path in paths],
            "problems": [problem for path in paths for problem in verify(path).problems],
            "notices": [
                [notice.kind, notice.text, notice.trouble and notice.trouble.kind] for notice in self.log.notices
            ],
            "partial": [path.name for path in folder.rglob("*.partial")],
        }


def size_limit(folder: Path) -> dict[str, object]:
    """Meet the largest file size allowed, and have it raised."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    run = Run(folder)
    run.give_until_trouble()
    run.give(500)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    run.log.wait(NoticeKind.RESUMED)
    run.give(500)
    run.recorder.close()
    return run.outcome(folder)


def _fill(folder: Path, leave: int) -> Path:
    """Fill a disk up to some bytes."""
    ballast = folder / "ballast"
    free = os.statvfs(folder)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - leave))
    return ballast


def disk_full(folder: Path) -> dict[str, object]:
    """Meet the end of the disk, and have room made."""
    ballast = _fill(folder, LIMIT)
    run = Run(folder)
    run.give_until_trouble()
    run.give(500)
    ballast.unlink()
    run.log.wait(NoticeKind.RESUMED)
    run.give(500)
    run.recorder.close()
    return run.outcome(folder)


def disk_full_for_long(folder: Path) -> dict[str, object]:
    """Have more to record than may wait until room is made."""
    ballast = _fill(folder, LIMIT)
    run = Run(folder, queue=500 * 56)
    run.give_until_trouble()
    run.give(5_000)
    ballast.unlink()
    run.log.wait(NoticeKind.RESUMED)
    while run.recorder.status().waiting_bytes > LITTLE:
        threading.Event().wait(0.001)
    run.give(500)
    run.recorder.close()
    return run.outcome(folder)


def disk_full_to_the_end(folder: Path) -> dict[str, object]:
    """Close while the disk is full; room is made before the next start."""
    ballast = _fill(folder, LIMIT)
    run = Run(folder)
    run.give_until_trouble()
    run.give(500)
    run.recorder.close()
    before = run.outcome(folder)
    ballast.unlink()
    findings = recover(folder)
    return run.outcome(folder) | {"partial before": before["partial"], "findings": [one.text for one in findings]}


def read_only(folder: Path) -> dict[str, object]:
    """Have the disk made read-only, and writable again."""
    run = Run(folder)
    run.give(500)
    run.log.wait(NoticeKind.FILE_STARTED)
    run.recorder.close()
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    again = Run(folder)
    again.place = run.place
    again.log.wait(NoticeKind.TROUBLE)
    again.give(500)
    subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
    again.log.wait(NoticeKind.RESUMED)
    again.recorder.close()
    return again.outcome(folder)


def no_permission(folder: Path) -> dict[str, object]:
    """Be denied the folder, and then be let in, as somebody who is not root."""
    folder.chmod(0o777)
    stream(), trading_day(0)  # which import and read what nobody else may be allowed to
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    live = folder / "live"
    live.mkdir()
    live.chmod(0o555)
    run = Run(folder)
    run.log.wait(NoticeKind.TROUBLE)
    run.give(500)
    live.chmod(0o755)
    run.log.wait(NoticeKind.RESUMED)
    run.give(500)
    run.recorder.close()
    return run.outcome(folder)


SCENARIOS: dict[str, Callable[[Path], dict[str, object]]] = {
    one.__name__: one
    for one in (size_limit, disk_full, disk_full_for_long, disk_full_to_the_end, read_only, no_permission)
}


def main() -> None:
    scenario, folder, out = sys.argv[1:]
    found = SCENARIOS[scenario](Path(folder))
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
