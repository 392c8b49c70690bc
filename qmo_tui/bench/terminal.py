"""What the cockpit costs in a real pseudo-terminal: time to the first frame, cores, bytes, lag, from key to picture.

Everything is seen from outside, as a trader sees it, but for the lag of the loop, which the cockpit's own row (key `U`)
tells. A terminal may be read as slowly as a line over a bad network.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from feeds.dbn import DbnWriter
from feeds.simulator.contract import metadata
from feeds.simulator.session import Simulation, SimulationSettings
from qmo_tui.bench.figures import Figure

FIRST_FRAME_SECONDS: Final = 1.5
COLD_FRAME_SECONDS: Final = 3.0
MOST_CORE: Final = 0.5
MOST_FRAME_KB: Final = 15.0
MOST_LAG_MS: Final = 20.0
MOST_KEY_MS: Final = 50.0
FRAMES_PER_SECOND: Final = 20
BUSY_RATE: Final = 50_000
"""Records a second at which the cockpit is measured."""
SLOW_LINE: Final = 50_000
"""Bytes a second of a slow line."""
MOST_SLOW_KEY_MS: Final = 1_000.0
_MARKET_SECONDS: Final = 2 * 3_600
"""Length of the simulated market: at some 800 records a second, two minutes at `BUSY_RATE`."""
_SECOND_NS: Final = 1_000_000_000
_COLUMNS, _ROWS = 160, 50
_BADGES: Final = (b"REPLAY", b"DEMO")
_MARKET: Final = b"CONTINUOUS"
_SETTLE_SECONDS: Final = 3.0
_LAG_SECONDS: Final = 11.0
"""Longer than the newest samples of the lag reach back."""
_QUIT: Final = b"q"
_DEADLINE_SECONDS: Final = 60.0
_PRESSES: Final = 100
_BETWEEN_PRESSES: Final = 0.13
"""Seconds: no multiple of a frame, so that presses fall anywhere between two of them."""
_BENEATH: Final = (b"CVD", b"volume", b"delta")
"""Words that the key of what stands beneath the chart brings, one after the other."""
_STYLE: Final = re.compile(rb"\x1b\[[\d;]*[A-Za-z]")
_LAG: Final = re.compile(rb"lag p50 p99 +([\d.]+) ([\d.]+) ms")
_SLOWED: Final = re.compile(rb"(\d+) fps, slow terminal")


class Terminal:
    """A pseudo-terminal with `qmo replay` in it, read at most at a rate (bytes a second) where one is given."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, rate: float | None) -> None:
        self._process, self._master, self._rate = process, master, rate
        self._since, self._read = time.perf_counter(), 0.0
        self.bytes = 0
        self.text = b""

    def press(self, key: bytes) -> float:
        """Press a key, forget what was shown before, and return the moment."""
        self.text = b""
        os.write(self._master, key)
        return time.perf_counter()

    def watch(self, seconds: float, enough: Callable[[], bool] = lambda: False) -> bool:
        """Read what is shown until it is enough or so many seconds have passed; return whether it was enough."""
        until = time.perf_counter() + seconds
        while not enough():
            left = until - time.perf_counter()
            if left <= 0 or not self._more(min(left, 0.02)):
                return enough()
        return True

    def shows(self, text: bytes) -> bool:
        """Whether a text was shown since the last press, in one piece."""
        return text in self.plain

    @property
    def plain(self) -> bytes:
        """What was shown since the last press, without styles."""
        return _STYLE.sub(b"", self.text)

    @property
    def processor_seconds(self) -> float:
        """What the program has used; NaN where the system does not tell."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return float("nan")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def quit(self) -> None:
        """Quit the program and read to its end."""
        self.press(_QUIT)
        self.watch(_DEADLINE_SECONDS, lambda: self._process.poll() is not None)

    def _more(self, seconds: float) -> bool:
        """Read once within so many seconds, if the line's rate allows; return whether the program is still there."""
        room = 65_536
        if self._rate is not None:
            now = time.perf_counter()
            self._read = max(0.0, self._read - self._rate * (now - self._since))
            self._since = now
            room = int(self._rate * seconds - self._read)
            if room <= 0:
                time.sleep(seconds)
                return True
        if select.select([self._master], [], [], seconds)[0]:
            try:
                data = os.read(self._master, room)
            except OSError:  # the other side has gone
                return False
            self._read += len(data)
            self.bytes += len(data)
            self.text += data
        return True


@contextmanager
def terminal(path: Path, speed: int, *, rate: float | None = None, **environment: str) -> Iterator[Terminal]:
    """Run `qmo replay` at a speed in a pseudo-terminal for as long as the block lasts."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    known = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
    known["QMO_COCKPIT_FRAMES_PER_SECOND"] = str(FRAMES_PER_SECOND)
    command = [sys.executable, "-m", "qmo_tui", "replay", str(path), "--speed", str(speed)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=slave, stdout=slave, stderr=slave, env=known, start_new_session=True
    )
    os.close(slave)
    try:
        yield Terminal(process, master, rate)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)


def measure_terminal(folder: Path, seconds: float) -> list[Figure]:
    """Run the cockpit on a simulated market, of which a recording is made in a folder.

    It is run as usual, with every kernel still to be compiled, and over a slow line.
    """
    path = folder / "screen.mbo.dbn.zst"
    settings = SimulationSettings()
    end = settings.start + _MARKET_SECONDS * _SECOND_NS
    records = 0
    with DbnWriter(path, metadata(settings.start, end)) as writer:
        for batch in Simulation(settings).batches(until=end):
            writer.write(batch)
            records += len(batch)
    speed = round(BUSY_RATE * _MARKET_SECONDS / records)
    return [*_usual(path, seconds, speed), *_cold(path, speed), *_slow(path, seconds, speed)]


def _usual(path: Path, seconds: float, speed: int) -> list[Figure]:
    busy = f"cockpit at {FRAMES_PER_SECOND} frames/s, {BUSY_RATE:,} records/s"
    with terminal(path, speed) as seen:
        first = _first_frame(seen)
        _settle(seen)
        sent, used, began = seen.bytes, seen.processor_seconds, time.perf_counter()
        seen.watch(seconds)
        took = time.perf_counter() - began
        cores, sent = (seen.processor_seconds - used) / took, seen.bytes - sent
        keys = _key_times(seen)
        seen.watch(_LAG_SECONDS)
        lags = _lag(seen)
        seen.quit()
    return [
        Figure("start to first painted frame", first, "s", FIRST_FRAME_SECONDS, at_least=False),
        Figure(busy, cores, "cores", MOST_CORE, at_least=False),
        Figure("bytes a frame", sent / took / FRAMES_PER_SECOND / 1_000, "kB", MOST_FRAME_KB, at_least=False),
        Figure("lag of the loop, p50", lags[0], "ms"),
        Figure("lag of the loop, p99", lags[1], "ms", MOST_LAG_MS, at_least=False),
        Figure("key to picture, p50", _quantile(keys, 0.5), "ms"),
        Figure("key to picture, p99", _quantile(keys, 0.99), "ms", MOST_KEY_MS, at_least=False),
    ]


def _cold(path: Path, speed: int) -> list[Figure]:
    """Measure the start where every kernel must be compiled, which goes on behind the first frame."""
    with (
        tempfile.TemporaryDirectory(prefix="qmo-cold-") as folder,
        terminal(path, speed, NUMBA_CACHE_DIR=folder) as seen,
    ):
        first = _first_frame(seen)
    return [Figure("start to first frame, no kernel compiled", first, "s", COLD_FRAME_SECONDS, at_least=False)]


def _slow(path: Path, seconds: float, speed: int) -> list[Figure]:
    line = f"on a line of {SLOW_LINE // 1_000} kB/s"
    with terminal(path, speed, rate=SLOW_LINE) as seen:
        _first_frame(seen)
        _settle(seen)
        seen.watch(seconds)
        told = _SLOWED.findall(seen.plain)
        keys = _key_times(seen)
        seen.quit()
    return [
        Figure(f"frames/s that it says it slowed to, {line}", float(told[-1]) if told else float("nan"), "1/s"),
        Figure(f"key to picture, p50, {line}", _quantile(keys, 0.5), "ms"),
        Figure(f"key to picture, p99, {line}", _quantile(keys, 0.99), "ms", MOST_SLOW_KEY_MS, at_least=False),
    ]


def _first_frame(seen: Terminal) -> float:
    """Return the seconds to the first frame; NaN where none came."""
    began = time.perf_counter()
    came = seen.watch(_DEADLINE_SECONDS, lambda: any(badge in seen.text for badge in _BADGES))
    return time.perf_counter() - began if came else float("nan")


def _settle(seen: Terminal) -> None:
    """Wait until the market is there, and a little longer."""
    seen.watch(_DEADLINE_SECONDS, lambda: seen.shows(_MARKET))
    seen.watch(_SETTLE_SECONDS)


def _key_times(seen: Terminal) -> list[float]:
    """Return the milliseconds from each of many presses to what it shows."""
    times = []
    for number in range(_PRESSES):
        word = _BENEATH[number % len(_BENEATH)]
        pressed = seen.press(b"d")
        came = seen.watch(_DEADLINE_SECONDS, lambda word=word: seen.shows(word))  # type: ignore[misc]
        times.append((time.perf_counter() - pressed) * 1_000 if came else float("inf"))
        seen.watch(_BETWEEN_PRESSES)
    return times


def _lag(seen: Terminal) -> tuple[float, float]:
    """Return how late the loop wakes, median and 99th percentile, in milliseconds, as the cockpit tells it."""
    seen.press(b"U")
    seen.watch(_DEADLINE_SECONDS, lambda: _LAG.search(seen.plain) is not None)
    found = _LAG.search(seen.plain)
    return (float(found[1]), float(found[2])) if found is not None else (float("nan"), float("nan"))


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
