"""What a hundred programs on the stream cost the session that they follow; with `-s` it prints the figures."""

import asyncio
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from qmo_tui.loop_lag import watch_lag
from tests.qmo_tui.server.seats import reached, seat
from tests.qmo_tui.server.test_stream import deaf

CLIENTS = 100
ROUNDS = 3


@dataclass(frozen=True)
class Run:
    """One recording played as fast as possible, some hundred times faster than it happened.

    Attributes:
        records_per_cpu_second: By the processor time of the whole program.
        worst_lag: Seconds that the program's loop was late at most.
        lines: Lines that were said.
    """

    records_per_cpu_second: float
    worst_lag: float
    lines: int


async def played(recording: Path, folder: Path, clients: int) -> Run:
    lags = [0.0]
    async with seat(recording, folder, play=False) as sat:
        with ExitStack() as followers:
            for _ in range(clients):
                followers.enter_context(deaf(sat.serving.port))
            await reached(lambda: sat.serving.stream.clients, clients)
            watching = asyncio.create_task(watch_lag(lambda _, lag: lags.append(lag), time.monotonic))
            begun = time.process_time()
            playing = asyncio.create_task(sat.session.run())
            await sat.played()
            seconds = time.process_time() - begun
            watching.cancel()
            playing.cancel()
            await asyncio.gather(playing, watching, return_exceptions=True)
            records = (await sat.get("/api/v1/health"))[1]["sequence"]
            return Run(records / seconds, max(lags), sat.serving.stream.lines.next - 1)


async def test_a_hundred_clients_hardly_slow_what_they_follow(recording: Path, tmp_path: Path) -> None:
    runs = {0: [], CLIENTS: []}  # type: dict[int, list[Run]]
    for _ in range(ROUNDS):
        for clients, kept in runs.items():
            kept.append(await played(recording, tmp_path, clients))
    alone, followed = (max(kept, key=lambda run: run.records_per_cpu_second) for kept in runs.values())
    for clients, run in ((0, alone), (CLIENTS, followed)):
        print(  # noqa: T201 - the figures of docs/server.md
            f"{clients:3} clients: {run.records_per_cpu_second:,.0f} records per second of CPU, "
            f"loop late by {1_000 * run.worst_lag:.0f} ms at most, {run.lines} lines"
        )
    assert alone.lines == followed.lines > 500
    assert followed.records_per_cpu_second > 0.5 * alone.records_per_cpu_second
