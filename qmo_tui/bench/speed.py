"""How fast records go through: the SDK's decoder alone, ours, decoder and book, decoder and every engine.

Engines are measured as a headless replay runs them, with a second thread that reads and takes records through the book;
the book alone with one that reads; and both in one thread.

Each round measures all of them one after the other on the same file, so that a machine that slows down or is shared
slows all of them. A figure is made of the best round of each: what else runs on the machine only ever adds to a time.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from engines.book.book import Book
from engines.pipeline import Pipeline, PipelineSettings
from feeds.dbn import DbnFile
from feeds.instrument import Instrument
from feeds.read_ahead import read_ahead
from feeds.records import Batch
from qmo_tui.bench.figures import Figure
from qmo_tui.session.headless import events_of
from qmo_tui.session.preparing import load_engines

BOOK_TARGET: Final = 0.6
PIPELINE_TARGET: Final = 0.33
_SDK_COUNT: Final = 65_536


def measure_speed(path: Path, instrument: Instrument, records: int, rounds: int) -> list[Figure]:
    """Return decode, book and pipeline speeds on an MBO recording, as ratios to the SDK's decoder alone."""
    _sdk_decode(path)
    load_engines()
    runs: dict[str, Callable[[], None]] = {
        "sdk": lambda: _sdk_decode(path),
        "decode": lambda: _decode(path),
        "book": lambda: _book(instrument, read_ahead(DbnFile(path).batches())),
        "book, one thread": lambda: _book(instrument, DbnFile(path).batches()),
        "pipeline": lambda: _headless(instrument, DbnFile(path).batches()),
        "pipeline, one thread": lambda: _pipeline(instrument, DbnFile(path).batches()),
    }
    walls: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            walls[name].append(time.perf_counter() - began)

    def ratio(name: str) -> float:
        return min(walls["sdk"]) / min(walls[name])

    def rate(name: str) -> float:
        return records / min(walls[name]) / 1e6

    return [
        Figure("decode alone, Databento SDK", rate("sdk"), "M records/s"),
        Figure("decode", ratio("decode"), "x"),
        Figure("decode + order book", ratio("book"), "x", BOOK_TARGET),
        Figure("  in one thread", ratio("book, one thread"), "x"),
        Figure("decode + every engine", ratio("pipeline"), "x", PIPELINE_TARGET),
        Figure("  in one thread", ratio("pipeline, one thread"), "x"),
        Figure("  records", rate("pipeline"), "M records/s"),
    ]


def _sdk_decode(path: Path) -> None:
    from databento import DBNStore  # noqa: PLC0415 - half a second that only this measurement needs

    for _ in DBNStore.from_file(path).to_ndarray(count=_SDK_COUNT):
        pass


def _decode(path: Path) -> None:
    for _ in DbnFile(path).batches():
        pass


def _book(instrument: Instrument, batches: Iterable[Batch]) -> None:
    book = Book(instrument.instrument_id, instrument.tick)
    for batch in batches:
        for _ in book.process(batch.records):
            pass


def _headless(instrument: Instrument, batches: Iterator[Batch]) -> None:
    for _ in events_of(Pipeline(instrument, PipelineSettings(), watched=False), batches):
        pass


def _pipeline(instrument: Instrument, batches: Iterable[Batch]) -> None:
    pipeline = Pipeline(instrument, PipelineSettings(), watched=False)
    for batch in batches:
        pipeline.process(batch)
    pipeline.finish()
