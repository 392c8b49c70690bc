"""Whoever listens sees the book at the matching event he asked for, and changes nothing by it."""

from collections.abc import Iterable
from pathlib import Path
from random import Random

import numpy as np
import pytest

from engines.book.book import Book
from engines.book.layout import RecordArray
from engines.book.levels import LevelBook
from engines.events import Digest, encode
from engines.pipeline import Pipeline
from feeds.instrument import Instrument
from feeds.records import F_LAST, Batch, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.habits import Habits
from feeds.simulator.session import SimulationSettings
from qmo_tui.evaluation.simulated import SimulatedSession
from tests.engines.real_data import ES, read_records
from tests.market.sessions import SECOND

ES_SESSION = "esh4-20231225.mbo.dbn.zst"


class Onlooker:
    """Stops at places chosen by chance among all records, and notes what it sees there."""

    is_listening = True

    def __init__(self, places: Iterable[int]) -> None:
        self.seen: list[tuple[int, int | None, int | None]] = []
        self._places = sorted(places)
        self._read = 0

    def read(self, book: Book | LevelBook, records: RecordArray) -> int:
        """Read up to the next place."""
        while self._places and self._places[0] < self._read:
            del self._places[0]
        end = len(records)
        if self._places and self._places[0] < self._read + end:
            end = self._places.pop(0) - self._read
        self._read += end
        return end

    def see(self, book: Book | LevelBook) -> None:
        """Note the touch."""
        self.seen.append((int(book.now["records"]), book.best_bid, book.best_ask))


def _told(
    instrument: Instrument, schema: Schema, records: Records, size: int, onlooker: Onlooker | None
) -> tuple[str, list[bytes]]:
    pipeline = Pipeline(instrument)
    if onlooker is not None:
        pipeline.listen(onlooker)
    batches = [Batch(schema, records[first : first + size]) for first in range(0, len(records), size)]
    events = [event for batch in batches for event in pipeline.process(batch)] + pipeline.finish()
    digest, lines = Digest(), [encode(event) for event in events]
    for event, line in zip(events, lines, strict=True):
        digest.add(event, line)
    return digest.hexdigest(), lines


def _places(count: int, seed: int) -> list[int]:
    return Random(seed).sample(range(count), min(count, 400))


@pytest.fixture(scope="module")
def real(data: Path) -> Records:
    return read_records(data, ES_SESSION)


@pytest.fixture(scope="module")
def by_price() -> Records:
    market = SimulationSettings(seed=4, habits=Habits(records_per_second=20.0))
    simulated = SimulatedSession(market, 10 * 60 * SECOND, Schema.MBP_10)
    return np.concatenate([batch.records for batch in simulated.batches() if batch.schema is Schema.MBP_10])


@pytest.fixture(scope="module")
def unheard(real: Records) -> tuple[str, list[bytes]]:
    return _told(ES, Schema.MBO, real, 65_536, None)


@pytest.mark.parametrize("size", [1, 777, 65_536])
def test_a_real_session_tells_the_same_whoever_listens(
    real: Records, unheard: tuple[str, list[bytes]], size: int
) -> None:
    onlooker = Onlooker(_places(len(real), size))
    assert _told(ES, Schema.MBO, real, size, onlooker) == unheard
    assert len(onlooker.seen) >= 400


@pytest.mark.parametrize("size", [1, 777, 65_536])
def test_levels_tell_the_same_whoever_listens(by_price: Records, size: int) -> None:
    unheard = _told(CONTRACT, Schema.MBP_10, by_price, 65_536, None)
    onlooker = Onlooker(_places(len(by_price), size))
    assert _told(CONTRACT, Schema.MBP_10, by_price, size, onlooker) == unheard
    assert len(onlooker.seen) >= 400


def test_the_book_seen_is_the_one_at_the_place_asked_for(real: Records) -> None:
    ends = (np.flatnonzero(real["flags"] & F_LAST) + 1)[5_000:9_000:40].tolist()
    onlooker = Onlooker(ends)
    _told(ES, Schema.MBO, real, 65_536, onlooker)
    plain = Book(ES.instrument_id, ES.tick)
    position, expected = 0, []
    for end in ends:
        for _output in plain.process(real[position:end]):
            pass
        position = end
        expected.append((end, plain.best_bid, plain.best_ask))
    assert [seen for seen in onlooker.seen if seen[0] in set(ends)] == expected
