"""The log file: where diagnostics go, since the terminal belongs to the trader and stdout to scripts."""

import logging
import traceback
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from feeds.databento.key import without_keys
from qmo_tui.paths import log_file

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_MAXIMUM_BYTES: Final = 1_000_000
_KEPT_FILES: Final = 5

_LOGGER: Final = logging.getLogger("qmo")


class _KeylessLines(logging.Formatter):
    """Lines without anything that looks like an API key: libraries repeat what a server said, whatever that was."""

    def format(self, record: logging.LogRecord) -> str:
        return without_keys(super().format(record))


class _QuietFile(RotatingFileHandler):
    """A rotating log file that is made at the first line and that never fails the program.

    A full disk or a read-only home loses the line; `failed` says whether that happened to the newest one.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_MAXIMUM_BYTES, backupCount=_KEPT_FILES, encoding="utf-8", delay=True)
        self.failed = False

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()

    def emit(self, record: logging.LogRecord) -> None:
        self.failed = False
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - the name and shape logging calls
        self.failed = True


def open_log(level: str = "info") -> None:
    """Send everything the program logs and warns of to the log file, and none of it to the terminal.

    What is less severe than `level` (`debug`, `info`, `warning` or `error`) is dropped.
    """
    handler = _QuietFile(log_file())
    handler.setFormatter(_KeylessLines(_FORMAT))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)


def write_traceback(error: BaseException) -> str:
    """Write an unexpected error to the log and return where it is, in words for the error line."""
    handler = next((one for one in logging.getLogger().handlers if isinstance(one, _QuietFile)), None)
    if handler is None:
        open_log()
        return write_traceback(error)
    _LOGGER.critical("unexpected error", exc_info=error)
    if not handler.failed:
        return f"details are in {handler.baseFilename}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"it was raised at {last.filename}:{last.lineno}, and the log {handler.baseFilename} cannot be written"
