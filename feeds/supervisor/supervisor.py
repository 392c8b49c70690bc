"""One stream out of two sources: the primary with the order flow, and a context that stands in while that is out.

It runs the primary, leaves it alone when it fails too often, starts the context when the primary has not been live for
a while, and says of every moment how far the data can be trusted. It is itself a `LiveSource`.

What the primary yields passes unchanged and in order, whatever the state. What the context yields is marked as context,
so that nothing downstream takes it for order flow.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from typing import Protocol, TypeAlias, runtime_checkable

from feeds.errors import CannotConnect, NotEntitled
from feeds.records import Batch, Provenance
from feeds.states import ContextQuote, FeedChange, FeedItem, FeedState, Following, Gap, LiveSource
from feeds.supervisor.announcing import Announcer
from feeds.supervisor.breaker import BreakerState, CircuitBreaker
from feeds.supervisor.running import Ended, Mailbox, Running
from feeds.supervisor.staleness import Staleness
from feeds.supervisor.watch import SupervisorOptions, Watch

SourceFactory: TypeAlias = Callable[[], LiveSource]
"""Makes a source anew each time it is needed; called inside the event loop."""


@runtime_checkable
class Renewable(Protocol):
    """A source that can begin a fresh session, with a fresh order book."""

    def renew(self, reason: str) -> object:
        """Begin one, unless that was done too often lately."""


class Supervisor:
    """Runs a primary and its context as one `LiveSource`; `items` may be iterated once."""

    def __init__(
        self,
        primary: SourceFactory,
        context: SourceFactory | None,
        options: SupervisorOptions | None = None,
        *,
        name: str,
        is_trading: Callable[[int], bool],
        clock: Callable[[], int] = time.time_ns,
        rng: random.Random | None = None,
    ) -> None:
        """Prepare; nothing runs before `items` is iterated.

        Args:
            primary: Makes the source of the order flow.
            context: Makes the source that stands in, if there is one.
            options: How patient to be.
            name: What the screen calls the primary before it has said so itself.
            is_trading: Whether the market trades at a moment (ns UTC); silence counts only then.
            clock: Wall clock, ns UTC.
            rng: Where the jitter comes from.
        """
        self._make_primary = primary
        self._make_context = context
        self._options = options or SupervisorOptions()
        self._name = name
        self._is_trading = is_trading
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - jitter
        self._breaker = CircuitBreaker(self._options.breaker, self._rng)
        self._announcer = Announcer(self._options.dwell_seconds)
        self._mailbox = Mailbox(self._options.queue_bytes)
        self._watch: Watch | None = None
        self._primary: Running | None = None
        self._context: Running | None = None
        self._primary_at = 0.0
        self._context_at = 0.0
        self._heard: int | None = None
        self._owes_gap = False
        self._closed = False

    @property
    def name(self) -> str:
        """What the screen calls the primary."""
        return self._name if self._primary is None else self._primary.source.name

    def report(self, subject: str, reason: str | None) -> None:
        """Hear from the consumer what is wrong with the data, one line a subject; None takes it back.

        Under the subject `BOOK` an order book is doubted: where that lasts, a fresh session is asked for.
        """
        if self._watch is not None:
            self._watch.report(subject, reason, _now())
            self._mailbox.wake()

    def retry(self) -> None:
        """Try the primary now: from the top where it runs, at once where it was left alone."""
        if self._primary is not None and isinstance(self._primary.source, Renewable):
            self._primary.source.renew("asked to try again")
        self._primary_at = 0.0
        self._breaker.hurry()
        self._mailbox.wake()

    async def close(self) -> None:
        """End it: `items` ends, and no source runs when this returns."""
        self._closed = True
        self._mailbox.wake()
        await self._stop_all()

    async def items(self) -> AsyncGenerator[FeedItem]:
        """Yield what comes, until closed.

        Raises:
            KeyRefused, UnknownSymbol, InstrumentError, ...: What the primary cannot get over.
            NotEntitled: The account may see nothing, and there is no context to stand in.
        """
        watch = self._watch = Watch(
            self._options, self._breaker, Staleness(self._options.quiet_seconds, self._is_trading), self._name, _now()
        )
        try:
            while not self._closed:
                await self._manage(watch)
                for sender, item in await self._mailbox.take(self._options.tick_seconds):
                    for passed in self._handle(watch, sender, item):
                        yield passed
                for change in self._speak(watch):
                    yield change
        finally:
            await self._stop_all()
        yield FeedChange(FeedState.CLOSED, self.name, "closed", self._clock())

    # ---------------------------------------------------------------------------------------------- what is running

    async def _manage(self, watch: Watch) -> None:
        """Start and stop sources as the watch concludes."""
        now = _now()
        watch.settle(now)
        if self._breaker.state is BreakerState.OPEN and not self._breaker.try_again(now):
            await self._stop_primary()
        elif self._primary is None and now >= self._primary_at:
            self._primary = Running(self._make_primary(), self._mailbox, is_primary=True)
        wanted = self._make_context is not None and watch.wants_context(now)
        if not wanted:
            await self._stop_context(watch)
        elif self._context is None and self._make_context is not None and now >= self._context_at:
            self._context = Running(self._make_context(), self._mailbox, is_primary=False)
            watch.context_began(self._context.source.name)
        doubt = watch.doubted_book(now)
        if doubt is not None and self._primary is not None and isinstance(self._primary.source, Renewable):
            self._primary.source.renew(doubt)

    async def _stop_primary(self) -> None:
        running, self._primary = self._primary, None
        if running is not None:
            await running.stop()

    async def _stop_context(self, watch: Watch) -> None:
        running, self._context = self._context, None
        if running is not None:
            watch.context_ended()
            await running.stop()

    async def _stop_all(self) -> None:
        for running in (self._primary, self._context):
            if running is not None:
                await running.stop()

    # ------------------------------------------------------------------------------------------------ what has come

    def _handle(self, watch: Watch, sender: Running, item: FeedItem | Ended) -> Iterator[FeedItem]:
        if isinstance(item, Ended):
            yield from self._take_end(watch, sender, item.error)
        elif not sender.is_primary:
            if sender is self._context:
                yield from _marked(watch, item)
        elif isinstance(item, FeedChange):
            if sender is self._primary:
                watch.primary_said(item, _now())
                yield from self._speak(watch)
        else:
            self._note(watch, item)
            yield item

    def _note(self, watch: Watch, item: FeedItem) -> None:
        """Look at what the primary yields on its way through."""
        if isinstance(item, Batch):
            self._heard = self._clock()
            self._owes_gap = True
            watch.primary_brought(item, _now(), self._heard)
        elif isinstance(item, Gap):
            self._owes_gap = False
        elif isinstance(item, Following):
            watch.primary_follows(item.schema, _now())

    def _take_end(self, watch: Watch, sender: Running, error: Exception | None) -> Iterator[FeedItem]:
        """Take the end of a source: of one that was stopped, or of one that should still run.

        Raises:
            Exception: What the source cannot get over.
        """
        now = _now()
        reason = "the source ended" if error is None else str(error)
        if not sender.is_primary:
            if sender is self._context:
                self._context, self._context_at = None, now + self._options.context_retry_seconds
                watch.context_ended(reason)
            return
        if sender is self._primary:
            self._primary = None
            self._primary_at = now + self._patience(error)
            watch.primary_ended(reason, now)
            if isinstance(error, NotEntitled):
                watch.give_up()
        if self._owes_gap:
            self._owes_gap = False
            yield Gap(self._heard, reason)
        yield from self._speak(watch)

    def _patience(self, error: Exception | None) -> float:
        """Return how long to wait before the primary is begun again.

        Raises:
            Exception: It is not to be begun again.
        """
        if isinstance(error, NotEntitled) and self._make_context is not None:
            return self._options.unentitled_seconds
        if error is not None and not isinstance(error, CannotConnect):
            raise error
        return self._rng.uniform(0.0, self._options.restart_seconds)

    def _speak(self, watch: Watch) -> Iterator[FeedChange]:
        """Say the state, if it is to be said."""
        moment = self._clock()
        verdict = watch.verdict(_now(), moment)
        if self._announcer.news(verdict, _now()):
            yield FeedChange(verdict.state, verdict.source, verdict.reason, moment)


def _marked(watch: Watch, item: FeedItem) -> Iterator[FeedItem]:
    """Let through what stands in for order flow, marked as such; its contract and its gaps are nobody's."""
    if isinstance(item, FeedChange):
        watch.context_said(item)
    elif isinstance(item, Batch):
        watch.context.heard = True
        yield item if item.provenance is Provenance.CONTEXT else replace(item, provenance=Provenance.CONTEXT)
    elif isinstance(item, ContextQuote):
        watch.context.heard = True
        yield item


def _now() -> float:
    return asyncio.get_running_loop().time()
