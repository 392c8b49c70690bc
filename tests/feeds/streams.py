"""Small DBN streams with known content."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from feeds.dbn import DbnParser, Metadata
from feeds.records import F_LAST, MBO, OHLCV, STATUS, TRADE, Batch, Records

SECOND = 1_000_000_000
START = 1_704_189_600_000_000_000
"""2024-01-02 10:00 UTC."""
INSTRUMENT = 42


def made(layout: np.dtype[np.void], rtype: int, count: int, **fields: Any) -> Records:
    """Return records of one layout with a true header, one second apart, each telling its number."""
    records = np.zeros(count, layout)
    records["length"] = layout.itemsize // 4
    records["rtype"] = rtype
    records["publisher_id"] = 1
    records["instrument_id"] = INSTRUMENT
    records["ts_event"] = START + np.arange(count, dtype=np.uint64) * np.uint64(SECOND)
    names = layout.names or ()
    if "ts_recv" in names:
        records["ts_recv"] = records["ts_event"]
    if "sequence" in names:
        records["sequence"] = np.arange(count)
    for name, value in fields.items():
        records[name] = value
    return records


def orders(count: int, **fields: Any) -> Records:
    """Return order records, each a matching event of its own: bids that join the book."""
    told = {"order_id": np.arange(count) + 1, "price": 2_000 * SECOND, "size": 1, "flags": F_LAST}
    return made(MBO, 160, count, **(told | {"action": ord("A"), "side": ord("B")} | fields))


def trades(count: int, **fields: Any) -> Records:
    return made(TRADE, 0, count, **({"flags": F_LAST, "action": ord("T"), "price": 2_000 * SECOND, "size": 1} | fields))


def bars(count: int) -> Records:
    return made(OHLCV, 33, count)


def statuses(count: int) -> Records:
    return made(STATUS, 18, count)


def alternating(*kinds: Records) -> bytes:
    """Return the bytes of the first record of each kind, then of the second of each, and so on."""
    rows = zip(*([kind[place : place + 1].tobytes() for place in range(len(kind))] for kind in kinds), strict=True)
    return b"".join(b"".join(row) for row in rows)


def stream(*parts: Records | bytes, metadata: Metadata | None = None) -> bytes:
    """Return a whole DBN stream."""
    body = b"".join(part if isinstance(part, bytes) else part.tobytes() for part in parts)
    return (metadata or Metadata(dataset="GLBX.MDP3")).encode() + body


def content(batches: Iterable[Batch]) -> bytes:
    """Return the bytes of all records, in order."""
    return b"".join(batch.records.tobytes() for batch in batches)


def parsed(pieces: Iterable[bytes], parser: DbnParser | None = None) -> Iterator[Batch]:
    """Yield the batches of a stream that arrives in pieces."""
    parser = parser or DbnParser()
    for piece in pieces:
        yield from parser.walk(parser.tail + piece)


def saved(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
