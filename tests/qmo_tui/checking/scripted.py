"""A gateway that lets everybody in and answers a subscription with what it was given to say, in any order and form."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from feeds.databento.gateway import wire
from feeds.databento.gateway.messages import ErrorCode, SystemCode, error_message, system_message
from feeds.dbn import Metadata
from feeds.records import Records
from tests.feeds.streams import START

HEADER = Metadata(dataset="GLBX.MDP3", start=START, stype_in=None).encode()
Says = Callable[[str], bytes]
"""Gives what a session gets to hear, by the schema that it asked for first."""


def acknowledged(text: str = "") -> bytes:
    return _bytes(system_message(text or "Subscription request succeeded", SystemCode.SUBSCRIPTION_ACK, START))


def heartbeat() -> bytes:
    return _bytes(system_message("Heartbeat", SystemCode.HEARTBEAT, START))


def error(text: str, code: ErrorCode = ErrorCode.INVALID_SUBSCRIPTION) -> bytes:
    return _bytes(error_message(text, code, START))


def _bytes(records: Records) -> bytes:
    return records.tobytes()


@asynccontextmanager
async def scripted(says: Says) -> AsyncIterator[str]:
    """Listen, and give the address; every connection stays open until the client leaves."""
    busy: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(wire.greeting("challenge"))
        await reader.readline()
        writer.write(wire.accepted("1"))
        asked = ""
        while (line := await reader.readline()) and b"start_session" not in line:
            asked = asked or wire.fields_of(line)["schema"]
        writer.write(says(asked))
        await reader.read()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def served() -> None:
            try:
                await serve(reader, writer)
            except ConnectionError:
                pass
            finally:
                writer.close()

        task = asyncio.ensure_future(served())
        busy.add(task)
        task.add_done_callback(busy.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*busy)
        await server.wait_closed()
