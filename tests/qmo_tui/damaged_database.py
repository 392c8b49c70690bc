"""What becomes of an SQLite file that is not left alone."""

import os
import sqlite3
from pathlib import Path
from random import Random


def truncate(path: Path) -> None:
    """Cut the file off in the midst of a page."""
    os.truncate(path, path.stat().st_size // 2 + 100)


def garbage(path: Path) -> None:
    """Overwrite it with what was never a database."""
    path.write_bytes(Random(1).randbytes(20_000))


def holes(path: Path) -> None:
    """Blank two of its pages."""
    content = bytearray(path.read_bytes())
    content[4_096:12_288] = bytes(8_192)
    path.write_bytes(content)


def somebody_elses(path: Path) -> None:
    """Put another program's database in its place."""
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    connection.close()
