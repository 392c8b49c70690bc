"""How fast the live path takes records in: gateway, socket, session, ladder, supervisor; the engines are not in it.

The gateway runs in a process of its own and sends as fast as it is read, so the rate is what both can do together on
this machine, and the CPU time is the client's alone.
"""

import asyncio
import time
from contextlib import aclosing
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import numpy as np

from feeds.databento.connection import GatewayOptions
from feeds.databento.gateway import Gateway
from feeds.databento.key import ApiKey
from feeds.databento.live import DatabentoLive, LiveOptions
from feeds.databento.stream import StreamOptions
from feeds.dbn import DbnFile, DbnWriter, Metadata
from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.records import F_SNAPSHOT, Batch, Schema
from feeds.supervisor import Supervisor
from qmo_tui.bench.figures import Figure

RATE_TARGET: Final = 1.0
CPU_TARGET: Final = 0.2
_NOBODYS_KEY: Final = "db-" + "0" * 29
_HOUR_NS: Final = 3_600 * 1_000_000_000


def measure_live(source: Path, folder: Path, instrument: Instrument, least_records: int = 2_000_000) -> list[Figure]:
    """Return how many records a second come through the socket, and what each costs the client.

    Args:
        source: An MBO recording that begins with a snapshot; its trading is repeated until it is long enough.
        folder: Where the long recording may be written.
        instrument: The contract in it.
        least_records: How long is long enough.
    """
    long = folder / "live.mbo.dbn"
    records = _write_long(source, long, least_records)
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    gateway = context.Process(target=_serve, args=(long, theirs))
    gateway.start()
    theirs.close()
    try:
        wall, cpu = asyncio.run(_follow(ours.recv(), instrument, records))
    finally:
        ours.close()
        gateway.join()
        long.unlink()
    return [
        Figure("live path, records through the socket", records / wall / 1e6, "M records/s", RATE_TARGET),
        Figure("  CPU of the client a record", cpu / records * 1e6, "us", CPU_TARGET, at_least=False),
    ]


async def _follow(port: int, instrument: Instrument, records: int) -> tuple[float, float]:
    """Follow until all records have come; return (wall, CPU) seconds from the first of them on."""
    options = LiveOptions(
        symbol=instrument.symbol,
        gateway=GatewayOptions(host="127.0.0.1", port=port),
        stream=StreamOptions(definition_seconds=0.0),
    )
    supervisor = Supervisor(
        lambda: DatabentoLive(options, ApiKey(_NOBODYS_KEY), session_day=lambda _: 0, contract_of=lambda _: instrument),
        None,
        name="databento",
        is_trading=lambda _: False,
    )
    came, began = 0, (0.0, 0.0)
    async with aclosing(supervisor.items()) as items:
        async for item in items:
            if not isinstance(item, Batch) or item.schema is not Schema.MBO:
                continue
            if came == 0:
                began = time.perf_counter(), time.process_time()
            came += len(item)
            if came >= records:
                break
    return time.perf_counter() - began[0], time.process_time() - began[1]


def _write_long(source: Path, target: Path, least_records: int) -> int:
    """Write a recording's snapshot once and what follows it again and again, each time later; return its records."""
    file = DbnFile(source)
    records = np.concatenate([batch.records for batch in file.batches() if batch.schema is Schema.MBO])
    resting = (records["flags"] & F_SNAPSHOT) != 0
    live = records[~resting].copy()
    span = -(-int(live["ts_recv"][-1] - live["ts_recv"][0]) // _HOUR_NS) * _HOUR_NS
    written = int(resting.sum())
    with DbnWriter(target, file.metadata or Metadata(schema=Schema.MBO)) as writer:
        writer.write(records[resting])
        while written < least_records:
            writer.write(live)
            written += len(live)
            for name in ("ts_event", "ts_recv"):
                live[name] += np.uint64(span)
    return written


def _serve(path: Path, told: Connection) -> None:
    """Serve a recording in a process of its own, until the other end of the pipe is closed."""

    async def serve() -> None:
        async with Gateway(Recording([path])) as gateway:
            told.send(gateway.port)
            await asyncio.to_thread(_wait_for_the_end, told)

    asyncio.run(serve())


def _wait_for_the_end(told: Connection) -> None:
    try:
        told.recv()
    except EOFError:
        return
