"""Which of several programs may write a file now."""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

_RETRY_SECONDS: Final = 0.05


class WriterLock:
    """The right to be the one program that writes a file; it goes with the program, however that ends."""

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self._path = Path(f"{path}.lock")
        self._descriptor: int | None = None

    def take(self, patience: float = 0.0) -> bool:
        """Take it, waiting so many seconds for another program; return whether it is ours.

        Raises:
            OSError: The lock cannot be made, as in a folder that is read-only.
        """
        if not self._path.parent.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        until = time.monotonic() + patience
        while not _locked(descriptor):
            if time.monotonic() >= until:
                os.close(descriptor)
                return False
            time.sleep(_RETRY_SECONDS)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let another program write."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
