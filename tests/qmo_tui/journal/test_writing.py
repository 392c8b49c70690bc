"""A journal while it is written: whole transactions, nothing twice, one line where it cannot be."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engines.events import Event
from engines.trading_events import TRADING_EVENTS, Decision
from qmo_tui.journal.errors import (
    JournalBusyError,
    JournalConflictError,
    JournalDamagedError,
    JournalError,
    JournalNewerError,
)
from qmo_tui.journal.reading import reading
from qmo_tui.journal.tables import STEPS, TABLES, upgrade
from qmo_tui.journal.writing import Journal
from tests.qmo_tui.damaged_database import garbage, holes, somebody_elses, truncate
from tests.qmo_tui.journal.told import MINUTE, NOON, Teller, facts, pillars


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db"


def opened(path: Path, **named: Any) -> Journal:
    notes: list[str] = []
    journal = Journal.open(path, "paper", notes, **named)
    assert notes == []
    return journal


def events_of(path: Path, session: int = 1) -> list[Event]:
    with reading(path) as journal:
        return list(journal.events(session))


def a_day() -> list[Event]:
    """Every kind of event at least once."""
    told = Teller()
    told.feed("live")
    told.risk()
    told.trade(told.prompt(pillars=pillars(QMO="buy", Gann=None)), 2052.0, mfe=210.0, mae=20.0)
    rejected = told.prompt(side="sell", stop=2051.0, targets=(2048.0,))
    told.decide(rejected, "rejected", key="n")
    told.hindsight(rejected, "rejected", "lost", -1.05)
    return told.said


# --- what goes in comes out ---------------------------------------------------------------------------------------


def test_every_event_is_read_again_as_it_was_in_the_order_it_was_written(path: Path) -> None:
    said = a_day()
    assert {type(event) for event in said} == set(TABLES)
    assert set(TRADING_EVENTS) < set(TABLES)
    journal = opened(path)
    assert journal.begin_session(facts()) == 1
    assert journal.write(said[:4]) == 4
    assert journal.write(said[4:]) == len(said) - 4
    assert events_of(path) == said


def test_a_session_keeps_its_facts_and_its_end(path: Path) -> None:
    journal = opened(path)
    journal.begin_session(facts())
    journal.write(a_day())
    journal.end_session("quit", NOON + MINUTE)
    with reading(path) as read:
        (session,) = read.sessions("paper")
        assert read.sessions("demo") == []
        assert read.sessions() == [session]
    assert session.id == 1
    assert session.facts == facts()
    assert (session.ended, session.end_reason, session.lines) == (NOON + MINUTE, "quit", len(a_day()))
    assert session.first == NOON
    assert session.newest == max(event.ts for event in a_day())


def test_columns_can_be_filtered_by_without_reading_lines(path: Path) -> None:
    journal = opened(path)
    journal.begin_session(facts())
    journal.write(a_day())
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT role, price, maker FROM fills").fetchall() == [
        ("entry", 2050.0, 1),
        ("target", 2052.0, 1),
    ]
    assert connection.execute("SELECT trigger FROM prompts WHERE side = 'sell'").fetchall() == [("rejection",)]
    connection.close()


# --- nothing twice, all or nothing --------------------------------------------------------------------------------


def test_events_that_come_again_are_there_once(path: Path) -> None:
    said = a_day()
    journal = opened(path)
    journal.begin_session(facts())
    journal.write(said)
    known = [event for event in said if not isinstance(event, Decision)]
    assert journal.write(known) == 0
    assert events_of(path) == said


def test_after_a_cut_keys_that_come_again_are_there_once_too(path: Path) -> None:
    said = a_day()
    journal = opened(path)
    journal.begin_session(facts())
    journal.write(said[:9])
    journal.close()
    journal = opened(path)
    journal.go_on(1)
    assert journal.write(said[:5]) == 0
    assert journal.write(said[3:12]) == 3
    assert journal.write(said[8:]) == len(said) - 12
    assert events_of(path) == said


def test_every_press_is_kept_while_the_clock_of_the_market_stands(path: Path) -> None:
    told = Teller()
    for _ in range(3):
        told.decide(None, "armed", reason="no buy prompt", key="b", refused=True)
    journal = opened(path)
    journal.begin_session(facts())
    assert journal.write(told.said[:2]) == 2
    assert journal.write(told.said[2:]) == 1
    assert journal.write(told.said[:1]) == 1
    assert events_of(path) == [told.said[0]] * 4


def test_after_a_failure_what_is_tried_again_is_there_once(path: Path) -> None:
    told = Teller()
    for _ in range(2):
        told.decide(None, "armed", reason="no buy prompt", key="b", refused=True)
    journal = opened(path, patience=0.05)
    journal.begin_session(facts())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalBusyError):
        journal.write(told.said)
    other.execute("ROLLBACK")
    other.close()
    assert journal.write(told.said) == 2
    assert events_of(path) == told.said
    assert journal.write(told.said[:1]) == 1, "a further press, now that nothing is in doubt"


def test_the_same_events_may_be_said_in_two_sessions(path: Path) -> None:
    journal = opened(path)
    for number in (1, 2):
        assert journal.begin_session(facts()) == number
        assert journal.write(a_day()) == len(a_day())
        journal.end_session("quit", NOON)
    assert events_of(path, 1) == events_of(path, 2) == a_day()


def test_a_fill_with_other_words_is_refused_and_nothing_of_its_transaction_stays(path: Path) -> None:
    journal = opened(path)
    journal.begin_session(facts())
    told = Teller()
    fill = told.fill(told.order(None, "exit", "sell", None, 2), 2050.0, 1)
    journal.write(told.said)
    before = events_of(path)
    told.risk()
    with pytest.raises(JournalConflictError, match="a fill that it has with other words"):
        journal.write([told.said[-1], msgspec.structs.replace(fill, quantity=2)])
    assert events_of(path) == before
    assert journal.write([told.said[-1]]) == 1


def test_what_the_journal_does_not_keep_is_a_defect(path: Path) -> None:
    journal = opened(path)
    journal.begin_session(facts())
    with pytest.raises(TypeError, match="the journal keeps no Event"):
        journal.write([Event(ts=1)])


def test_nothing_is_written_before_a_session_begins_or_after_it_ended(path: Path) -> None:
    journal = opened(path)
    with pytest.raises(JournalError, match="no session has begun"):
        journal.write(a_day())
    journal.begin_session(facts())
    journal.end_session("quit", NOON)
    with pytest.raises(JournalError, match="no session has begun"):
        journal.write(a_day())


# --- company ------------------------------------------------------------------------------------------------------


def test_one_program_trades_on_paper_and_the_other_is_told(path: Path) -> None:
    first = opened(path)
    with pytest.raises(JournalBusyError, match=r"another qmo trades on paper and writes journal\.db"):
        Journal.open(path, "paper", [], patience=0.1)
    first.close()
    opened(path).close()


def test_practice_is_written_by_several(path: Path) -> None:
    first, second = Journal.open(path, "demo", []), Journal.open(path, "replay", [])
    assert (first.begin_session(facts("demo")), second.begin_session(facts("replay"))) == (1, 2)
    first.write(a_day())
    second.write(a_day())
    assert events_of(path, 1) == events_of(path, 2) == a_day()


def test_a_writer_that_waits_in_vain_says_so(path: Path) -> None:
    journal = opened(path, patience=0.05)
    journal.begin_session(facts())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalBusyError, match="another qmo is writing it; try again"):
        journal.write(a_day())
    other.execute("ROLLBACK")
    other.close()
    assert journal.write(a_day()) == len(a_day())


# --- disks and files that are not what they should be ---------------------------------------------------------------


def test_a_full_disk_is_said_and_writing_goes_on_once_there_is_room(path: Path) -> None:
    journal = opened(path)
    journal.begin_session(facts())
    connection = journal._connection
    connection.execute("PRAGMA max_page_count = 1")
    many = [msgspec.structs.replace(event, ts=event.ts + shift) for shift in range(50) for event in a_day()[:1]]
    with pytest.raises(JournalError, match="the disk is full; make room"):
        journal.write([*a_day(), *many])
    assert events_of(path) == []
    connection.execute("PRAGMA max_page_count = 1000000")
    assert journal.write(a_day()) == len(a_day())


def test_a_file_that_may_not_be_written_is_said(path: Path) -> None:
    journal = opened(path)
    journal.begin_session(facts())
    journal._connection.execute("PRAGMA query_only = 1")
    with pytest.raises(JournalError, match="it may not be written; allow it"):
        journal.write(a_day())


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(JournalError, match=r"journal\.db: "):
        Journal.open(tmp_path / "file" / "journal.db", "paper", [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_said_and_read(path: Path) -> None:
    journal = opened(path)
    journal.begin_session(facts())
    journal.write(a_day())
    journal.close()
    path.parent.chmod(0o500)
    try:
        with pytest.raises(JournalError, match="journal: "):
            Journal.open(path, "paper", [])
        assert events_of(path) == a_day()
    finally:
        path.parent.chmod(0o700)


DAMAGES = [truncate, garbage, holes, somebody_elses]


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.__name__.strip("_") for damage in DAMAGES])
def test_a_damaged_file_is_kept_aside_and_a_new_one_begins(path: Path, damage: Any) -> None:
    journal = opened(path)
    journal.begin_session(facts())
    journal.write(a_day())
    journal.close()
    damage(path)
    damaged = path.read_bytes()
    with pytest.raises(JournalDamagedError, match=r"journal\.db is damaged \("), reading(path) as read:
        read.events(1)
        read.sessions()
    notes: list[str] = []
    journal = Journal.open(path, "paper", notes)
    (aside,) = path.parent.glob("journal.db.broken-*[0-9]")
    assert aside.read_bytes() == damaged
    assert [aside.name in note and "what was open in it is not known" in note for note in notes] == [True]
    assert journal.begin_session(facts()) == 1


def test_a_newer_file_is_neither_used_nor_changed(path: Path) -> None:
    opened(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(JournalNewerError, match=r"newer qmo \(tables 7, this one knows \d+\)"):
        Journal.open(path, "paper", [])
    with pytest.raises(JournalNewerError), reading(path):
        pass
    assert path.read_bytes() == before


def test_an_older_file_keeps_what_it_holds_when_it_becomes_a_newer_one(path: Path) -> None:
    journal = opened(path)
    journal.begin_session(facts())
    journal.write(a_day())
    journal.close()
    connection = sqlite3.connect(path, isolation_level=None)
    upgrade(connection, [*STEPS, ["ALTER TABLE fills ADD COLUMN venue TEXT"]])
    assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS) + 1,)
    assert connection.execute("SELECT id, venue FROM fills").fetchall() == [("fill-1", None), ("fill-2", None)]
    connection.close()


def test_an_empty_file_is_read_as_an_empty_journal(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with reading(path) as read:
        assert (read.sessions(), read.events(1), read.notes(), read.tags()) == ([], [], [], {})
    assert path.stat().st_size == 0


def test_a_journal_that_is_not_there_is_said(path: Path) -> None:
    with pytest.raises(JournalError, match="no such journal"), reading(path):
        pass
