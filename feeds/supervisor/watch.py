"""What the supervisor knows and concludes, without running anything: facts in, verdict and wishes out.

The primary is *up* while it says that it delivers, and *settled* once it has been up without a break for long enough
after an outage. Only what is settled is called live. While it is not, its data flows all the same, and the state says
what is being waited for.

Every `now` is loop time in seconds, every `moment` the wall clock in nanoseconds UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from feeds.records import F_BAD_TS_RECV, F_SNAPSHOT, UNDEFINED_TIME, Batch, Schema
from feeds.states import FeedChange, FeedState
from feeds.supervisor.announcing import Verdict
from feeds.supervisor.breaker import BreakerOptions, BreakerState, CircuitBreaker
from feeds.supervisor.lateness import Lateness, LatenessOptions
from feeds.supervisor.staleness import Staleness

_SECOND_NS: Final = 1_000_000_000
_UP: Final = frozenset({FeedState.LIVE, FeedState.DEGRADED, FeedState.STALE})
_GIVING: Final = _UP | {FeedState.CONTEXT}
_FLOW: Final = frozenset({Schema.MBO, Schema.MBP_10, Schema.MBP_1, Schema.TRADES})
_QUIET: Final[Mapping[Schema, float]] = MappingProxyType(
    {Schema.MBO: 20.0, Schema.MBP_10: 20.0, Schema.MBP_1: 30.0, Schema.TRADES: 300.0}
)
BOOK: Final = "book"
"""The subject under which a consumer reports that its order book cannot be trusted."""


@dataclass(frozen=True, slots=True)
class SupervisorOptions:
    """How patient the supervisor is. Seconds, but where said otherwise.

    Attributes:
        failover_seconds: Not live for so long, the context source stands in.
        stable_seconds: After an outage the primary must be up for so long without a break before it is called live.
        dwell_seconds: A degraded state must have got better for so long before that is said.
        quiet_seconds: How long each schema may be silent in open trading before it is stale.
        suspect_seconds: A book that its consumer has doubted for so long is asked for anew.
        restart_seconds: Longest wait before a primary that ended by itself is begun again, drawn from nothing up.
        context_retry_seconds: Wait before a context source that ended is begun again.
        unentitled_seconds: Wait before an account that may see nothing is asked for again.
        queue_bytes: Record bytes that may wait for the consumer here before a source has to wait.
        tick_seconds: How often states that only time changes are looked at.
    """

    failover_seconds: float = 20.0
    stable_seconds: float = 10.0
    dwell_seconds: float = 5.0
    quiet_seconds: Mapping[Schema, float] = field(default_factory=lambda: _QUIET)
    suspect_seconds: float = 3.0
    restart_seconds: float = 2.0
    context_retry_seconds: float = 30.0
    unentitled_seconds: float = 3_600.0
    queue_bytes: int = 32 * 1024 * 1024
    tick_seconds: float = 0.25
    breaker: BreakerOptions = field(default_factory=BreakerOptions)
    lateness: LatenessOptions = field(default_factory=LatenessOptions)


@dataclass(slots=True)
class _Context:
    """The source that stands in: whether it runs, whether it has given anything, what it says of itself."""

    runs: bool = False
    heard: bool = False
    name: str = ""
    said: str = ""


class Watch:
    """Everything known of the primary and its stand-in at one moment.

    Attributes:
        context: The source that stands in.
        reports: What the consumer says is wrong, by subject, and since when.
    """

    def __init__(
        self, options: SupervisorOptions, breaker: CircuitBreaker, staleness: Staleness, name: str, now: float
    ) -> None:
        """Begin before anything is connected; `name` is the primary's."""
        self.context = _Context()
        self.reports: dict[str, tuple[str, float]] = {}
        self._options = options
        self._breaker = breaker
        self._staleness = staleness
        self._lateness = Lateness(options.lateness)
        self._name = name
        self._state = FeedState.CONNECTING
        self._reason = "starting"
        self._followed: Schema | None = None
        self._up_since: float | None = None
        self._unsettled_since: float | None = now
        self._must_prove = False

    # ------------------------------------------------------------------------------------------------------ facts in

    def primary_said(self, change: FeedChange, now: float) -> None:
        """Take the primary's own word on its state."""
        self._name, self._state, self._reason = change.source, change.state, change.reason
        if change.state in _UP:
            self._come_up(now)
        else:
            self._go_down(now)
        if change.state is FeedState.RECONNECTING and not change.deliberate:
            self._fail(now)

    def primary_ended(self, reason: str, now: float) -> None:
        """Hear that the primary has ended, by itself or because it is to be left alone."""
        self._state, self._reason = FeedState.RECONNECTING, reason
        self._go_down(now)
        self._fail(now)

    def primary_brought(self, batch: Batch, now: float, moment: int) -> None:
        """Hear of records from the primary."""
        if batch.schema not in _FLOW or not len(batch):
            return
        self._staleness.note(batch.schema, now)
        last = batch.records[-1]
        received = int(last["ts_recv"])
        if received != UNDEFINED_TIME and not int(last["flags"]) & (F_SNAPSHOT | F_BAD_TS_RECV):
            self._lateness.note((moment - received) / _SECOND_NS, now)

    def primary_follows(self, schema: Schema | None, now: float) -> None:
        """Hear which schema the primary takes its market from, so that it is missed if it never comes."""
        self._followed = schema
        if schema is not None and self._up_since is not None:
            self._staleness.expect(schema, now)

    def report(self, subject: str, reason: str | None, now: float) -> None:
        """Take the consumer's word on what is wrong with the data; None takes it back."""
        if reason is None:
            self.reports.pop(subject, None)
        else:
            self.reports[subject] = reason, self.reports.get(subject, ("", now))[1]

    def context_began(self, name: str) -> None:
        """Hear that the context source runs; what comes back after it has to prove itself."""
        self.context = _Context(runs=True, name=name)
        self._must_prove = True

    def context_said(self, change: FeedChange) -> None:
        """Take the context source's own word on its state; where it has nothing to give, it stands in for nothing."""
        self.context.name, self.context.said = change.source, change.reason
        if change.state not in _GIVING:
            self.context.heard = False

    def context_ended(self, reason: str = "") -> None:
        """Hear that the context source has ended."""
        self.context = _Context(said=reason)

    def give_up(self) -> None:
        """Hear that the primary will not come for a long time: what stands in need not wait."""
        self._unsettled_since = float("-inf")

    # ----------------------------------------------------------------------------------------------- conclusions out

    def settle(self, now: float) -> None:
        """Let time work for a primary that is up."""
        if self._up_since is None or now - self._up_since < self._options.stable_seconds:
            return
        self._breaker.succeed()
        if self._must_prove:
            self._must_prove = False
            self._unsettled_since = None

    @property
    def is_settled(self) -> bool:
        """Whether the primary is up and has proved itself."""
        return self._up_since is not None and not self._must_prove

    def wants_context(self, now: float) -> bool:
        """Whether something should stand in for the primary."""
        if self.is_settled:
            return False
        if self.context.runs or self._up_since is not None or self._unsettled_since is None:
            return self.context.runs
        return now - self._unsettled_since >= self._options.failover_seconds

    def doubted_book(self, now: float) -> str | None:
        """Return why the book is doubted, where that has lasted too long; the next time is as far away again."""
        reason, since = self.reports.get(BOOK, ("", now))
        if now - since < self._options.suspect_seconds or not self.is_settled:
            return None
        self.reports[BOOK] = reason, now
        return reason

    def verdict(self, now: float, moment: int) -> Verdict:
        """Return the state as it stands."""
        if self._up_since is None:
            return self._down()
        if not self.is_settled:
            proof = f"the line is back; live again once it has been stable for {self._options.stable_seconds:g} s"
            return Verdict(FeedState.RECONNECTING, self._name, (proof,))
        silent = self._staleness.silent(now, moment)
        if silent:
            reasons = tuple(
                f"no {schema} record for {self._staleness.limit(schema):g} s in open trading; the line itself is alive"
                for schema in silent
            )
            return Verdict(FeedState.STALE, self._name, reasons)
        own = (self._reason,) if self._state is not FeedState.LIVE else ()
        reported = tuple(reason for reason, _ in self.reports.values())
        troubles = own + self._lateness.troubles(now) + reported
        if troubles:
            return Verdict(FeedState.DEGRADED, self._name, troubles)
        return Verdict(FeedState.LIVE, self._name, (self._reason,))

    # ----------------------------------------------------------------------------------------------------- its parts

    def _come_up(self, now: float) -> None:
        if self._up_since is not None:
            return
        self._up_since = now
        self._staleness.begin(now, self._followed)
        self._lateness.begin()
        if not self._must_prove:
            self._unsettled_since = None

    def _go_down(self, now: float) -> None:
        if self._up_since is not None:
            self._must_prove = True
        self._up_since = None
        if self._unsettled_since is None:
            self._unsettled_since = now

    def _fail(self, now: float) -> None:
        was = self._breaker.state
        self._breaker.fail(now)
        if self._breaker.state is BreakerState.OPEN and was is not BreakerState.OPEN and self._breaker.retry_at:
            wait = round(self._breaker.retry_at - now)
            self._reason = f"{self._reason}; failed too often: left alone for {wait} s"

    def _down(self) -> Verdict:
        context = self.context
        if context.runs and context.heard:
            stand_in = f"{context.name} stands in" + (f" ({context.said})" if context.said else "")
            return Verdict(FeedState.CONTEXT, context.name, (stand_in, f"order flow is out: {self._reason}"))
        state = FeedState.CONNECTING if self._state is FeedState.CONNECTING and not self._must_prove else None
        return Verdict(state or FeedState.RECONNECTING, self._name, (self._reason,))
