"""Kills writers of a journal at random moments, many times; run by `test_kills.py` in an interpreter of its own.

It forks, which a test's own process with its threads must not. Prints one line a kill: what the writer had said to be
on the disk, and what the file holds.
"""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from engines.events import Event
from qmo_tui.journal.reading import reading
from qmo_tui.journal.writing import Journal
from tests.qmo_tui.journal.told import NOON, Teller, facts

ENTRIES = 9_000
MORE_TRANSACTIONS = 20
"""What a writer may go on to write while its end is on the way."""


def sequence() -> list[Event]:
    """Return what is said in one long session, the same in every process."""
    told = Teller()
    while len(told.said) < ENTRIES:
        told.wait(60)
        told.trade(told.prompt(), 2052.0)
    return told.said


def transactions(said: list[Event]) -> Iterator[list[Event]]:
    """Cut it into transactions of 1 to 9 events, the same in every process."""
    random, first = Random(3), 0
    while first < len(said):
        size = 1 + random.randrange(9)
        yield said[first : first + size]
        first += size


def write_on(path: Path, said: list[Event], told: int, most: int) -> None:
    """Go on where the file ends; what was written last is written again, as by a program that is not sure of it.

    After `most` transactions it waits for its end: a busy machine that is late to kill it must not find it done.
    """
    journal = Journal.open(path, "paper", [])
    left = journal.unfinished()
    if left is None:
        journal.begin_session(facts(started=NOON))
    else:
        journal.go_on(left.session.id)
    kept, count = 0 if left is None else left.session.lines, 0
    for together in transactions(said):
        count += len(together)
        if count + 40 > kept:
            journal.write(together)
            os.write(told, f"{count}\n".encode())
            most -= 1
            if not most:
                signal.pause()


def kill_one(path: Path, said: list[Event], random: Random) -> int:
    """Start a writer, kill it after some transactions and some more moments, and return what it had said."""
    readable, writable = os.pipe()
    waited = 1 + random.randrange(14)
    child = os.fork()
    if child == 0:
        os.close(readable)
        write_on(path, said, writable, waited + MORE_TRANSACTIONS)
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as lines:
        newest = 0
        for _ in range(waited):
            newest = int(lines.readline() or newest)
        for _ in range(random.randrange(30_000)):
            pass
        os.kill(child, signal.SIGKILL)
        newest = max([newest, *map(int, lines.read().split())])
    os.waitpid(child, 0)
    return newest


def main(path: Path, kills: int) -> None:
    """Kill so many writers of one file."""
    said, random = sequence(), Random(5)
    ends = {0}
    for together in transactions(said):
        ends.add(max(ends) + len(together))
    for _ in range(kills):
        newest = kill_one(path, said, random)
        with reading(path) as read:
            kept = read.events(1)
        is_prefix = kept == said[: len(kept)]
        sys.stdout.write(f"{newest} {len(kept)} {int(is_prefix)} {int(len(kept) in ends)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
