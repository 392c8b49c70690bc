"""What the cockpit costs in a real pseudo-terminal: time to the first frame, processor share, bytes a frame."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qmo_tui.bench.figures import Figure

FIRST_FRAME_SECONDS: Final = 1.5
MOST_CORE: Final = 0.5
MOST_FRAME_KB: Final = 15.0
FRAMES_PER_SECOND: Final = 20
BUSY_RATE: Final = 50_000
"""Records a second at which the cockpit is measured."""
_COLUMNS, _ROWS = 160, 50
_FIRST_FRAME: Final = b"REPLAY"
_SETTLE_SECONDS: Final = 3.0
_QUIT: Final = b"q"
_DEADLINE_SECONDS: Final = 60.0


@dataclass(slots=True)
class _Seen:
    """What came out of the terminal so far."""

    first_frame: float | None = None
    bytes: int = 0


def measure_terminal(path: Path, seconds: float, speed: int) -> list[Figure]:
    """Run `qmo replay` at a speed on a pseudo-terminal for some seconds and return what it cost."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment["QMO_COCKPIT_FRAMES_PER_SECOND"] = str(FRAMES_PER_SECOND)
    command = [sys.executable, "-m", "qmo_tui", "replay", str(path), "--speed", str(speed)]
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        seen = _Seen()
        _watch(master, seen, lambda: seen.first_frame is not None, began + _DEADLINE_SECONDS)
        _watch(master, seen, lambda: False, time.perf_counter() + _SETTLE_SECONDS)
        settled_bytes, settled_cpu, settled_at = seen.bytes, _cpu_of(process.pid), time.perf_counter()
        _watch(master, seen, lambda: False, settled_at + seconds)
        took = time.perf_counter() - settled_at
        cpu = _cpu_of(process.pid) - settled_cpu
        sent = seen.bytes - settled_bytes
        os.write(master, _QUIT)
        _watch(master, seen, lambda: process.poll() is not None, time.perf_counter() + _DEADLINE_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)
    first = float("nan") if seen.first_frame is None else seen.first_frame - began
    return [
        Figure("start to first painted frame", first, "s", FIRST_FRAME_SECONDS, at_least=False),
        Figure(
            f"cockpit at {FRAMES_PER_SECOND} frames/s, {BUSY_RATE:,} records/s",
            cpu / took,
            "cores",
            MOST_CORE,
            at_least=False,
        ),
        Figure("bytes a frame", sent / took / FRAMES_PER_SECOND / 1_000, "kB", MOST_FRAME_KB, at_least=False),
    ]


def _watch(master: int, seen: _Seen, enough: Callable[[], bool], until: float) -> None:
    """Read what the terminal is sent until `enough` or a moment of the performance counter."""
    while not enough() and (left := until - time.perf_counter()) > 0:
        ready, _, _ = select.select([master], [], [], min(left, 0.1))
        if not ready:
            continue
        try:
            data = os.read(master, 65_536)
        except OSError:  # the other side has gone
            return
        seen.bytes += len(data)
        if seen.first_frame is None and _FIRST_FRAME in data:
            seen.first_frame = time.perf_counter()


def _cpu_of(process_id: int) -> float:
    """Return the processor seconds a running process has used; NaN where the system does not tell."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
