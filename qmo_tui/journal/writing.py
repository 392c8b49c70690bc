"""Writing a journal: one transaction for what is said together, on the disk before it is shown or sent."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from engines.events import Event, encode
from engines.trading_events import Decision
from qmo_tui.exit_codes import ExitCode
from qmo_tui.journal.errors import JournalBusyError, JournalDamagedError, JournalError
from qmo_tui.journal.facts import Account, SessionFacts, Unfinished
from qmo_tui.journal.reading import JournalReader
from qmo_tui.journal.tables import Table, errors_told, is_current, row_of, upgrade
from qmo_tui.sqlite_file import connect_to_read, connect_to_write, put_aside
from qmo_tui.writer_lock import WriterLock

_PATIENCE_SECONDS: Final = 2.0
"""How long a writer waits for another one."""
_CUT_OFF: Final = "cut off: the program stopped without ending it"


class Journal:
    """The journal of a running session; any number of programs may read it meanwhile.

    One program at a time writes the file of the account `paper`. Practice (`demo`, `replay`) may be written by several:
    each waits for the other's transaction. Used by one thread at a time.

    Attributes:
        path: Where it is.
        session: Number of the session that is written; None before one began.
    """

    def __init__(self, path: Path, account: Account, connection: sqlite3.Connection, lock: WriterLock | None) -> None:
        """Take over what `open` has opened."""
        self.path = path
        self.session: int | None = None
        self._is_in_doubt = False
        self._account = account
        self._connection = connection
        self._lock = lock

    @classmethod
    def open(cls, path: Path, account: Account, notes: list[str], patience: float = _PATIENCE_SECONDS) -> Self:
        """Open a journal to write, or make it; a damaged one is kept aside, which `notes` is told.

        Raises:
            JournalBusyError: Another program writes it.
            JournalNewerError: A newer version wrote it.
            JournalError: It cannot be written, in one line that says why; no order may be sent.
        """
        with errors_told(path):
            lock = _lock_of(path, account, patience)
            try:
                return cls(path, account, _connect(path, patience, notes), lock)
            except BaseException:
                if lock is not None:
                    lock.release()
                raise

    def unfinished(self) -> Unfinished | None:
        """Return what the account's newest session left behind when it was cut off; None where it ended.

        Of practice, whose file several programs write, it may be a session that still runs.
        """
        with self._transaction():
            return JournalReader(self.path, self._connection).unfinished(self._account)

    def begin_session(self, facts: SessionFacts) -> int:
        """Begin a session and return its number; what was cut off before is said to have ended, in the file of paper.

        Raises:
            JournalError: It cannot be written.
        """
        values = {**msgspec.to_builtins(facts), "products": msgspec.json.encode(facts.products).decode()}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self._transaction():
            if self._lock is not None:
                self._connection.execute(
                    "UPDATE sessions SET end_reason = ? WHERE account = ? AND end_reason = ''",
                    (_CUT_OFF, facts.account),
                )
            (number,) = self._connection.execute(
                f"INSERT INTO sessions ({names}) VALUES ({marks}) RETURNING id",  # noqa: S608 - names are ours
                tuple(values.values()),
            ).fetchone()
        self.session, self._is_in_doubt = int(number), False
        return self.session

    def go_on(self, session: int) -> None:
        """Go on with a session that was cut off: its ids count on, and what is written next follows what it holds.

        Raises:
            JournalError: There is no such session that has not ended, or it cannot be written.
        """
        with self._transaction():
            changed = self._connection.execute(
                "UPDATE sessions SET restarts = restarts + 1 WHERE id = ? AND account = ? AND end_reason = ''",
                (session, self._account),
            ).rowcount
        if not changed:
            raise JournalError(f"journal: {self.path.name} has no session {session} that could go on")
        self.session, self._is_in_doubt = session, True

    def write(self, events: Sequence[Event]) -> int:
        """Write events in one transaction, all or none, and return how many were new.

        An event that the session has already, word for word, is not written again. Keys pressed while the market's
        clock stands read alike and are kept one by one, save after an error or a cut, where what comes again is what
        may have been written: until the first write of new events only.

        Raises:
            JournalConflictError: A fill is there with other words.
            JournalError: Nothing was written, in one line that says why.
        """
        session = self._running()
        if not events:
            return 0
        was_in_doubt, self._is_in_doubt = self._is_in_doubt, True
        with self._transaction():
            rows = self._rows(session, events, is_doubtful=was_in_doubt)
            (lines,) = self._connection.execute("SELECT lines FROM sessions WHERE id = ?", (session,)).fetchone()
            added = 0
            for table, values in rows:
                marks = ", ".join("?" * (len(values) + 2))
                added += self._connection.execute(
                    f"INSERT INTO {table.name} VALUES ({marks}) ON CONFLICT (session, digest) DO NOTHING",  # noqa: S608
                    (session, lines + added, *values),
                ).rowcount
            times = [event.ts for event in events if event.ts]
            self._connection.execute(
                "UPDATE sessions SET lines = ?1, first = coalesce(min(first, ?2), first, ?2), "
                "newest = coalesce(max(newest, ?3), newest, ?3) WHERE id = ?4",
                (lines + added, min(times, default=None), max(times, default=None), session),
            )
        self._is_in_doubt = was_in_doubt and added < len(events)
        return added

    def _rows(self, session: int, events: Sequence[Event], *, is_doubtful: bool) -> list[tuple[Table, tuple[Any, ...]]]:
        """Return where events are kept, keys that read alike told apart."""
        rows = []
        alike: Counter[bytes] = Counter()
        for event in events:
            again = 0
            if isinstance(event, Decision) and event.key:
                line = encode(event)
                if line not in alike and not is_doubtful:
                    alike[line] = self._count_of(session, line)
                again = alike[line]
                alike[line] += 1
            rows.append(row_of(event, again))
        return rows

    def _count_of(self, session: int, line: bytes) -> int:
        query = "SELECT count(*) FROM decisions WHERE session = ? AND line = ?"
        (count,) = self._connection.execute(query, (session, line.rstrip().decode())).fetchone()
        return int(count)

    def end_session(self, reason: str, now: int) -> None:
        """Say that the session has ended; `now` is the wall clock, ns UTC.

        Raises:
            JournalError: It cannot be written.
        """
        session = self._running()
        with self._transaction():
            self._connection.execute(
                "UPDATE sessions SET ended = ?, end_reason = ? WHERE id = ?", (now, reason, session)
            )
        self.session = None

    def close(self) -> None:
        """Let go of the file; a session that was not ended counts as cut off."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    def _running(self) -> int:
        if self.session is None:
            raise JournalError("journal: no session has begun")
        return self.session

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with errors_told(self.path), _transaction(self._connection):
            yield


def add_note(path: Path, session: int, trade: str, text: str, now: int) -> None:
    """Add a note to a session or a trade (empty for the session), whether or not the session still runs.

    Raises:
        JournalError: It cannot be written.
    """
    with _annotating(path) as connection:
        row = (session, trade, now, text)
        connection.execute("INSERT INTO notes (session, trade, at, text) VALUES (?, ?, ?, ?)", row)


def set_tags(path: Path, session: int, trade: str, *, add: Sequence[str], remove: Sequence[str], now: int) -> None:
    """Put tags on a session or a trade and take others off, whether or not the session still runs.

    Raises:
        JournalError: It cannot be written.
    """
    with _annotating(path) as connection:
        for tag in add:
            row = (session, trade, tag, now)
            connection.execute("INSERT OR IGNORE INTO tags (session, trade, tag, at) VALUES (?, ?, ?, ?)", row)
        for tag in remove:
            connection.execute("DELETE FROM tags WHERE session = ? AND trade = ? AND tag = ?", (session, trade, tag))


@contextmanager
def _annotating(path: Path) -> Iterator[sqlite3.Connection]:
    with errors_told(path), closing(connect_to_write(path)) as connection, _transaction(connection):
        upgrade(connection)
        yield connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block does, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _lock_of(path: Path, account: Account, patience: float) -> WriterLock | None:
    """Return the right to write the file alone; practice needs none."""
    if account != "paper":
        path.parent.mkdir(parents=True, exist_ok=True)
        return None
    lock = WriterLock(path)
    if not lock.take(patience):
        raise JournalBusyError(
            f"journal: another qmo trades on paper and writes {path.name}: end it, or trade there", ExitCode.USAGE
        )
    return lock


def _connect(path: Path, patience: float, notes: list[str]) -> sqlite3.Connection:
    try:
        with errors_told(path):
            return _sound(path, patience)
    except JournalDamagedError as error:
        aside = put_aside(path)
        notes.append(f"{error}: it is kept as {aside.name}, and a new one begins; what was open in it is not known")
    return _sound(path, patience)


def _sound(path: Path, patience: float) -> sqlite3.Connection:
    """Connect to a file that is whole, with the tables of this version."""
    if path.exists():
        with closing(connect_to_read(path)) as looking:  # a file of somebody else's is not even touched
            _check(looking)
    connection = connect_to_write(path, patience)
    try:
        with _transaction(connection):
            upgrade(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    is_current(connection)
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
