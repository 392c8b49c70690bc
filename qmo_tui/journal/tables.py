"""The tables of a journal: one for every kind of event, typed where it is filtered by, and the whole line beside it.

`place` counts the events of a session over all tables, in the order they were written. `digest` is a hash of the line,
unique in its session: the same event written twice is there once.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from engines.events import Event, Feed, encode
from engines.trading_events import Decision, Fill, Hindsight, Order, Position, Prompt, Risk
from qmo_tui.errors import one_line
from qmo_tui.exit_codes import ExitCode
from qmo_tui.journal.errors import (
    JournalBusyError,
    JournalConflictError,
    JournalDamagedError,
    JournalError,
    JournalNewerError,
)
from qmo_tui.sqlite_file import tables_version

_APPLICATION: Final = 0x514D4F4A
"""`QMOJ`, in SQLite's `application_id`: whose file it is."""

JournalEvent = Prompt | Decision | Order | Fill | Position | Risk | Hindsight | Feed
"""What a journal keeps: all that trading says, and how the feed was meanwhile."""


class Table(NamedTuple):
    """Where events of one kind are kept.

    Attributes:
        columns: Fields that have a column of their own, with SQLite's type.
        unique: The field that no two events of a session may share; empty for none.
    """

    name: str
    columns: Mapping[str, str]
    unique: str = ""


TABLES: Final[Mapping[type[Event], Table]] = MappingProxyType(
    {
        Prompt: Table(
            "prompts",
            {
                "id": "TEXT", "side": "TEXT", "trigger": "TEXT", "entry": "REAL", "stop": "REAL", "product": "TEXT",
                "contracts": "INTEGER", "risk": "REAL", "reward_risk": "REAL", "expires": "INTEGER",
                "confidence": "REAL", "zone": "TEXT",
            },
        ),
        Decision: Table(
            "decisions", {"prompt": "TEXT", "action": "TEXT", "reason": "TEXT", "key": "TEXT", "refused": "INTEGER"}
        ),
        Order: Table(
            "orders",
            {
                "id": "TEXT", "prompt": "TEXT", "role": "TEXT", "type": "TEXT", "side": "TEXT", "product": "TEXT",
                "price": "REAL", "quantity": "INTEGER", "filled": "INTEGER", "state": "TEXT",
            },
        ),
        Fill: Table(
            "fills",
            {
                "id": "TEXT", "order_id": "TEXT", "prompt": "TEXT", "role": "TEXT", "side": "TEXT", "product": "TEXT",
                "price": "REAL", "quantity": "INTEGER", "maker": "INTEGER", "fees": "REAL",
            },
            unique="id",
        ),
        Position: Table(
            "positions",
            {
                "id": "TEXT", "state": "TEXT", "prompt": "TEXT", "side": "TEXT", "product": "TEXT",
                "quantity": "INTEGER", "entry": "REAL", "exit": "REAL", "stop": "REAL", "realised": "REAL",
                "fees": "REAL", "risk": "REAL", "r": "REAL", "mfe": "REAL", "mae": "REAL",
            },
        ),
        Risk: Table(
            "risk_states",
            {
                "day": "TEXT", "state": "TEXT", "reason": "TEXT", "realised": "REAL", "trades": "INTEGER",
                "losses": "INTEGER",
            },
        ),
        Hindsight: Table("hindsight", {"prompt": "TEXT", "action": "TEXT", "outcome": "TEXT", "r": "REAL"}),
        Feed: Table("feed", {"state": "TEXT", "source": "TEXT", "reason": "TEXT", "at": "INTEGER"}),
    }
)  # fmt: skip
_FIELDS: Final[Mapping[str, str]] = MappingProxyType({"order_id": "order"})
"""Columns that are not named as their field is: ORDER is a word of SQL."""

_DECODER: Final = msgspec.json.Decoder(JournalEvent)


def _event_table(table: Table) -> str:
    columns = "".join(f", {name} {kind}" for name, kind in table.columns.items())
    unique = f", UNIQUE (session, {table.unique})" if table.unique else ""
    return (
        f"CREATE TABLE {table.name} (session INTEGER NOT NULL REFERENCES sessions (id), place INTEGER NOT NULL, "
        f"ts INTEGER NOT NULL{columns}, line TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (session, place), "
        f"UNIQUE (session, digest){unique})"
    )


_FIRST_TABLES: Final = (
    """
    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, source TEXT NOT NULL, provenance TEXT NOT NULL,
        dataset TEXT NOT NULL, symbol TEXT NOT NULL, tick REAL, products TEXT NOT NULL, started INTEGER NOT NULL,
        version TEXT NOT NULL, settings_digest TEXT NOT NULL, ended INTEGER, end_reason TEXT NOT NULL DEFAULT '',
        restarts INTEGER NOT NULL DEFAULT 0, lines INTEGER NOT NULL DEFAULT 0, first INTEGER, newest INTEGER
    )
    """,
    *(_event_table(table) for table in TABLES.values()),
    """
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, session INTEGER NOT NULL REFERENCES sessions (id), trade TEXT NOT NULL,
        at INTEGER NOT NULL, text TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE tags (
        session INTEGER NOT NULL REFERENCES sessions (id), trade TEXT NOT NULL, tag TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (session, trade, tag)
    )
    """,
)
STEPS: Final[tuple[Sequence[str], ...]] = (_FIRST_TABLES,)
"""What makes tables of the next version out of those of the one before; an empty file has version 0."""


def upgrade(connection: sqlite3.Connection, steps: Sequence[Sequence[str]] = STEPS) -> None:
    """Make the tables those of this version, inside the caller's transaction; nothing that is kept is lost.

    Raises:
        sqlite3.DatabaseError: They are no journal's.
        JournalNewerError: A newer version made them.
    """
    version = tables_version(connection, _APPLICATION, "journal") or 0
    if version > len(steps):
        raise JournalNewerError(
            f"the journal was written by a newer qmo (tables {version}, this one knows {len(steps)}): it is neither "
            "used nor changed",
            ExitCode.UNREADABLE,
        )
    if version == len(steps):
        return
    for step in steps[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {len(steps)}")


def is_current(connection: sqlite3.Connection) -> bool:
    """Return whether the tables are those of this version; raises like `upgrade` where they are somebody else's."""
    return tables_version(connection, _APPLICATION, "journal") == len(STEPS)


def row_of(event: Event, again: int = 0) -> tuple[Table, tuple[Any, ...]]:
    """Return where an event is kept, and its values: `ts`, the columns, the line, its digest.

    Args:
        event: The event.
        again: How often the session has had an event of the very same words that was another one: a key that is
            pressed twice while the market's clock stands.

    Raises:
        TypeError: The journal does not keep such events.
    """
    table = TABLES.get(type(event))
    if table is None:
        raise TypeError(f"the journal keeps no {type(event).__name__}")
    line = encode(event)
    values = (getattr(event, _FIELDS.get(name, name)) for name in table.columns)
    digest = hashlib.blake2b(line + (b"%d" % again if again else b""), digest_size=16).digest()
    return table, (event.ts, *values, line.rstrip().decode(), digest)


def event_of(line: str) -> JournalEvent:
    """Return the event that a line tells.

    Raises:
        msgspec.DecodeError: It tells none.
    """
    event: JournalEvent = _DECODER.decode(line)
    return event


_WORDS: Final[Mapping[int, tuple[type[JournalError], str]]] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: (JournalBusyError, "another qmo is writing it; try again"),
        sqlite3.SQLITE_LOCKED: (JournalBusyError, "another qmo is writing it; try again"),
        sqlite3.SQLITE_FULL: (JournalError, "the disk is full; make room"),
        sqlite3.SQLITE_READONLY: (JournalError, "it may not be written; allow it, or name another folder by QMO_HOME"),
        sqlite3.SQLITE_CANTOPEN: (JournalError, "it cannot be opened; look at its folder and who may write there"),
        sqlite3.SQLITE_IOERR: (JournalError, "the disk does not answer as it should; look at the disk"),
    }
)
_PRIMARY: Final = 0xFF
"""The part of SQLite's error code that names the family."""


@contextmanager
def errors_told(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one line that names the file and says what to do."""
    try:
        yield
    except JournalNewerError as error:
        raise JournalNewerError(f"journal: {path}: {error}", ExitCode.UNREADABLE) from error
    except sqlite3.IntegrityError as error:
        message = f"journal: {path.name} refuses a fill that it has with other words ({error}); nothing was written"
        raise JournalConflictError(message, ExitCode.UNEXPECTED) from error
    except (sqlite3.DatabaseError, OSError) as error:
        raise _told(path, error) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise JournalDamagedError(
            f"journal: {path.name} is damaged ({one_line(str(error))})", ExitCode.UNREADABLE
        ) from error


def _told(path: Path, error: sqlite3.DatabaseError | OSError) -> JournalError:
    if isinstance(error, OSError):
        return JournalError(f"journal: {path}: {error.strerror}", ExitCode.UNREADABLE)
    family, words = _WORDS.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY, (None, ""))
    if family is not None:
        return family(f"journal: {path}: {words} ({error})", ExitCode.UNREADABLE)
    return JournalDamagedError(f"journal: {path.name} is damaged ({one_line(str(error))})", ExitCode.UNREADABLE)
