"""Whether the recordings have room: free space, leave to write, and what earlier recordings left unfinished.

Nothing is put in order here, nothing is made and nothing stays: the folder is tried with a file without a name.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from feeds.recorder import naming
from feeds.records import Provenance

_TRIED_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True)
class Disk:
    """The folder of recordings.

    Attributes:
        folder: Where recordings go.
        free_bytes: What a file there may still take; None where that cannot be known.
        why: Why nothing can be written there; empty where it can.
        unfinished: Recordings that are being written, or were left by a crash.
    """

    folder: Path
    free_bytes: int | None
    why: str
    unfinished: tuple[Path, ...]


def look_at_disk(folder: Path) -> Disk:
    """Look at a folder of recordings; where there is none yet, at the place where it would be made."""
    target = naming.folder_of(folder, Provenance.LIVE)
    return Disk(folder, _free_bytes(nearest(target)), refusal(target), _unfinished(folder))


def refusal(folder: Path) -> str:
    """Return why nothing can be written to a folder that may have to be made first; empty where it can."""
    place = nearest(folder)
    if not place.is_dir():
        return f"{place} is not a folder"
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(bytes(_TRIED_BYTES))
    except OSError as error:
        return f"{place}: {(error.strerror or type(error).__name__).lower()}"
    return ""


def nearest(folder: Path) -> Path:
    """Return a folder, or where there is none the nearest above it that is there."""
    return next((path for path in (folder, *folder.parents) if _is_there(path)), folder)


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True


def _free_bytes(place: Path) -> int | None:
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return None


def _unfinished(folder: Path) -> tuple[Path, ...]:
    places = [folder, *(naming.folder_of(folder, provenance) for provenance in Provenance)]
    return tuple(sorted(path for place in places for path in place.glob(f"*{naming.PARTIAL}")))
