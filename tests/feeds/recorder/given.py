"""A small market to record, days of any length, and what was recorded read back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from feeds.dbn import DbnFile, Metadata
from feeds.recorder import Notice, NoticeKind, RecordedStream, RecorderSettings, Sidecar, read_sidecar
from feeds.recorder.series import FileSeries
from feeds.records import DEFINITION, F_LAST, SYMBOL_MAPPING, UNDEFINED_TIME, Provenance, Records
from tests.feeds.streams import INSTRUMENT, SECOND, START, made, orders

if TYPE_CHECKING:
    from databento import DBNStore

LIVE = Metadata(dataset="GLBX.MDP3", start=START, stype_in=None)
SYMBOL = "GC.v.0"
RECORD = 56


@dataclass(frozen=True)
class Day:
    """A trading day of any length."""

    date: date
    start: int
    end: int


def days(length: int) -> Callable[[int], Day]:
    """Return days of `length` ns each, the first of which begins at START."""

    def day_of(moment: int) -> Day:
        number = (moment - START) // length
        start = START + number * length
        return Day(date(2024, 1, 2) + timedelta(days=number), start, start + length)

    return day_of


ONE_DAY = days(24 * 3_600 * SECOND)


def plan(**fields: Any) -> RecordedStream:
    told: dict[str, Any] = {"metadata": LIVE, "symbol": SYMBOL, "provenance": Provenance.LIVE, "program": "qmo test"}
    return RecordedStream(**(told | fields))


@dataclass
class Recording:
    """A series of files in virtual time, and what it told."""

    folder: Path
    stream: RecordedStream = field(default_factory=plan)
    day_of: Callable[[int], Day] = ONE_DAY
    settings: RecorderSettings = field(default_factory=RecorderSettings)
    now: float = 0.0
    notices: list[Notice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.series = FileSeries(self.folder, self.stream, self.day_of, self.settings, tell=self.notices.append)
        self.series.begin(self.now)

    def give(self, *pieces: Records | bytes) -> None:
        for piece in pieces:
            self.series.take(memoryview(piece if isinstance(piece, bytes) else piece.tobytes()), self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.series.tick(self.now)

    def close(self) -> None:
        self.series.close(self.now)

    def partial(self) -> Path:
        """Return the file being written."""
        assert self.series.path is not None
        return self.series.path

    def told(self, kind: NoticeKind) -> list[str]:
        return [notice.text for notice in self.notices if notice.kind is kind]


def mapping(number: int = INSTRUMENT, symbol: str = "GCG4", **fields: Any) -> Records:
    told: dict[str, Any] = {
        "instrument_id": number,
        "stype_in": 255,
        "stype_out": 255,
        "stype_in_symbol": SYMBOL.encode(),
        "stype_out_symbol": symbol.encode(),
        "start_ts": UNDEFINED_TIME,
        "end_ts": UNDEFINED_TIME,
    }
    return made(SYMBOL_MAPPING, 22, 1, **(told | fields))


def definition(number: int = INSTRUMENT, symbol: str = "GCG4", **fields: Any) -> Records:
    told: dict[str, Any] = {
        "instrument_id": number,
        "raw_symbol": symbol.encode(),
        "min_price_increment": SECOND // 10,
        "unit_of_measure_qty": 100 * SECOND,
        "instrument_class": ord("F"),
        "security_update_action": ord("A"),
    }
    return made(DEFINITION, 19, 1, **(told | fields))


def flow(count: int, *, start: int = START, step: int = SECOND, event: int = 1, **fields: Any) -> Records:
    """Return order records `step` ns apart, `event` of them to a matching event."""
    last = np.where((np.arange(count) + 1) % event == 0, F_LAST, 0)
    times = start + np.arange(count, dtype=np.int64) * step
    return orders(count, **({"flags": last, "ts_event": times, "ts_recv": times} | fields))


def recordings(folder: Path, provenance: Provenance = Provenance.LIVE) -> list[Path]:
    """Return the finished files, in the order of their names."""
    return sorted((folder / provenance.value).glob("*.dbn.zst"))


def sidecar(path: Path) -> Sidecar:
    found = read_sidecar(Path(str(path).removesuffix(".partial").removesuffix(".dbn.zst") + ".json"))
    assert found is not None
    return found


def held(path: Path) -> list[bytes]:
    """Return the records of a file, one by one."""
    return [
        batch.records[place : place + 1].tobytes() for batch in DbnFile(path).batches() for place in range(len(batch))
    ]


def fresh(paths: Iterable[Path]) -> bytes:
    """Return the records of files in a row, without what each repeats from those before."""
    return b"".join(b"".join(held(path)[sidecar(path).repeated :]) for path in paths)


def library(path: Path) -> "DBNStore":
    """Open a file with Databento's own library, which takes half a second to import."""
    from databento import DBNStore

    return DBNStore.from_bytes(path.read_bytes())


def read_by_library(path: Path) -> bytes:
    """Return all records of a file as that library reads them, upgraded to version 3 as it always does."""
    return b"".join(bytes(record) for record in library(path))
