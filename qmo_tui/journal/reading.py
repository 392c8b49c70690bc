"""Reading a journal: sessions and their events, at one moment for all tables, while others write."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from engines.execution.money import Product
from engines.trading_events import Risk
from qmo_tui.exit_codes import ExitCode
from qmo_tui.journal.errors import JournalError
from qmo_tui.journal.facts import Account, SessionFacts, SessionRecord, Unfinished
from qmo_tui.journal.tables import TABLES, JournalEvent, errors_told, event_of, is_current, upgrade
from qmo_tui.journal.unfinished import left_behind
from qmo_tui.sqlite_file import connect_to_read

_FACTS: Final = (
    "account", "source", "provenance", "dataset", "symbol", "tick", "products", "started", "version", "settings_digest",
)  # fmt: skip
_RECORD: Final = ("id", "ended", "end_reason", "restarts", "lines", "first", "newest")
_SESSIONS: Final = f"SELECT {', '.join((*_RECORD, *_FACTS))} FROM sessions"  # noqa: S608 - names are ours
_EVENTS: Final = " UNION ALL ".join(
    f"SELECT place, line FROM {table.name} WHERE session = ?1"  # noqa: S608 - as above
    for table in TABLES.values()
)
_RISK: Final = msgspec.json.Decoder(Risk)
_PRODUCTS: Final = msgspec.json.Decoder(tuple[Product, ...])


@dataclass(frozen=True, slots=True)
class Note:
    """What a trader wrote of a session or a trade.

    Attributes:
        trade: Id of the position; empty for the session as a whole.
        at: Wall clock, ns UTC.
    """

    session: int
    trade: str
    at: int
    text: str


class JournalReader:
    """A journal as it is at one moment; what cannot be read raises as `reading` does."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Read through a connection whose transaction has begun."""
        self._path = path
        self._connection = connection

    def sessions(self, account: Account | None = None) -> list[SessionRecord]:
        """Return all sessions of an account (None for all), the oldest first."""
        rows = self._rows(f"{_SESSIONS} WHERE ?1 IS NULL OR account = ?1 ORDER BY id", account)
        with errors_told(self._path):
            return [_record(row) for row in rows]

    def events(self, session: int) -> list[JournalEvent]:
        """Return all events of a session in the order they were written."""
        rows = self._rows(f"{_EVENTS} ORDER BY place", session)
        with errors_told(self._path):
            return [event_of(line) for _, line in rows]

    def risk_lines(self, account: Account) -> list[Risk]:
        """Return all that was said of an account's capital ladder, in the order it was written."""
        query = "SELECT line FROM risk_states JOIN sessions ON session = id WHERE account = ? ORDER BY session, place"
        rows = self._rows(query, account)
        with errors_told(self._path):
            return [_RISK.decode(line) for (line,) in rows]

    def unfinished(self, account: Account) -> Unfinished | None:
        """Return what the newest session of an account left behind that has not ended; None where it has."""
        sessions = self.sessions(account)
        if not sessions or sessions[-1].end_reason:
            return None
        return left_behind(sessions[-1], self.events(sessions[-1].id))

    def notes(self) -> list[Note]:
        """Return all notes, the oldest first."""
        return [Note(*row) for row in self._rows("SELECT session, trade, at, text FROM notes ORDER BY id")]

    def tags(self) -> dict[tuple[int, str], tuple[str, ...]]:
        """Return the tags by session and trade (empty for the session as a whole), in alphabetical order."""
        found: dict[tuple[int, str], tuple[str, ...]] = {}
        for session, trade, tag in self._rows("SELECT session, trade, tag FROM tags ORDER BY tag"):
            found[session, trade] = (*found.get((session, trade), ()), tag)
        return found

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with errors_told(self._path):
            return self._connection.execute(query, values).fetchall()


@contextmanager
def reading(path: Path) -> Iterator[JournalReader]:
    """Open a journal and hand out one moment of it; nothing of it is changed.

    Raises:
        JournalDamagedError: It is no journal, or not whole.
        JournalNewerError: A newer version wrote it.
        JournalError: It is not there or cannot be read.
    """
    if not path.is_file():
        raise JournalError(f"{path}: no such journal", ExitCode.UNREADABLE)
    with errors_told(path):
        connection = _one_moment(path)
    with closing(connection):
        yield JournalReader(path, connection)


def _one_moment(path: Path) -> sqlite3.Connection:
    """Connect to what the file holds now; a file of an earlier version is copied into memory and made a current one."""
    connection = connect_to_read(path)
    try:
        connection.execute("BEGIN")
        if is_current(connection):
            return connection
        copy = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("COMMIT")
        connection.backup(copy)
        upgrade(copy)
    except BaseException:
        connection.close()
        raise
    connection.close()
    return copy


def _record(row: tuple[Any, ...]) -> SessionRecord:
    known = dict(zip(_RECORD, row, strict=False))
    facts = dict(zip(_FACTS, row[len(_RECORD) :], strict=True))
    facts["products"] = _PRODUCTS.decode(str(facts["products"]))
    return msgspec.convert({**known, "facts": msgspec.convert(facts, SessionFacts)}, SessionRecord)
