"""A process whose children record until they are killed: `python -m tests.feeds.recorder.killed_child`.

For each line `SEED FOLDER` it forks a child that records the stream below into the folder, and prints the child's
process id. The child closes and begins recordings in turn, changes days, and keeps in `FOLDER/acknowledged` how many
records it has been told are on the disk. The seed decides how the stream is cut into pieces and recordings.
"""

import os
import signal
import sys
import time
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from feeds.recorder import Recorder, RecorderSettings
from feeds.records import F_LAST
from tests.feeds.recorder.given import days, definition, flow, mapping, plan
from tests.feeds.streams import SECOND

DAY = days(1_500 * SECOND)
EAGER = RecorderSettings(frame_seconds=0.004, frame_bytes=16 * 1024, sidecar_seconds=0.02)
RECORDS = 40_000
_MOST_WAITING = 64 * 1024


@cache
def stream() -> list[bytes]:
    """Return the records that every child gives, one by one."""
    random = np.random.default_rng(1)
    flags = np.where(random.random(RECORDS) < 0.6, F_LAST, 0)
    orders = flow(
        RECORDS, order_id=random.integers(1, 2**62, RECORDS), size=random.integers(1, 50, RECORDS), flags=flags
    )
    rows = [orders[place : place + 1].tobytes() for place in range(RECORDS)]
    for place in range(0, RECORDS, 1_000):
        rows[place] = mapping().tobytes() if place % 2_000 else definition().tobytes()
    return rows


def record(seed: int, folder: Path) -> None:
    """Record the stream, in pieces and recordings of any size."""
    rows, random = stream(), Random(seed)
    told = os.open(folder / "acknowledged", os.O_WRONLY | os.O_CREAT, 0o644)
    place = before = 0

    def acknowledge(records: int) -> None:
        os.pwrite(told, records.to_bytes(8, "little"), 0)

    while place < RECORDS:
        with Recorder(folder, plan(), DAY, settings=EAGER) as recorder:
            for _ in range(random.randint(5, 150)):
                size = random.randint(1, 80)
                recorder.write(b"".join(rows[place : place + size]))
                place += size
                acknowledge(before + recorder.status().records)
                while recorder.status().waiting_bytes > _MOST_WAITING:
                    acknowledge(before + recorder.status().records)
                    time.sleep(0.0002)
        before += recorder.status().records
        acknowledge(before)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    stream()
    for line in sys.stdin:
        seed, folder = line.split()
        child = os.fork()
        if child == 0:
            record(int(seed), Path(folder))
            signal.pause()
        print(child, flush=True)  # noqa: T201 - read by the test


if __name__ == "__main__":
    main()
