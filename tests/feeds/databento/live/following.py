"""Our live feed against our gateway, on virtual time, until what was wanted has come; then nothing may be left open."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from engines.events import Event, encode
from engines.pipeline import Pipeline
from feeds.databento.connection import GatewayOptions
from feeds.databento.gateway import Connection, Fault, Gateway, Service
from feeds.databento.key import ApiKey
from feeds.databento.live import DatabentoLive, LiveOptions
from feeds.databento.protocol import GatewayProtocol
from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.records import Batch, Schema
from feeds.states import FeedChange, FeedItem, FeedState, Following, Gap
from tests.feeds.streams import SECOND
from tests.feeds.virtual_time import in_virtual_time
from tests.market.sessions import START

SECRET = "db-ThisKeyBelongsToNobodyAtAll99"
SYMBOL = "GC.v.0"


@dataclass
class Heard:
    """What the feed told, and what engines made of it that hear of every gap."""

    items: list[FeedItem] = field(default_factory=list, repr=False)
    pipeline: Pipeline | None = field(default=None, repr=False)
    events: list[Event] = field(default_factory=list, repr=False)
    error: Exception | None = None
    looks: list[tuple[bytes, Any]] = field(default_factory=list, repr=False)
    seconds: float = 0.0
    connections: list[Connection] = field(default_factory=list, repr=False)

    def take(self, item: FeedItem) -> None:
        self.items.append(item)
        if isinstance(item, Following):
            self.pipeline = Pipeline(item.instrument, schema=item.schema)
        elif isinstance(item, Gap) and self.pipeline is not None:
            self.pipeline.gap()
        elif isinstance(item, Batch) and self.pipeline is not None:
            self.events += self.pipeline.process(item)

    @property
    def states(self) -> list[FeedState]:
        return [item.state for item in self.items if isinstance(item, FeedChange)]

    @property
    def phases(self) -> list[FeedState]:
        """Each state once, however often its reason changed."""
        return [state for state, _ in groupby(self.states)]

    @property
    def reasons(self) -> list[str]:
        return [item.reason for item in self.items if isinstance(item, FeedChange)]

    @property
    def gaps(self) -> list[Gap]:
        return [item for item in self.items if isinstance(item, Gap)]

    @property
    def following(self) -> list[Instrument]:
        return [item.instrument for item in self.items if isinstance(item, Following)]

    def bytes_of(self, schema: Schema) -> bytes:
        batches = [item for item in self.items if isinstance(item, Batch) and item.schema is schema]
        return b"".join(batch.records.tobytes() for batch in batches)

    def said(self) -> list[bytes]:
        """Return the lines of all events so far and of what still waits."""
        assert self.pipeline is not None
        return [encode(event) for event in [*self.events, *self.pipeline.finish()]]

    def ends_with(self, record: bytes, schema: Schema) -> bool:
        """Whether the newest record of a schema is this one."""
        for item in reversed(self.items):
            if isinstance(item, Batch) and item.schema is schema:
                return item.records[-1:].tobytes() == record
        return False


Condition = Callable[[Heard], object]


def market_clock() -> int:
    """The wall clock: the market's, so that replays are as old as they seem."""
    return START + 60 * SECOND + round(asyncio.get_running_loop().time() * SECOND)


def follow(
    recording: Recording,
    faults: Sequence[Fault] = (),
    *,
    until: Condition,
    service: Service | None = None,
    seconds: float = 600.0,
    meanwhile: Callable[[DatabentoLive, Gateway, Heard], Any] | None = None,
    protocol: type[GatewayProtocol] = GatewayProtocol,
    gateway_options: dict[str, Any] | None = None,
    key: str = SECRET,
    **options: Any,
) -> Heard:
    """Follow a gateway until a condition holds, an error ends it, or so many virtual seconds have passed.

    Other options are those of `LiveOptions` and, where it does not know them, of `DatabentoLive`.
    """
    named = {name: options.pop(name) for name in tuple(options) if name in LiveOptions.__dataclass_fields__}
    given: dict[str, Any] = {"session_day": lambda _: 0, "clock": market_clock, "rng": random.Random(5)} | options

    async def scenario() -> Heard:
        heard, before = Heard(), asyncio.all_tasks()
        async with Gateway(recording, faults, service or Service()) as gateway:
            where = GatewayOptions(host="127.0.0.1", port=gateway.port, **(gateway_options or {}))
            live = DatabentoLive(
                LiveOptions(**({"symbol": SYMBOL} | named), gateway=where), ApiKey(key), protocol=protocol, **given
            )

            async def consume() -> None:
                try:
                    async with aclosing(live.items()) as items:
                        async for item in items:
                            heard.take(item)
                            if meanwhile is not None:
                                meanwhile(live, gateway, heard)
                            if until(heard):
                                return
                except Exception as error:  # noqa: BLE001 - looked at by the test
                    heard.error = error

            try:
                async with asyncio.timeout(seconds):
                    await consume()
            except TimeoutError:
                pass
            await live.close()
            heard.seconds = asyncio.get_running_loop().time()
            await gateway.until(lambda gateway: not gateway.open_connections)
            heard.connections = gateway.connections
        await asyncio.sleep(1)
        assert asyncio.all_tasks() == before
        return heard

    return in_virtual_time(scenario())


def never(_heard: Heard) -> bool:
    return False
