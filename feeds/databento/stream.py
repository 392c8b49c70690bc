"""What the records of one session mean: the contract they are of, what the gateway says, when to begin anew.

No socket and no clock of its own: it is given what was received and the loop's time, and answers with what the consumer
is to be told. A session that must end sets `ending`, which says what follows from it.

The line is followed in the order of the wire. Until the contract is known everything waits, so that the consumer hears
of the contract first and misses nothing. What only the line itself says (heartbeats, acknowledgements, errors) stops
here and becomes states.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from feeds.databento.access import Rung
from feeds.databento.arrival import Arrival
from feeds.databento.connection import Reading, Received, refused
from feeds.databento.continuity import Continuity
from feeds.databento.contract import ContractFinder, ContractOf
from feeds.databento.notices import NoticeKind, Problem, ProblemKind, notices, problems, schema_named
from feeds.databento.snapshot import Snapshot, SnapshotState
from feeds.errors import UnknownSymbol
from feeds.instrument import Instrument, InstrumentError, root_of
from feeds.records import F_MAYBE_BAD_BOOK, F_SNAPSHOT, Batch, Provenance, Records, Schema
from feeds.states import FeedItem, FeedState, Following, Gap

_FLOW: Final = frozenset({Schema.MBO, Schema.MBP_10, Schema.MBP_1, Schema.TRADES})


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How long a session waits for what it needs. Seconds, but where said otherwise.

    Attributes:
        definition_seconds: For the contract's definition, once its symbol is mapped; then it is done without.
        unknown_seconds: For the definition of a contract that cannot be done without; longer than a dead line lives.
        mapping_seconds: For the mapping of the symbol, from the start of the stream.
        snapshot_seconds: For the snapshot, and for its end.
        trouble_seconds: How long a warning of the gateway's keeps the state degraded.
        held_bytes: Record bytes that may wait for the definition; with more, it is not waited for any longer.
    """

    definition_seconds: float = 5.0
    unknown_seconds: float = 30.0
    mapping_seconds: float = 15.0
    snapshot_seconds: float = 15.0
    trouble_seconds: float = 30.0
    held_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Renew:
    """Begin a fresh session at once: this one can no longer be believed, or another contract may be due."""

    reason: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The account may not see a schema; ask for less."""

    schema: Schema
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The session came to nothing; another one may do better, later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fatal:
    """No other session will do better."""

    error: Exception


Ending: TypeAlias = Renew | Denied | Failed | Fatal


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why the state is less than live, and until when (loop seconds) unless it is taken back."""

    text: str
    until: float | None = None


class SessionStream:
    """One session's records, read in order.

    Attributes:
        ending: What ends the session; None while it goes on.
        live_since: Loop time since when what is delivered is whole; None before.
    """

    def __init__(
        self,
        rung: Rung,
        finder: ContractFinder,
        continuity: Continuity,
        options: StreamOptions,
        *,
        asked: str,
        asked_for: Iterable[Schema],
        now: float,
        clock: Callable[[], int],
        contract_of: ContractOf,
        may_renew: Callable[[float], bool],
        shortfall: str = "",
        replayed: Iterable[Schema] = (),
    ) -> None:
        """Begin with the start of the stream.

        Args:
            rung: What was subscribed.
            finder: Finds the contract.
            continuity: What was received before.
            options: How long to wait for what.
            asked: The symbol that was asked for.
            asked_for: The schemas that were subscribed.
            now: Loop time.
            clock: Wall clock, ns UTC.
            contract_of: Stands in for a definition that does not come.
            may_renew: Asked (loop time) before a fresh session is begun for the sake of the book.
            shortfall: Why the rung is lower than wanted, or nothing.
            replayed: Schemas that catch up from where they ended.
        """
        self.ending: Ending | None = None
        self.live_since: float | None = None
        self._owes_gap = False
        self._rung = rung
        self._finder = finder
        self._continuity = continuity
        self._options = options
        self._asked = asked
        self._clock = clock
        self._contract_of = contract_of
        self._may_renew = may_renew
        self._arrival = Arrival()
        self._following: Instrument | None = None
        self._held: list[Batch] = []
        self._held_bytes = 0
        self._heard: int | None = None
        self._snapshot = Snapshot(expected=rung.schema is Schema.MBO)
        self._due: float | None = now + options.mapping_seconds
        self._unknown_at = now
        self._flow_began = False
        self._believes = True
        self._troubles: dict[str, _Trouble] = {}
        if shortfall:
            self._troubles["rung"] = _Trouble(shortfall)
        self._asked_for = frozenset(asked_for)
        self._replayed = set(replayed)
        self._replays = bool(self._replayed)
        if self._replays:
            self._troubles["replay"] = _Trouble("catching up with what was missed")

    # ------------------------------------------------------------------------------------------ what is asked of it

    @property
    def instrument(self) -> Instrument | None:
        """The contract followed; None before it is known."""
        return self._following

    @property
    def state(self) -> tuple[FeedState, str]:
        """State and reason as they stand."""
        if self._following is None or self.live_since is None:
            return FeedState.CONNECTING, self._awaited
        if self._troubles:
            return FeedState.DEGRADED, "; ".join(trouble.text for trouble in self._troubles.values())
        return FeedState.LIVE, f"{self._following.symbol}: {self._rung.gives}"

    @property
    def deadline(self) -> float | None:
        """Loop time at which `tick` has something to do; None where nothing waits."""
        moments = [trouble.until for trouble in self._troubles.values() if trouble.until is not None]
        return min([*moments, *([] if self._due is None else [self._due])], default=None)

    @property
    def _awaited(self) -> str:
        if self._finder.mapped is None:
            return f"waiting for the contract that {self._asked} stands for"
        if self._following is None:
            return f"waiting for the definition of {self._finder.mapped[1]}"
        return "waiting for the order book's snapshot"

    # ---------------------------------------------------------------------------------------------- what happens to it

    def take(self, received: Received, now: float) -> list[FeedItem]:
        """Take the next thing received; return what the consumer is to get."""
        if isinstance(received, Reading):
            self._note_reading(received)
            return []
        self._heard = self._clock()
        if received.schema is Schema.ERROR:
            return [item for problem in problems(received.records) for item in self._take_problem(problem, now)]
        if received.schema is Schema.SYSTEM:
            self._take_notices(received.records, now)
            return []
        if received.schema is Schema.SYMBOL_MAPPING:
            self._finder.take_mappings(received.records)
            self._await_definition(now)
            if self._finder.has_moved and self.ending is None:
                self.ending = Renew(f"{self._asked} has come to stand for another contract")
        elif received.schema is Schema.DEFINITION:
            self._finder.take_definitions(received.records)
        return self._pass_on(received, now)

    def tick(self, now: float) -> list[FeedItem]:
        """Do what has become due."""
        for name, trouble in tuple(self._troubles.items()):
            if trouble.until is not None and now >= trouble.until:
                del self._troubles[name]
        if self._due is None or now < self._due or self.ending is not None:
            return []
        self._due = None
        if self._finder.mapped is None:
            self.ending = Failed(f"the gateway did not say which contract {self._asked} is")
        elif self._following is None:
            return self._do_without_definition(now)
        elif self._snapshot.state is SnapshotState.AWAITED:
            return self._lose("no snapshot of the order book came", now)
        elif self._snapshot.state is SnapshotState.COMING:
            self._troubles["snapshot"] = _Trouble("the order book's snapshot has not ended yet")
            self.live_since = now
        return []

    def renew(self, reason: str) -> list[FeedItem]:
        """Hear from outside that a fresh session is wanted, whatever was said of this one."""
        if self.ending is None:
            self.ending = Renew(reason)
        return self._gap(reason)

    def leave(self, reason: str, now: float) -> list[FeedItem]:
        """Hear that the session is over: what still waits for the contract goes out if that can be known after all."""
        self._finder.settle_for(self._contract_of)
        found = self._finder.instrument
        waited = [] if found is None or self._following is not None else self._follow(found, now)
        return waited + self._gap(reason)

    # ----------------------------------------------------------------------------------------------- the contract

    def _await_definition(self, now: float) -> None:
        if self._following is None and self._finder.mapped is not None:
            self._due = now + self._options.definition_seconds
            self._unknown_at = now + self._options.unknown_seconds

    def _do_without_definition(self, now: float) -> list[FeedItem]:
        self._finder.settle_for(self._contract_of)
        if self._finder.instrument is None:
            raw = "" if self._finder.mapped is None else self._finder.mapped[1]
            if now < self._unknown_at:
                self._due = self._unknown_at
                return []
            self.ending = Fatal(
                InstrumentError(
                    f"the tick of {raw} is unknown: the gateway sent no definition of it; add "
                    f"[instruments.{root_of(raw)}] with tick and multiplier to your settings"
                )
            )
            return []
        return self._follow(self._finder.instrument, now)

    def _follow(self, instrument: Instrument, now: float) -> list[FeedItem]:
        """Say which contract it is, then what has waited for it."""
        self._following = instrument
        self._due = None
        if self._snapshot.is_over:
            self.live_since = now
        else:
            self._due = now + self._options.snapshot_seconds
        held, self._held = self._held, []
        items: list[FeedItem] = [Following(instrument, self._asked, self._rung.schema)]
        for batch in held:
            items += self._deliver(batch, now)
        return items

    def _pass_on(self, batch: Batch, now: float) -> list[FeedItem]:
        if self._following is not None:
            return self._deliver(batch, now)
        self._held.append(batch)
        self._held_bytes += batch.records.nbytes
        found = self._finder.instrument
        if found is not None:
            return self._follow(found, now)
        if self._held_bytes <= self._options.held_bytes or self._finder.mapped is None:
            return []
        self._unknown_at = now
        return self._do_without_definition(now)

    # ------------------------------------------------------------------------------------------------- the order flow

    def _deliver(self, batch: Batch, now: float) -> list[FeedItem]:
        if batch.schema not in _FLOW:
            return [self._marked(batch)]
        if self._is_deaf:
            return []
        flags = int(np.bitwise_or.reduce(batch.records["flags"]))
        wrong = self._first_wrong(batch, flags, now)
        whole = self._continuity.take(batch if wrong is None else batch.cut(0, wrong))
        items: list[FeedItem] = []
        if self._counts(whole):
            items.append(self._marked(whole))
            self._owes_gap = self._owes_gap or self.ending is None
        if wrong is not None:
            self._believes = False
            items += self._lose("records came out of order or twice", now)
        elif flags & F_MAYBE_BAD_BOOK and _is_doubtful(whole.records):
            items += self._lose("the exchange's line lost records (book flagged as bad)", now)
        return items

    @property
    def _is_deaf(self) -> bool:
        """Whether nothing more is taken from this session: it is not believed, or the next one replays it."""
        return not self._believes or (self.ending is not None and self._rung.schema is not Schema.MBO)

    def _first_wrong(self, batch: Batch, flags: int, now: float) -> int | None:
        """Return the place of the first record that cannot be; None where all can."""
        wrong = self._arrival.first_wrong(batch, flags)
        if batch.schema is Schema.MBO:
            again = self._follow_snapshot(batch.records if wrong is None else batch.records[:wrong], flags, now)
            wrong = wrong if again is None else again
        return wrong

    def _counts(self, batch: Batch) -> bool:
        """Whether a batch is handed on. Trades stand in the rung's own schema too, which must come first to count."""
        if not len(batch):
            return False
        if batch.schema is self._rung.schema:
            self._flow_began = True
        return self._flow_began

    def _marked(self, batch: Batch) -> Batch:
        return Batch(batch.schema, batch.records, Provenance.LIVE, self._following)

    def _follow_snapshot(self, records: Records, flags: int, now: float) -> int | None:
        """Look at the next order records; return where one stands that cannot be, or None."""
        was_over = self._snapshot.is_over
        wrong = self._snapshot.take(records, flags)
        if self._snapshot.state is SnapshotState.COMING:
            self._due = now + self._options.snapshot_seconds
        elif not was_over and self._snapshot.is_over:
            self._finish_snapshot(now)
        return wrong

    def _finish_snapshot(self, now: float) -> None:
        self._due = None
        self.live_since = now if self.live_since is None else self.live_since
        if self._snapshot.state is SnapshotState.MISSING:
            self._troubles["snapshot"] = _Trouble("no snapshot came: the order book builds up from what changes")
        else:
            self._troubles.pop("snapshot", None)

    def _lose(self, reason: str, now: float) -> list[FeedItem]:
        """Give up the book: begin a fresh session, or, where that was done too often, go on and say so."""
        if self.ending is not None:
            return []
        if self._may_renew(now):
            self.ending = Renew(reason)
        elif not self._believes:
            self.ending = Failed(reason)
        else:
            self._troubles["book"] = _Trouble(
                f"{reason}; a fresh session did not help", now + self._options.trouble_seconds
            )
            self._finish_snapshot(now)
        return self._gap(reason)

    def _gap(self, reason: str) -> list[FeedItem]:
        """Return what must be said of a break at this point: nothing where nothing was delivered since the last."""
        if not self._owes_gap:
            return []
        self._owes_gap = False
        return [Gap(self._heard, reason)]

    # ------------------------------------------------------------------------------------------ what the gateway says

    def _note_reading(self, reading: Reading) -> None:
        if reading.paused:
            self._troubles["reading"] = _Trouble("this program cannot keep up: what was received waits")
        else:
            self._troubles.pop("reading", None)

    def _take_notices(self, records: Records, now: float) -> None:
        for notice in notices(records):
            if notice.kind is NoticeKind.SLOW_READER:
                self._troubles["slow"] = _Trouble(
                    f"this machine or its line is slow (the gateway says: {notice.text})",
                    now + self._options.trouble_seconds,
                )
            elif notice.kind is NoticeKind.REPLAY_COMPLETED and self._replayed:
                named = {schema for schema in self._replayed if schema.value in notice.text.lower()}
                self._replayed -= named or set()
                if not self._replayed:
                    self._troubles.pop("replay", None)

    def _take_problem(self, problem: Problem, now: float) -> list[FeedItem]:
        if problem.kind is ProblemKind.SKIPPED_RECORDS:
            return self._lose(f"records were left out ({problem.text})", now)
        if self.ending is None:
            self.ending = self.ending_of(problem)
        return []

    def ending_of(self, problem: Problem) -> Ending:
        """Return what follows from an error of the gateway's, other than that records were left out."""
        said = f"the gateway says: {problem.text}"
        if problem.kind is ProblemKind.DENIED_SCHEMA:
            schema = schema_named(problem.schema or "")
            return Denied(schema if schema in self._asked_for else self._rung.schema, problem.text)
        if problem.kind in {ProblemKind.NO_LICENCE, ProblemKind.KEY_REFUSED}:
            return Fatal(refused(problem, self._finder.dataset))
        if problem.kind is ProblemKind.UNKNOWN_SYMBOL:
            text = f"there is no contract {self._asked}; {said}"
            return Fatal(UnknownSymbol(text)) if self._finder.known is None else Failed(text)
        if problem.kind is ProblemKind.REPLAY_TOO_OLD and self._replays:
            self._continuity.too_old(problem.oldest)
            return Renew(f"what was missed is too long ago to be had; {said}")
        if problem.kind is ProblemKind.CONNECTION_LIMIT:
            return Failed(f"the account has all its sessions open: close one of the others; {said}")
        return Failed(said)


def _is_doubtful(records: Records) -> bool:
    """Whether a record outside a snapshot is flagged as standing after a loss of the exchange's own line."""
    doubtful = (records["flags"] & (F_MAYBE_BAD_BOOK | F_SNAPSHOT)) == F_MAYBE_BAD_BOOK
    return bool(doubtful.any())
