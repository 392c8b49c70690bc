"""A real session recorded in pieces: the trading day changes in it, and nothing else changes."""

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from engines.timing.trading_day import trading_day
from feeds.dbn import DbnFile
from feeds.recorder import Recorder, RecorderSettings, verify
from feeds.recorder.sidecar import BookStart
from feeds.records import F_LAST
from tests.feeds.recorder.given import RECORD, fresh, library, plan, recordings, sidecar
from tests.feeds.streams import SECOND

FIVE_PM_IN_CHICAGO = 1_703_545_200 * SECOND
"""2023-12-25 23:00 UTC, when the holiday's halt ended."""


@pytest.fixture
def session(data: Path) -> DbnFile:
    return DbnFile(data / "esh4-20231225.mbo.dbn.zst")


def test_real_holiday_is_recorded_as_its_two_trading_days(session: DbnFile, tmp_path: Path) -> None:
    assert session.metadata is not None
    stream = plan(metadata=replace(session.metadata, schema=None), symbol="ESH4")
    records = b"".join(batch.records.tobytes() for batch in session.batches())
    random, place = Random(1), 0
    with Recorder(tmp_path, stream, trading_day, settings=RecorderSettings(frame_bytes=200_000)) as recorder:
        while place < len(records):
            size = random.randint(1, 1_170) * RECORD
            recorder.write(records[place : place + size])
            place += size
    first, second = recordings(tmp_path)
    assert fresh([first, second]) == records
    assert [sidecar(path).trading_day for path in (first, second)] == ["2023-12-25", "2023-12-26"]
    assert [sidecar(path).book for path in (first, second)] == [BookStart.SNAPSHOT, BookStart.NOTHING]
    before, after = (library(path).to_ndarray(schema="mbo") for path in (first, second))
    assert before["ts_recv"].max() < FIVE_PM_IN_CHICAGO <= after["ts_recv"].min()
    assert before["flags"][-1] & F_LAST
    assert np.concatenate([before, after]).tobytes() == records
    assert [verify(path).problems for path in (first, second)] == [(), ()]
