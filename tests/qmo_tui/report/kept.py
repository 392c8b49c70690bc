"""Sessions in a journal, told again as a report reads them."""

from collections.abc import Sequence
from pathlib import Path

from engines.events import Event
from qmo_tui.journal.facts import Account
from qmo_tui.journal.reading import reading
from qmo_tui.journal.story import Story, stories_of
from qmo_tui.journal.writing import Journal
from qmo_tui.report.report import Report, report_on
from tests.qmo_tui.journal.told import facts


def kept(path: Path, sessions: Sequence[Sequence[Event]], account: Account = "paper", ended: int | None = None) -> None:
    """Write sessions into a journal, one after the other; the last one ends where `ended` says when."""
    journal = Journal.open(path, account, [])
    for said in sessions:
        journal.begin_session(facts(account))
        journal.write(said)
    if ended is not None:
        journal.end_session("quit", ended)
    journal.close()


def stories(path: Path) -> list[Story]:
    """Return all sessions of a journal."""
    with reading(path) as reader:
        return stories_of(reader, reader.sessions())


def reported(path: Path, *sessions: Sequence[Event], ended: int | None = None) -> Report:
    """Return the report on sessions that were written into a new journal."""
    kept(path, sessions, ended=ended)
    return report_on(stories(path))
