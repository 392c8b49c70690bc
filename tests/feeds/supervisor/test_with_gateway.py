"""The supervisor over the real feed and a gateway that fails: what the program runs, but for the screen."""

import asyncio
import random
from contextlib import aclosing

from engines.pipeline import Pipeline
from engines.view import BookState, ViewRequest
from feeds.databento.connection import GatewayOptions
from feeds.databento.gateway import Cut, Deny, Fault, Gateway, Refuse, RejectKey
from feeds.databento.key import ApiKey
from feeds.databento.live import DatabentoLive, LiveMemory, LiveOptions
from feeds.databento.protocol import GatewayProtocol
from feeds.errors import KeyRefused
from feeds.records import Batch, Provenance, Schema
from feeds.states import ContextQuote, FeedChange, FeedState, Following, Gap
from feeds.supervisor import Supervisor
from tests.feeds.databento.live.conftest import Day, day
from tests.feeds.databento.live.following import SECRET, market_clock
from tests.feeds.supervisor.scripted import QUOTE, Factory, Say, Seen, Step, Wait
from tests.feeds.virtual_time import in_virtual_time

__all__ = ["day"]

PRICES: list[Step] = [Say(FeedState.CONTEXT, "delayed"), *(step for _ in range(900) for step in (QUOTE, Wait(1.0)))]


def supervise(day: Day, faults: list[Fault], *, seconds: float) -> Seen:
    """Follow a gateway under supervision for so many virtual seconds; nothing may be left open afterwards."""

    async def scenario() -> Seen:
        seen, before, loop = Seen(), asyncio.all_tasks(), asyncio.get_running_loop()
        async with Gateway(day.recording(), faults) as gateway:
            memory, rng = LiveMemory(), random.Random(3)
            options = LiveOptions(gateway=GatewayOptions(host="127.0.0.1", port=gateway.port), best=Schema.MBO)
            supervisor = Supervisor(
                lambda: DatabentoLive(
                    options,
                    ApiKey(SECRET),
                    session_day=lambda _: 0,
                    memory=memory,
                    clock=market_clock,
                    rng=rng,
                    protocol=GatewayProtocol,
                ),
                Factory("yahoo GC=F", PRICES),
                name="databento mbo",
                is_trading=lambda _: False,
                clock=market_clock,
                rng=rng,
            )

            async def consume() -> None:
                async with aclosing(supervisor.items()) as items:
                    async for item in items:
                        seen.items.append((loop.time(), item))

            consuming = asyncio.create_task(consume())
            await asyncio.wait({consuming}, timeout=seconds)
            await supervisor.close()
            (outcome,) = await asyncio.gather(consuming, return_exceptions=True)
            seen.error = outcome if isinstance(outcome, Exception) else None
            await gateway.until(lambda gateway: not gateway.open_connections)
        await asyncio.sleep(1)
        assert asyncio.all_tasks() == before
        return seen

    return in_virtual_time(scenario())


def test_a_long_outage_is_bridged_by_the_context_and_ends_with_a_book_that_is_whole(day: Day) -> None:
    outage = [Cut(after=900, connections=frozenset({1})), *(Refuse(connections=frozenset(range(2, 9))) for _ in "x")]
    seen = supervise(day, list(outage), seconds=300)
    states = list(dict.fromkeys(state for _, state in seen.changes))
    assert states[:4] == [FeedState.CONNECTING, FeedState.LIVE, FeedState.RECONNECTING, FeedState.CONTEXT]
    assert seen.changes[-2][1] is FeedState.DEGRADED or seen.changes[-2][1] is FeedState.LIVE
    pipeline = None
    for _, item in seen.items:
        if isinstance(item, Following):
            pipeline = pipeline or Pipeline(item.instrument, schema=item.schema)
        elif isinstance(item, Batch):
            assert item.provenance is Provenance.LIVE
            assert pipeline is not None
            pipeline.process(item)
        elif isinstance(item, Gap) and pipeline is not None:
            pipeline.gap()
    assert pipeline is not None
    assert pipeline.view(ViewRequest()).book is BookState.VALID
    truth = Pipeline(pipeline.instrument, schema=Schema.MBO)
    truth.process(day.batch(Schema.MBO))
    assert pipeline.summary().resting_orders == truth.summary().resting_orders
    quotes = seen.of(ContextQuote)
    back = max(at for at, item in seen.items if isinstance(item, FeedChange) and "stable for" in item.reason)
    assert quotes
    assert max(quotes) <= back + 11


def test_a_bad_key_ends_it_all_the_same(day: Day) -> None:
    assert isinstance(supervise(day, [RejectKey()], seconds=60).error, KeyRefused)


def test_an_account_that_may_see_nothing_lives_on_the_context(day: Day) -> None:
    denied: list[Fault] = [Deny(schema=schema) for schema in (Schema.MBO, Schema.MBP_10, Schema.MBP_1)]
    seen = supervise(day, denied, seconds=60)
    assert seen.error is None
    assert seen.changes[-2][1] is FeedState.CONTEXT
    assert "Not authorized for mbp-1 schema" in seen.reasons[-2]
