"""What a journal knows of the capital ladder is enough to go on from, where every file of it was deleted."""

from pathlib import Path

import pytest

from engines.execution.capital.ladder import CapitalLadder
from engines.execution.capital.limits import RiskSettings
from qmo_tui.capital_file import CapitalFile
from qmo_tui.journal.reading import reading
from qmo_tui.journal.writing import Journal
from tests.engines.timing.clocks import MINUTE, chicago
from tests.qmo_tui.journal.told import facts

LIMITS = RiskSettings()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def a_session(path: Path, ladder: CapitalLadder, start: int, results: list[int]) -> None:
    journal = Journal.open(path, "paper", [])
    journal.begin_session(facts(started=start))
    ladder.at(start)
    for place, cents in enumerate(results):
        ladder.opened(start + place * 30 * MINUTE)
        ladder.closed(cents, start + place * 30 * MINUTE + MINUTE)
        journal.write(ladder.take_events())
    journal.end_session("closed", start)
    journal.close()


def test_equity_and_locks_of_deleted_files_come_from_the_journal(path: Path, tmp_path: Path) -> None:
    ladder = CapitalLadder(LIMITS)
    a_session(path, ladder, chicago("2026-02-24 09:00"), [12_345, -500])
    a_session(path, ladder, chicago("2026-03-10 09:00"), [-30_000, -80_000])
    with reading(path) as journal:
        lines = journal.risk_lines("paper")
        assert journal.risk_lines("demo") == []
    assert [line.ts for line in lines] == sorted(line.ts for line in lines)

    kept = CapitalFile("paper", (tmp_path / "one.json", tmp_path / "other.json"))
    again = CapitalLadder(LIMITS, kept.open(LIMITS, lines)[0])
    again.at(chicago("2026-03-10 12:00"))
    assert again.allowance().equity_cents == ladder.allowance().equity_cents == 5_000_000 + 11_845 - 110_000
    assert (again.state.day, again.state.trades, again.state.losses) == ("2026-03-10", 2, 2)
    assert "the journal knows it" in again.allowance().reason
    assert again.allowance().until == chicago("2026-03-10 17:00")
    kept.close()
