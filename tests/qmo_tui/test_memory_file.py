"""The file of iceberg memory: whole after anything, read by many, written by one, and never somebody else's."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engines.zones.memory_state import KeptTouch, KeptZone, Recollection
from qmo_tui.memory_file import (
    Contract,
    MemoryDamagedError,
    MemoryFile,
    MemoryFileError,
    MemoryNewerError,
    Spread,
    read_memory,
)
from tests.qmo_tui.damaged_database import garbage, holes, somebody_elses, truncate

GC = Contract("GLBX.MDP3", "GCG4", 17_077, 100_000_000)
LATER = Contract("GLBX.MDP3", "GCJ4", 17_078, 100_000_000)
TOUCH = KeptTouch(5, "bid", 1_002, 10, 5, 12, 3, "held", ((6, 2), (12, 3)))
ZONE = KeptZone(
    number=3,
    side="bid",
    low=1_000,
    high=1_002,
    evidence=0.1 + 0.2,
    kinds=("native iceberg", "absorption"),
    first_ts=1,
    last_ts=2,
    session=4,
    touches=2,
    judged=1,
    held=1,
    flipped=True,
    armed=True,
    origin="GCZ3 +12",
    recent=(TOUCH,),
)
KNOWN = Recollection((ZONE,), 4, 5, 6, ((7, 8), (9, 10)), 11, 1_234, ("GCZ3",))
SPREAD = Spread("GLBX.MDP3", "GCG4", "GCJ4", 12_300_000_000, 99, "given")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "memory.db"


def opened(path: Path) -> MemoryFile:
    file = MemoryFile(path)
    _, remarks = file.open()
    assert remarks == []
    return file


def saved(path: Path, recollection: Recollection = KNOWN) -> None:
    file = opened(path)
    file.save({GC: recollection}, [SPREAD])
    file.close()


# --- what goes in comes out ---------------------------------------------------------------------------------------


def test_everything_that_is_saved_is_read_again(path: Path) -> None:
    saved(path)
    contents = read_memory(path)
    assert contents.contracts == {GC: KNOWN}
    assert contents.spreads == [SPREAD]


def test_a_save_replaces_what_was_known_of_its_contract_and_leaves_the_others(path: Path) -> None:
    saved(path)
    file = opened(path)
    file.save({LATER: Recollection(sessions=1)})
    file.save({GC: Recollection(sessions=9)})
    file.close()
    assert read_memory(path).contracts == {GC: Recollection(sessions=9), LATER: Recollection(sessions=1)}


def test_a_file_that_is_not_there_is_empty_and_made_by_the_first_save(path: Path) -> None:
    file = MemoryFile(path)
    contents, remarks = file.open()
    assert (contents.contracts, remarks, file.may_save) == ({}, [], True)
    assert not path.exists()
    with pytest.raises(MemoryFileError, match="no such memory"):
        read_memory(path)


# --- one writer, any number of readers ----------------------------------------------------------------------------


def test_one_program_writes_and_the_other_is_told(path: Path) -> None:
    saved(path)
    first = opened(path)
    second = MemoryFile(path)
    contents, remarks = second.open()
    assert contents.contracts == {GC: KNOWN}
    assert (first.may_save, second.may_save) == (True, False)
    assert remarks == ["memory: another qmo keeps memory.db: this one reads it, and saves nothing"]
    first.close()
    assert MemoryFile(path).open()[1] == []


def test_readers_see_whole_saves_only(path: Path) -> None:
    generations = [Recollection(zones=_zones(count), next_number=count, sessions=count) for count in range(1, 30)]
    saved(path, generations[0])
    seen: list[int] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            known = read_memory(path).contracts[GC]
            assert len(known.zones) == known.sessions
            seen.append(known.sessions)

    file = opened(path)
    with ThreadPoolExecutor(3) as readers:
        looking = [readers.submit(look) for _ in range(3)]
        for generation in generations:
            file.save({GC: generation})
        done.set()
    for reader in looking:
        reader.result()
    assert seen
    assert read_memory(path).contracts[GC] == generations[-1]


def _zones(count: int) -> tuple[KeptZone, ...]:
    fields: dict[str, Any] = {
        "side": "ask",
        "evidence": 1.0,
        "kinds": ("k",),
        "first_ts": 1,
        "last_ts": 1,
        "session": 0,
    }
    return tuple(KeptZone(number=number, low=number, high=number, **fields) for number in range(1, count + 1))


# --- crashes ------------------------------------------------------------------------------------------------------

SAVE_FOR_EVER = """
import sys
from pathlib import Path
from engines.zones.memory_state import Recollection
from tests.qmo_tui.test_memory_file import GC, _zones
from qmo_tui.memory_file import MemoryFile

file = MemoryFile(Path(sys.argv[1]))
contents, remarks = file.open()
assert remarks == [], remarks
count = contents.contracts[GC].sessions if contents.contracts else 0
while True:
    count += 1
    file.save({GC: Recollection(zones=_zones(1 + count % 40), next_number=count, sessions=count)})
    print(count, flush=True)
"""


def test_a_kill_in_the_middle_of_saving_loses_nothing_that_was_saved(path: Path) -> None:
    random, root = Random(4), Path(__file__).resolve().parents[2]
    newest = 0
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(path)], cwd=root, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(1 + random.randrange(12)):
            newest = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        said = child.stdout.read().split()
        child.stdout.close()
        child.wait()
        newest = max([newest, *map(int, said)])
        known = read_memory(path).contracts[GC]
        assert newest <= known.sessions <= newest + 1
        assert len(known.zones) == 1 + known.sessions % 40
        newest = known.sessions
    assert opened(path).may_save, "the killed program's lock went with it"


# --- files that are not what they should be -----------------------------------------------------------------------


def _change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def _without_a_table(path: Path) -> None:
    _change(path, "DROP TABLE zones")


def _with_a_side_that_is_none(path: Path) -> None:
    _change(path, "UPDATE zones SET side = 'left'")


def _with_words_for_numbers(path: Path) -> None:
    _change(path, "UPDATE contracts SET minutes = 'many'")


DAMAGES = [
    truncate,
    garbage,
    holes,
    somebody_elses,
    _without_a_table,
    _with_a_side_that_is_none,
    _with_words_for_numbers,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.__name__.strip("_") for damage in DAMAGES])
def test_a_damaged_file_is_kept_aside_and_memory_begins_anew(path: Path, damage: Any) -> None:
    saved(path)
    damage(path)
    damaged = path.read_bytes()
    file = MemoryFile(path)
    contents, (remark,) = file.open()
    assert (contents.contracts, contents.spreads, file.may_save) == ({}, [], True)
    (aside,) = path.parent.glob("memory.db.broken-*[0-9]")
    assert aside.read_bytes() == damaged
    assert aside.name in remark
    assert remark.startswith("memory: memory.db is damaged (")
    file.save({GC: KNOWN})
    assert read_memory(path).contracts == {GC: KNOWN}


def test_whoever_only_reads_leaves_a_damaged_file_where_it_is(path: Path) -> None:
    saved(path)
    writer = opened(path)
    garbage(path)
    reader = MemoryFile(path)
    _, remarks = reader.open()
    assert [remark.rpartition(": ")[2] for remark in remarks] == [
        "this one reads it, and saves nothing",
        "it is not used",
    ]
    with pytest.raises(MemoryDamagedError):
        read_memory(path)
    assert list(path.parent.glob("*broken*")) == []
    writer.close()


def test_a_newer_file_is_neither_used_nor_changed(path: Path) -> None:
    saved(path)
    _change(path, "PRAGMA user_version = 7")
    before = path.read_bytes()
    file = MemoryFile(path)
    contents, (remark,) = file.open()
    assert (contents.contracts, file.may_save) == ({}, False)
    assert "newer qmo (tables 7, this one knows 1)" in remark
    assert path.read_bytes() == before
    with pytest.raises(MemoryNewerError):
        read_memory(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_read_and_not_written(path: Path) -> None:
    saved(path)
    for beside in path.parent.glob("memory.db?*"):
        beside.unlink()
    path.parent.chmod(0o500)
    try:
        file = MemoryFile(path)
        contents, (remark,) = file.open()
        assert contents.contracts == {GC: KNOWN}
        assert not file.may_save
        assert "cannot be written (Permission denied)" in remark
    finally:
        path.parent.chmod(0o700)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    file = MemoryFile(tmp_path / "file" / "memory.db")
    contents, (remark,) = file.open()
    assert (contents.contracts, file.may_save) == ({}, False)
    assert "cannot be written" in remark


def test_a_full_disk_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(path)
    file = opened(path)
    with monkeypatch.context() as full:
        full.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=_NoMorePages))
        with pytest.raises(MemoryFileError, match="full"):
            file.save({GC: Recollection(zones=_zones(1_000), next_number=1_001)})
    assert read_memory(path).contracts == {GC: KNOWN}
    file.save({GC: Recollection(sessions=2)})
    assert read_memory(path).contracts == {GC: Recollection(sessions=2)}


class _NoMorePages(sqlite3.Connection):
    """A database that may not grow, which SQLite reports as a full disk."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.execute("PRAGMA max_page_count = 1")
