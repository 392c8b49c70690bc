"""Figures of the recorder on this machine, as in docs/recording.md: `python -m tests.feeds.recorder.measuring`.

A folder may follow, on the disk that is meant.
"""

import asyncio
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import zstandard

from engines.timing.trading_day import trading_day
from feeds.recorder import Recorder, RecorderSettings, verify
from feeds.recorder.frames import FrameFile
from feeds.recorder.intake import Intake
from tests.feeds.recorder.given import RECORD, plan
from tests.feeds.streams import SECOND, alternating, trades
from tests.market.sessions import session

PIECE = 64 * 1024 // RECORD * RECORD
RECORDS = 3_000_000
WINDOWS = 6
A_WINDOW = 2.0


def throughput(folder: Path, data: bytes, level: int) -> str:
    """Record as fast as pieces of 64 KiB can be handed over, with room for all of them in the queue."""
    count = len(data) // RECORD
    settings = RecorderSettings(level=level, queue_bytes=2 * len(data))
    cut = pieces(data, PIECE)
    given, wall, cpu = 0.0, time.perf_counter(), time.process_time()
    with Recorder(folder, plan(), trading_day, settings=settings) as recorder:
        for piece in cut:
            before = time.thread_time()
            recorder.write(piece)
            given += time.thread_time() - before
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    (path,) = folder.glob("live/*.dbn.zst")
    found = verify(path)
    if not found.sound or found.records != count:
        raise SystemExit(f"not what was given: {found}")
    return (
        f"zstd level {level}: {count / wall / 1e6:.1f} M records/s to the disk, {cpu / count * 1e9:.0f} ns CPU a "
        f"record, {given / count * 1e9:.1f} of them in write(); {path.stat().st_size / count:.1f} bytes a record"
    )


def floor(data: bytes) -> str:
    """Compress and hash, and nothing else."""
    compressor, count = zstandard.ZstdCompressor(level=1, write_checksum=True), len(data) // RECORD
    wall, cpu = time.perf_counter(), time.process_time()
    for piece in pieces(data, 1024 * 1024):
        compressor.compress(piece)
        hashlib.blake2b(piece, digest_size=32)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return (
        f"zstd level 1 and BLAKE2b alone: {count / wall / 1e6:.1f} M records/s, {cpu / count * 1e9:.0f} ns CPU a record"
    )


def looking(name: str, data: bytes, piece: int, records: int) -> str:
    """Take records into frames that are never written."""
    settings = RecorderSettings(frame_bytes=2 * len(data))
    intake = Intake(plan().metadata, trading_day, settings, refused=print, breathe=lambda: None)
    cut = [memoryview(one) for one in pieces(data, piece)]
    cpu = time.process_time()
    for one in cut:
        intake.take(one, 0.0)
    cpu = time.process_time() - cpu
    return f"looking at {name}: {cpu / records * 1e6:.2f} us CPU a record"


def frames(folder: Path, data: bytes, records: int) -> str:
    """Compress, write and fsync frames of some records, one after the other."""
    file = FrameFile(folder / f"frames-{records}", 1)
    size, waits = records * RECORD, []
    for start in range(0, min(len(data) - size, 200 * size), size):
        before = time.perf_counter()
        file.append([data[start : start + size]])
        waits.append(1e3 * (time.perf_counter() - before))
    file.close()
    return (
        f"frame of {records:,} records: on the disk in {np.median(waits):.1f} ms (median), {max(waits):.1f} (worst of "
        f"{len(waits)}); {file.size / records / len(waits):.1f} bytes a record"
    )


async def ticks(seconds: float, act: Callable[[], None]) -> list[float]:
    """Act every millisecond, and return by how much the loop was late, ms."""
    late = []
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        act()
        due = now + 0.001
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        late.append(1e3 * (time.perf_counter() - due))
    return late


def lag(folder: Path, name: str, pieces: list[bytes]) -> str:
    """Hand over a piece a millisecond, in turns with handing over nothing, and compare how late the loop wakes."""
    with_it: list[float] = []
    without: list[float] = []
    writes: list[float] = []
    following = iter(pieces * (1 + int(WINDOWS * A_WINDOW * 1_000) // len(pieces)))
    with Recorder(folder, plan(), trading_day) as recorder:

        def write() -> None:
            before = time.perf_counter()
            recorder.write(next(following))
            writes.append(1e3 * (time.perf_counter() - before))

        for _ in range(WINDOWS):
            with_it += asyncio.run(ticks(A_WINDOW, write))
            without += asyncio.run(ticks(A_WINDOW, lambda: None))
    told = "; ".join(
        f"{what} " + ", ".join(f"p{rank:g} {np.percentile(values, rank):.2f}" for rank in (50, 99, 99.9))
        for what, values in (("loop late by", with_it), ("idle", without), ("write() took", writes))
    )
    return f"{name}, ms: {told}"


def main() -> None:
    where = sys.argv[1] if len(sys.argv) > 1 else None
    flow = session(1, 100_000, pace=SECOND // 50).array
    whole = flow.tobytes()
    data = whole * (RECORDS * RECORD // len(whole))
    mixed = alternating(flow[:50_000], trades(50_000))
    with tempfile.TemporaryDirectory(dir=where) as name:
        folder = Path(name)
        lines: list[Callable[[], str]] = [
            partial(floor, data),
            *(partial(throughput, folder / f"level-{level}", data, level) for level in (1, 3)),
            partial(looking, "one schema", whole, PIECE, len(flow)),
            partial(looking, "two schemas in turns", mixed, 500 * (RECORD + 48), 100_000),
            *(partial(frames, folder, whole, records) for records in (300, 18_000)),
            partial(lag, folder / "50k", "50 k records/s", pieces(whole, 50 * RECORD)),
            partial(lag, folder / "1m", "1 M records/s", pieces(whole, 1_000 * RECORD)),
            partial(lag, folder / "mixed", "100 k records/s, two schemas in turns", pieces(mixed, 50 * (RECORD + 48))),
        ]
        for line in lines:
            sys.stdout.write(f"{line()}\n")
            sys.stdout.flush()


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


if __name__ == "__main__":
    main()
