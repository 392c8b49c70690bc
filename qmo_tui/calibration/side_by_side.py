"""Recordings side by side: a process each, as many at once as there are cores, and what each has to tell on the way.

A process that fails, or is ended from outside, loses its own recording and nothing else. Interrupts are the parent's to
hear: it ends its processes, and so does a parent that goes away, since nobody takes what they tell.
"""

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from qmo_tui.calibration.collecting import Collected, collect
from qmo_tui.errors import exit_code_of, one_line
from qmo_tui.exit_codes import ExitCode
from qmo_tui.log import open_log, write_traceback
from qmo_tui.settings import Settings

_PATIENCE_SECONDS: Final = 5.0
_TOLD_BYTES: Final = 4_000_000
"""Bytes of a recording between two words about its progress."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one recording has come."""

    path: Path
    bytes_read: int
    records: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a recording gave nothing, in one line.

    Attributes:
        code: What a command ends with that this ended.
    """

    path: Path
    reason: str
    code: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a recording gave."""

    path: Path
    collected: Collected


Word = Progress | Failed | Done


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def collect_all(paths: Sequence[Path], settings: Settings, *, at_once: int) -> Generator[Word, None, None]:
    """Collect recordings, `at_once` of them side by side, and yield what they tell as it comes.

    Each path ends with one `Done` or `Failed`. Closing the iterator ends what still runs.
    """
    waiting = deque(paths)
    running: dict[Connection, tuple[BaseProcess, Path]] = {}
    # A fresh interpreter, not a fork: threads of the parent would be left behind in it holding their locks.
    context = multiprocessing.get_context("spawn")
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                path = waiting.popleft()
                ours, theirs = context.Pipe(duplex=False)
                process: BaseProcess = context.Process(
                    target=_work, name=str(path), args=(path, settings, theirs), daemon=True
                )
                with _interrupts_blocked():
                    process.start()
                    theirs.close()
                    running[ours] = process, path
            for told in [one for one in wait(list(running)) if isinstance(one, Connection)]:
                word = _hear(told, *running[told])
                if not isinstance(word, Progress):
                    _part(told, running.pop(told)[0])
                yield word
    finally:
        for told, (process, _) in running.items():
            process.terminate()
            _part(told, process)


@contextlib.contextmanager
def _interrupts_blocked() -> Generator[None, None, None]:
    """Keep interrupts back; a process begun meanwhile hears none ever, not even while it is being loaded."""
    # It lets signals through again when it begins, so it has to have begun before.
    resource_tracker.ensure_running()
    heard: list[int] = []
    # Another thread may take the signal, and Python would raise it here, between a process and what it is to do.
    handler = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if heard and handler is not signal.SIG_IGN:
        raise KeyboardInterrupt


def _part(told: Connection, process: BaseProcess) -> None:
    told.close()
    process.join(_PATIENCE_SECONDS)
    if process.is_alive():
        process.kill()


def _hear(told: Connection, process: BaseProcess, path: Path) -> Word:
    try:
        word: Word = told.recv()
    except (EOFError, OSError):
        process.join(_PATIENCE_SECONDS)
        return Failed(path, f"{path.name}: its process ended ({_ending(process)})", ExitCode.UNEXPECTED)
    return word


def _ending(process: BaseProcess) -> str:
    code = process.exitcode
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


def _work(path: Path, settings: Settings, parent: Connection) -> None:
    """Collect one recording and tell the parent; runs in a process of its own."""
    open_log(settings.log.level)
    told = 0

    def tell(bytes_read: int, records: int) -> None:
        nonlocal told
        if bytes_read - told >= _TOLD_BYTES:
            told = bytes_read
            parent.send(Progress(path, bytes_read, records))

    # A parent that went away takes nothing more, and there is nobody to tell.
    with contextlib.suppress(BrokenPipeError):
        parent.send(_result(path, settings, tell))


def _result(path: Path, settings: Settings, tell: Callable[[int, int], None]) -> Word:
    try:
        return Done(path, collect(path, settings, tell))
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the parent tells it, and goes on with the others
        return _failure(path, error)


def _failure(path: Path, error: Exception) -> Failed:
    code = exit_code_of(error)
    if code is None and isinstance(error, OSError):
        return Failed(path, one_line(f"{error.filename or path}: {error.strerror}"), ExitCode.UNREADABLE)
    if code is None:
        reason = f"{path.name}: unexpected {type(error).__name__}: {error}; {write_traceback(error)}"
        return Failed(path, one_line(reason), ExitCode.UNEXPECTED)
    text = one_line(str(error))
    return Failed(path, text if path.name in text else f"{path.name}: {text}", code)
