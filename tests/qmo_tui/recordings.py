"""Recordings that the tests of a session and of its command play."""

from pathlib import Path

import numpy as np

from feeds.dbn import DbnFile, DbnWriter

DAY = 86_400 * 1_000_000_000


def repeated(source: Path, path: Path, times: int) -> Path:
    """Write a recording that repeats `source`, each time a day later; each snapshot in it begins the book anew."""
    file = DbnFile(source)
    assert file.metadata is not None
    with DbnWriter(path, file.metadata, level=1) as writer:
        for number in range(times):
            for batch in file.batches():
                records = batch.records.copy()
                for name in ("ts_event", "ts_recv"):
                    records[name] += np.uint64(number * DAY)
                writer.write(records)
    return path
