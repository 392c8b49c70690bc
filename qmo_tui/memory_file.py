"""The file in which iceberg memory outlives the program: SQLite, one writer, any number of readers.

A save is one transaction in write-ahead mode, so a reader sees the memory before it or after it, and so does the next
start after a crash. Prices are integer ticks of their contract, whose tick stands beside them in units of 1e-9.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from engines.zones.memory_state import KeptTouch, KeptZone, Recollection
from feeds.instrument import Instrument
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.sqlite_file import connect_to_read, connect_to_write, put_aside, tables_version
from qmo_tui.writer_lock import WriterLock

SCHEMA: Final = 1
"""Version of the tables, in SQLite's `user_version`."""
_APPLICATION: Final = 0x514D4F31
"""`QMO1`, in SQLite's `application_id`: whose file it is."""

_TABLES: Final = (
    """
    CREATE TABLE contracts (
        id INTEGER PRIMARY KEY, dataset TEXT NOT NULL, symbol TEXT NOT NULL, instrument_id INTEGER NOT NULL,
        tick INTEGER NOT NULL, next_number INTEGER NOT NULL, sessions INTEGER NOT NULL, last_day INTEGER NOT NULL,
        minutes TEXT NOT NULL, watched_until INTEGER NOT NULL, last INTEGER, taken TEXT NOT NULL,
        UNIQUE (dataset, symbol, instrument_id, tick)
    )
    """,
    """
    CREATE TABLE zones (
        contract INTEGER NOT NULL, number INTEGER NOT NULL, side TEXT NOT NULL, low INTEGER NOT NULL,
        high INTEGER NOT NULL, evidence REAL NOT NULL, kinds TEXT NOT NULL, first_ts INTEGER NOT NULL,
        last_ts INTEGER NOT NULL, session INTEGER NOT NULL, touches INTEGER NOT NULL, judged INTEGER NOT NULL,
        held INTEGER NOT NULL, flipped INTEGER NOT NULL, armed INTEGER NOT NULL, origin TEXT NOT NULL,
        PRIMARY KEY (contract, number)
    )
    """,
    """
    CREATE TABLE touches (
        contract INTEGER NOT NULL, zone INTEGER NOT NULL, place INTEGER NOT NULL, ts INTEGER NOT NULL,
        side TEXT NOT NULL, near INTEGER NOT NULL, goal INTEGER NOT NULL, against INTEGER NOT NULL,
        best INTEGER NOT NULL, worst INTEGER NOT NULL, verdict TEXT NOT NULL, reactions TEXT NOT NULL,
        watched INTEGER NOT NULL, PRIMARY KEY (contract, zone, place)
    )
    """,
    """
    CREATE TABLE spreads (
        dataset TEXT NOT NULL, earlier TEXT NOT NULL, later TEXT NOT NULL, offset INTEGER NOT NULL,
        ts INTEGER NOT NULL, how TEXT NOT NULL, PRIMARY KEY (dataset, earlier, later)
    )
    """,
)
_CONTRACT_COLUMNS: Final = ("next_number", "sessions", "last_day", "minutes", "watched_until", "last", "taken")
_ZONE_COLUMNS: Final = tuple(name for name in KeptZone.__struct_fields__ if name != "recent")
_TOUCH_COLUMNS: Final = tuple("against" if name == "limit" else name for name in KeptTouch.__struct_fields__)


class MemoryFileError(QmoError):
    """The memory cannot be read or written; the message says why and what to do."""


class MemoryDamagedError(MemoryFileError):
    """The file is no memory, or no longer a whole one."""


class MemoryNewerError(MemoryFileError):
    """A newer version of the program wrote the file."""


class Contract(NamedTuple):
    """Whose memory it is; `tick` in units of 1e-9."""

    dataset: str
    symbol: str
    instrument_id: int
    tick: int

    @property
    def name(self) -> str:
        """The symbol, or the id of a contract whose source tells no symbol."""
        return self.symbol or str(self.instrument_id)


def contract_of(instrument: Instrument) -> Contract:
    """Return what an instrument's memory is filed under."""
    return Contract(instrument.dataset, instrument.symbol, instrument.instrument_id, instrument.tick)


@dataclass(frozen=True, slots=True)
class Spread:
    """By how much one contract trades above another.

    Attributes:
        earlier: Symbol of the contract whose zones are mapped.
        later: Symbol of the one they are mapped to.
        offset: Its price less the earlier's, in units of 1e-9.
        ts: Of when it is, ns UTC.
        how: How it is known, in words.
    """

    dataset: str
    earlier: str
    later: str
    offset: int
    ts: int
    how: str


@dataclass(slots=True)
class MemoryContents:
    """All that a file holds."""

    contracts: dict[Contract, Recollection] = field(default_factory=dict)
    spreads: list[Spread] = field(default_factory=list)


def read_memory(path: Path) -> MemoryContents:
    """Read a file without changing it.

    Raises:
        MemoryDamagedError: It is no memory, or not whole.
        MemoryNewerError: A newer version wrote it.
        MemoryFileError: It cannot be read.
    """
    if not path.is_file():
        raise MemoryFileError(f"{path}: no such memory", ExitCode.UNREADABLE)
    with _errors_told(path), closing(connect_to_read(path)) as connection:
        return _contents_of(connection, path)


class MemoryFile:
    """The memory of one program that runs: read at its start, saved while it runs.

    Attributes:
        path: Where it is.
        may_save: Whether this program is the one that writes it.
    """

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self.path = path
        self.may_save = False
        self._lock = WriterLock(path)

    def open(self) -> tuple[MemoryContents, list[str]]:
        """Become its writer if nobody else is, and read it; return what it holds, and what the trader must know.

        A damaged file is kept aside under another name. Nothing is raised: without a file the session goes on.
        """
        remarks: list[str] = []
        self.may_save = self._become_writer(remarks)
        contents = MemoryContents()
        try:
            if self.path.exists():
                contents = read_memory(self.path)
        except MemoryDamagedError as error:
            remarks.append(self._put_aside(error))
        except MemoryFileError as error:
            self.may_save = False
            remarks.append(str(error))
        return contents, remarks

    def save(self, memories: Mapping[Contract, Recollection], spreads: Sequence[Spread] = ()) -> None:
        """Write the memory of contracts, and spreads that became known, in one transaction.

        Raises:
            MemoryFileError: It could not be written; the file is as it was before.
        """
        with _errors_told(self.path), closing(connect_to_write(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            _write(connection, memories, spreads)
            connection.execute("COMMIT")

    def close(self) -> None:
        """Let another program become the writer."""
        self._lock.release()
        self.may_save = False

    def _become_writer(self, remarks: list[str]) -> bool:
        try:
            is_ours = self._lock.take()
        except OSError as error:
            remarks.append(f"memory: {self.path} cannot be written ({error.strerror}): this session is not remembered")
            return False
        if not is_ours:
            remarks.append(f"memory: another qmo keeps {self.path.name}: this one reads it, and saves nothing")
        return is_ours

    def _put_aside(self, error: MemoryDamagedError) -> str:
        if not self.may_save:
            return f"{error}: it is not used"
        try:
            aside = put_aside(self.path)
        except OSError as failure:
            self.may_save = False
            return f"{error}: it cannot be put aside ({failure.strerror}), so nothing is saved"
        return f"{error}: it is kept as {aside.name}, and memory begins anew"


# ----------------------------------------------------------------------------------------------------------- errors


@contextmanager
def _errors_told(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one line that names the file."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise MemoryFileError(f"memory: {path}: {error}", ExitCode.UNREADABLE) from error
    except (sqlite3.DatabaseError, msgspec.ValidationError, ValueError) as error:
        raise MemoryDamagedError(f"memory: {path.name} is damaged ({error})", ExitCode.UNREADABLE) from error


# ---------------------------------------------------------------------------------------------------------- reading


def _contents_of(connection: sqlite3.Connection, path: Path) -> MemoryContents:
    connection.execute("BEGIN")  # one moment for all tables, whatever a writer does meanwhile
    version = tables_version(connection, _APPLICATION, "memory")
    if version is None:
        return MemoryContents()
    if version > SCHEMA:
        raise MemoryNewerError(
            f"memory: {path.name} was written by a newer qmo (tables {version}, this one knows {SCHEMA}): it is "
            "neither used nor changed",
            ExitCode.UNREADABLE,
        )
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
    try:
        return MemoryContents(dict(_contracts(connection)), list(_spreads(connection)))
    except sqlite3.OperationalError as error:  # a table or a column is missing
        raise sqlite3.DatabaseError(str(error)) from error


def _contracts(connection: sqlite3.Connection) -> Iterator[tuple[Contract, Recollection]]:
    columns = ", ".join(_CONTRACT_COLUMNS)
    rows = connection.execute(f"SELECT id, dataset, symbol, instrument_id, tick, {columns} FROM contracts")  # noqa: S608
    for number, dataset, symbol, instrument_id, tick, *rest in rows.fetchall():
        fields = dict(zip(_CONTRACT_COLUMNS, rest, strict=True))
        fields["minutes"], fields["taken"] = json.loads(fields["minutes"]), json.loads(fields["taken"])
        fields["zones"] = _zones(connection, number)
        contract = msgspec.convert((dataset, symbol, instrument_id, tick), Contract)
        yield contract, msgspec.convert(fields, Recollection)


def _zones(connection: sqlite3.Connection, contract: int) -> list[dict[str, Any]]:
    touches = _touches(connection, contract)
    query = f"SELECT {', '.join(_ZONE_COLUMNS)} FROM zones WHERE contract = ? ORDER BY number"  # noqa: S608
    zones = []
    for row in connection.execute(query, (contract,)):
        fields = dict(zip(_ZONE_COLUMNS, row, strict=True))
        fields["kinds"] = json.loads(fields["kinds"])
        fields["flipped"], fields["armed"] = bool(fields["flipped"]), bool(fields["armed"])
        zones.append({**fields, "recent": touches.get(fields["number"], [])})
    return zones


def _touches(connection: sqlite3.Connection, contract: int) -> dict[int, list[dict[str, Any]]]:
    query = f"SELECT zone, {', '.join(_TOUCH_COLUMNS)} FROM touches WHERE contract = ? ORDER BY zone, place"  # noqa: S608
    found: dict[int, list[dict[str, Any]]] = {}
    for zone, *row in connection.execute(query, (contract,)):
        fields = dict(zip(KeptTouch.__struct_fields__, row, strict=True))
        fields["reactions"], fields["watched"] = json.loads(fields["reactions"]), bool(fields["watched"])
        found.setdefault(zone, []).append(fields)
    return found


def _spreads(connection: sqlite3.Connection) -> Iterator[Spread]:
    rows = connection.execute(
        "SELECT dataset, earlier, later, offset, ts, how FROM spreads ORDER BY ts, earlier, later"
    )
    for row in rows:
        yield msgspec.convert(dict(zip(Spread.__slots__, row, strict=True)), Spread)


# ---------------------------------------------------------------------------------------------------------- writing


def _write(
    connection: sqlite3.Connection, memories: Mapping[Contract, Recollection], spreads: Sequence[Spread]
) -> None:
    if tables_version(connection, _APPLICATION, "memory") is None:
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
    for contract, recollection in memories.items():
        _write_contract(connection, contract, recollection)
    rows = [(spread.dataset, spread.earlier, spread.later, spread.offset, spread.ts, spread.how) for spread in spreads]
    _insert(connection, "spreads", ("dataset", "earlier", "later", "offset", "ts", "how"), rows)


def _write_contract(connection: sqlite3.Connection, contract: Contract, recollection: Recollection) -> None:
    number = _contract_number(connection, contract, recollection)
    for table in ("zones", "touches"):
        connection.execute(f"DELETE FROM {table} WHERE contract = ?", (number,))  # noqa: S608 - one of ours
    _insert(connection, "zones", ("contract", *_ZONE_COLUMNS), [_zone_row(number, zone) for zone in recollection.zones])
    touches = [
        (number, zone.number, place, *_touch_row(touch))
        for zone in recollection.zones
        for place, touch in enumerate(zone.recent)
    ]
    _insert(connection, "touches", ("contract", "zone", "place", *_TOUCH_COLUMNS), touches)


def _contract_number(connection: sqlite3.Connection, contract: Contract, recollection: Recollection) -> int:
    values = {
        "dataset": contract.dataset,
        "symbol": contract.symbol,
        "instrument_id": contract.instrument_id,
        "tick": contract.tick,
        **{name: getattr(recollection, name) for name in _CONTRACT_COLUMNS},
        "minutes": json.dumps(recollection.minutes),
        "taken": json.dumps(recollection.taken),
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    changes = ", ".join(f"{name} = excluded.{name}" for name in _CONTRACT_COLUMNS)
    row = connection.execute(
        f"INSERT INTO contracts ({names}) VALUES ({marks}) "  # noqa: S608 - names are ours, values are bound
        f"ON CONFLICT (dataset, symbol, instrument_id, tick) DO UPDATE SET {changes} RETURNING id",
        tuple(values.values()),
    ).fetchone()
    return int(row[0])


def _insert(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    marks = ", ".join("?" * len(columns))
    query = f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - as above
    connection.executemany(query, rows)


def _zone_row(contract: int, zone: KeptZone) -> list[Any]:
    fields = {name: getattr(zone, name) for name in _ZONE_COLUMNS}
    return [contract, *{**fields, "kinds": json.dumps(zone.kinds)}.values()]


def _touch_row(touch: KeptTouch) -> list[Any]:
    fields = msgspec.structs.asdict(touch)
    return list({**fields, "reactions": json.dumps(touch.reactions)}.values())
