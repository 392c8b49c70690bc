"""Databento live: one contract followed through every interruption, as one stream.

One session at a time, for one rung of the access ladder. When it ends, how it ended decides what follows: a denied
schema leads to the next rung, a book that can no longer be believed to a fresh session, a broken line to another
attempt after a wait that grows, a refused key to an error.

**After an interruption** an order book comes back as a snapshot, which cannot be wrong; the trades of the gap stay
missing and are never made up, so the bars over it are short of them, as `Gap` says. Schemas of levels go on where they
ended, with the missed records replayed, each once.

**The contract** of a continuous symbol is fixed when it is subscribed. Shortly before a new session day begins the
subscription is renewed, in the daily halt; it may then stand for another contract, and `Following` says so.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Hashable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from feeds.databento.access import BESIDE, Access, Rung
from feeds.databento.connection import GatewayOptions, GatewaySession, LineBroken, Subscription
from feeds.databento.continuity import Continuity
from feeds.databento.contract import ContractFinder, ContractOf, stype_of
from feeds.databento.key import ApiKey
from feeds.databento.pace import Allowance, Backoff, Spacing
from feeds.databento.stream import Denied, Ending, Failed, Fatal, Renew, SessionStream, StreamOptions
from feeds.databento.wire import ByteSink
from feeds.errors import CannotConnect, NotEntitled
from feeds.instrument import Instrument
from feeds.records import Schema
from feeds.states import FeedChange, FeedItem, FeedState, Following

if TYPE_CHECKING:
    from feeds.databento.protocol import GatewayProtocol

_LEAST_WAIT: Final = 0.001
_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What is followed, and how hard it is tried.

    Attributes:
        symbol: One contract: continuous (`GC.v.0`), raw (`GCZ6`) or an instrument id.
        best: Schema of the highest rung wanted.
        gateway: Where, and how long to wait for a connection.
        stream: How long to wait for what a session needs.
        backoff_first: Bound of the first wait after a failure, seconds; it doubles with each further one.
        backoff_longest: What that bound grows to, seconds.
        stable_seconds: A session that was live for so long makes the waits begin anew.
        renewals: Fresh sessions begun for the sake of the book within `renewal_window` seconds, no more.
        early_seconds: How long before a new session day the subscription is renewed; within the daily halt.
    """

    symbol: str = "GC.v.0"
    best: Schema = Schema.MBO
    gateway: GatewayOptions = field(default_factory=GatewayOptions)
    stream: StreamOptions = field(default_factory=StreamOptions)
    backoff_first: float = 0.5
    backoff_longest: float = 30.0
    stable_seconds: float = 30.0
    renewals: int = 4
    renewal_window: float = 600.0
    early_seconds: float = 1_800.0


class LiveMemory:
    """What outlives one source: make one for the program, and give it to every source of it.

    Attributes:
        access: What the account may not see.
        continuity: How far each schema was received.
        spacing: Keeps connections apart.
        instrument: The contract followed last.
    """

    def __init__(self, *, connect_spacing: float = 0.25, longest_replay: float = 900.0) -> None:
        """Remember nothing yet.

        Args:
            connect_spacing: Least seconds between two connections; the gateway takes five a second.
            longest_replay: Gaps of more than so many seconds are not replayed.
        """
        self.access = Access()
        self.continuity = Continuity(longest_replay)
        self.spacing = Spacing(connect_spacing)
        self.instrument: Instrument | None = None


def nothing_known(_symbol: str) -> Instrument | None:
    """Know no contract without its definition record."""
    return None


class DatabentoLive:
    """A `LiveSource` for one contract; `items` may be iterated once."""

    def __init__(
        self,
        options: LiveOptions,
        key: ApiKey,
        *,
        session_day: Callable[[int], Hashable],
        memory: LiveMemory | None = None,
        contract_of: ContractOf = nothing_known,
        on_bytes: ByteSink | None = None,
        clock: Callable[[], int] = time.time_ns,
        rng: random.Random | None = None,
        protocol: "type[GatewayProtocol] | None" = None,
    ) -> None:
        """Prepare; nothing is connected before `items` is iterated.

        Args:
            options: What to follow.
            key: The API key.
            session_day: Names the trading day of a moment (ns UTC).
            memory: What sources before this one learned.
            contract_of: Stands in for a definition record that does not come.
            on_bytes: Takes what is received before anybody reads it: the recorder.
            clock: Wall clock, ns UTC.
            rng: Where the jitter comes from.
            protocol: The protocol class, for trying what another SDK would do.
        """
        self._options = options
        self._key = key
        self._memory = memory or LiveMemory()
        self._contract_of = contract_of
        self._session_day = session_day
        self._on_bytes = on_bytes
        self._clock = clock
        self._protocol = protocol
        self._backoff = Backoff(options.backoff_first, options.backoff_longest, rng or random.Random())  # noqa: S311
        self._renewals = Allowance(options.renewals, options.renewal_window)
        self._closing = asyncio.Event()
        self._session: GatewaySession | None = None
        self._stream: SessionStream | None = None
        self._wish: str | None = None
        self._rung: Rung | None = None
        self._followed: tuple[Instrument, Rung | None] | None = None
        self._said: tuple[FeedState, str] | None = None

    @property
    def name(self) -> str:
        """What the screen calls it: the source and the schema it has come down to."""
        return f"databento {self._options.best if self._rung is None else self._rung.schema}"

    @property
    def access(self) -> Access:
        """What the account may not see; `access.forget()` has everything asked for again."""
        return self._memory.access

    def renew(self, reason: str) -> bool:
        """Begin a fresh session, with a snapshot; return False where that was done too often lately.

        Where one is just beginning, that one will do.
        """
        is_running = self._stream is not None and self._stream.ending is None and self._wish is None
        if self._session is None or not is_running:
            return True
        if not self._renewals.use(_now()):
            return False
        self._wish = reason
        self._session.wake()
        return True

    async def close(self) -> None:
        """End it: `items` ends, and when this returns no socket is open."""
        self._closing.set()
        if self._session is not None:
            await self._session.close()

    async def items(self) -> AsyncGenerator[FeedItem]:
        """Yield what comes, until closed.

        Raises:
            KeyRefused: The key is not accepted, or no longer.
            NotEntitled: The account may see no schema of the ladder.
            UnknownSymbol: There is no such contract.
            InstrumentError: The contract's tick cannot be known.
            UnsupportedDbn: The gateway speaks a version of DBN that this program does not know.
        """
        while not self._closing.is_set():
            day = self._day()
            rung = self._next_rung(day)
            for change in self._say(FeedState.CONNECTING, f"asking {self._options.gateway.place} for {rung.schema}"):
                yield change
            run = _Run(rung, day)
            async with aclosing(self._follow(run)) as following:
                async for item in following:
                    if self._is_news(item):
                        yield item
            if self._closing.is_set():
                return
            for item in self._judge(run):
                if self._is_news(item):
                    yield item
            await self._pause(run.wait)

    # ------------------------------------------------------------------------------------------------- one session

    async def _follow(self, run: "_Run") -> AsyncGenerator[FeedItem]:
        """Open a session and follow it to its end, which `run` tells afterwards."""
        session = GatewaySession(self._options.gateway, self._key, on_bytes=self._on_bytes, protocol=self._protocol)
        self._session = session
        try:
            await self._pause(self._memory.spacing.wait(_now()))
            opened = await self._unless_closed(session.open())
            if opened:
                stream = run.stream = self._subscribe(session, run)
                await session.start()
                self._stream = stream
                async with aclosing(self._listen(session, stream, run)) as listening:
                    async for item in listening:
                        yield item
        except CannotConnect as error:
            run.end(Failed(str(error)))
        except LineBroken as error:
            run.end(_ending_of(error, run.stream))
        finally:
            self._session = self._stream = self._wish = None
            await session.close()

    def _subscribe(self, session: GatewaySession, run: "_Run") -> SessionStream:
        options, access = self._options, self._memory.access
        symbol, stype = options.symbol, stype_of(options.symbol)
        flow = [run.rung.schema, *(schema for schema in run.rung.also if access.may_ask(schema, run.day))]
        starts = self._memory.continuity.begin(flow, self._clock())
        beside = [schema for schema in BESIDE if access.may_ask(schema, run.day)]
        for schema in beside:
            session.subscribe(Subscription(schema, symbol, stype, start=0))
        for schema in flow:
            is_book = schema is Schema.MBO
            session.subscribe(Subscription(schema, symbol, stype, start=starts.get(schema), snapshot=is_book))
        return SessionStream(
            run.rung,
            ContractFinder(symbol, options.gateway.dataset, self._memory.instrument),
            self._memory.continuity,
            self._stream_options(run.day),
            asked=symbol,
            asked_for=(*beside, *flow),
            now=_now(),
            clock=self._clock,
            contract_of=self._contract_of,
            may_renew=self._renewals.use,
            shortfall=access.shortfall(options.best, run.rung),
            replayed=starts,
        )

    def _stream_options(self, day: Hashable) -> StreamOptions:
        """Return how long to wait; not at all for a definition that was not asked for."""
        options = self._options.stream
        asked = self._memory.access.may_ask(Schema.DEFINITION, day)
        return options if asked else replace(options, definition_seconds=0.0)

    async def _listen(self, session: GatewaySession, stream: SessionStream, run: "_Run") -> AsyncGenerator[FeedItem]:
        """Hand on what a session brings until it is over; of one that is given up, what had come before."""
        while True:
            deadline = stream.deadline
            received = await session.receive(None if deadline is None else max(_LEAST_WAIT, deadline - _now()))
            now = _now()
            for one in received:
                for item in (*stream.take(one, now), *self._speak(stream)):
                    yield item
            for item in (*stream.tick(now), *self._renewal(stream, run), *self._speak(stream)):
                yield item
            if isinstance(stream.ending, Renew):
                session.stop()
            elif stream.ending is not None:
                return

    def _renewal(self, stream: SessionStream, run: "_Run") -> list[FeedItem]:
        """Return what is said when a fresh session is wanted from outside, or by the calendar."""
        wish, self._wish = self._wish, None
        if stream.ending is None and self._day() != run.day:
            wish = f"a new trading day begins: asking again which contract {self._options.symbol} is"
        return [] if wish is None else stream.renew(wish)

    def _speak(self, stream: SessionStream) -> list[FeedItem]:
        """Say how a session stands, and that it is given up before what it still brings."""
        if stream.ending is None:
            return self._say(*stream.state)
        if isinstance(stream.ending, Renew):
            return self._say(FeedState.RECONNECTING, stream.ending.reason, deliberate=True)
        return []

    # --------------------------------------------------------------------------------------- between two sessions

    def _judge(self, run: "_Run") -> list[FeedItem]:
        """Decide how to go on after a session; return what is to be said of it.

        Raises:
            Exception: It cannot go on.
        """
        ending = run.ending
        if run.was_live_for(self._options.stable_seconds):
            self._backoff.succeed()
        if isinstance(ending, Fatal):
            raise ending.error
        if isinstance(ending, Denied):
            self._memory.access.deny(ending.schema, ending.reason, run.day)
            return run.leave(ending.reason) + self._say(FeedState.CONNECTING, f"denied: {ending.reason}")
        if isinstance(ending, Renew):
            return run.leave(ending.reason) + self._say(FeedState.RECONNECTING, ending.reason, deliberate=True)
        run.wait = self._backoff.next()
        after = f"; trying again in {run.wait:.1f} s" if run.wait >= 0.1 else "; trying again"
        return run.leave(ending.reason) + self._say(FeedState.RECONNECTING, ending.reason + after)

    def _next_rung(self, day: Hashable) -> Rung:
        access = self._memory.access
        rung = access.rung(self._options.best, day)
        if rung is None:
            reasons = "; ".join(denial.reason for denial in access.denials)
            raise NotEntitled(f"the account may see no live schema of {self._options.symbol}: {reasons}")
        self._rung = rung
        return rung

    def _day(self) -> Hashable:
        return self._session_day(self._clock() + round(self._options.early_seconds * _SECOND_NS))

    def _is_news(self, item: FeedItem) -> bool:
        """Whether the consumer is to hear of something; that it still follows the same, it is not told again."""
        if not isinstance(item, Following):
            return True
        followed = item.instrument, self._rung
        if followed == self._followed:
            return False
        self._followed = followed
        self._memory.instrument = item.instrument
        return True

    def _say(self, state: FeedState, reason: str, *, deliberate: bool = False) -> list[FeedItem]:
        """Return a change of state; nothing where this was said before, or only says that trying goes on."""
        if (state, reason) == self._said:
            return []
        if self._said is not None and (self._said[0], state) == (FeedState.RECONNECTING, FeedState.CONNECTING):
            return []
        self._said = (state, reason)
        return [FeedChange(state, self.name, reason, self._clock(), deliberate)]

    async def _pause(self, seconds: float) -> None:
        """Wait, unless it is closed meanwhile."""
        if seconds > 0:
            await self._unless_closed(asyncio.sleep(seconds))

    async def _unless_closed(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do something to its end, or leave it off when closed; return whether it was done."""
        doing = asyncio.ensure_future(work)
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({doing, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                return False
            doing.result()
            return True
        finally:
            doing.cancel()
            closing.cancel()
            await asyncio.gather(doing, closing, return_exceptions=True)


class _Run:
    """One session from its beginning to what follows from its end.

    Attributes:
        stream: What was read of it; None where it came to no stream.
        wait: Seconds until the next one.
    """

    def __init__(self, rung: Rung, day: Hashable) -> None:
        self.rung = rung
        self.day = day
        self.stream: SessionStream | None = None
        self.wait = 0.0
        self._ending: Ending = Failed("the session was left")

    @property
    def ending(self) -> Ending:
        """How it ended: what its own records said comes before what the line did after."""
        said = None if self.stream is None else self.stream.ending
        return self._ending if said is None else said

    def end(self, ending: Ending) -> None:
        """Note how the line ended."""
        self._ending = ending

    def leave(self, reason: str) -> list[FeedItem]:
        """Return what had still waited, and the gap that its end leaves, if anything was delivered."""
        return [] if self.stream is None else self.stream.leave(reason, _now())

    def was_live_for(self, seconds: float) -> bool:
        """Whether it had been live for so long."""
        since = None if self.stream is None else self.stream.live_since
        return since is not None and _now() - since >= seconds


def _ending_of(broken: LineBroken, stream: SessionStream | None) -> Ending:
    """A line may break over an error that came without a header, which is then understood all the same."""
    if broken.problem is not None and stream is not None:
        return stream.ending_of(broken.problem)
    return Failed(f"the gateway {broken}")


def _now() -> float:
    return asyncio.get_running_loop().time()
