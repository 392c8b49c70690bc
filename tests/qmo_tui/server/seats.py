"""A real session served on a real socket, and a client who knows the token."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import aiohttp
import msgspec

from engines.events import Event
from feeds.dbn import DbnWriter
from feeds.recording import Recording
from feeds.replay import Replay
from feeds.simulator.contract import metadata
from feeds.simulator.habits import Habits
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings
from qmo_tui.server.document import EVENTS
from qmo_tui.server.serving import Serving
from qmo_tui.session.event_log import EventLog
from qmo_tui.session.replay import ReplaySession
from qmo_tui.setting_tables.server import Server
from qmo_tui.settings import Settings

Follower = aiohttp.ClientWebSocketResponse[Literal[True]]
TOKEN: Final = "a-token-of-these-tests"
PATIENCE_SECONDS: Final = 60.0
_MINUTES: Final = 20
_RATE: Final = 30.0
_SAID: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(Any)


def write_market(path: Path) -> Path:
    """Write some minutes of a simulated market in which zones are found."""
    end = DEFAULT_START + _MINUTES * 60 * 1_000_000_000
    simulation = Simulation(SimulationSettings(seed=1, habits=Habits(records_per_second=_RATE)))
    with DbnWriter(path, metadata(DEFAULT_START, end)) as writer:
        for batch in simulation.batches(until=end):
            writer.write(batch)
    return path


@dataclass(frozen=True)
class Seat:
    """A served session and its client.

    Attributes:
        log: Where the session writes its event log.
    """

    session: ReplaySession
    serving: Serving
    client: aiohttp.ClientSession
    log: Path

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        """Ask, and return status and what was answered."""
        return await self.ask("GET", path, **options)

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Ask in any way."""
        async with self.client.request(method, self.serving.url + path, **options) as answer:
            body = await answer.read()
            return answer.status, _SAID.decode(body) if body else None

    async def follow(self, question: str = "", **options: Any) -> Follower:
        """Follow the stream."""
        follower: Follower = await self.client.ws_connect(f"{self.serving.url}/api/v1/stream{question}", **options)
        return follower

    async def played(self) -> None:
        """Wait until the recording has been played."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.session.transport.finished:
                assert self.session.error is None
                await asyncio.sleep(0.01)

    def lines(self) -> list[bytes]:
        """Return the event log as it was written so far."""
        flush_of(self.session)
        return self.log.read_bytes().splitlines(keepends=True)


def flush_of(session: ReplaySession) -> None:
    """Have on the disk what the session's log has written."""
    log = session._log
    assert log is not None
    assert log._file is not None
    log._file.flush()


@asynccontextmanager
async def seat(
    recording: Path, folder: Path, *, play: bool = True, trades: bool = False, **options: Any
) -> AsyncIterator[Seat]:
    """Serve a recording, played as fast as possible, or not at all; somebody `trades` beside it or nobody does."""
    table = Server(port=0, **options)
    log = folder / "events.jsonl"
    with (
        Serving(table, {"QMO_SERVE_TOKEN": TOKEN}) as serving,
        EventLog(log, [serving.stream]) as events,
    ):
        settings = Settings(server=table)
        transport = Replay(Recording([recording]), speed=None)
        session = ReplaySession(Recording([recording]), settings, transport, log=events, trades=trades)
        await serving.start(session)
        playing = asyncio.create_task(session.run()) if play else None
        headers = {"Authorization": f"Bearer {TOKEN}"}
        try:
            async with aiohttp.ClientSession(headers=headers) as client:
                yield Seat(session, serving, client, log)
        finally:
            if playing is not None:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)
            await serving.close("the test has ended")


async def lines_of(socket: Follower, until: str, count: int = 1) -> list[bytes]:
    """Return the lines of a stream up to the one that has come `count` times of a kind."""
    lines: list[bytes] = []
    seen = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while seen < count:
            message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.TEXT, message
            for line in message.data.encode().splitlines(keepends=True):
                lines.append(line)
                seen += kind_of(line) == until
    return lines


def kind_of(line: bytes) -> str:
    """Return the kind of a line."""
    return str(_SAID.decode(line)["kind"])


def number_of(line: bytes) -> int:
    """Return the sequence number of a line."""
    return int(_SAID.decode(line)["sequence"])


def unnumbered(line: bytes) -> bytes:
    """Return a line as it stands in the event log."""
    head, _, _ = line.rpartition(b',"sequence":')
    return head + b"}\n"


def event_of(line: bytes) -> Event:
    """Return the event that a line of the log tells, in its own type, which refuses anything else."""
    kinds = {str(event.__struct_config__.tag): event for event in EVENTS}
    return msgspec.json.decode(line, type=kinds[kind_of(line)])


async def reached(count: Callable[[], int], wanted: int) -> None:
    """Wait until something counts so many."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while count() != wanted:  # noqa: ASYNC110 - what counts wakes nobody
            await asyncio.sleep(0.01)
