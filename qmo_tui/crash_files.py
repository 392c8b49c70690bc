"""Crash files: what is needed to find a defect, and nothing that must stay with the trader.

Each crash is a file of its own, so that the newest is found at once and a log that rotates does not lose it. It holds
the calls that led to the error, never their variables: those may hold orders, paths, keys.
"""

import os
import platform
import shutil
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from feeds.databento.key import without_keys
from qmo_tui import __version__
from qmo_tui.errors import one_line
from qmo_tui.paths import crashes_folder

KEPT: Final = 20
"""Crash files kept; beyond, the oldest goes."""
_SUFFIX: Final = ".txt"
_PREFIX: Final = "crash-"


def write_crash_file(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write a crash file for an unexpected error of `qmo` with these arguments; None where it cannot be written."""
    folder = crashes_folder()
    path = folder / f"{_PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}{_SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", errors="replace", opener=_for_the_owner) as file:
            file.write(crash_report(error, arguments))
        _forget_the_oldest()
    except OSError:
        return None
    return path


def crash_files() -> list[Path]:
    """Return the crash files, the newest first."""
    # Their names begin with the time.
    return sorted(crashes_folder().glob(f"{_PREFIX}*{_SUFFIX}"), reverse=True)


def headline(path: Path) -> str:
    """Return the error that a crash file tells of, in one line; empty where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((one_line(line.removeprefix("error:")) for line in lines if line.startswith("error:")), "")


def crash_report(error: BaseException, arguments: Sequence[str]) -> str:
    """Return what a crash file holds, without anything that looks like an API key."""
    known = {
        "error": one_line(f"{type(error).__name__}: {error}"),
        "time": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "version": f"qmo {__version__}, Python {platform.python_version()}, {platform.platform()}",
        "command": one_line(" ".join(["qmo", *arguments])),
        "settings": _settings(),
        "terminal": _terminal(),
    }
    head = "".join(f"{f'{name}:':10}{value}\n" for name, value in known.items())
    calls = "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
    return without_keys(f"{head}\n{calls}")


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _forget_the_oldest() -> None:
    for path in crash_files()[KEPT:]:
        path.unlink(missing_ok=True)


def _settings() -> str:
    """Return the digest of the settings, by which two runs are told to have had the same."""
    from qmo_tui.settings import SettingsError, load, settings_digest  # noqa: PLC0415 - they may be what is broken

    try:
        return settings_digest(load().settings)
    except SettingsError as error:
        return f"-- {one_line(str(error))}"


def _terminal() -> str:
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    elsewhere = [name for name, stream in streams.items() if stream is None or stream.closed or not stream.isatty()]
    columns, rows = shutil.get_terminal_size()
    size = f"{columns}x{rows}" if not elsewhere else f"none ({', '.join(elsewhere)} lead elsewhere)"
    told = [f"{name}={os.environ[name]}" for name in ("TERM", "COLORTERM", "NO_COLOR") if name in os.environ]
    return one_line(", ".join([size, *told]))
