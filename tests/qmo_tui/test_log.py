"""The log file: what a library says goes there, an API key never does, and it stays small."""

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
_TEN_MEGABYTES = """
import logging
from qmo_tui.log import open_log
open_log()
for number in range(100):
    logging.getLogger("feeds").info("line %s %s", number, "." * 100_000)
"""


def test_a_key_that_a_library_repeats_is_not_written(home: Path) -> None:
    subprocess.run([sys.executable, "-c", _LOGS], check=True, timeout=60)
    written = (home / "logs" / "qmo.log").read_text()
    assert "authentication error: unknown key db-***" in written
    assert "ValueError: db-***" in written
    assert KEY[3:] not in written


def test_it_is_six_files_of_a_megabyte_at_most_and_the_oldest_lines_go(home: Path) -> None:
    subprocess.run([sys.executable, "-c", _TEN_MEGABYTES], check=True, timeout=60)
    files = sorted((home / "logs").iterdir())
    assert [path.name for path in files] == ["qmo.log", *(f"qmo.log.{age}" for age in range(1, 6))]
    assert all(path.stat().st_size <= 1_000_000 for path in files)
    assert "line 99 " in files[0].read_text()
    assert not any("line 0 " in path.read_text() for path in files)
