"""How many records a second leave the gateway, to a client in another process that only counts bytes.

    python -m tests.feeds.databento.gateway.throughput FILE [TIMES]

FILE is an MBO recording, played TIMES over (30 by default).
"""

import asyncio
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from feeds.databento.gateway import Gateway, Service
from feeds.recording import Recording
from tests.qmo_tui.recordings import repeated

from .client import Client, subscription

Fields = dict[str, str | int]

_KINDS: tuple[Fields, ...] = ({}, {"ts_out": 1}, {"compression": "zstd"})


def _read_all(port: int, fields: Fields) -> None:
    async def read() -> None:
        client = await Client.session_at(port, subscription("mbo"), **fields)
        while await client.skip():
            pass
        client.leave()

    asyncio.run(read())


async def _measure(path: Path, times: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        long = repeated(path, Path(folder) / "long.dbn", times)
        async with Gateway(Recording([long]), (), Service(close_at_end=True)) as gateway:
            for fields in _KINDS:
                await _measure_one(gateway, fields)


async def _measure_one(gateway: Gateway, fields: Fields) -> None:
    number = len(gateway.connections)
    client = multiprocessing.get_context("spawn").Process(target=_read_all, args=(gateway.port, fields))
    client.start()
    await gateway.until(lambda gateway: len(gateway.connections) > number and gateway.connections[number].started)
    began, worked = time.perf_counter(), time.process_time()
    await gateway.until(lambda gateway: gateway.connections[number].ended)
    wall, work = time.perf_counter() - began, time.process_time() - worked
    records = gateway.connections[number].records
    told = ", ".join(f"{name}={value}" for name, value in fields.items()) or "plain"
    costs = f"{work / records * 1e6:.3f} us of the gateway's a record"
    sys.stdout.write(f"{told}: {records / wall / 1e6:.1f} M records/s, {costs}\n")
    client.join()


if __name__ == "__main__":
    asyncio.run(_measure(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 30))
