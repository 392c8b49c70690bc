"""One session with a gateway, on our own event loop: opened, subscribed, started, read, closed.

A session ends once and says why. Everything received before that is handed out first; nothing received is dropped, and
a consumer that falls behind makes the socket wait, not the records. The gateway's silence is measured here, since
nobody else does: a line on which not even heartbeats come is cut, and cut so that the other end sees it.
"""

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from feeds.databento.key import ApiKey
from feeds.databento.notices import Problem, ProblemKind, problem_of
from feeds.databento.wire import ByteSink, Wire
from feeds.dbn import DbnError, Metadata, UnsupportedDbn
from feeds.errors import CannotConnect, KeyRefused, NotEntitled, SourceError, UnknownSymbol
from feeds.records import Batch, Schema

if TYPE_CHECKING:
    from feeds.databento.protocol import GatewayProtocol

PUBLIC_PORT: Final = 13_000
_HANDED_OUT: Final = 512 * 1024
"""Bytes handed out at once: a few milliseconds of work, after which the event loop gets its turn."""
_CLOCK_STEP: Final = 0.001
"""Timers may go off this much early; waiting again for less than that would be waiting for nothing."""
_PRINTABLE: Final = range(32, 127)
_LONGEST_TEXT: Final = 512


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """Where the gateway is and how long it is waited for.

    Attributes:
        dataset: Databento dataset code.
        host: Host name; empty for the dataset's public gateway.
        connect_seconds: Longest wait for the connection.
        authenticate_seconds: Longest wait for the greeting and the answer to the key.
        start_seconds: Longest wait for the stream's header once the session is started.
        heartbeat_seconds: After so long without a record the gateway is to send a heartbeat; it takes 5 to 1800.
        silence_seconds: Without one byte for so long the line is dead; more than `heartbeat_seconds`.
        queue_bytes: Record bytes that may wait for the consumer before the socket is left unread.
        zstd: Whether the stream is compressed on its way, which costs the client more than it saves on most lines.
    """

    dataset: str = "GLBX.MDP3"
    host: str = ""
    port: int = PUBLIC_PORT
    connect_seconds: float = 10.0
    authenticate_seconds: float = 30.0
    start_seconds: float = 30.0
    heartbeat_seconds: int = 5
    silence_seconds: float = 12.0
    queue_bytes: int = 64 * 1024 * 1024
    zstd: bool = False

    @property
    def address(self) -> str:
        """Host name, the public one where none is set."""
        return self.host or f"{self.dataset.lower().replace('.', '-')}.lsg.databento.com"

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a session is asked for.

    Attributes:
        stype_in: How `symbol` is meant: `raw_symbol`, `continuous`, `parent` or `instrument_id`.
        start: Replay from this event time, ns UTC; 0 for everything there is, None for nothing.
        snapshot: Whether the book comes first (MBO only, and not with `start`).
    """

    schema: Schema
    symbol: str
    stype_in: str
    start: int | None = None
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The consumer fell behind and the socket is left unread (`paused`), or it caught up."""

    paused: bool


class LineBroken(Exception):  # noqa: N818 - it is what happened to the line
    """The session is over; the message goes on from `the gateway`. Another one may succeed.

    Attributes:
        problem: What the gateway said instead of a stream, where it can be understood.
    """

    def __init__(self, message: str, problem: Problem | None = None) -> None:
        super().__init__(message)
        self.problem = problem


Received: TypeAlias = Batch | Reading


class GatewaySession:
    """One connection, used once: `open`, `subscribe`, `start`, `receive` until it raises, `close`.

    Attributes:
        heard: Loop time at which the last byte came.
    """

    def __init__(
        self,
        options: GatewayOptions,
        key: ApiKey,
        *,
        on_bytes: ByteSink | None = None,
        protocol: "type[GatewayProtocol] | None" = None,
    ) -> None:
        """Prepare a session; nothing is connected yet.

        Args:
            options: Where and how.
            key: The API key.
            on_bytes: Takes what is received, before anybody reads it.
            protocol: The protocol class, for trying what another SDK would do.
        """
        self.heard = 0.0
        self._options = options
        self._key = key
        self._protocol_class = protocol
        self._protocol: GatewayProtocol | None = None
        self._wire = Wire(zstd=options.zstd, on_bytes=on_bytes)
        self._queue: deque[Received] = deque()
        self._waiting = 0
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        self._ended: Exception | None = None
        self._paused = False
        self._watch: asyncio.TimerHandle | None = None
        self._subscriptions = 0

    @property
    def metadata(self) -> Metadata | None:
        """The stream's header, once it has come."""
        return self._wire.metadata

    @property
    def waiting_bytes(self) -> int:
        """Record bytes received and not yet handed out."""
        return self._waiting

    # --------------------------------------------------------------------------------------------------- its course

    async def open(self) -> None:
        """Connect and prove the key.

        Raises:
            CannotConnect: Nobody there, not a gateway, or not in time.
            KeyRefused: The gateway does not take the key.
            NotEntitled: The account may not see the dataset.
        """
        try:
            await self._connect()
            await self._authenticate()
        except BaseException:
            await self.close()
            raise

    def subscribe(self, subscription: Subscription) -> None:
        """Ask for something; the answer comes in the stream.

        Raises:
            UnknownSymbol: The symbol cannot be one.
        """
        try:
            self._connected().subscribe(
                schema=subscription.schema.value,
                symbols=subscription.symbol,
                stype_in=subscription.stype_in,
                start=subscription.start,
                snapshot=subscription.snapshot,
                subscription_id=self._subscriptions,
            )
        except ValueError as error:
            raise UnknownSymbol(f"{subscription.symbol!r} cannot be subscribed: {error}") from error
        self._subscriptions += 1

    async def start(self) -> None:
        """Start the stream and wait for its header.

        Raises:
            LineBroken: It did not come, or the connection ended.
        """
        self._connected().start()
        try:
            async with asyncio.timeout(self._options.start_seconds):
                while self.metadata is None and self._ended is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self._end(LineBroken(f"did not start the stream within {self._options.start_seconds:g} s"))
        if self.metadata is None and self._ended is not None:
            raise self._ended
        self._keep_watch()

    async def receive(self, seconds: float | None = None) -> list[Received]:
        """Return what has come, in order, as soon as there is something; nothing if `seconds` pass before.

        Raises:
            LineBroken: The session is over, and everything received has been handed out.
        """
        if self._queue:
            await asyncio.sleep(0)
        elif self._ended is None:
            await self._wait(seconds)
        if not self._queue and self._ended is not None:
            raise self._ended
        return self._take()

    def wake(self) -> None:
        """Let a `receive` that waits return at once."""
        self._news.set()

    def stop(self) -> None:
        """Cut the connection; what has been received is still handed out, then `receive` raises."""
        self._end(LineBroken("was left"))

    async def close(self) -> None:
        """Cut the connection; when this returns its socket is closed."""
        self.stop()
        if self._protocol is not None:
            await self._gone.wait()

    # ----------------------------------------------------------------------------------------------------- its parts

    async def _connect(self) -> None:
        given = self._protocol_class
        protocol_class = await asyncio.to_thread(_load_protocol) if given is None else given
        options = self._options

        def made() -> "GatewayProtocol":
            return protocol_class(
                self,
                self._key,
                dataset=options.dataset,
                heartbeat_seconds=options.heartbeat_seconds,
                zstd=options.zstd,
            )

        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(options.connect_seconds):
                _, self._protocol = await loop.create_connection(made, options.address, options.port)
        except TimeoutError as error:
            raise CannotConnect(f"{options.place} did not answer within {options.connect_seconds:g} s") from error
        except OSError as error:
            raise CannotConnect(f"{options.place} cannot be reached: {_words(error)}") from error

    async def _authenticate(self) -> None:
        protocol, options = self._connected(), self._options
        try:
            async with asyncio.timeout(options.authenticate_seconds):
                await asyncio.wait((protocol.authenticated, protocol.disconnected), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError as error:
            raise CannotConnect(
                f"{options.place} accepted the connection but did not answer within {options.authenticate_seconds:g} s"
            ) from error
        if protocol.authenticated.done():
            refusal = protocol.authenticated.exception()
            if refusal is not None:
                raise refused(problem_of(str(refusal)), options.dataset) from None
        elif protocol.misunderstood:
            raise CannotConnect(f"what answers at {options.place} is not a Databento gateway")
        else:
            raise CannotConnect(f"{options.place} closed the connection before it asked for the key")

    async def _wait(self, seconds: float | None) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def _connected(self) -> "GatewayProtocol":
        if self._protocol is None:
            raise LineBroken("is not connected")
        return self._protocol

    def _take(self) -> list[Received]:
        taken: list[Received] = []
        size = 0
        while self._queue and size < _HANDED_OUT:
            item = self._queue.popleft()
            taken.append(item)
            if isinstance(item, Batch):
                size += item.records.nbytes
        self._waiting -= size
        if self._paused and self._waiting < self._options.queue_bytes // 2:
            self._resume()
        return taken

    # ----------------------------------------------------------------------------- what the protocol calls: Receiver

    def received(self, data: bytes) -> None:
        """Take bytes as they came over the line."""
        self._take_in(self._wire.received, data)

    def decoded(self, data: bytes) -> None:
        """Take plain bytes that the SDK has decompressed."""
        self._take_in(self._wire.decoded, data)

    def lost(self, error: Exception | None) -> None:
        """Hear that the connection is gone."""
        self._gone.set()
        if error is None:
            inside = ", in the middle of a record" if self._wire.has_part else ""
            self._end(LineBroken(f"closed the connection{inside}"))
        elif isinstance(error, OSError):
            self._end(LineBroken(f"broke off: {_words(error)}"))
        else:
            self._end(error)

    def _take_in(self, take: Callable[[bytes], list[Batch]], data: bytes) -> None:
        if self._ended is not None:
            return
        self.heard = asyncio.get_running_loop().time()
        for batch in take(data):
            self._queue.append(batch)
            self._waiting += batch.records.nbytes
        if self._wire.broken is not None:
            self._end(_ending_of(self._wire.broken, data if self.metadata is None else b""))
        elif self._waiting > self._options.queue_bytes and not self._paused:
            self._pause()
        self._news.set()

    # ------------------------------------------------------------------------------------------- silence and the end

    def _pause(self) -> None:
        self._paused = True
        self._connected().transport.pause_reading()
        self._queue.append(Reading(paused=True))

    def _resume(self) -> None:
        self._paused = False
        self._queue.append(Reading(paused=False))
        if self._ended is None:
            self.heard = asyncio.get_running_loop().time()
            self._connected().transport.resume_reading()

    def _keep_watch(self) -> None:
        """Look again when the silence would have lasted too long; a socket left unread is not silent."""
        if self._ended is not None:
            return
        loop = asyncio.get_running_loop()
        if self._paused:
            self.heard = loop.time()
        silent_at = self.heard + self._options.silence_seconds
        if loop.time() >= silent_at - _CLOCK_STEP:
            self._end(LineBroken(f"has been silent for {self._options.silence_seconds:g} s, heartbeats included"))
        else:
            self._watch = loop.call_at(silent_at, self._keep_watch)

    def _end(self, error: Exception) -> None:
        """End the session, once; `abort` closes the socket whatever is still to be written."""
        if self._ended is None:
            self._ended = error
            self._news.set()
        if self._watch is not None:
            self._watch.cancel()
        if self._protocol is not None and not self._gone.is_set():
            self._protocol.transport.abort()


def refused(problem: Problem, dataset: str) -> SourceError:
    """Return the error that a refusal of the whole session is; what may pass is a `CannotConnect`."""
    said = f"the gateway says: {problem.text}"
    if problem.kind is ProblemKind.NO_LICENCE:
        return NotEntitled(f"the account has no live licence for {dataset}; {said}")
    if problem.kind is ProblemKind.CONNECTION_LIMIT:
        return CannotConnect(f"the account has all its sessions open; close one of the others; {said}")
    if problem.kind is ProblemKind.INTERNAL:
        return CannotConnect(f"the gateway is not well; {said}")
    return KeyRefused(f"Databento does not accept the API key or its account: check it in the portal; {said}")


def _ending_of(error: DbnError, instead: bytes) -> Exception:
    """Return how a session ends that cannot be read on; `instead` is what came in place of a header.

    A version that this program does not know will not change by connecting again.
    """
    if isinstance(error, UnsupportedDbn):
        return error
    problem = problem_of("".join(map(chr, filter(_PRINTABLE.__contains__, instead[:_LONGEST_TEXT]))))
    known = problem.kind not in {ProblemKind.OTHER, ProblemKind.INTERNAL}
    return LineBroken(f"sent what cannot be read: {error}", problem if known else None)


def _words(error: OSError) -> str:
    """Say an operating system error in its own words, without numbers and addresses."""
    if isinstance(error, socket.gaierror) or error.errno is None:
        return (error.strerror or str(error) or type(error).__name__).lower()
    return os.strerror(error.errno).lower()


def _load_protocol() -> "type[GatewayProtocol]":
    from feeds.databento.protocol import GatewayProtocol  # noqa: PLC0415 - imports the SDK: see there

    return GatewayProtocol
