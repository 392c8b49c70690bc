"""Sources that play a script on virtual time, and a supervisor watching them."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

from feeds.records import F_LAST, Batch, Provenance, Records, Schema
from feeds.states import ContextQuote, FeedChange, FeedItem, FeedState
from feeds.supervisor import Supervisor, SupervisorOptions
from tests.feeds.streams import SECOND, START, orders, trades
from tests.feeds.virtual_time import in_virtual_time


def wall() -> int:
    """The wall clock: virtual time since `START`."""
    return START + round(asyncio.get_running_loop().time() * SECOND)


@dataclass(frozen=True)
class Wait:
    """Say nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Say:
    """Change state; the time is filled in."""

    state: FeedState
    reason: str = ""
    deliberate: bool = False


@dataclass(frozen=True)
class Bring:
    """Yield one record of a schema, captured so many seconds ago."""

    schema: Schema = Schema.MBO
    age: float = 0.0
    provenance: Provenance = Provenance.LIVE


@dataclass(frozen=True)
class End:
    """End by itself."""


Step = Wait | Say | Bring | End | Exception | FeedItem

UP = Say(FeedState.LIVE, "all is well")
RENEWING = Say(FeedState.RECONNECTING, "a fresh snapshot is wanted", deliberate=True)
DOWN = Say(FeedState.RECONNECTING, "the line broke")
QUOTE = ContextQuote("GC=F", 2_000.0, None, None, START, START, 600)


def beating(seconds: int, schema: Schema = Schema.MBO, age: float = 0.0) -> list[Step]:
    """One record a second for so many seconds."""
    return [step for _ in range(seconds) for step in (Bring(schema, age), Wait(1.0))]


@dataclass
class Scripted:
    """Plays its steps, then stays open and silent until closed."""

    name: str
    steps: Iterable[Step]
    renewed: list[str] = field(default_factory=list)
    is_open: bool = False

    def __post_init__(self) -> None:
        self._closed = asyncio.Event()

    async def items(self) -> AsyncGenerator[FeedItem]:
        self.is_open = True
        try:
            for step in self.steps:
                if self._closed.is_set():
                    return
                match step:
                    case Wait(seconds):
                        await self._wait(seconds)
                    case Say(state, reason, deliberate):
                        yield FeedChange(state, self.name, reason, wall(), deliberate)
                    case Bring():
                        yield brought(step)
                    case End():
                        return
                    case Exception():
                        raise step
                    case _:
                        yield step
            await self._closed.wait()
        finally:
            self.is_open = False

    async def close(self) -> None:
        self._closed.set()

    def renew(self, reason: str) -> None:
        self.renewed.append(reason)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closed.wait()
        except TimeoutError:
            pass


def brought(bring: Bring) -> Batch:
    times = {"ts_recv": wall() - round(bring.age * SECOND), "ts_event": wall() - round(bring.age * SECOND)}
    records: Records = trades(1, **times) if bring.schema is Schema.TRADES else orders(1, flags=F_LAST, **times)
    return Batch(bring.schema, records, bring.provenance)


class Factory:
    """Makes sources, one script after the other; the last one again and again."""

    def __init__(self, name: str, *scripts: list[Step]) -> None:
        self.made: list[Scripted] = []
        self._name = name
        self._scripts = scripts

    def __call__(self) -> Scripted:
        script = self._scripts[min(len(self.made), len(self._scripts) - 1)]
        self.made.append(Scripted(self._name, script))
        return self.made[-1]


@dataclass
class Seen:
    """What came out, each with the second it came at."""

    items: list[tuple[float, FeedItem]] = field(default_factory=list, repr=False)
    error: Exception | None = None

    @property
    def changes(self) -> list[tuple[float, FeedState]]:
        return [(round(at, 2), item.state) for at, item in self.items if isinstance(item, FeedChange)]

    @property
    def reasons(self) -> list[str]:
        return [item.reason for _, item in self.items if isinstance(item, FeedChange)]

    @property
    def batches(self) -> list[Batch]:
        return [item for _, item in self.items if isinstance(item, Batch)]

    def of(self, kind: type) -> list[float]:
        """When items of a kind came."""
        return [round(at, 2) for at, item in self.items if isinstance(item, kind)]


def always(_moment: int) -> bool:
    return True


Meanwhile = Callable[[Supervisor], None]


def watch(
    primary: Factory,
    context: Factory | None = None,
    options: SupervisorOptions | None = None,
    *,
    seconds: float,
    is_trading: Callable[[int], bool] = always,
    meanwhile: dict[float, Meanwhile] | None = None,
) -> Seen:
    """Supervise for so many seconds, then close; check that nothing is left running."""

    async def scenario() -> Seen:
        seen = Seen()
        before = asyncio.all_tasks()
        loop = asyncio.get_running_loop()
        supervisor = Supervisor(
            primary, context, options, name="databento", is_trading=is_trading, clock=wall, rng=random.Random(7)
        )
        for at, act in (meanwhile or {}).items():
            loop.call_later(at, act, supervisor)

        async def consume() -> None:
            try:
                async with aclosing(supervisor.items()) as items:
                    async for item in items:
                        seen.items.append((loop.time(), item))
            except Exception as error:  # noqa: BLE001 - looked at by the test
                seen.error = error

        consuming = asyncio.create_task(consume())
        await asyncio.wait({consuming}, timeout=seconds)
        await supervisor.close()
        await consuming
        assert not [source for factory in (primary, context) if factory for source in factory.made if source.is_open]
        assert asyncio.all_tasks() == before
        return seen

    return in_virtual_time(scenario())
