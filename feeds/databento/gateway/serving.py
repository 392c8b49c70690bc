"""The server: it listens on the loopback, numbers the connections, and keeps what became of each."""

import asyncio
import ipaddress
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

from feeds.databento.gateway.faults import Fault, faults_of
from feeds.databento.gateway.outlet import Outlet
from feeds.databento.gateway.pacing import Market
from feeds.databento.gateway.session import Connection, House, Service, Session
from feeds.databento.gateway.symbols import Directory
from feeds.databento.gateway.tape import Tape
from feeds.recording import Recording

LOOPBACK: Final = "127.0.0.1"
_LONGEST_LINE: Final = 1024 * 1024

Listener = Callable[[Connection, str, str], None]
"""Told (connection, what happened, details): `connected`, `authenticated`, `rejected`, `subscribed`, `started`, `fault`
or `ended`. Nothing of a key is in the details."""


class Gateway:
    """Serves a recording as a live gateway; use it as `async with Gateway(recording) as gateway`.

    Attributes:
        tape: What is served.
        directory: The instruments in it.
        connections: Every connection so far, in the order they came.
    """

    def __init__(
        self,
        recording: Recording,
        faults: Sequence[Fault] = (),
        service: Service | None = None,
        *,
        host: str = LOOPBACK,
        port: int = 0,
        listener: Listener | None = None,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        """Read the recording to its end; it is held in memory.

        Port 0 is any that is free, known as `port` once the gateway listens; `wall` tells nanoseconds UTC, where times
        are restamped.

        Raises:
            CorruptDbn: A file is broken somewhere.
            ValueError: `host` is not a loopback address.
        """
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"{host} is not a loopback address: market data is not served to a network")
        self.tape = Tape.of(recording)
        self.directory = Directory.of(recording.contents(), self.tape)
        self.connections: list[Connection] = []
        self.faults = tuple(faults)
        self._service = Service() if service is None else service
        self._host = host
        self._port = port
        self._listener = listener
        self._wall = wall
        self._server: asyncio.Server | None = None
        self._sessions: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._changed = asyncio.Event()
        self._failure: Exception | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def address(self) -> str:
        """Host and port as `QMO_DATABENTO_GATEWAY` takes them."""
        return f"{self._host}:{self._port}"

    @property
    def open_connections(self) -> int:
        """Sockets that are open now."""
        return sum(connection.ended is None for connection in self.connections)

    @property
    def open_sessions(self) -> int:
        """Authenticated sessions that are open now."""
        return sum(connection.ended is None and connection.authenticated for connection in self.connections)

    @property
    def records_sent(self) -> int:
        """Market records sent over all connections."""
        return sum(connection.records for connection in self.connections)

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The port is taken.
        """
        house = self._new_house()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            session = asyncio.ensure_future(self._serve(house, reader, writer))
            self._sessions[session] = writer
            session.add_done_callback(self._sessions.pop)

        self._server = await asyncio.start_server(accept, self._host, self._port, limit=_LONGEST_LINE)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and end every connection at once."""
        if self._server is not None:
            self._server.close()
        sessions = dict(self._sessions)
        for session, writer in sessions.items():
            session.cancel()
            writer.transport.abort()
        await asyncio.gather(*sessions, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def until(self, condition: Callable[["Gateway"], object]) -> None:
        """Wait until a condition of the connections holds; it is looked at whenever something happens.

        Raises:
            Exception: A session broke, which is a defect of the gateway.
        """
        while not condition(self):
            self.raise_failure()
            self._changed.clear()
            await self._changed.wait()

    def raise_failure(self) -> None:
        """Raise the error that broke a session, if one did."""
        if self._failure is not None:
            raise self._failure

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        if error is None:
            self.raise_failure()

    def _new_house(self) -> House:
        """Return what the sessions share; its clock is that of the loop."""
        clock = asyncio.get_running_loop().time
        return House(
            tape=self.tape,
            directory=self.directory,
            service=self._service,
            market=Market(self.tape, self._service.speed, clock, restamp=self._service.restamp, wall=self._wall),
            clock=clock,
            open_sessions=lambda: self.open_sessions,
            sent=self._changed.set,
            tell=self._tell,
        )

    async def _serve(self, house: House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(len(self.connections) + 1)
        self.connections.append(connection)
        self._tell(connection, "connected", "")
        faults = faults_of(self.faults, connection.number)
        outlet = Outlet(writer, asyncio.get_running_loop().time)
        session = Session(house, connection, faults, reader=reader, outlet=outlet)
        try:
            await session.run()
        except Exception as error:  # noqa: BLE001 - a defect; raised where the gateway is used
            self._failure = error
        finally:
            connection.ended = connection.ended or "the gateway closed"
            writer.close()
            self._tell(connection, "ended", connection.ended)

    def _tell(self, connection: Connection, what: str, detail: str) -> None:
        self._changed.set()
        if self._listener is not None:
            self._listener(connection, what, detail)
