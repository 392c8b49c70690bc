"""The log file: what a library says goes there, an API key never does."""

import subprocess
import sys
from pathlib import Path

KEY = "db-ThisKeyBelongsToNobodyAtAll99"
_LOGS = f"""
import logging
from qmo_tui.log import open_log
open_log()
log = logging.getLogger("databento")
log.error("authentication error: unknown key %s", "{KEY}")
try:
    raise ValueError("{KEY}")
except ValueError:
    log.exception("could not connect")
"""


def test_a_key_that_a_library_repeats_is_not_written(home: Path) -> None:
    subprocess.run([sys.executable, "-c", _LOGS], check=True, timeout=60)
    written = (home / "logs" / "qmo.log").read_text()
    assert "authentication error: unknown key db-***" in written
    assert "ValueError: db-***" in written
    assert KEY[3:] not in written
