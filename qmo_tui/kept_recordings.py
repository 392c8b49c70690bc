"""The recordings on this machine, found by their names alone: nothing is opened, no engine is loaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from qmo_tui.paths import recordings_folder

if TYPE_CHECKING:
    from qmo_tui.settings import Settings

_ENDINGS: Final = (".dbn", ".dbn.zst")


def recordings_of(settings: "Settings") -> Path:
    """Return the folder of recordings."""
    folder = settings.recording.folder
    return Path(folder).expanduser() if folder else recordings_folder()


def kept_recordings(folder: Path, *, deep: bool = True) -> list[Path]:
    """Return the finished recordings in a folder, and if `deep` in the folders in it, the newest first."""
    places = [folder, *(path for path in _inside(folder) if deep and path.is_dir())]
    found = [path for place in places for path in _inside(place) if path.name.endswith(_ENDINGS)]
    return sorted(found, key=_changed, reverse=True)


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _changed(path: Path) -> tuple[float, str]:
    """Return when a file was written last; one that has just gone counts as old."""
    try:
        return path.stat().st_mtime, path.name
    except OSError:
        return 0.0, path.name
