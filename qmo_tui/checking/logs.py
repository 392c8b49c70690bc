"""What the program wrote of itself: the log, and the files that crashes left. Nothing is changed."""

from dataclasses import dataclass
from pathlib import Path

from qmo_tui.checking.disk import refusal
from qmo_tui.crash_files import crash_files, headline
from qmo_tui.paths import log_file


@dataclass(frozen=True, slots=True)
class Crash:
    """A crash file, and the error that it tells of (empty where it cannot be read)."""

    path: Path
    error: str


@dataclass(frozen=True, slots=True)
class Logs:
    """What is found in the state folder.

    Attributes:
        path: The log, whether or not it exists.
        size: Its bytes, those of the older ones beside it included; None where there is none.
        why: Why nothing can be written there; empty where it can.
        crashes: The newest first.
    """

    path: Path
    size: int | None
    why: str
    crashes: tuple[Crash, ...]


def look_at_logs() -> Logs:
    """Look at the log and the crash files of whoever runs this."""
    path = log_file()
    sizes = [size for one in path.parent.glob(f"{path.name}*") if (size := _size(one)) is not None]
    crashes = tuple(Crash(one, headline(one)) for one in crash_files())
    return Logs(path, sum(sizes) if sizes else None, refusal(path.parent), crashes)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
