"""What the program's SQLite files share: how they are opened, whose they are, where damaged ones go."""

import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import quote

from qmo_tui.broken_file import keep_aside

PATIENCE_SECONDS: Final = 5.0
"""How long SQLite waits for another program's transaction."""


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open without writing; on a read-only disk, where the write-ahead companions cannot be made, the file alone."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        connection.close()
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
    return connection


def connect_to_write(path: Path, patience: float = PATIENCE_SECONDS) -> sqlite3.Connection:
    """Open in write-ahead mode, with every transaction on the disk before it counts as done.

    Any thread may use the connection, one at a time.
    """
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def tables_version(connection: sqlite3.Connection, application: int, what: str) -> int | None:
    """Return the version of the tables; None in a file that holds nothing yet.

    Raises:
        sqlite3.DatabaseError: The tables are somebody else's.
    """
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not (owner or version or tables):
        return None
    if owner != application:
        raise sqlite3.DatabaseError(f"no {what} of qmo")
    return int(version)


def put_aside(path: Path) -> Path:
    """Rename a damaged file and its companions, and return the new name.

    Raises:
        OSError: It cannot be renamed.
    """
    aside = keep_aside(path)
    for companion in ("-wal", "-shm"):
        beside = Path(f"{path}{companion}")
        if beside.exists():
            beside.rename(f"{aside}{companion}")
    return aside
