"""A check against a gateway on the loopback, on virtual time; afterwards nothing may be left open."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from feeds.databento.gateway import Connection, Fault, Gateway, Service
from feeds.databento.protocol import GatewayProtocol
from feeds.recording import Recording
from feeds.records import Schema
from qmo_tui.checking.asking import Entitlement
from qmo_tui.checking.checking import Report, check
from qmo_tui.checking.terminal import Terminal
from qmo_tui.settings import load
from tests.feeds.streams import SECOND, START
from tests.feeds.virtual_time import in_virtual_time

KEY = "db-ThisKeyBelongsToNobodyAtAll99"
TERMINAL = Terminal(
    is_one=True,
    size=(132, 40),
    kind="xterm-256color",
    colours="truecolor",
    no_colour=False,
    utf8=True,
    remote=False,
    multiplexer="",
    synchronized=True,
)
Clock = Callable[[], int]


@dataclass
class Checked:
    """What a check reported, and what the gateway saw of it.

    Attributes:
        seconds: Virtual time that it took.
        connected: When its connections were made, virtual seconds.
    """

    report: Report
    connections: list[Connection] = field(default_factory=list)
    connected: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def access(self) -> dict[Schema, Entitlement]:
        return {answer.schema: answer.entitlement for answer in self.report.answers}

    @property
    def why(self) -> dict[Schema, str]:
        return {answer.schema: answer.why for answer in self.report.answers}

    @property
    def exit_code(self) -> int:
        return 0 if self.report.trouble is None else int(self.report.trouble.exit_code)

    @property
    def trouble(self) -> str:
        return "" if self.report.trouble is None else self.report.trouble.text


def market_clock() -> int:
    """The wall clock: the market's, and a Tuesday."""
    return START + round(asyncio.get_running_loop().time() * SECOND)


async def checked_at(
    address: str, folder: Path, *, key: str = KEY, clock: Clock = market_clock, **feed: str
) -> Checked:
    """Check what listens at an address; `feed` are settings of that table."""
    flags: dict[str, object] = {f"feed.{name}": value for name, value in feed.items()}
    settings = load(flags=flags | {"recording.folder": str(folder)}, environment={}).settings
    told: list[str] = []
    environment = {"DATABENTO_API_KEY": key, "QMO_DATABENTO_GATEWAY": address}
    began = asyncio.get_running_loop().time()
    report = await check(settings, environment, TERMINAL, clock=clock, tell=told.append, protocol=GatewayProtocol)
    return Checked(report, told=told, seconds=asyncio.get_running_loop().time() - began)


def checked(
    recording: Recording,
    faults: Sequence[Fault] = (),
    service: Service | None = None,
    *,
    key: str = KEY,
    clock: Clock = market_clock,
    **feed: str,
) -> Checked:
    """Check a gateway that serves a recording."""
    connected: list[float] = []

    def listen(_connection: Connection, what: str, _detail: str) -> None:
        if what == "connected":
            connected.append(asyncio.get_running_loop().time())

    async def scenario() -> Checked:
        async with Gateway(recording, faults, service, listener=listen, wall=market_clock) as gateway:
            folder = recording.files[0].path.parent / "recordings"
            made = await checked_at(gateway.address, folder, key=key, clock=clock, **feed)
            await gateway.until(lambda gateway: not gateway.open_connections)
            made.connections, made.connected = gateway.connections, connected
        return made

    return in_virtual_time(alone(scenario))


async def alone(scenario: Callable[[], Awaitable[Checked]]) -> Checked:
    """Run a scenario and see that it leaves no task behind."""
    before = asyncio.all_tasks()
    made = await scenario()
    await asyncio.sleep(1)
    assert asyncio.all_tasks() == before
    return made
