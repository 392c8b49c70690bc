"""Recorded market data for tests of the engines."""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from feeds.dbn import DbnFile
from feeds.instrument import Instrument
from feeds.records import Batch, Records

ES: Final = Instrument("ESH4", 17_077, 250_000_000, 50.0, "GLBX.MDP3")


@cache
def read_batches(data: Path, name: str) -> tuple[Batch, ...]:
    """Return the batches of a file as they are cut on disk, or skip the test where the file is absent."""
    path = data / name
    if not path.exists():
        pytest.skip(f"needs recorded market data: no file {path}")
    return tuple(DbnFile(path).batches())


@cache
def read_records(data: Path, name: str) -> Records:
    """Return all records of a file that holds one schema."""
    records: Records = np.concatenate([batch.records for batch in read_batches(data, name)])
    return records
