"""A writer that is killed at any moment leaves whole transactions, all it said to be on the disk, and nothing twice."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qmo_tui.journal.reading import reading
from qmo_tui.journal.writing import Journal
from tests.qmo_tui.journal.killed_writer import sequence, transactions
from tests.qmo_tui.journal.told import facts

KILLS = 200
ROOT = Path(__file__).resolve().parents[3]


def test_kills_at_random_moments_lose_nothing_that_was_said_to_be_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    run = subprocess.run(
        [sys.executable, "-m", "tests.qmo_tui.journal.killed_writer", str(path), str(KILLS)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    rounds = [tuple(map(int, line.split())) for line in run.stdout.splitlines()]
    assert len(rounds) == KILLS
    assert all(is_prefix and is_whole for _, _, is_prefix, is_whole in rounds)
    assert all(kept >= said for said, kept, _, _ in rounds)
    kepts = [kept for _, kept, _, _ in rounds]
    assert kepts == sorted(kepts)
    assert len(set(kepts)) > KILLS / 2, "the kills came while it wrote"
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*), count(DISTINCT id) FROM sessions").fetchone() == (1, 1)
    connection.close()


def test_readers_see_whole_transactions_while_a_session_writes(tmp_path: Path) -> None:
    path, said = tmp_path / "journal.db", sequence()[:900]
    ends = {0}
    for together in transactions(said):
        ends.add(max(ends) + len(together))
    journal = Journal.open(path, "paper", [])
    journal.begin_session(facts())
    seen: set[int] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            with reading(path) as read:
                kept, (session,) = read.events(1), read.sessions()
            assert kept == said[: len(kept)]
            assert len(kept) in ends
            assert session.lines == len(kept)
            seen.add(len(kept))

    with ThreadPoolExecutor(3) as readers:
        looking = [readers.submit(look) for _ in range(3)]
        for together in transactions(said):
            journal.write(together)
        done.set()
    for reader in looking:
        reader.result()
    assert len(seen) > 3
    with reading(path) as read:
        assert read.events(1) == said
