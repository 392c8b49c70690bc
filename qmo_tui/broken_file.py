"""Files that cannot be read as what they were written as: kept under another name, so that a new one can begin."""

from datetime import UTC, datetime
from pathlib import Path


def keep_aside(path: Path) -> Path:
    """Rename a file after the moment, and return the new name.

    Raises:
        OSError: It cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    path.rename(aside)
    return aside
