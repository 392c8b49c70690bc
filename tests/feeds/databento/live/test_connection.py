"""One session: it opens or says why not, hands out all that came, ends once, and leaves no socket behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from databento.live.protocol import DatabentoLiveProtocol

from feeds.databento.connection import GatewayOptions, GatewaySession, LineBroken, Reading, Received, Subscription
from feeds.databento.gateway import (
    Cut,
    Deny,
    End,
    Fault,
    Gateway,
    Greet,
    IgnoreAuthentication,
    LimitConnections,
    Refuse,
    RejectKey,
    Service,
    Stall,
    When,
)
from feeds.databento.key import ApiKey
from feeds.databento.notices import ProblemKind
from feeds.databento.protocol import GatewayProtocol
from feeds.dbn import Metadata, UnsupportedDbn
from feeds.errors import CannotConnect, KeyRefused, NotEntitled, UnknownSymbol
from feeds.records import Batch, Schema
from tests.feeds.databento.live.conftest import Day
from tests.feeds.databento.live.following import SECRET
from tests.feeds.streams import orders, stream
from tests.feeds.virtual_time import in_virtual_time
from tests.market.files import SYMBOL

ORDERS = Subscription(Schema.MBO, SYMBOL, "raw_symbol", snapshot=True)
WHOLE = Service(close_at_end=True)


class WithoutTheSeam(GatewayProtocol):
    """What a later SDK may do: it never calls `_process_dbn`, and gives out header and records by its public names."""

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(memoryview(self.get_buffer(nbytes))[:nbytes])
        if self.authenticated.done():
            DatabentoLiveProtocol._process_dbn(self, data)
        else:
            self._process_gateway(data)


@asynccontextmanager
async def opened(
    port: int,
    *,
    protocol: type[GatewayProtocol] = GatewayProtocol,
    on_bytes: Callable[[Metadata, bytes], None] | None = None,
    **options: Any,
) -> AsyncIterator[GatewaySession]:
    where = GatewayOptions(host="127.0.0.1", port=port, **options)
    session = GatewaySession(where, ApiKey(SECRET), protocol=protocol, on_bytes=on_bytes)
    try:
        await session.open()
        yield session
    finally:
        await session.close()


async def everything(session: GatewaySession) -> tuple[list[Received], LineBroken]:
    """Return all that a session hands out, and how it ends."""
    received: list[Received] = []
    while True:
        try:
            received += await session.receive()
        except LineBroken as end:
            return received, end


def records(received: Sequence[Received], schema: Schema = Schema.MBO) -> bytes:
    batches = [one for one in received if isinstance(one, Batch) and one.schema is schema]
    return b"".join(batch.records.tobytes() for batch in batches)


def against(
    day: Day, faults: Sequence[Fault], act: Callable[[Gateway], Awaitable[None]], service: Service = WHOLE
) -> None:
    """Run something against a gateway; afterwards no connection may be open and no task may run."""

    async def scenario() -> None:
        before = asyncio.all_tasks()
        async with Gateway(day.recording(), faults, service) as gateway:
            await act(gateway)
            await gateway.until(lambda gateway: not gateway.open_connections)
        await asyncio.sleep(1)
        assert asyncio.all_tasks() == before

    in_virtual_time(scenario())


def against_lines(serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
                  act: Callable[[int], Awaitable[None]]) -> None:  # fmt: skip
    """Run something against a server that is written out in the test."""

    async def scenario() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1")
        async with server:
            await act(server.sockets[0].getsockname()[1])

    in_virtual_time(scenario())


# --- all is well


@pytest.mark.parametrize("zstd", [False, True], ids=["plain", "zstd"])
@pytest.mark.parametrize("protocol", [GatewayProtocol, WithoutTheSeam], ids=["bytes", "records"])
def test_everything_sent_is_handed_out_whichever_way_the_sdk_gives_it(
    day: Day, protocol: type[GatewayProtocol], zstd: bool
) -> None:
    async def act(gateway: Gateway) -> None:
        kept: list[bytes] = []
        headers: list[Metadata] = []

        def keep(metadata: Metadata, data: bytes) -> None:
            headers.append(metadata)
            kept.append(data)

        async with opened(gateway.port, protocol=protocol, on_bytes=keep, zstd=zstd) as session:
            session.subscribe(ORDERS)
            await session.start()
            received, end = await everything(session)
        assert records(received) == day.records[Schema.MBO].tobytes()
        assert [one.schema for one in received[:3] if isinstance(one, Batch)] == [
            Schema.SYMBOL_MAPPING,
            Schema.SYSTEM,
            Schema.MBO,
        ]
        assert b"".join(kept) == b"".join(one.records.tobytes() for one in received if isinstance(one, Batch))
        assert {header is session.metadata for header in headers} == {True}
        assert str(end) == "closed the connection"

    against(day, [], act)


def test_the_gateway_is_told_what_is_wanted(day: Day) -> None:
    async def act(gateway: Gateway) -> None:
        async with opened(gateway.port, heartbeat_seconds=7) as session:
            session.subscribe(Subscription(Schema.STATUS, "GC.v.0", "continuous", start=0))
            session.subscribe(ORDERS)
            await session.start()
        (connection,) = gateway.connections
        assert connection.authentication is not None
        assert connection.authentication.heartbeat_seconds == 7
        assert connection.authentication.slow_reader == "warn"
        assert [
            (one.schema, one.stype_in, one.start, one.snapshot, one.number) for one in connection.subscriptions
        ] == [
            (Schema.STATUS, "continuous", 0, False, 0),
            (Schema.MBO, "raw_symbol", None, True, 1),
        ]

    against(day, [], act)


def test_the_public_gateway_is_named_after_the_dataset() -> None:
    assert GatewayOptions().place == "glbx-mdp3.lsg.databento.com:13000"


def test_a_symbol_that_cannot_be_one_is_not_even_asked_for(day: Day) -> None:
    async def act(gateway: Gateway) -> None:
        async with opened(gateway.port) as session:
            with pytest.raises(UnknownSymbol, match="cannot be subscribed"):
                session.subscribe(Subscription(Schema.MBO, "", "raw_symbol"))

    against(day, [], act)


# --- it does not open


@pytest.mark.parametrize(
    ("fault", "error", "text"),
    [
        (Refuse(), CannotConnect, "closed the connection before it asked for the key"),
        (Greet(), CannotConnect, "is not a Databento gateway"),
        (IgnoreAuthentication(), CannotConnect, "did not answer within 30 s"),
        (LimitConnections(), CannotConnect, "all its sessions open"),
        (RejectKey(), KeyRefused, "Authentication failed."),
        (RejectKey(text="A live data license is required"), NotEntitled, "no live licence for GLBX.MDP3"),
        (RejectKey(text="Internal error, try again"), CannotConnect, "not well"),
    ],
    ids=["refused", "greeting", "silence", "limit", "key", "licence", "internal"],
)
def test_what_keeps_it_from_opening_is_told_apart(day: Day, fault: Fault, error: type[Exception], text: str) -> None:
    async def act(gateway: Gateway) -> None:
        with pytest.raises(error, match=text):
            async with opened(gateway.port):
                pass

    against(day, [fault], act, Service())


def test_nobody_there_is_told_with_the_place() -> None:
    async def scenario() -> None:
        server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        with pytest.raises(CannotConnect, match=f"127.0.0.1:{port} cannot be reached: connection refused"):
            async with opened(port):
                pass

    in_virtual_time(scenario())


def test_somebody_who_never_says_a_word_is_given_up() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def act(port: int) -> None:
        with pytest.raises(CannotConnect, match="did not answer within 4 s"):
            async with opened(port, authenticate_seconds=4.0):
                pass

    against_lines(mute, act)


# --- it does not start


async def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greet, accept any key, and wait for the start."""
    writer.write(b"lsg_version=0.8.0\ncram=challenge\n")
    await reader.readline()
    writer.write(b"success=1|session_id=1\n")
    while b"start_session" not in await reader.readline():
        pass


@pytest.mark.parametrize("sent", [b"", b"DBN", stream(orders(1))[:60]], ids=["nothing", "magic", "half a header"])
def test_a_stream_that_does_not_begin_is_given_up(sent: bytes) -> None:
    async def halfway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await let_in(reader, writer)
        writer.write(sent)
        await reader.read()
        writer.close()

    async def act(port: int) -> None:
        async with opened(port) as session:
            session.subscribe(ORDERS)
            with pytest.raises(LineBroken, match="did not start the stream within 30 s"):
                await session.start()

    against_lines(halfway, act)


@pytest.mark.parametrize(
    "sent",
    [b"error=Not authorized for mbo schema\n", bytes(16) + b"Not authorized for mbo schema" + bytes(275)],
    ids=["text", "record without a header"],
)
def test_a_denial_in_place_of_a_stream_is_understood(sent: bytes) -> None:
    async def deny(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await let_in(reader, writer)
        writer.write(sent)
        writer.close()

    async def act(port: int) -> None:
        async with opened(port) as session:
            session.subscribe(ORDERS)
            with pytest.raises(LineBroken, match="sent what cannot be read") as caught:
                await session.start()
        assert caught.value.problem is not None
        assert caught.value.problem.kind is ProblemKind.DENIED_SCHEMA
        assert caught.value.problem.schema == "mbo"

    against_lines(deny, act)


def test_a_version_to_come_is_an_error_of_its_own() -> None:
    async def newer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await let_in(reader, writer)
        writer.write(b"DBN\x09" + bytes(100))
        writer.close()

    async def act(port: int) -> None:
        async with opened(port) as session:
            with pytest.raises(UnsupportedDbn):
                await session.start()

    against_lines(newer, act)


def test_a_denial_before_the_start_comes_as_a_record(day: Day) -> None:
    async def act(gateway: Gateway) -> None:
        async with opened(gateway.port) as session:
            session.subscribe(ORDERS)
            await session.start()
            received, _ = await everything(session)
        assert [one.schema for one in received if isinstance(one, Batch)] == [Schema.ERROR]

    against(day, [Deny(when=When.BEFORE)], act)


# --- it ends


@pytest.mark.parametrize("how", End)
def test_all_that_came_before_the_end_is_handed_out_first(day: Day, how: End) -> None:
    async def act(gateway: Gateway) -> None:
        async with opened(gateway.port) as session:
            session.subscribe(ORDERS)
            await session.start()
            await asyncio.sleep(5)
            received, end = await everything(session)
        expected = day.records[Schema.MBO][:500].tobytes()
        assert records(received) == expected if how is End.FIN else expected.startswith(records(received))
        assert ("closed the connection" if how is End.FIN else "connection reset by peer") in str(end)

    against(day, [Cut(after=500, how=how)], act)


def test_a_silent_line_is_cut_so_that_the_other_end_sees_it(day: Day) -> None:
    async def act(gateway: Gateway) -> None:
        async with opened(gateway.port, silence_seconds=12.0) as session:
            session.subscribe(ORDERS)
            await session.start()
            received, end = await everything(session)
            assert asyncio.get_running_loop().time() == pytest.approx(12.0, abs=0.01)
            assert "silent for 12 s" in str(end)
            assert len(records(received)) == 500 * 56
            await gateway.until(lambda gateway: gateway.connections[0].ended == "the client left")

    against(day, [Stall(after=500)], act)


def test_heartbeats_keep_a_quiet_line_alive(day: Day) -> None:
    async def act(gateway: Gateway) -> None:
        async with opened(gateway.port, silence_seconds=12.0) as session:
            session.subscribe(ORDERS)
            await session.start()
            await asyncio.sleep(600)
            received = [one for _ in range(50) for one in await session.receive(1.0)]
        assert records(received) == day.records[Schema.MBO].tobytes()
        assert gateway.connections[0].heartbeats > 100

    against(day, [], act, Service())


def test_after_it_is_stopped_what_had_come_is_still_handed_out(day: Day) -> None:
    async def act(gateway: Gateway) -> None:
        async with opened(gateway.port) as session:
            session.subscribe(ORDERS)
            await session.start()
            await asyncio.sleep(1)
            session.stop()
            received, end = await everything(session)
        assert records(received) == day.records[Schema.MBO].tobytes()
        assert str(end) == "closed the connection"

    against(day, [], act)


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_whoever_waits_for_news_can_be_woken_and_does_not_wait_for_ever(day: Day, seconds: float) -> None:
    async def act(gateway: Gateway) -> None:
        async with opened(gateway.port) as session:
            await session.start()
            waiting = asyncio.ensure_future(session.receive())
            await asyncio.sleep(seconds)
            session.wake()
            assert await waiting == []
            assert await session.receive(2.0) == []

    against(day, [], act, Service())


def test_a_recorder_that_fails_ends_the_session_with_its_own_error(day: Day) -> None:
    async def act(gateway: Gateway) -> None:
        def fail(_metadata: Metadata, _data: bytes) -> None:
            raise ZeroDivisionError

        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, _context: None)
        async with opened(gateway.port, on_bytes=fail) as session:
            session.subscribe(ORDERS)
            await session.start()
            with pytest.raises(ZeroDivisionError):
                await everything(session)

    against(day, [], act)


# --- a consumer that falls behind


def test_a_consumer_that_falls_behind_makes_the_socket_wait_and_loses_nothing(day: Day) -> None:
    async def act(gateway: Gateway) -> None:
        async with opened(gateway.port, queue_bytes=20_000, silence_seconds=12.0) as session:
            session.subscribe(ORDERS)
            await session.start()
            await asyncio.sleep(60)
            waiting = session.waiting_bytes
            assert 20_000 < waiting < 20_000 + 70_000
            received, end = await everything(session)
        assert records(received) == day.records[Schema.MBO].tobytes()
        told = [one.paused for one in received if isinstance(one, Reading)]
        assert told[:2] == [True, False]
        assert told[0::2] == [True] * len(told[0::2])
        assert str(end) == "closed the connection"

    against(day, [], act)


# --- left alone


def test_a_session_can_be_left_at_any_moment(day: Day) -> None:
    async def act(gateway: Gateway) -> None:
        for steps in range(40):
            session = GatewaySession(
                GatewayOptions(host="127.0.0.1", port=gateway.port), ApiKey(SECRET), protocol=GatewayProtocol
            )

            async def work(session: GatewaySession = session) -> None:
                await session.open()
                session.subscribe(ORDERS)
                await session.start()
                await everything(session)

            working = asyncio.ensure_future(work())
            for _ in range(steps):
                await asyncio.sleep(0)
            working.cancel()
            await asyncio.wait({working})
            await session.close()

    against(day, [], act, Service())
