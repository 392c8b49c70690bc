"""A long recording out of a short one: the same session again and again, each after the other."""

from pathlib import Path
from typing import Final

import numpy as np

from feeds.dbn import DbnFile, DbnWriter, Metadata
from feeds.records import F_SNAPSHOT, UNDEFINED_TIME

_HOUR_NS: Final = 3_600 * 1_000_000_000
_TIMES: Final = ("ts_event", "ts_recv")


def live_span(source: Path) -> int:
    """Return the time between the first and last record outside a snapshot of an MBO recording, in nanoseconds."""
    first, last = 0, 0
    for batch in DbnFile(source).batches():
        live = batch.records[(batch.records["flags"] & F_SNAPSHOT) == 0]
        if len(live):
            first = first or int(live["ts_event"][0])
            last = int(live["ts_event"][-1])
    return last - first


def write_tiles(source: Path, target: Path, tiles: int) -> int:
    """Write `tiles` repetitions of an MBO recording into a new file, and return its records.

    Each repetition is later than the one before by the recording's own span, in whole hours.

    Raises:
        DbnError: The source cannot be read.
        FileExistsError: The target is there already.
    """
    file = DbnFile(source)
    shift = -(-live_span(source) // _HOUR_NS) * _HOUR_NS
    records = 0
    with DbnWriter(target, file.metadata or Metadata()) as writer:
        for tile in range(tiles):
            for batch in file.batches():
                shifted = batch.records.copy()
                for name in _TIMES:
                    known = shifted[name] != UNDEFINED_TIME
                    shifted[name][known] += np.uint64(tile * shift)
                writer.write(shifted)
                records += len(shifted)
    return records
