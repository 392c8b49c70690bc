"""What screens of browsers cost: CPU and bytes of each, and CPU of the process that serves, on the simulated market.

python -m tests.qmo_tui.server.browser_cost [SCREENS [SECONDS]]
"""

import asyncio
import json
import os
import sys
import tempfile
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

TICKS = os.sysconf("SC_CLK_TCK")
SIZE = "&size=?width=160&height=50"
OPENED = 1_791_201_605
"""Event time, seconds UTC, at which the simulated market has been open for some seconds."""


def cpu_seconds(process: int) -> float:
    """Return the CPU time that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_megabytes(process: int) -> float:
    """Return the memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def until_opened(client: aiohttp.ClientSession, url: str, token: str) -> None:
    """Wait until the market is played at its own pace."""
    moment = 0
    while moment < OPENED * 1_000_000_000:
        await asyncio.sleep(0.5)
        async with client.get(f"{url}/api/v1/market?token={token}") as answer:
            moment = (await answer.json())["event_time"] or 0


def children_of(process: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


class Reader:
    """A browser as far as a server knows it: it takes what it is sent."""

    def __init__(self) -> None:
        self.bytes = self.pictures = 0

    async def read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take it, and count."""
        async for message in socket:
            self.bytes += len(message.data)
            self.pictures += 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def measure(screens: int, seconds: float) -> None:
    environment = os.environ | {"QMO_HOME": tempfile.mkdtemp()}
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "qmo_tui", "serve", "--demo", "--port", "0", "--json", stdout=PIPE, env=environment
    )
    assert server.stdout is not None
    told = json.loads(await server.stdout.readline())
    address = f"{told['url']}/browser/screen?token={told['token']}{SIZE}"
    readers = [Reader() for _ in range(screens)]
    try:
        async with (
            aiohttp.ClientSession() as client,
            AsyncExitStack() as open_ones,
            asyncio.TaskGroup() as reading,
        ):
            sockets = [await open_ones.enter_async_context(client.ws_connect(address)) for _ in readers]
            tasks = [reading.create_task(one.read(socket)) for one, socket in zip(readers, sockets, strict=True)]
            await until_opened(client, told["url"], told["token"])
            processes = [server.pid, *children_of(server.pid)]
            cpu = [cpu_seconds(one) for one in processes]
            counts = [(one.bytes, one.pictures) for one in readers]
            await asyncio.sleep(seconds)
            cores = [(cpu_seconds(one) - was) / seconds for one, was in zip(processes, cpu, strict=True)]
            rates = [
                ((one.bytes - sent) / seconds / 1_000, (one.pictures - seen) / seconds)
                for one, (sent, seen) in zip(readers, counts, strict=True)
            ]
            say(f"serving {screens} screens: {cores[0]:.2f} cores")
            for one, used, (kilobytes, pictures) in zip(processes[1:], cores[1:], rates, strict=True):
                held = resident_megabytes(one)
                say(f"screen: {used:.2f} cores, {held:.0f} MB, {kilobytes:.1f} kB/s, {pictures:.0f} pictures/s")
            for task in tasks:
                task.cancel()
        await asyncio.sleep(1)
        alone = cpu_seconds(server.pid)
        await asyncio.sleep(seconds)
        say(f"serving none: {(cpu_seconds(server.pid) - alone) / seconds:.2f} cores")
    finally:
        server.terminate()
        await server.wait()


if __name__ == "__main__":
    asyncio.run(measure(*(int(word) for word in (sys.argv[1:] + ["2", "20"][len(sys.argv) - 1 :]))))
