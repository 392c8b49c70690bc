"""Asking a gateway what an account may see: one session a schema, since one that is denied ends its session.

Nothing else tells: there is no list of what an account is entitled to live. A session costs nothing but a second of
time. Those asked for come in order of what they tell, so what is likely to be granted comes first and names the
contract.

An acknowledgement is a yes, and so is a first record. The session is kept a little longer: for three records to show,
for the contract's definition, for enough records to compare clocks by, and for a denial that comes all the same.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

from feeds.databento.connection import GatewayOptions, GatewaySession, LineBroken, Subscription, refused
from feeds.databento.contract import ContractFinder, stype_of
from feeds.databento.key import ApiKey
from feeds.databento.notices import NoticeKind, Problem, ProblemKind, notices, problems, schema_named
from feeds.databento.pace import Spacing
from feeds.errors import CannotConnect, SourceError
from feeds.records import Batch, Records, Schema
from qmo_tui.checking.clock import SHORTEST_SECONDS, ClockComparison
from qmo_tui.checking.samples import Sample, samples

if TYPE_CHECKING:
    from feeds.databento.protocol import GatewayProtocol

SCHEMAS: Final = (Schema.TRADES, Schema.TBBO, Schema.MBP_1, Schema.MBP_10, Schema.MBO)
"""What is asked for, in this order."""
SAMPLES: Final = 3
_FLOW: Final = frozenset(SCHEMAS)
_CLOCK_SECONDS: Final = SHORTEST_SECONDS + 0.25
"""How long records are taken to compare clocks by, from the first one on."""


class Entitlement(StrEnum):
    """Whether an account may see a schema."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway said of one schema.

    Attributes:
        why: The gateway's reason for a no, ours for not knowing; empty for a yes.
        samples: The first records that came, up to three.
    """

    schema: Schema
    entitlement: Entitlement
    why: str = ""
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one session is kept. Seconds.

    Attributes:
        answer: For an acknowledgement, a record or a denial, from the start of the stream.
        listening: For records, from the answer on.
        definition: For the contract's definition, from the answer on.
    """

    answer: float = 10.0
    listening: float = 3.0
    definition: float = 5.0


class Asking:
    """One round of questions.

    Attributes:
        answers: What came out so far, in the order of `SCHEMAS`.
        finder: Which contract the symbol stands for.
        clock: Compares this machine's clock with the line's.
        seconds: The quickest connection with its proof of the key; None where none was made.
        unknown_symbol: The gateway's words where the symbol stands for nothing; empty otherwise.
    """

    def __init__(
        self,
        gateway: GatewayOptions,
        key: ApiKey,
        symbol: str,
        patience: Patience,
        *,
        clock: Callable[[], int],
        tell: Callable[[str], None] = lambda _: None,
        protocol: "type[GatewayProtocol] | None" = None,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            gateway: Where, and how long to wait for a connection.
            key: The API key.
            symbol: The contract that is asked about.
            patience: How long to wait for what.
            clock: Wall clock, ns UTC.
            tell: Hears what is being done.
            protocol: The protocol class, where the SDK is loaded already.
        """
        self.answers: list[Answer] = []
        self.finder = ContractFinder(symbol, gateway.dataset)
        self.clock = ClockComparison()
        self.seconds: float | None = None
        self.unknown_symbol = ""
        self._gateway = gateway
        self._key = key
        self._symbol = symbol
        self._patience = patience
        self._wall_clock = clock
        self._tell = tell
        self._protocol = protocol
        self._spacing = Spacing()
        self._asks_definition = True

    async def ask(self) -> None:
        """Ask for every schema, one after the other.

        Raises:
            CannotConnect: No connection was made at all.
            KeyRefused: The gateway does not take the key, or no longer.
            NotEntitled: The account may see nothing of the dataset.
            UnknownSymbol: The symbol cannot be one.
            UnsupportedDbn: The gateway speaks a version of DBN that this program does not know.
        """
        for number, schema in enumerate(SCHEMAS, 1):
            self._tell(f"asking for {schema}, {number} of {len(SCHEMAS)}")
            hearing = await self._hear(schema)
            if hearing.misses_definition:
                self._asks_definition = False
                hearing = await self._hear(schema)
            elif hearing.answer.entitlement is Entitlement.YES:
                self._asks_definition = False
            self.unknown_symbol = self.unknown_symbol or hearing.unknown_symbol
            self.answers.append(hearing.answer)

    async def _hear(self, schema: Schema) -> "_Hearing":
        """Hold one session and return what it said."""
        hearing = _Hearing(schema, self.finder, self.clock, self._patience, asks_definition=self._asks_definition)
        session = GatewaySession(self._gateway, self._key, protocol=self._protocol)
        try:
            await self._open(session)
            self._subscribe(session, schema)
            await session.start()
            await self._listen(session, hearing)
        except CannotConnect as error:
            if self.seconds is None:
                raise
            hearing.give_up(str(error))
        except LineBroken as error:
            hearing.break_off(error)
        finally:
            await session.close()
        if hearing.refusal is not None:
            raise hearing.refusal
        return hearing

    async def _open(self, session: GatewaySession) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._spacing.wait(loop.time()))
        began = loop.time()
        await session.open()
        took = loop.time() - began
        self.seconds = took if self.seconds is None else min(self.seconds, took)

    def _subscribe(self, session: GatewaySession, schema: Schema) -> None:
        """Ask for the schema first, so that an error about the definition finds it acknowledged."""
        stype = stype_of(self._symbol)
        session.subscribe(Subscription(schema, self._symbol, stype))
        if self._asks_definition:
            session.subscribe(Subscription(Schema.DEFINITION, self._symbol, stype, start=0))

    async def _listen(self, session: GatewaySession, hearing: "_Hearing") -> None:
        loop = asyncio.get_running_loop()
        hearing.begin(loop.time())
        while (left := hearing.until - loop.time()) > 0:
            for received in await session.receive(left):
                if isinstance(received, Batch):
                    hearing.take(received, loop.time(), self._wall_clock())
        hearing.end()


class _Hearing:
    """What one session says of one schema.

    Attributes:
        until: Loop time at which it has been listened to long enough; now or earlier, once all is said.
        refusal: Why no session will be had any more; None while there is none.
        unknown_symbol: The gateway's words where the symbol stands for nothing; empty otherwise.
        misses_definition: Whether it ended over the definition alone, before it said anything of the schema.
    """

    def __init__(
        self,
        schema: Schema,
        finder: ContractFinder,
        clock: ClockComparison,
        patience: Patience,
        *,
        asks_definition: bool,
    ) -> None:
        self.until = 0.0
        self.refusal: SourceError | None = None
        self.unknown_symbol = ""
        self.misses_definition = False
        self._schema = schema
        self._finder = finder
        self._clock = clock
        self._patience = patience
        self._asks_definition = asks_definition
        self._named = re.compile(rf"(?<![\w-]){re.escape(schema)}(?![\w-])")
        self._acknowledged = 0
        self._answered_at: float | None = None
        self._denial = ""
        self._why = "the session was left"
        self._samples: list[Sample] = []
        self._flows_since: float | None = None
        self._is_over = False

    @property
    def answer(self) -> Answer:
        """What came out: a denial counts whatever was said before it."""
        if self._denial:
            return Answer(self._schema, Entitlement.NO, self._denial)
        if self._answered_at is not None:
            return Answer(self._schema, Entitlement.YES, samples=tuple(self._samples))
        return Answer(self._schema, Entitlement.UNKNOWN, self._why)

    def begin(self, now: float) -> None:
        """Begin with the start of the stream."""
        self.until = now + self._patience.answer

    def take(self, batch: Batch, now: float, received: int) -> None:
        """Take what came, at a loop time and a moment of the wall clock, ns UTC."""
        if self._is_over:
            return
        if batch.schema is Schema.ERROR:
            for problem in problems(batch.records):
                self._take_problem(problem, now)
        elif batch.schema is Schema.SYSTEM:
            self._take_notices(batch.records, now)
        elif batch.schema is Schema.SYMBOL_MAPPING:
            self._finder.take_mappings(batch.records)
        elif batch.schema is Schema.DEFINITION:
            self._finder.take_definitions(batch.records)
        elif batch.schema in _FLOW:
            self._clock.take(batch.records, received)
            self._take_flow(batch.records, now)
        self.until = self._listened_until(now)

    def end(self) -> None:
        """Hear that it was listened to long enough."""
        if not self._is_over and not self.unknown_symbol:
            self._why = f"neither an acknowledgement nor a record within {self._patience.answer:g} s"

    def give_up(self, why: str) -> None:
        """Hear that no session was had."""
        self._why = why

    def break_off(self, broken: LineBroken) -> None:
        """Hear that the line broke, perhaps over an error that came without a header."""
        self._why = f"the gateway {broken}"
        if broken.problem is not None:
            self._take_problem(broken.problem, 0.0)

    def _take_problem(self, problem: Problem, now: float) -> None:
        self._is_over = problem.ends_session
        if problem.kind is ProblemKind.UNKNOWN_SYMBOL:
            self.unknown_symbol = problem.text
            self._why = f"the gateway says: {problem.text}"
            self.until = min(self.until, now + self._patience.listening)
        elif problem.kind is ProblemKind.KEY_REFUSED:
            self.refusal = refused(problem, self._finder.dataset)
        elif problem.kind is ProblemKind.DENIED_SCHEMA and self._is_of_definition(problem):
            self.misses_definition = self._answered_at is None
        elif problem.kind in {ProblemKind.DENIED_SCHEMA, ProblemKind.NO_LICENCE}:
            self._denial = problem.text
        else:
            self._why = f"the gateway says: {problem.text}"

    def _is_of_definition(self, problem: Problem) -> bool:
        return self._asks_definition and schema_named(problem.schema or "") is Schema.DEFINITION

    def _take_notices(self, records: Records, now: float) -> None:
        subscriptions = 1 + self._asks_definition
        for notice in notices(records):
            if notice.kind is NoticeKind.SUBSCRIBED:
                self._acknowledged += 1
                if self._acknowledged == subscriptions or self._named.search(notice.text.lower()):
                    self._say_yes(now)

    def _take_flow(self, records: Records, now: float) -> None:
        self._say_yes(now)
        self._flows_since = now if self._flows_since is None else self._flows_since
        self._samples += islice(samples(records), SAMPLES - len(self._samples))

    def _say_yes(self, now: float) -> None:
        self._answered_at = now if self._answered_at is None else self._answered_at

    def _listened_until(self, now: float) -> float:
        if self._is_over:
            return now
        if self._answered_at is None:
            return self.until
        if self.unknown_symbol:
            return now
        waits = [now]
        if len(self._samples) < SAMPLES:
            waits.append(self._answered_at + self._patience.listening)
        if self._asks_definition and self._finder.instrument is None:
            waits.append(self._answered_at + self._patience.definition)
        if self._flows_since is not None and not self._clock.tells:
            waits.append(self._flows_since + _CLOCK_SECONDS)
        return max(waits)
