"""A plain client of the live protocol, written from its description: it says lines and keeps what comes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import zstandard

from feeds.databento.gateway import Fault, Gateway, Service
from feeds.dbn import DbnParser, Metadata
from feeds.dbn.errors import CorruptDbn
from feeds.recording import Recording
from feeds.records import Batch, Records, Schema

KEY = "db-ThisKeyBelongsToNobodyAtAll99"
_READ_BYTES = 65_536
_SKIPPED_BYTES = 1 << 20


@dataclass
class Stream:
    """What a session has sent after its start."""

    metadata: Metadata | None = None
    batches: list[Batch] = field(default_factory=list)
    left_over: bytes = b""

    def kinds(self) -> list[Schema]:
        """Return the schema of every run of records, in order."""
        return [batch.schema for batch in self.batches]

    def bytes_of(self, *schemas: Schema) -> bytes:
        return b"".join(batch.records.tobytes() for batch in self.batches if batch.schema in schemas)

    def market_data(self) -> bytes:
        control = {Schema.SYSTEM, Schema.ERROR, Schema.SYMBOL_MAPPING}
        return b"".join(batch.records.tobytes() for batch in self.batches if batch.schema not in control)

    def records(self, schema: Schema) -> Records:
        return np.concatenate([batch.records for batch in self.batches if batch.schema is schema])

    def count(self, schema: Schema) -> int:
        return sum(len(batch) for batch in self.batches if batch.schema is schema)

    def systems(self) -> list[tuple[int, str]]:
        return [(int(one["code"]), one["msg"].decode()) for one in self._all(Schema.SYSTEM)]

    def errors(self) -> list[tuple[int, str]]:
        return [(int(one["code"]), one["err"].decode()) for one in self._all(Schema.ERROR)]

    def mappings(self) -> list[tuple[int, str, str]]:
        return [
            (int(one["instrument_id"]), one["stype_in_symbol"].decode(), one["stype_out_symbol"].decode())
            for one in self._all(Schema.SYMBOL_MAPPING)
        ]

    def _all(self, schema: Schema) -> list[Any]:
        return [record for batch in self.batches if batch.schema is schema for record in batch.records]


_CONNECTED: list["Client"] = []


@asynccontextmanager
async def serving(
    recording: Recording, faults: Sequence[Fault] = (), service: Service | None = None, **options: Any
) -> AsyncIterator[Gateway]:
    """Run a gateway, and hang up for the clients that did not."""
    try:
        async with Gateway(recording, faults, service, **options) as gateway:
            yield gateway
    finally:
        for client in _CONNECTED:
            client.leave()
        await asyncio.gather(*(client.closed() for client in _CONNECTED))
        _CONNECTED.clear()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _CONNECTED.append(self)
        self.stream = Stream()
        self.greeting = b""
        self.answer = b""
        self._reader = reader
        self._writer = writer
        self._parser = DbnParser()
        self._zstd: Any = None

    @classmethod
    async def connect(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=_SKIPPED_BYTES))

    @classmethod
    async def session(cls, gateway: Gateway, *subscriptions: str, **fields: Any) -> Self:
        """Connect, authenticate, subscribe and start."""
        return await cls.session_at(gateway.port, *subscriptions, **fields)

    @classmethod
    async def session_at(cls, port: int, *subscriptions: str, **fields: Any) -> Self:
        client = await cls.connect(port)
        await client.authenticate(**fields)
        client.say(*subscriptions, "start_session=0")
        return client

    async def authenticate(self, key: str = KEY, **fields: Any) -> bytes:
        """Answer the challenge and return what the gateway says to it."""
        self.greeting = await self._reader.readline()
        challenge = (await self._reader.readline()).removeprefix(b"cram=").strip().decode()
        digest = hashlib.sha256(f"{challenge}|{key}".encode()).hexdigest()
        told = {"dataset": "GLBX.MDP3", "encoding": "dbn"} | fields
        if told.get("compression") == "zstd":
            self._zstd = zstandard.ZstdDecompressor().decompressobj()
        self.say("|".join([f"auth={digest}-{key[-5:]}", *(f"{name}={value}" for name, value in told.items())]))
        self.answer = await self._reader.readline()
        return self.answer

    def say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\n" for line in lines).encode())

    async def take(self) -> bool:
        """Take in what comes next; return whether the gateway goes on."""
        data = await self._reader.read(_READ_BYTES)
        if not data:
            return False
        piece = self._parser.tail + (data if self._zstd is None else self._zstd.decompress(data))
        self.stream.batches.extend(self._parser.walk(piece))
        self.stream.metadata, self.stream.left_over = self._parser.metadata, self._parser.tail
        return True

    async def skip(self) -> bool:
        """Pass over what comes next; return whether the gateway goes on."""
        return bool(await self._reader.read(_SKIPPED_BYTES))

    async def until(self, condition: Callable[[Stream], object]) -> Stream:
        while not condition(self.stream):
            assert await self.take(), "the gateway ended the session"
        return self.stream

    async def to_the_end(self) -> Stream:
        while await self.take():
            pass
        return self.stream

    async def to_the_break(self) -> type[Exception] | None:
        """Read on until the connection ends; return what it broke with, None where it ended in order."""
        try:
            await self.to_the_end()
        except (ConnectionError, CorruptDbn) as error:
            return type(error)
        return None

    def leave(self) -> None:
        self._writer.close()

    async def closed(self) -> None:
        with suppress(ConnectionError):
            await self._writer.wait_closed()


def subscription(schema: str, symbols: str = "ALL_SYMBOLS", stype_in: str = "raw_symbol", **fields: Any) -> str:
    extras = "".join(f"|{name}={value}" for name, value in fields.items())
    return f"schema={schema}|stype_in={stype_in}|symbols={symbols}{extras}"
